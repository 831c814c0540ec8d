"""The browse page: paging, facets and words. It is plain HTML, so most of it is read without a browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import RunningSpace, Visitor

_RECORD = re.compile(r'<h3[^>]*><a href="/record/(kr1[a-z2-7]{52})"')
_FACET = re.compile(r'data-facet="(\w+)" data-value="([^"]+)".*?class="count">([\d,]+)<')


def _ids(html: str) -> list[str]:
    return _RECORD.findall(html)


def _counts(html: str, facet: str) -> dict[str, int]:
    return {value: int(count) for name, value, count in _FACET.findall(html) if name == facet}


def test_pages_of_25_hold_every_record_once(space: RunningSpace) -> None:
    pages = [_ids(space.get(f"/browse?page={number}").text) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 7]
    assert len({record for page in pages for record in page}) == 57


def test_a_page_number_that_makes_no_sense_shows_the_nearest_page(space: RunningSpace) -> None:
    last = _ids(space.get("/browse?page=3").text)
    for number in ("4", "999999", "99999999999999999999999999"):
        shown = _ids(space.get(f"/browse?page={number}").text)
        assert shown == (last if len(number) < 9 else _ids(space.get("/browse").text))
    for number in ("0", "-1", "two", "", "²"):
        assert _ids(space.get(f"/browse?page={number}").text) == _ids(space.get("/browse").text)
    assert len(_ids(space.get("/browse?topic=medicine&page=2").text)) == 8


def test_a_facet_counts_without_its_own_filter_and_with_all_others(space: RunningSpace) -> None:
    html = space.get("/browse?topic=medicine").text
    assert len(_ids(html)) == 8
    assert _counts(html, "topic") == {
        "medicine": 8,
        "geography": 30,
        "computing": 12,
        "language": 7,
        "science": 1,
    }
    assert _counts(html, "license") == {"CC-BY-4.0": 8}
    both = space.get("/browse?topic=medicine&topic=geography").text
    assert "<strong>38</strong> records" in both
    assert _counts(both, "license") == {"CC0-1.0": 30, "CC-BY-4.0": 8}


def test_words_must_all_occur_and_narrow_the_counts(space: RunningSpace) -> None:
    html = space.get("/browse?words=capital+OF+peru").text
    assert len(_ids(html)) == 1
    assert _counts(html, "collection") == {"capitals": 1}
    assert "No record has all of this" in space.get("/browse?words=capital+glaucoma").text


def test_a_choice_that_leaves_nothing_can_be_taken_back(space: RunningSpace) -> None:
    html = space.get("/browse?topic=medicine&lang=fr").text
    assert "No record has all of this" in html
    assert _counts(html, "lang") == {"fr": 0, "en": 8}
    assert 'href="/browse?topic=medicine" class="chosen"' in html


def test_a_link_filters_pages_and_keeps_the_words(visitor: Visitor) -> None:
    page = visitor.open("/browse")
    page.get_by_label("Words in title or text").fill("capital")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="geography 30").click()
    expect(page.get_by_role("status")).to_contain_text("30 records, 1–25 shown with “capital”")
    page.get_by_role("link", name="Next →").click()
    expect(page.get_by_role("status")).to_contain_text("26–30 shown")
    expect(page.locator(".pager")).to_contain_text("Page 2 of 2")
    assert page.url == f"{visitor.url}/browse?topic=geography&words=capital&page=2"
    page.get_by_role("link", name="← Previous").click()
    page.get_by_role("link", name="geography 30").click()  # once more: taken back
    expect(page).to_have_url(f"{visitor.url}/browse?words=capital")


def test_what_makes_no_sense_is_refused_in_words(space: RunningSpace) -> None:
    for query, said in {
        "license=cc-by-nc-4.0": "forbids commercial use",
        "words=" + "+".join("abcdefghijklm"): "too much to look for at once",
        "words=" + "x" * 201: "too much to look for at once",
        "&".join(f"topic={n}" for n in range(41)): "At most 40 values",
        "&".join(f"x{n}=1" for n in range(300)): "too many fields",
    }.items():
        answer = space.get(f"/browse?{query}")
        assert answer.status_code == 400
        assert said in answer.text
        assert "Traceback" not in answer.text


def test_text_stands_in_its_own_language_and_direction(visitor: Visitor) -> None:
    page = visitor.open("/browse?lang=ar")
    title = page.locator(".rows h3")
    expect(title).to_have_attribute("lang", "ar")
    assert title.evaluate("element => getComputedStyle(element).direction") == "rtl"


def test_a_filter_that_nothing_can_pass_is_said_with_what_there_is(space: RunningSpace) -> None:
    html = space.get("/browse?topic=medicin&topic=nope").text
    assert "There is no topic &#39;medicin&#39; here; did you mean &#34;medicine&#34;?" in html
    assert "Topics here: " in html
    assert "There is no topic" not in space.get("/browse?topic=medicine&words=nowhere").text
