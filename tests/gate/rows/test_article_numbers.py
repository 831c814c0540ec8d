"""Numbers of articles: told by their check digit and form, or by the word before them."""

from __future__ import annotations

import pytest

from commons.gate.rows import article_numbers


@pytest.mark.parametrize(
    "written",
    [
        "4006381333931",
        "036000291452",
        "00012345678905",
        "96385074",
        "9780306406157",
        "978-3-16-148410-0",
        "979 10 90636 07 1",
    ],
)
def test_a_right_check_digit_in_the_form_of_an_article_is_one(written: str) -> None:
    assert article_numbers.has_form(written)


@pytest.mark.parametrize(
    "written",
    [
        "4006381333932",
        "+4006381333931",
        "40 0638 133393 1",
        "4006381333931x",
        "415-844-9759",
        "12345",
        "",
        "٤٠٠٦٣٨١٣٣٣٩٣١",
    ],
)
def test_another_number_is_none(written: str) -> None:
    assert not article_numbers.has_form(written)


@pytest.mark.parametrize(
    "before",
    [
        "EAN ",
        "EAN-13: ",
        "GTIN: ",
        "ISBN-13 ",
        "the barcode ",
        "UPC-A code #",
        "product number ",
        "Artikelnummer: ",
        "(ISBN ",
    ],
)
def test_a_word_before_a_number_says_what_it_is(before: str) -> None:
    assert article_numbers.follows_word(before)


@pytest.mark.parametrize(
    "before", ["", "phone ", "an article of the law; call ", "European number ", "EAN of the box, tel. "]
)
def test_other_words_do_not(before: str) -> None:
    assert not article_numbers.follows_word(before)


def test_the_number_of_a_book_needs_no_word() -> None:
    assert article_numbers.is_book("978-0-306-40615-7")
    assert not article_numbers.is_book("4006381333931")
