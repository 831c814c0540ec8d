"""Words as the comparing checks see them: spelling habits go, what makes a word or a number stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.records.likeness import words

texts = st.text(max_size=60)


@pytest.mark.parametrize(
    ("written", "folded"),
    {
        "Water  boils,\nat 100 °C!": "water boils at 100 °c",
        "STRASSE": "strasse",
        "Straße": "strasse",
        "ﬁne“quotes”": "fine quotes",
        "हिन्दी।": "हिन्दी",  # vowel signs are part of the word
        "C++": "c++",
        "\u200b …": "",
    }.items(),
)
def test_folding_keeps_what_makes_a_word(written: str, folded: str) -> None:
    assert words.fold(written) == folded


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = words.fold(text)
    assert words.fold(once) == words.fold(unicodedata.normalize("NFC", once))
    assert words.fold(f"  {text.upper().upper()}!\n") == words.fold(text.upper())


@pytest.mark.parametrize(
    ("text", "terms"),
    {
        "Seven ducks lay 1,600 eggs, 3.5 kg": ["7", "ducks", "lay", "1600", "eggs", "3.5", "kg"],
        "twice, half": ["2", "1/2"],
        "日本語 abc": ["日本", "本語", "abc"],
        "水": ["水"],
        "時々": ["時々"],
        "𠮷野家": ["𠮷野", "野家"],  # an ideograph outside of the first plane
        "ꦗꦮ": ["ꦗꦮ"],
        "ᥖᥭᥰᥖ": ["ᥖᥭ", "ᥭᥰ", "ᥰᥖ"],  # Tai Le
        "བོད་སྐད།": ["བོད", "སྐད"],  # Tibetan parts its syllables itself
        "version2日本": ["version", "2", "日本"],
        "": [],
    }.items(),
)
def test_a_text_is_its_words_and_numbers(text: str, terms: list[str]) -> None:
    assert words.terms(text) == terms


@given(st.lists(texts, max_size=5))
def test_shingles_of_many_texts_are_those_of_each(several: list[str]) -> None:
    together = words.shingles(several)
    assert len(together) == len(several)
    for number, text in enumerate(several):
        assert together.of(number).tolist() == words.shingles([text]).of(0).tolist()


@given(st.text(min_size=5, max_size=40))
def test_a_text_has_as_many_shingles_as_different_runs_of_five_characters(text: str) -> None:
    runs = {text[i : i + 5] for i in range(len(text) - 4)}
    assert len(words.shingles([text]).of(0)) == len(runs)
