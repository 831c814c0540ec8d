"""Mojibake: a text that was decoded with the wrong character set (``cafÃ©``), or that lost characters on the way (``caf\ufffd``).

Why ``ftfy``: it knows which sequences only arise by mistake, and leaves ``São Paulo`` alone. It is the detector, never the repairer: a
text is refused, warned of or kept as it was signed. It is asked only when a text holds two characters that UTF-8 read as another
character set would give, because it takes a while and most texts have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from commons.gate.findings import Finding

# A first byte of UTF-8 read as Latin-1, Windows-1252, Mac Roman or Windows-1251, and what a following byte becomes in them.
_SUSPECT = re.compile(
    "[ÂÃÄÅÐÑÒÓÎÏâãäåæçèéêëìíîïðàáØÙÚ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|[√¬∆][\u00a0-\u00ff\u2020-\u2265†©®™´¨≠]|[РСГВв][\u0080-\u00bf\u0402-\u040f\u0450-\u045f\u2018-\u203a\u20ac\u2116\u2122]"
)


def load() -> None:
    """Load the library, for a process that can open nothing afterwards."""
    _was_decoded_wrongly("cafÃ©")


def check(prose: str) -> Iterator[Finding]:
    """At most one finding."""
    if prose.isascii():
        return
    if "\ufffd" in prose:
        yield Finding("mojibake", "it holds U+FFFD, which stands where a character was lost")
    elif _SUSPECT.search(prose) and _was_decoded_wrongly(prose):
        yield Finding("mojibake", "it reads like text that was decoded with the wrong character set")


def _was_decoded_wrongly(prose: str) -> bool:
    """Only when ``ftfy`` both finds it implausible and knows the mistake that made it."""
    import ftfy
    from ftfy.badness import is_bad

    return is_bad(prose) and ftfy.fix_encoding(prose) != prose
