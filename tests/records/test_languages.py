"""Languages: one table of scripts without blanks that agrees with Unicode, and one way to read a tag."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from commons.records import languages

# What the names of a script's letters begin with; the marks of ideographs have names of their own.
NAMES = {
    "Thai": "THAI ",
    "Lao": "LAO ",
    "Tibetan": "TIBETAN ",
    "Myanmar": "MYANMAR ",
    "Khmer": "KHMER ",
    "Tai_Le": "TAI LE ",
    "New_Tai_Lue": "NEW TAI LUE ",
    "Tai_Tham": "TAI THAM ",
    "Tai_Viet": "TAI VIET ",
    "Ahom": "AHOM ",
    "Balinese": "BALINESE ",
    "Javanese": "JAVANESE ",
    "Hiragana": "HIRAGANA |HENTAIGANA ",
    "Katakana": "KATAKANA |HALFWIDTH KATAKANA |KATAKANA-HIRAGANA ",
    "Bopomofo": "BOPOMOFO ",
    "Han": "CJK |HANGZHOU NUMERAL|IDEOGRAPHIC |VERTICAL IDEOGRAPHIC |KANGXI ",
}
# Letters that Unicode gives to two scripts, under the block in which they stand.
SHARED = {"\u30fc", "\uff70"}
LETTERS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character)[0] == "L" and unicodedata.name(character, "")
]


def test_the_table_of_scripts_has_a_name_for_each() -> None:
    assert set(NAMES) == set(languages.UNSPACED_SCRIPTS)


@pytest.mark.parametrize("script", NAMES)
def test_a_script_is_all_letters_that_unicode_names_so_and_no_others(script: str) -> None:
    inside = re.compile(f"[{languages.characters(script)}]")
    named = re.compile(NAMES[script])
    wrong = [
        f"U+{ord(letter):04X} {unicodedata.name(letter)}"
        for letter in LETTERS
        if bool(inside.match(letter)) != bool(named.match(unicodedata.name(letter))) and letter not in SHARED
    ]
    assert wrong == []


def test_without_names_all_scripts_are_meant() -> None:
    every = re.compile(f"[{languages.characters()}]")
    assert all(every.match(letter) for letter in "ไລབမខ𠮷漢かカㄅᬩꦗ")
    assert not any(every.match(letter) for letter in "aяक한ا")


@pytest.mark.parametrize(
    ("tag", "language"),
    {"en": "en", "pt-BR": "pt", "ZH-Hant-TW": "zh", "sr-Latn": "sr", "x-private": "x", "": ""}.items(),
)
def test_the_primary_subtag_is_the_language_itself(tag: str, language: str) -> None:
    assert languages.primary_subtag(tag) == language


@pytest.mark.parametrize(
    ("tag", "unspaced"), {"th": True, "zh": True, "bo": True, "ko": False, "jv": False}.items()
)
def test_languages_in_scripts_without_blanks_are_known(tag: str, unspaced: bool) -> None:
    assert (tag in languages.UNSPACED_LANGUAGES) is unspaced
