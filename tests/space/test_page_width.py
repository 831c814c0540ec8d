"""No page is wider than the window it is read in, whatever the records, the fonts and the size of the text."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import expect

from .conftest import RunningSpace, Visitor

WIDTHS = (320, 390, 1280)
FAMILIES = ("serif", "monospace")
TEXT_SIZES = ("100%", "200%")

# The fonts of the style sheet are variables of the root element, and its lengths follow the root's size.
_DRESS = """([family, size]) => {
    const style = document.documentElement.style;
    for (const name of ["--sans", "--serif", "--mono"]) style.setProperty(name, family);
    style.fontSize = size;
}"""
# Everything that is shown and reaches beyond the window, unless it scrolls inside a part of the page.
_TOO_WIDE = """() => {
    const scrolls = element => element && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const inside = document.querySelectorAll("body *:not(script, style, .visually-hidden, .skip)");
    const beyond = [...inside].filter(one => one.checkVisibility() && one.getBoundingClientRect().width > 0)
        .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5 && !scrolls(one.parentElement));
    const names = beyond.map(one => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`);
    const whole = document.documentElement.scrollWidth;
    return whole > innerWidth || names.length ? [whole, ...names.slice(0, 8)] : [];
}"""


@pytest.fixture(scope="module")
def unbroken(space: RunningSpace) -> str:
    """The page of the record whose title and source are 300 characters without a blank."""
    html = space.get("/browse", params={"words": "A text that holds no blank"}).text
    (record,) = re.findall(r'<h3[^>]*><a href="(/record/kr1\w+)"', html)
    return str(record)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?q=wolpertinger&topic=computing&k=20",
        "/?q=glaucoma&lang=fr",
        "/browse",
        "/browse?topic=computing",
        "/browse?words=capital&topic=geography&page=2",
        "",  # the record
        "/api",
        "/record/kr1" + "a" * 52,
        "/browse?license=cc-by-nc-4.0",
    ],
)
def test_no_page_is_wider_than_the_window(path: str, visitor: Visitor, unbroken: str) -> None:
    page = visitor.open(path or unbroken)
    for width, family, size in itertools.product(WIDTHS, FAMILIES, TEXT_SIZES):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(_DRESS, [family, size])
        assert page.evaluate(_TOO_WIDE) == [], (width, family, size)


def test_a_page_that_is_too_wide_is_noticed(visitor: Visitor) -> None:
    page = visitor.open("/browse")
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.querySelector('main').append('x'.repeat(300))")
    page.evaluate("document.querySelector('main').style.overflowWrap = 'normal'")
    assert page.evaluate("document.documentElement.scrollWidth") > 390
    assert page.evaluate(_TOO_WIDE) != []


def test_the_filters_can_be_reached_at_every_width(visitor: Visitor) -> None:
    """On a wide window no summary is shown that would unfold them."""
    page = visitor.open("/browse")
    folded = page.locator("details.facets:not([open])")
    for width in (390, 1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        expect(folded).to_have_count(1 if width < 720 else 0)
