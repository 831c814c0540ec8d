"""What columns may be called: the fields that rows have, and when a name of somebody's is one of them.

A column bears a field's own name whatever its case and the blanks around it: ``" Text"`` is the text, ``Source URL`` is ``source.url``.
What else such columns are usually called is in ``usual_names``, and never taken for the field without being asked (``columns`` proposes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from commons.layout import Kind
from commons.records.predicates import PREDICATES

SOURCE_TARGETS = ("source.title", "source.url", "source.author", "source.license", "source.retrieved")
TARGETS = {
    Kind.RECORD: (
        *("id", "title", "text", "lang", "topic", "license", "links", "sources"),
        *SOURCE_TARGETS,
        *PREDICATES,
        "deprecated",
    ),
    Kind.QUESTION: ("question", "relevant", "lang", "license"),
}
_FOLDED = {target.casefold(): target for targets in TARGETS.values() for target in targets}
_PATH = "."


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The name as names are compared: in lower case, with points in the place of blanks and underscores."""
    return re.sub(r"[\s_\ufeff\u00a0]+", ".", name.strip(" \t\r\n\ufeff\u00a0").casefold())


def target_of(column: str) -> str:
    """The field whose own name the column bears; empty when it is none's."""
    return _FOLDED.get(folded(column), "")


def is_needed(column: str, wanted: Iterable[str] | None) -> bool:
    """Whether a reader has to decode the column: it bears a field's name, or one that is wanted or begins a wanted path.

    ``wanted`` is as in ``ReadingOptions``: None wants everything.
    """
    if wanted is None or target_of(column):
        return True
    return any(name == column or name.startswith(column + _PATH) for name in wanted)
