"""Context text: whatever a record says stands between the marks, and nothing of it is markup or ends its block."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import markdown
from support.row_strategies import records as any_record
from support.row_strategies import texts

from commons.evidence import context_text, results
from commons.evidence.citation import citation
from commons.evidence.context_packet import Passage
from commons.evidence.context_text import ContextHead, Layout
from commons.evidence.harmless_text import visible
from commons.records.schema import Record

MARK = "0123456789abcdef"
HEAD = ContextHead("What is it?", "This answers the question.", "org/commons", "a" * 40)
_SHARP = st.lists(
    st.sampled_from(
        ["~~~", "```", "\n", "# ", "<b>", "[a](https://e.example)", "https://e.example/", "\u202e", "x"]
    )
)


def passage_of(record: Record, number: int, text: str) -> Passage:
    return Passage(
        number=number,
        id=record.id,
        title=results.title_of(record),
        url=f"https://space.example/record/{record.id}",
        text=visible(text),
        start=0,
        end=len(text),
        length=len(text),
        license=visible(record.license),
        attribution=" ".join(visible(citation(record)).split()),
        content_hash="sha256:0",
    )


@pytest.mark.parametrize("layout", Layout)
@given(st.lists(any_record, min_size=1, max_size=3), _SHARP.map("".join), texts)
@settings(max_examples=60)
def test_any_record_is_data_in_it(layout: Layout, rows: Sequence[Record], sharp: str, question: str) -> None:
    passages = [passage_of(row, number, row.text + sharp) for number, row in enumerate(rows, start=1)]
    head = ContextHead(question, HEAD.sentence, HEAD.dataset, HEAD.revision)
    text = context_text.written(passages, head, None, MARK, layout)
    assert markdown.active(text) == []
    *blocks, attribution = markdown.code_blocks(text)
    assert [block.rstrip("\n") for block in blocks] == [each.text.rstrip("\n") for each in passages]
    assert len(attribution.splitlines()) <= len(passages) + 2
    hidden = {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")}
    assert hidden <= {"\n", "\t"}


def test_without_passages_only_what_is_known_remains() -> None:
    assert (
        context_text.written([], HEAD, None, MARK, Layout.SPARE)
        == "This answers the question.\norg/commons@aaaaaaaaaaaa\n"
    )
