"""Other spellings: parts that are joined, numbers that keep what is between their digits, and letters without their marks."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.index import spellings


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("IL-18 and Ku70", ["il18"]),
        ("ataxia type 36.", ["type36"]),
        ("(type 36)", ["type36"]),
        ("ISO 639-3", ["iso639-3", "639-3"]),
        ("CVE-2021-44228,", ["cve2021-44228", "cve2021"]),
        ("IL-18-induced 1,25-dihydroxy", ["il18induced", "il18", "1,25dihydroxy", "1,25"]),
        ("C++ and C#, not C", ["c++", "c#"]),
        ("1,25 mg or 12.5 mg", ["1,25", "12.5"]),
        ("an e-mail", ["email"]),
        ("foo_bar", ["foobar"]),
        ("in 2010, of 12", []),
        ("type, 36", []),
        ("well. Known", []),
        ("", []),
    ],
)
def test_what_is_joined_in_a_text(text: str, joined: list[str]) -> None:
    assert list(spellings.joined_in(text)) == joined


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("müller", "muller"),
        ("diagnóstico", "diagnostico"),
        ("việt", "viet"),
        ("straße", "strasse"),
        ("łódź", "lodz"),
        ("ёлка", "елка"),
        ("ἄνθρωπος", "ανθρωπος"),
        ("كِتَاب", "كتاب"),
        ("کتـاب", "کتاب"),
        ("क़लम", "कलम"),
        ("muller", ""),
        ("який", ""),
        ("한국어", ""),
        ("हिन्दी", ""),
        ("ไทย", ""),
    ],
)
def test_letters_lose_the_marks_that_people_leave_out_and_no_others(word: str, plain: str) -> None:
    assert spellings.folded(unicodedata.normalize("NFC", word)) == plain


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for spelling in spellings.joined_in(text):
        assert spelling and not any(map(str.isspace, spelling))
    assert not text or spellings.folded(text) != text
