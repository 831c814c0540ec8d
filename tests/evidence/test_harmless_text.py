"""Text of records stays data wherever it is pasted."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from commons.evidence import harmless_text

HIDDEN = {
    "an override of the order": ("a\u202eb", "ab"),
    "tags": ("a\U000e0041\U000e0042b", "ab"),
    "a zero-width space": ("a\u200bb", "ab"),
    "a joiner between Latin letters": ("a\u200db", "ab"),
    "a run of selectors": ("x\ufe01\ufe02\U000e0101", "x"),
    "a Hangul filler": ("a\u3164b", "ab"),
    "a bell": ("a\x07b", "ab"),
    "half of a pair": ("a\ud800b", "ab"),
    "line ends of other systems": ("a\r\nb\u2028c\x0bd", "a\nb\nc\nd"),
}
NEEDED = {
    "joiners of Persian": "می\u200cخواهم",
    "joiners of Hindi": "क्\u200dष",
    "an emoji of three": "👩\u200d🔬",
    "a selector of an emoji": "❤\ufe0f",
    "a number sign of Arabic": "\u0600١",
    "line ends and tabs": "a\n\tb",
}
ACTIVE = [
    "[here](https://evil.example/?q=1)",
    "![x](https://evil.example/p.png)",
    "<https://evil.example>",
    "<img src=x onerror=alert(1)>",
    "https://evil.example/?leak=1",
    "www.evil.example",
    "evil.example",
    "www.пример.рф",
    "somebody@evil.example",
    "[a]: https://evil.example\n\n[a]",
    "`code` ```\n# heading",
    "[a](javascript:alert(1))",
    "~~~~~\n\n[a](https://evil.example)\n~~~\n",
    "\n\n# A heading\n\n---\n| a | b |\n| - | - |",
]
MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": True})


def is_visible(text: str) -> bool:
    return all(unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co") for c in text if c not in "\n\t")


@pytest.mark.parametrize(("text", "shown"), HIDDEN.values(), ids=HIDDEN)
def test_what_cannot_be_seen_is_taken_out(text: str, shown: str) -> None:
    assert harmless_text.visible(text) == shown


@pytest.mark.parametrize("text", NEEDED.values(), ids=NEEDED)
def test_what_a_script_needs_stays(text: str) -> None:
    assert harmless_text.visible(text) == text


@given(st.text())
def test_visible_text_is_visible_and_stays_as_it_is(text: str) -> None:
    shown = harmless_text.visible(text)
    assert is_visible(shown)
    assert harmless_text.visible(shown) == shown


@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_inert_json_parses_to_the_same(value: object) -> None:
    assert json.loads(harmless_text.json_text(value)) == value
    assert json.loads(harmless_text.json_text(value, indent=2)) == value


@pytest.mark.parametrize("text", ACTIVE)
def test_json_that_is_shown_as_markdown_holds_nothing_active(text: str) -> None:
    shown = MARKDOWN.render(harmless_text.json_text({"text": text}))
    assert re.findall(r"<(?:a|img|script|iframe|h\d|pre|code|table)\b", shown) == []


@pytest.mark.parametrize("text", ACTIVE)
def test_a_fence_cannot_be_ended_by_what_is_in_it(text: str) -> None:
    mark = harmless_text.drawn_mark()
    shown = MARKDOWN.render(harmless_text.fenced(text, "kr1", mark) + "\nAfter.\n")
    assert shown.count("<pre>") == 1
    assert "<p>After.</p>" in shown
    assert re.findall(r"<(?!/?(?:p|pre|code)\b)[a-z]+", shown) == []


@pytest.mark.parametrize("text", ACTIVE)
def test_a_title_among_words_of_ours_is_words(text: str) -> None:
    shown = MARKDOWN.render(f"1. Title: {harmless_text.one_line(text)} (CC0-1.0)")
    assert re.findall(r"<(?!/?(?:p|ol|li)\b)[a-z]+", shown) == []


def test_every_answer_has_a_mark_of_its_own() -> None:
    assert len({harmless_text.drawn_mark() for _ in range(50)}) == 50
