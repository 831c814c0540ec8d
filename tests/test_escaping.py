"""Foreign text becomes harmless by its place of output: every place over every hostile string."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from commons import escaping

NAUGHTY: list[str] = json.loads((Path(__file__).parent / "vectors" / "blns.json").read_text("utf-8"))
ATTACKS = [
    "a.csv\n::error::owned",
    "name,title=other:x",
    "100%0A",
    '=HYPERLINK("https://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "user\u202egnp.exe",
    "pay\u200bpal\u2060\ufeff",
    "tag\U000e0061\U000e0062",
    "first\u2028second\u2029third\x85fourth",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) ![](https://evil.example/x.png)",
    "``` ` ```` |",
    "@everyone #1 <!-- commons:report -->",
    "}\\input{/etc/passwd}{",
]
TEXTS = [*NAUGHTY, *ATTACKS]
anything = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize("place", escaping.PLACES)
def test_every_place_bears_every_string(place: str) -> None:
    for text in TEXTS:
        assert isinstance(escaping.PLACES[place](text), str)


@given(anything)
def test_a_terminal_is_neither_commanded_nor_deceived(text: str) -> None:
    for character in escaping.terminal(text):
        plain = unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        assert plain or character in "\n\t\u200c\u200d"


def test_what_a_terminal_shows_is_left_alone() -> None:
    for text in ("naïve café", "می‌خواهم", "👩‍👩‍👧", "a\tb\nc", "日本語", "\u0e40\u0e01"):
        assert escaping.terminal(text) == text
    assert escaping.terminal("a\u202eb\u200bc\U000e0061") == r"a\u202eb\u200bc\U000e0061"


@given(anything | st.sampled_from(TEXTS))
def test_an_annotation_is_one_command_with_its_own_properties(text: str) -> None:
    line = f"::error file={escaping.github_property(text)},title=code::{escaping.github_message(text)}"
    assert len(line.splitlines()) == 1
    properties, _, _ = line.removeprefix("::error ").partition("::")
    assert [part.split("=")[0] for part in properties.split(",")] == ["file", "title"]


@given(anything | st.sampled_from(TEXTS))
def test_a_cell_is_no_formula_and_comes_back(text: str) -> None:
    cell = escaping.csv_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'")
    if not re.search("[\ud800-\udfff\0]", text):
        sink = io.StringIO(newline="")
        csv.writer(sink).writerow([cell])
        assert next(csv.reader(io.StringIO(sink.getvalue(), newline=""))) == [cell]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(anything | st.sampled_from(TEXTS))
def test_html_holds_no_tag_and_no_attribute(text: str) -> None:
    parser = Tags()
    parser.feed(f'<p title="{escaping.html_text(text)}">{escaping.html_text(text)}</p>')
    assert parser.tags == ["p"]
    assert html.unescape(escaping.html_text(text)) == html.unescape(html.escape(text))


@pytest.mark.parametrize(
    "text", [text for text in TEXTS if text.strip()], ids=range(sum(bool(t.strip()) for t in TEXTS))
)
def test_markdown_shows_text_and_nothing_else(text: str) -> None:
    """As CommonMark with tables reads it: a line stays a line of text, a span of code stays one."""
    markdown = MarkdownIt("commonmark").enable("table")
    (paragraph,) = [t for t in markdown.parse(f"x {escaping.escape(text)} x") if t.type == "inline"]
    assert {t.type for t in paragraph.children or ()} <= {"text", "text_special", "html_entity"}
    (inline,) = [t for t in markdown.parse(f"x {escaping.code(text)} x") if t.type == "inline"]
    assert [t.type for t in inline.children or ()] == ["text", "code_inline", "text"]


@given(anything | st.sampled_from(TEXTS))
def test_a_value_in_braces_stays_in_them(text: str) -> None:
    assert not set(escaping.bibtex(text)) & set("{}\\`@\n")
