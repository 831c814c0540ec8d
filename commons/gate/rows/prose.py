"""What the words of a row say, whatever field they stand in: markup, broken encoding, secrets, personal data, injection, language.

Each subject has its own file; they are run here from cheap to dear. A text over the bounds is refused already and is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from commons.gate.findings import Finding
from commons.gate.rows import (
    contact_details,
    credentials,
    injection,
    language,
    markup,
    mojibake,
    personal_numbers,
)
from commons.records.schema import MAX_TEXT_BYTES, MAX_TITLE_CHARACTERS

CHECKS: tuple[Callable[[str], Iterator[Finding]], ...] = (
    markup.check,
    mojibake.check,
    credentials.check,
    personal_numbers.check,
    contact_details.check,
    injection.check,
)


def load() -> None:
    """Load what the checks need, for a process that can open nothing afterwards."""
    for subject in (contact_details, credentials, language, mojibake, personal_numbers):
        subject.load()


def check(lang: str, *parts: str | None) -> Iterator[Finding]:
    """Every finding on the parts of a row that people read, taken together; ``lang`` is the language declared for them."""
    prose = "\n\n".join(part for part in parts if part)
    if len(prose) > MAX_TEXT_BYTES + MAX_TITLE_CHARACTERS:
        return
    for read in CHECKS:
        yield from read(prose)
    if lang:
        yield from language.check(prose, lang)
