"""Batches: every text once, no text cut, and a budget that holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commons.embedding.engines import batches


@given(st.lists(st.integers(0, 256), max_size=300))
def test_every_text_is_in_one_batch_that_is_wide_enough_and_within_the_budget(lengths: list[int]) -> None:
    made = list(batches.by_tokens(lengths, longest=256))
    assert sorted(position for positions, _ in made for position in positions) == list(range(len(lengths)))
    for positions, width in made:
        assert 1 <= max(1, *(lengths[p] for p in positions)) <= width <= 256
        assert len(positions) * width <= batches.BUDGET_TOKENS


def test_one_text_beyond_the_budget_is_a_batch_of_its_own() -> None:
    assert list(batches.by_tokens([9000, 10], longest=9000)) == [([0], 9000), ([1], 16)]


def test_padding_wastes_little() -> None:
    lengths = [20 + 7919 * number % 237 for number in range(2000)]
    computed = sum(len(positions) * width for positions, width in batches.by_tokens(lengths, longest=256))
    assert computed < 1.1 * sum(lengths)


def test_few_widths_are_used() -> None:
    widths = {width for _, width in batches.by_tokens(list(range(1, 257)) * 8, longest=256)}
    assert len(widths) <= 16
