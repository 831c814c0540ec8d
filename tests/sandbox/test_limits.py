"""Limits follow from the bytes that are handed in: a floor, a slope and a ceiling."""

from __future__ import annotations

from commons.sandbox import limits
from commons.sandbox.limits import MIB, ProcessLimits

MOST = ProcessLimits()


def test_what_is_small_may_cost_little() -> None:
    small = limits.for_input(1200)
    assert small.cpu_s <= 11
    assert small.memory_bytes < MOST.memory_bytes
    assert small.answer_bytes < MOST.answer_bytes


def test_a_full_contribution_may_cost_three_times_what_it_costs() -> None:
    """5,000 records of which nothing but id, commitment and salt resists compression; measured on the slowest texts of that size."""
    assert limits.for_input(MIB // 2).cpu_s >= 22


def test_what_is_large_may_cost_no_more_than_the_most() -> None:
    assert limits.for_input(64 * MIB) == limits.for_input(1 << 40)
    assert limits.for_input(64 * MIB).cpu_s == MOST.cpu_s
    assert limits.for_input(64 * MIB).memory_bytes == MOST.memory_bytes


def test_what_the_commons_holds_comes_on_top_and_is_no_gift_to_whoever_offers() -> None:
    """A hundred thousand ids need memory of their own, but make a small file no dearer."""
    ids = 100_000 * 56
    assert limits.for_input(1200, own=ids).memory_bytes >= limits.for_input(1200).memory_bytes + 5 * ids
    assert limits.for_input(1200, own=ids).cpu_s <= limits.for_input(1200).cpu_s + 3
