"""Numbers of articles: GTIN (which EAN, UPC, JAN and ISBN-13 are), ISSN. They name goods and books, never a person, a telephone or a card.

A number is one when its check digit is right and it stands as an article's does: its digits together, or in the groups of an ISBN, or
after a word that says so.

Source: GS1 General Specifications, section 7.9 (check digit), and the ISBN Users' Manual (the prefixes 978 and 979).
"""

from __future__ import annotations

import re

_WORD_BEFORE = re.compile(
    r"(?i)\b(?:gtin|ean|upc|jan|isbn|issn|ismn|barcode|bar code|barra|strichcode|code[- ]barres|条码|article|artikel|item|product|sku)"
    r"(?:[- ]?(?:8|1[0-4]|a|e|code|number|nummer|no|nr)\b)*[\s.:#=(\"'-]*$"
)
_GTIN = re.compile(r"\d{8}|\d{12,14}")
_BOOK = re.compile(r"97[89][- ]?\d[\d -]{8,11}\d")
_CONTEXT_CHARACTERS = 40


def follows_word(before: str) -> bool:
    """Whether the text ``before`` a number ends with a word that calls it an article's."""
    return bool(_WORD_BEFORE.search(before[-_CONTEXT_CHARACTERS:]))


def has_form(written: str) -> bool:
    """Whether ``written`` stands as an article's number does, its check digit right."""
    digits = re.sub(r"[ -]", "", written)
    if (
        not digits.isascii()
        or not _GTIN.fullmatch(digits)
        or not (digits == written or _BOOK.fullmatch(written))
    ):
        return False
    return _check_digit(digits[:-1]) == digits[-1]


def is_book(written: str) -> bool:
    """Whether ``written`` is an ISBN-13, whatever stands before it: no country's telephone numbers begin with 978 or 979."""
    return bool(_BOOK.fullmatch(written)) and has_form(written)


def _check_digit(digits: str) -> str:
    """Weights 3 and 1 in turn, from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)
