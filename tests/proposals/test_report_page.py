"""The report on a proposal: whatever a contribution says stays text, and the comment stays small."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from commons.escaping import escape
from commons.gate.findings import CODES, Finding
from commons.gate.impact import Answers, Correction, Excerpt, Impact, Pair, Resemblance, Turn
from commons.gate.report import Report
from commons.hub.repository import MAX_COMMENT_CHARACTERS
from commons.proposals import correction_page, report_page

NAUGHTY: list[str] = json.loads((Path(__file__).parents[1] / "vectors" / "blns.json").read_text("utf-8"))
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example www.evil.example me@evil.example",
    "[ref]: https://evil.example",
    "</details></details># owned",
    "`code` ```fence```",
    "a | b | c",
    "&lt;script&gt; &#60;b&#62; &amp;lt;",
    "\\<b\\> \\[x\\](y)",
    "\\",
    "a\\",
    "\n\n# heading\n\n<b>",
    "\u2028<b>\u2029# x\x85<i>\x0b<u>\x1c<s>",
    "* x\n> y\n1. z",
    "1. x",
    "~~~",
    "---",
    "===",
    "    indented",
    "<!-- commons:report -->",
    "-->",
    "<![CDATA[x]]>",
    "<?php ?>",
    "@everyone #1 :smile: $x$",
    "**bold** _it_ ~~no~~",
    "```commons-review\n{}\n```",
]
# HTML that the page itself may hold
OURS = re.compile(r"<!-- commons:report -->|</?details>|<summary>[\w ,-]+</summary>")
READER = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])


def report_with(text: str) -> Report:
    """A report in which everything that a contributor can choose is ``text``."""
    return Report(
        (
            Finding("license-refused", text, file=text, row=3),
            Finding("path-forbidden", text, file=text),
            Finding("repaired", text, file=text),
            Finding("near-duplicate", text, file=text, row=3),
        ),
        Impact(
            records=2,
            licenses={text: 1},
            languages={text: 1},
            topics={text: 1},
            collections={text: 1},
            pools={text: 1},
            samples=(Excerpt("kr1", text, text), Excerpt("kr1", "", text)),
            replaced=1,
            corrections=tuple(
                Correction(
                    Excerpt("kr1", text, f"It is so, {text} that."),
                    Excerpt("kr1", "A name", "It was so."),
                    "kk1",
                    "kc1",
                )
                for _ in range(5)
            ),
            records_before={f"topic {text}": 5, f"language {text}": 5},
            pairs=(
                Pair(
                    Resemblance.NEAR_DUPLICATE,
                    3,
                    Excerpt("kr1", text, text),
                    Excerpt("kr1", "", text),
                    0.9,
                    text,
                ),
            ),
            answers=Answers(4, 2, 0.5, 0.25, (Turn(text, (text, text), (text,), 1.0, 0.5),)),
        ),
        author_key_id="kk1a",
        head="0" * 40,
    )


def tokens(page: str) -> Iterator[Token]:
    for token in READER.parse(page):
        yield token
        yield from token.children or ()


def foreign_markup(page: str) -> list[str]:
    """Every piece of HTML, link or image that is not the page's own."""
    foreign = []
    for token in tokens(page):
        if token.type in ("html_block", "html_inline") and OURS.sub("", token.content).strip():
            foreign.append(token.content)
        if token.type in ("link_open", "image", "fence"):
            foreign.append(f"{token.type} {token.attrs}")
    return foreign


def structure(page: str) -> list[str]:
    return [token.type for token in tokens(page) if token.type not in ("text", "softbreak", "hardbreak")]


@pytest.mark.parametrize("text", HOSTILE + NAUGHTY, ids=lambda text: ascii(text)[:40])
def test_hostile_text_is_neither_markup_nor_a_link_and_changes_no_structure(text: str) -> None:
    page = report_page.render(report_with(text))
    assert foreign_markup(page) == []
    plain = report_page.render(report_with("plain" if text.strip() else ""))
    assert sorted(set(structure(page))) == sorted(set(structure(plain)))


@given(st.text(max_size=60))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    assert foreign_markup(report_page.render(report_with(text))) == []


@given(st.text("<>&[]()!`*_~#|\\-\"' \nab:/.@", max_size=40))
def test_no_punctuation_becomes_markup(text: str) -> None:
    page = report_page.render(report_with(text))
    assert foreign_markup(page) == []
    assert not {"heading_open", "code_inline", "code_block", "hr"} & (
        set(structure(page)) - set(structure(report_page.render(report_with("x"))))
    )


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_what_was_escaped_reads_as_it_was_written(text: str) -> None:
    inline = READER.parseInline("x" + escape(text) + "x")[0].children or []
    assert "".join(token.content for token in inline) == "x" + " ".join(text.split()) + "x"


def test_autolinks_that_a_reader_makes_of_bare_text_are_broken() -> None:
    for text in ("https://evil.example", "www.evil.example", "a@evil.example"):
        assert text not in escape(text)


def test_the_marker_comes_first_so_that_the_comment_is_found_again() -> None:
    assert report_page.render(report_with("x")).startswith(report_page.MARKER)


def test_the_head_that_was_checked_is_named() -> None:
    assert "0" * 40 in report_page.render(report_with("x"))


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_shown(code: str) -> None:
    assert f"`{code}`" in report_page.render(Report((Finding(code, "message", row=1),), Impact()))


def test_a_report_without_findings_says_so() -> None:
    assert "Nothing stands against it" in report_page.render(Report((), Impact(records=1)))


@pytest.mark.parametrize("length", [1_000, 200_000])
def test_a_comment_fits_the_hub_however_much_there_is_to_say(length: int) -> None:
    report = report_with("<" * length)
    report = replace(report, findings=report.findings * 200)
    steps = "#### How to go on: " + "mend the file. " * 500
    page = report_page.render(report, steps)
    assert len(page) <= MAX_COMMENT_CHARACTERS < 2**16
    assert page.endswith(steps)
    assert foreign_markup(page) == []


@pytest.mark.parametrize("message", ["no text", "no text in {}"])
def test_a_long_list_of_findings_is_cut_and_says_so(message: str) -> None:
    """Whether it is one finding on many rows or many findings."""
    findings = (Finding("text-missing", message.format(n), row=n) for n in range(1, 501))
    page = report_page.render(Report(tuple(findings), Impact()))
    assert re.search(r"and \d+ more", page)
    assert len(page) < 20_000


def test_the_verdict_comes_first_and_what_changes_can_be_read_at_a_glance() -> None:
    page = report_page.render(report_with("tides"))
    first, second = page.index("Refused by the gate"), page.index("1 new record, 1 replaced record for tides")
    assert first < second < page.index("| topics | tides 5 → 6 |") < page.index("<details>")
    assert "2 of 4 questions get other first answers; recall of the first ten 0.500 → 0.250" in page


def test_a_record_stands_beside_the_one_it_repeats() -> None:
    page = report_page.render(report_with("tides"))
    assert "| 3 | **tides** — tides | tides | 90% |" in page


def test_one_part_that_is_too_long_does_not_hide_the_others() -> None:
    report = report_with("x")
    page = report_page.render(
        replace(report, impact=replace(report.impact, topics={"y" * (MAX_COMMENT_CHARACTERS + 1): 1}))
    )
    assert "1 parts are too long" in page
    assert "What stands in the way" in page


def correction(old: str, new: str) -> str:
    return correction_page.side_by_side(Correction(Excerpt("kr1", "", new), Excerpt("kr1", "", old), "", ""))


def test_a_correction_marks_the_words_that_differ_and_leaves_out_what_stays() -> None:
    before, after = "one " * 40 + "of 40 men. " + "two " * 40, "one " * 40 + "of 38 tall men. " + "two " * 40
    page = correction(before, after)
    assert "of ~~40~~ men" in page
    assert "of **38 tall** men" in page
    assert page.count("one ") < 30
    assert page.count("…") == 4


def test_texts_that_repeat_a_word_are_compared_by_where_they_begin_and_end_alike() -> None:
    """Word by word this one would take minutes."""
    page = correction("a " * 1500 + "b " * 500 + "end", "a " * 1500 + "c a " * 250 + "end")
    assert " a ~~b b" in page and "b~~ end |" in page
    assert " a **c a c" in page and "c a** end |" in page
    assert page.count("…") == 2


def test_scripts_without_blanks_are_compared_by_character() -> None:
    assert correction("不丹的面积是四万", "不丹的面积是三万") == (
        "| it says | it would say |\n| --- | --- |\n| 不丹的面积是 ~~四~~ 万 | 不丹的面积是 **三** 万 |"
    )


def test_a_correction_of_other_fields_alone_says_so() -> None:
    assert "stay as they are" in correction("The same.", "The same.")
