"""Repairs: what loses no word is put right, each kind is counted, and what would be a guess is left for the gate to refuse."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.gate.findings import RowPlace
from commons.intake.repairs import RepairKind, Repairs, RepairTally, made, repair

K = RepairKind
# written -> repaired, and by which kinds of repair
REPAIRED = [
    ("It\x92s \x93so\x94 \x96 \x80 5\x85", "It’s “so” – € 5…", {K.CONTROLS}),
    ("caf\xe9\x92s na\xefve\x85", "café’s naïve…", {K.CONTROLS}),
    ("CAF\xc9\x92S \x93x", "CAFÉ’S “x", {K.CONTROLS}),  # one quotation mark shows what the apostrophe is
    ("one\vtwo\ftwo\u2028three\u2029four\x85five", "one\ntwo\ntwo\nthree\nfour\nfive", {K.LINE_ENDS}),
    ("one\r\ntwo\rthree", "one\ntwo\nthree", {K.LINE_ENDS}),
    ("from 5\u206010\u2060", "from 510", {K.ZERO_WIDTH}),
    ("\ufeffna\u200bme", "name", {K.ZERO_WIDTH}),
    ("\u3000x\u00a0", "x", {K.BLANKS}),
    ("e\u0301 \u212b \u2126", "é Å Ω", {K.NORMAL_FORM}),
    ("\ufeff e\u0301\r\n", "é", {K.ZERO_WIDTH, K.LINE_ENDS, K.BLANKS, K.NORMAL_FORM}),
    ("神\ufe00", "神\ufe00", set()),
    ("It’s “so”", "It’s “so”", set()),
]
# What another repair would have to guess: a text read as another encoding, and controls that mean nothing.
UNTOUCHED = [
    "\xe2\x80\x9cso\xe2\x80\x9d",
    "\xc3\x85ngstr\xc3\xb6m",
    "\xc3\x85",
    "a\x81b",
    "cafÃ©",
    "a\0b",
    "na\u200dme",
]


@pytest.mark.parametrize(("written", "repaired", "kinds"), REPAIRED)
def test_what_loses_no_word_is_repaired_and_its_kind_is_known(
    written: str, repaired: str, kinds: set[RepairKind]
) -> None:
    assert repair(written) == repaired
    assert made(written).kinds == kinds
    assert repair({"sources": [{"title": written}]}) == {"sources": [{"title": repaired}]}
    assert made({"sources": ({"title": written},)}).kinds == kinds


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_would_be_a_guess_is_left(text: str) -> None:
    assert repair(text) == text
    assert made(text) == Repairs()


odd_text = st.text(
    st.sampled_from(
        "ab \t\n\r\v\f\x1c\x1f\x80\x81\x85\x92\xa0\xbf\xc3\xe2é\u0301\u2028\u200b\u2060\ufeff神\ufa19กក"
    )
)


@given(st.text() | odd_text)
def test_a_repaired_text_needs_no_repair(text: str) -> None:
    once = repair(text)
    assert repair(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert made(once) == Repairs()
    assert bool(made(text)) == (once != text)


def test_a_note_counts_the_rows_of_each_kind() -> None:
    tally = RepairTally()
    for row, text in enumerate(["a\r\nb", "a\u2060b", " a\u2060b", "ab"], start=1):
        tally.add(RowPlace("a.csv", row), made(text))
    (note,) = tally.findings("x.csv")
    assert (note.code, note.file, note.row) == ("repaired", "x.csv", 0)
    assert note.message == (
        "1 row: line ends unified; 2 rows: stray zero-width characters taken out; 1 row: blanks at the ends trimmed"
    )
    assert list(RepairTally().findings("x.csv")) == []


@pytest.mark.parametrize(
    ("written", "became"), [("\ufa19", "\u795e"), ("\uf9e1", "\u674e"), ("\U0002f800", "\u4e3d")]
)
def test_an_ideograph_that_becomes_another_is_shown_where_it_stood(written: str, became: str) -> None:
    tally = RepairTally()
    tally.add(RowPlace("x.csv", 7), made({"text": f"名は{written}", "sources": [{"author": written}]}))
    warning, note = tally.findings("x.csv")
    assert (warning.code, warning.file, warning.row) == ("nfc-changes-letter", "x.csv", 7)
    for part in (written, f"U+{ord(written):04X}", became, f"U+{ord(became):04X}"):
        assert part in warning.message
    assert note.code == "repaired"


@pytest.mark.parametrize("text", ["\ufa0e\ufa29", "\u212b \u212a \u2126", "e\u0301", "神"])
def test_a_letter_that_stays_itself_is_not_shown(text: str) -> None:
    assert made(text).ideographs == frozenset()
