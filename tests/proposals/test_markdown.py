"""Markdown of the comments: a fence holds whatever stands in it, and nothing is folded away that is not there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from commons.proposals import markdown


@given(st.text("`~ab \n", min_size=1).filter(str.strip))
def test_nothing_in_a_fence_ends_it(text: str) -> None:
    (token,) = MarkdownIt().parse(markdown.fence(text, "sh"))
    assert (token.type, token.info, token.content) == ("fence", "sh", f"{text}\n")


def test_commands_stand_one_a_line() -> None:
    assert markdown.shell("commons check a.csv", "commons contribute a.csv") == (
        "```sh\ncommons check a.csv\ncommons contribute a.csv\n```"
    )


def test_what_is_empty_is_not_folded_away() -> None:
    assert markdown.details("title", "") == ""
    assert markdown.details("title", "body").startswith("<details><summary>title</summary>")
