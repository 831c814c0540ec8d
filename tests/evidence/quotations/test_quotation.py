"""A quotation is exact only where a record has the same words in the same order; everything else says what differs."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commons.errors import UsageError
from commons.evidence.quotations import quotation
from commons.evidence.quotations.quote_differences import EditKind, Weight
from commons.evidence.quotations.quote_match import QuoteVerdict
from commons.evidence.quotations.typography import Typography as T

EXACT, NEAR, NOT_FOUND = QuoteVerdict
GLAUCOMA = (
    "Glaucoma is not a single disease. It affects 50 percent of patients over 1,000 days, and “Dr. Smith” said it wasn't "
    "H3N2. The U.S. spent $5.5 million (15% of GDP) on it; see the [guide](https://a.b/c) for more."
)
CASES_OF_TYPOGRAPHY = {
    "as it is": ("Glaucoma is not a single disease.", GLAUCOMA, ()),
    "without the full stop": ("Glaucoma is not a single disease", GLAUCOMA, ()),
    "a full stop of the sentence it stands in": ("It affects 50 percent of patients.", GLAUCOMA, ()),
    "case": ("glaucoma IS not a single disease", GLAUCOMA, (T.CASE,)),
    "US and us": ("send it to us in the end", "Send it to US in the end", (T.CASE,)),
    "blanks and line ends": ("Glaucoma  is\n not a single disease", GLAUCOMA, (T.BLANKS, T.LINE_BREAKS)),
    "quotation marks": ('and "Dr. Smith" said it wasn’t H3N2', GLAUCOMA, (T.QUOTATION_MARKS,)),
    "quotation marks around it": ("“Glaucoma is not a single disease”", GLAUCOMA, ()),
    "dashes": ("a well‑known disease – of old", "a well-known disease — of old", (T.DASHES,)),
    "grouped digits": ("patients over 1000 days", GLAUCOMA, (T.DIGITS,)),
    "digits grouped by a blank": ("patients over 1 000 days", GLAUCOMA, (T.DIGITS,)),
    "digits of another script": ("في عام ٢٠١٩ كان هناك", "في عام 2019 كان هناك", (T.DIGITS,)),
    "ligatures": ("the ﬁrst eﬃcient way of it", "the first efficient way of it", (T.FORMS,)),
    "full width": ("ＡＢＣ is a ＴＶ station here", "ABC is a TV station here", (T.FORMS,)),
    "decomposed": (unicodedata.normalize("NFD", "Ägypten hört früh auf"), "Ägypten hört früh auf", ()),
    "a soft hyphen": ("Glau\u00adcoma is not a single disease", GLAUCOMA, (T.INVISIBLE,)),
    "a word parted at a line end": ("not a single dis-\nease. It affects", GLAUCOMA, (T.LINE_BREAKS,)),
    "a zero-width blank": ("Glaucoma is not\u200b a single disease", GLAUCOMA, (T.INVISIBLE,)),
    "Markdown": ("Glaucoma is **not** a single\\ disease", GLAUCOMA, (T.MARKDOWN,)),
    "a rendered link": ("on it; see the guide for more", GLAUCOMA, (T.MARKDOWN, T.BRACKETS)),
    "rendered code": ("run tar -x in the folder", "run `tar -x` in the folder", (T.MARKDOWN,)),
    "a quotation's marks": ("one line\n> and the next line", "one line\nand the next line", (T.MARKDOWN,)),
    "escapes of HTML": ("R&amp;D is a caf&eacute; of its own", "R&D is a café of its own", (T.ESCAPES,)),
    "a changed capital in brackets": ("[i]t affects 50 percent", GLAUCOMA, (T.CASE, T.BRACKETS)),
    "a comma": ("affects 50 percent, of patients", GLAUCOMA, (T.PUNCTUATION,)),
    "vowel marks": ("مُحَمَّد كان في المدينة يوم", "محمد كان في المدينة يوم", (T.VOWEL_MARKS,)),
    "Chinese in the middle": ("在100度沸腾", "水在100度沸腾，冰在0度融化。", ()),
    "Chinese of other width": ("在１００度沸腾，冰", "水在100度沸腾,冰在0度融化。", (T.FORMS, T.PUNCTUATION)),
    "Chinese over two lines": ("水在100\n度沸腾", "水在100度沸腾，冰在0度融化。", (T.LINE_BREAKS,)),
    "Thai": ("เดือดที่ 100 องศา", "น้ำเดือดที่ 100 องศาเซลเซียส", ()),
    "Hindi": ("पानी सौ डिग्री पर उबलता", "पानी सौ डिग्री पर उबलता है।", ()),
    "an ellipsis that is the text's": ("and then … nothing came of it", "and then... nothing came of it", (T.ELLIPSES, T.BLANKS)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES_OF_TYPOGRAPHY.values(), ids=CASES_OF_TYPOGRAPHY)
def test_the_same_words_are_exact_and_what_differs_beside_them_is_named(
    case: tuple[str, str, tuple[T, ...]],
) -> None:
    quote, text, names = case
    match = quotation.compare(quote, text)
    assert (match.verdict, match.differences, match.elided) == (EXACT, (), False)
    assert set(match.typography) == set(names)
    assert match.passage == text[match.start : match.end]


# quote -> the words of the record and of the quotation that differ, and what is serious about it
CHANGED = {
    "another number": ("It affects 15 percent of patients", GLAUCOMA, [("50", "15")], {Weight.NUMBER}),
    "a decimal comma": ("The U.S. spent $5,5 million", GLAUCOMA, [("5.5", "5,5")], {Weight.NUMBER}),
    "a grouped number that is another": ("over 10,000 days", "over 1,000 days", [("1,000", "10,000")], {Weight.NUMBER}),
    "a power": ("there are 102 of them here", "there are 10² of them here", [("10²", "102")], {Weight.NUMBER}),
    "a sign": ("it is 5 degrees out there", "it is -5 degrees out there", [("-5", "5")], {Weight.NUMBER}),
    "another unit": ("give 5 mg of it daily", "give 5 g of it daily", [("g", "mg")], {Weight.UNIT}),
    "a unit left out": ("spent $5.5 million (15 of GDP) on it", GLAUCOMA, [("%", "")], {Weight.UNIT}),
    "another name": ("and Dr. Jones said it wasn't H3N2", GLAUCOMA, [("Smith", "Jones")], {Weight.NAME}),
    "a negation left out": ("Glaucoma is a single disease", GLAUCOMA, [("not", "")], {Weight.NEGATION}),
    "a negation put in": ("It affects not 50 percent of patients", GLAUCOMA, [("", "not")], {Weight.NEGATION}),
    "a negation of one word": ("this is unsafe for all children", "this is safe for all children", [("safe", "unsafe")], {Weight.NEGATION}),
    "a negation in Chinese": ("这种病是单一的疾病", "这种病不是单一的疾病", [("不", "")], {Weight.NEGATION}),
    "a word put in": ("Glaucoma is not a very single disease", GLAUCOMA, [("", "very")], set()),
    "a sentence's end left out": ("not a single disease it affects 50 percent", GLAUCOMA, [(".", "")], set()),
    "own words in brackets": ("[The disease] affects 50 percent of patients", GLAUCOMA, [("It", "The disease")], set()),
    "a word cut at its end": ("Glaucoma is not a single dis", GLAUCOMA, [("disease", "dis")], set()),
    "a word cut at its beginning": ("coma is not a single disease", GLAUCOMA, [("Glaucoma", "coma")], set()),
    "a number cut": ("It affects 5", GLAUCOMA, [("50", "5")], {Weight.NUMBER}),
    "a part of a name": ("3N2. The U.S. spent", GLAUCOMA, [("H", "")], None),
    "the end of a range": ("give 15 mg of it daily", "give 10–15 mg of it daily", [("10", "")], {Weight.NUMBER}),
    "the upper end of a range": ("15 mg of it daily", "give 10–15 mg of it daily", [("10", "")], {Weight.NUMBER}),
    "a denying prefix": ("toxic for all children", "it is non-toxic for all children", [("non", "")], {Weight.NEGATION}),
    "a denial cut off": ("said it was", GLAUCOMA, [("wasn", "was"), ("t", "")], {Weight.NEGATION}),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGED.values(), ids=CHANGED)
def test_what_was_changed_is_near_with_each_difference(
    case: tuple[str, str, list[tuple[str, str]], set[Weight] | None],
) -> None:
    quote, text, differences, serious = case
    match = quotation.compare(quote, text, lang="zh" if "病" in text else "en")
    assert match.verdict is NEAR
    assert [(each.record, each.quotation) for each in match.differences] == differences
    for each in match.differences:
        assert text[each.start : each.end] == each.record
        assert quote[each.quote_start : each.quote_end] == each.quotation
    if serious is not None:
        assert set(match.serious) == serious


def test_brackets_and_cuts_are_marked() -> None:
    (bracketed,) = quotation.compare("[The disease] affects 50 percent of patients", GLAUCOMA).differences
    assert (bracketed.bracketed, bracketed.cut, bracketed.kind) == (True, False, EditKind.REPLACED)
    (cut,) = quotation.compare("Glaucoma is not a single dis", GLAUCOMA).differences
    assert (cut.bracketed, cut.cut) == (False, True)


@pytest.mark.parametrize(
    ("quote", "lang", "verdict", "denies"),
    [
        ("Glaucoma is not … It affects 50 percent", "en", EXACT, False),
        ("… Glaucoma is […] single disease …", "en", EXACT, True),
        ("Glaucoma is not [...] over 1,000 days", "en", EXACT, False),
        ("over 1,000 days … Glaucoma is not a single disease", "en", NEAR, False),
        ("Glaucoma is not … It affects 15 percent of patients", "en", NEAR, False),
        ("Glaucoma is not … nothing of all this stands there", "en", NOT_FOUND, False),
    ],
)
def test_an_ellipsis_stands_for_any_words_between_parts_in_their_order(
    quote: str, lang: str, verdict: QuoteVerdict, denies: bool
) -> None:
    match = quotation.compare(quote, GLAUCOMA, lang=lang)
    assert (match.verdict, match.elided) == (verdict, True)
    assert (Weight.NEGATION in match.serious) is denies
    assert match.reordered is quote.startswith("over")


def test_sentences_joined_without_a_mark_are_near_and_what_lies_between_is_shown() -> None:
    match = quotation.compare("Glaucoma is not a single disease. The U.S. spent $5.5 million", GLAUCOMA)
    assert match.verdict is NEAR
    assert [each.kind for each in match.differences] == [EditKind.LEFT_OUT]
    assert match.differences[0].record.startswith("It affects 50 percent")


def test_parts_that_changed_places_are_near() -> None:
    match = quotation.compare("said it wasn't H3N2. Glaucoma is not a single disease", GLAUCOMA)
    assert (match.verdict, match.reordered) == (NEAR, True)


def test_words_that_changed_places_are_known_as_such() -> None:
    match = quotation.compare("Glaucoma not is a single disease", GLAUCOMA)
    assert (match.verdict, match.reordered) == (NEAR, True)


@pytest.mark.parametrize("quote", ["the", "is not", "a single disease", "疾病"])
def test_a_few_words_prove_nothing(quote: str) -> None:
    match = quotation.compare(quote, GLAUCOMA + " 疾病")
    assert (match.verdict, match.short) == (EXACT, True)
    assert any("prove nothing" in sentence for sentence in match.words())


def test_a_title_is_quoted_as_well_and_the_text_comes_first() -> None:
    match = quotation.compare("What is glaucoma?", GLAUCOMA, "What is Glaucoma?")
    assert (match.verdict, match.in_title, match.passage) == (EXACT, True, "What is Glaucoma?")
    both = quotation.compare("Glaucoma", GLAUCOMA, "Glaucoma")
    assert both.in_title is False
    assert match.to_json()["place"] == {"field": "title", "start": 0, "end": 17}


@pytest.mark.parametrize("quote", ["", "  \n", "…", "...", "**", "\u200b", "“”", "[…]"])
def test_a_quotation_without_words_is_refused(quote: str) -> None:
    with pytest.raises(UsageError) as caught:
        quotation.compare(quote, GLAUCOMA)
    assert caught.value.code == "quote-empty"


def test_a_quotation_longer_than_any_text_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        quotation.compare("é" * 4097, GLAUCOMA)
    assert caught.value.code == "quote-too-long"


@pytest.mark.parametrize(
    "quote",
    ["completely other words that nobody wrote", "lauco", "火星上没有水", "\ud800 lone \udfff halves"],
)
def test_what_does_not_stand_there_is_not_found(quote: str) -> None:
    match = quotation.compare(quote, GLAUCOMA)
    assert (match.verdict, match.passage, match.to_json()["place"]) == (NOT_FOUND, "", None)


HOSTILE = {
    "one letter": ("a" * 2000, "a" * 8192, NEAR),
    "one word": ("x" + "a " * 999 + "y", "a " * 4096, NEAR),
    "two words": ("a b " * 499 + "c", "b a " * 2048, NEAR),
    "one symbol": ("%" * 1999 + "x", "%" * 8192, NEAR),
    "links": ("](" * 990 + "a", "](" * 4096, NOT_FOUND),
    "brackets": ("[" * 1999 + "a", "[" * 8192, NOT_FOUND),
    "ellipses": ("a b c x … " * 200, "a b c y " * 1024, NOT_FOUND),
    "commas": ("1," * 999 + "2", "1," * 4096, NEAR),
    "entities": ("&amp;" * 400, "&amp;" * 1638, NEAR),
    "left out by the thousand": ("a b c … d e f", "a b c " + "word " * 1600 + "d e f", EXACT),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_words_that_repeat_without_end_have_a_verdict(case: tuple[str, str, QuoteVerdict]) -> None:
    """How long they take is measured by scripts/bench/citations.py; what grew with the square of the text would hang here."""
    quote, text, verdict = case
    assert quotation.compare(quote, text).verdict is verdict


# Properties

SOME = "alpha beta gamma delta epsilon not 15 1,000 naïve Straße वर्ष мир U.S. e-mail “so” C++ 水 ไม่"
WORDS = st.lists(st.sampled_from(SOME.split()), min_size=3, max_size=40)


@given(WORDS, st.data())
@settings(deadline=None)
def test_words_cut_out_of_a_text_are_exact_and_are_what_is_returned(
    words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    after = data.draw(st.integers(first + 1, len(words)))
    text, quote = " ".join(words), " ".join(words[first:after])
    match = quotation.compare(quote, text)
    assert (match.verdict, match.differences, match.typography) == (EXACT, (), ())
    assert match.passage == text[match.start : match.end] == quote


@given(
    st.lists(st.text("abcdefg", min_size=1, max_size=4), min_size=3, max_size=12, unique=True), st.randoms()
)
@settings(deadline=None)
def test_words_in_another_order_are_never_exact(words: list[str], rng: object) -> None:
    other = list(words)
    rng.shuffle(other)  # type: ignore[attr-defined]
    assume(other != words)
    assert quotation.compare(" ".join(other), " ".join(words)).verdict is not EXACT


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["{}", "{:,}", "-{}", "{}.5", "{} %"]))
@settings(deadline=None)
def test_another_number_is_never_exact(number: int, other: int, form: str) -> None:
    assume(number != other)
    text = f"In all there were {form.format(number)} of them at that time."
    quote = f"there were {form.format(other)} of them at"
    match = quotation.compare(quote, text)
    assert match.verdict is NEAR
    assert Weight.NUMBER in match.serious


@given(st.text(max_size=60), st.text(max_size=200))
@settings(deadline=None)
def test_any_two_texts_have_a_verdict_whose_offsets_hold(quote: str, text: str) -> None:
    try:
        match = quotation.compare(quote, text)
    except UsageError as error:
        assert error.code == "quote-empty"
        return
    assert text[match.start : match.end] == match.passage
    for each in (*match.differences, *match.omissions):
        assert text[each.start : each.end] == each.record
        assert quote[each.quote_start : each.quote_end] == each.quotation
    assert match.words()


@given(st.text(min_size=1, max_size=120))
@settings(deadline=None)
def test_a_text_is_an_exact_quotation_of_itself(text: str) -> None:
    try:
        match = quotation.compare(text, text)
    except UsageError:
        return
    assert (match.verdict, match.typography) == (EXACT, ())
    assert re.sub(r"\s", "", match.passage) in re.sub(r"\s", "", text)


RENDERED = "Glaucoma affects about 1 in 50,000 people. It was founded in 1825. The dose is 5 mg per day."


@pytest.mark.parametrize(
    ("quote", "verdict"),
    [
        ("<p>Glaucoma affects about 1 in 50,000 people.</p>", QuoteVerdict.EXACT),
        ("Glaucoma affects <em>about</em> 1 in 50,000 people. [3]", QuoteVerdict.EXACT),
        ("It was founded in 1825.[^1]", QuoteVerdict.EXACT),
        ("1. Glaucoma affects about 1 in 50,000 people.", QuoteVerdict.EXACT),
        ("Glaucoma affects about 1 in 50,000 people (Smith et al., 2020)", QuoteVerdict.EXACT),
        ("It was founded in 1825.²", QuoteVerdict.EXACT),
        ("The dose is <b>not</b> 5 mg per day", QuoteVerdict.NEAR),
        ("Glaucoma affects about 1 in 5,000 people.<sup>1</sup>", QuoteVerdict.NEAR),
    ],
)
def test_tags_and_footnotes_that_a_page_puts_around_words_are_typography(
    quote: str, verdict: QuoteVerdict
) -> None:
    match = quotation.compare(quote, RENDERED)
    assert match.verdict is verdict
    assert T.MARKS in match.typography
    assert bool(match.serious) is (verdict is QuoteVerdict.NEAR)


def test_a_mark_that_the_record_has_is_part_of_its_words() -> None:
    assert quotation.compare("see [3] there", "As you can see [3] there.").typography == ()
    assert quotation.compare("see [4] there", "As you can see [3] there.").verdict is QuoteVerdict.NEAR
