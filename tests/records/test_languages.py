"""Languages: one table of scripts without blanks that agrees with Unicode, and one way to read a tag."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


CANONICAL = {
    "en": "en",
    "EN": "en",
    " en ": "en",
    "en_US": "en-US",
    "EN-gb": "en-GB",
    "en_UK": "en-GB",
    "eng": "en",
    "ger": "de",
    "deu": "de",
    "fre": "fr",
    "zh_CN": "zh-CN",
    "zh-hans-cn": "zh-Hans-CN",
    "zh-min-nan": "nan",
    "zh-cmn-Hans": "zh-Hans",
    "cmn": "cmn",
    "no": "no",  # a macro-language: which of its two is meant, nobody said
    "nb": "nb",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "sh": "sr-Latn",
    "mo": "ro",
    "i-klingon": "tlh",
    "art-lojban": "jbo",
    "en-GB-oed": "en-GB-oxendict",
    "en-Latn": "en",
    "hi-Latn": "hi-Latn",
    "en-x-pirate": "en-x-pirate",
    "pt_BR.UTF-8": "pt-BR",
    "sr_RS@latin": "sr-Latn-RS",
    "de_DE@euro": "de-DE",
    "English": "en",
    "german": "de",
    "Norwegian": "no",
    "日本語": "ja",
    "en\u2011US": "en-US",
    "en\u200b": "en",
    "\uff45\uff4e": "en",
}
ASKED = {
    "": "no language is given",
    "und": "names no language",
    "root": "names no language",
    "mul": "names no language",
    "zxx": "names no language",
    "mis": "names no language",
    "und-Latn": "names no language",
    "C.UTF-8": "names no language",
    "POSIX": "names no language",
    "x-private": "names no language",
    "qaa": "names no language",
    "QTZ-Latn": "names no language",
    "en, fr": "several languages",
    "en;fr": "several languages",
    "English and French": "several languages",
    "jp": "did you mean ja",
    "cn": "did you mean zh",
    "en US": "did you mean en-US?",
    "en-": "did you mean en?",
    "Spanisch": "did you mean es (Spanish)?",
    "engl": "did you mean en (English)?",
    "xx": "use a tag such as",
    "e": "use a tag such as",
    "sr_RS@klingon": "not a BCP 47 language tag",
    "en-" * 100_000: "longer than any",
    "\ud800": "not a BCP 47 language tag",
}


@pytest.mark.parametrize("written", CANONICAL)
def test_a_language_is_known_in_every_spelling(written: str) -> None:
    assert languages.read(written) == languages.LanguageReading(CANONICAL[written])


@pytest.mark.parametrize("written", ASKED, ids=lambda written: repr(written[:20]))
def test_what_names_no_one_language_is_asked_about(written: str) -> None:
    reading = languages.read(written)
    assert reading.tag == ""
    assert ASKED[written] in reading.question
    assert languages.canonical(written) == written


@given(st.text(max_size=12) | st.sampled_from(sorted({*CANONICAL, *ASKED} - {"\ud800"})))
def test_a_canonical_tag_is_its_own_canonical_form(written: str) -> None:
    reading = languages.read(written)
    assert bool(reading.tag) != bool(reading.question)
    if reading.tag:
        assert languages.read(reading.tag).tag == reading.tag


INCLUDED = [
    ("en", "en-US"),
    ("EN", "en_us"),
    ("en", "eng"),
    ("eng", "EN"),
    ("pt", "pt-BR"),
    ("zh", "cmn"),
    ("cmn", "zh"),
    ("zh", "yue-Hant-HK"),
    ("zh", "zh-Hans"),
    ("zh-TW", "zh-Hant-TW"),
    ("zh-Hant", "zh-TW"),
    ("no", "nb"),
    ("no", "nn-NO"),
    ("ar", "arb"),
    ("ar", "arz"),
    ("fa", "prs"),
    ("sr-Latn", "sh"),
    ("he", "iw"),
    ("root", "root"),
]
EXCLUDED = [
    ("en-US", "en"),
    ("en-US", "en-GB"),
    ("p", "pt"),
    ("nb", "no"),
    ("nb", "nn"),
    ("yue", "zh"),
    ("arz", "ar"),
    ("zh-Hans", "zh-TW"),
    ("zh-Hant", "zh"),
    ("en-pirate", "en-x-pirate"),
    ("und", "en"),
    ("", "en"),
]


@pytest.mark.parametrize(("wanted", "tag"), INCLUDED)
def test_who_asks_for_a_language_gets_its_spellings_its_narrower_tags_and_its_members(
    wanted: str, tag: str
) -> None:
    assert languages.includes(wanted, tag)


@pytest.mark.parametrize(("wanted", "tag"), EXCLUDED)
def test_who_asks_for_a_language_gets_no_wider_and_no_other(wanted: str, tag: str) -> None:
    assert not languages.includes(wanted, tag)


SPELLINGS = sorted(CANONICAL)


@given(st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS))
def test_spelling_makes_no_difference_on_either_side(wanted: str, tag: str) -> None:
    plain = languages.includes(CANONICAL[wanted], CANONICAL[tag])
    assert languages.includes(wanted, tag) == plain
    assert languages.includes(CANONICAL[wanted], tag) == plain
    assert languages.includes(wanted, CANONICAL[tag]) == plain


def test_counts_of_one_language_in_several_spellings_are_added_up() -> None:
    assert languages.counted({"en": 3, "EN": 2, "eng": 1, "root": 1}) == {"en": 6, "root": 1}
