"""Near misses: the names that somebody who wrote another one may have meant.

    nearest("sceince", policy.topics)                  ("science",)
    question("sceince", policy.topics)                 'did you mean "science"?'
    question("knitting", policy.topics)                ""

For messages about a topic, licence, language, column or command that is not there. A near miss is asked about and never acted on: who
wrote it chooses. Case, blanks, hyphens and underscores are no difference; the beginning of a name is near to it.

Why ``difflib``: the lists are short and looked through once a message, so its speed is enough, and it comes with Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

_LEAST_LIKENESS = 0.7  # of two names, from 0 to 1: one wrong letter of four passes, two do not
_SHORTEST_BEGINNING = 3  # characters; fewer begin too much
_LONGEST = (
    80  # characters of a name; comparing takes time by the square of it, and a name may come from a stranger
)
_MOST_NAMES = 3


def nearest(written: str, names: Iterable[str], *, most: int = _MOST_NAMES) -> tuple[str, ...]:
    """At most ``most`` of the names, the nearest first; those that are equally near in the order of ``names``."""
    plain = _plain(written)
    if not plain or len(plain) > _LONGEST:
        return ()
    likeness = {name: _likeness(plain, _plain(name)) for name in names}
    near = [name for name, degree in likeness.items() if degree >= _LEAST_LIKENESS]
    return tuple(sorted(near, key=lambda name: -likeness[name])[:most])


def question(written: str, names: Iterable[str], *, most: int = _MOST_NAMES) -> str:
    """The question after the nearest names, or nothing where none is near."""
    return did_you_mean(nearest(written, names, most=most))


def sentence(written: str, names: Iterable[str]) -> str:
    """The question as a sentence of its own; nothing where no name is near."""
    asked = question(written, names)
    return asked[:1].upper() + asked[1:]


def did_you_mean(names: Sequence[str]) -> str:
    """The question itself, where the names are known already; nothing where there are none."""
    if not names:
        return ""
    *others, last = (f'"{name}"' for name in names)
    return f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?"


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.casefold()).strip()


def _likeness(written: str, name: str) -> float:
    if written == name:
        return 1.0
    if len(name) > _LONGEST:
        return 0.0
    if len(written) >= _SHORTEST_BEGINNING and name.startswith(written):
        return 0.9  # nearer than most misspellings, and no nearer the longer the name is
    matcher = SequenceMatcher(None, name, written, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < _LEAST_LIKENESS:
        return 0.0
    return matcher.ratio()
