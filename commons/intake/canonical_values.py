"""Canonical values: languages and licences as a contributor wrote them, in the one spelling that a record has.

    language("en_US").value                     en-US
    license("CC BY 4.0").value                  CC-BY-4.0
    license("MIT OR Apache-2.0").question       'MIT OR Apache-2.0' names several licences; …

Intake calls ``in_row`` on the fields of a record or question before the gate judges them, and tells what it rewrote: it collects
``rewritten`` of the rows of a file and makes one finding a kind of them by ``notes``. What means nothing certain stays as it was written,
and the gate asks about it (``lang-invalid``, ``license-refused``), so nothing is guessed here. Everything is pure, and remembered by
value: the rows of a file have few different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commons.gate.findings import Finding
from commons.governance import licenses
from commons.records import languages

_LANGUAGE_NOTE, _LICENSE_NOTE = "language-canonical", "license-canonical"
_MOST_SHOWN = 10  # spellings in one note; the others are counted


@dataclass(frozen=True)
class CanonicalValue:
    """What was written, the value to store, and what to ask where it means nothing certain (then the value is what was written)."""

    written: str
    value: str
    question: str = ""

    @property
    def changed(self) -> bool:
        """Whether a contributor should be told; blanks at the ends are not worth a word."""
        return self.value != self.written.strip()


def language(written: str) -> CanonicalValue:
    reading = languages.read(written)
    return CanonicalValue(written, reading.tag or written, reading.question)


def license(written: str) -> CanonicalValue:
    resolution = licenses.resolve(written)
    known = resolution.license
    return CanonicalValue(written, known.spdx if known else written, resolution.reason)


def in_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record or question, language and licence in their canonical spelling; other types are left to the gate."""
    return {**values, **{name: canonical.value for name, canonical in _of(values)}}


def rewritten(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(code of the note, as written, as stored) for each field that ``in_row`` changes; a licence in another case is no change."""
    for name, canonical in _of(values):
        if name == "lang" and canonical.changed:
            yield _LANGUAGE_NOTE, canonical.written.strip(), canonical.value
        if name == "license" and canonical.changed and not _is_id(canonical):
            yield _LICENSE_NOTE, canonical.written.strip(), canonical.value


def notes(changes: Iterable[tuple[str, str, str]], file: str) -> Iterator[Finding]:
    """One line a kind: what ``rewritten`` gave for the rows of this file, each spelling once."""
    distinct = list(dict.fromkeys(changes))
    for code in (_LANGUAGE_NOTE, _LICENSE_NOTE):
        pairs = [(written, stored) for kind, written, stored in distinct if kind == code]
        if pairs:
            shown = ", ".join(f"{written} as {stored}" for written, stored in pairs[:_MOST_SHOWN])
            more = f" and {len(pairs) - _MOST_SHOWN:,} more spellings" if len(pairs) > _MOST_SHOWN else ""
            yield Finding(code, f"canonical spelling: {shown}{more}", file)


def _of(values: Mapping[str, Any]) -> Iterator[tuple[str, CanonicalValue]]:
    for name, canonical in (("lang", language), ("license", license)):
        if isinstance(values.get(name), str):
            yield name, canonical(values[name])


def _is_id(canonical: CanonicalValue) -> bool:
    """Whether it is an SPDX id or the Hub's id in another case, which nobody needs to be told of."""
    known = licenses.BY_SPDX.get(canonical.value)
    return known is not None and canonical.written.strip().lower() in (known.spdx.lower(), known.hub_id)
