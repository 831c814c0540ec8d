"""States: what landed links make of records, whatever order they come in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.records import states
from commons.records.schema import Link

A, B, C, D = (f"kr1{letter * 52}" for letter in "abcd")


def replaces(new: str, old: str) -> Link:
    return Link(new, states.REPLACES, old, "CC0-1.0", "kk1", "kc1")


def disputes(subject: str, object_: str) -> Link:
    return Link(subject, states.DISPUTES, object_, "CC0-1.0")


def test_a_chain_ends_at_its_newest_and_only_that_is_live() -> None:
    for links in itertools.permutations([replaces(B, A), replaces(C, B)]):
        known = states.of(links)
        assert known.replaced == {A, B}
        assert [known.newest(name) for name in (A, B, C, D)] == [C, C, C, D]
        assert known.state(A).replaced_by == (replaces(B, A),)
        assert known.state(B).replaces == (replaces(B, A),)
        assert known.state(C).is_live
        assert known.predecessors(C) == (A, B)


@pytest.mark.parametrize(
    "links",
    [
        [replaces(A, A)],
        [replaces(A, B), replaces(B, A)],
        [replaces(A, B), replaces(B, C), replaces(C, A), replaces(A, D)],
    ],
)
def test_a_circle_says_nothing_and_ends(links: list[Link]) -> None:
    known = states.of(links)
    assert known.replaced == frozenset()
    assert known.state(A).is_live
    assert known.newest(B) == B


def test_a_correction_of_one_in_a_circle_ends_it() -> None:
    known = states.of([replaces(A, B), replaces(B, A), replaces(C, A)])
    assert known.replaced == {A, B}
    assert known.newest(B) == C


def test_two_corrections_of_one_record_have_one_newest() -> None:
    for links in itertools.permutations([replaces(B, A), replaces(C, A)]):
        known = states.of(links)
        assert known.replaced == {A}
        assert known.newest(A) == B
        assert known.state(A).replaced_by == (replaces(B, A), replaces(C, A))
    healed = states.of([replaces(B, A), replaces(C, A), replaces(C, B)])
    assert healed.newest(A) == C


def test_an_address_outside_is_nobody_s_to_replace() -> None:
    outside = "https://www.wikidata.org/entity/Q1"
    known = states.of([replaces(A, outside), replaces(A, B)])
    assert known.replaced == {B}
    assert not known.is_replaced(outside)


def test_a_dispute_marks_both_as_long_as_both_are_live() -> None:
    known = states.of([disputes(A, B), disputes(C, A), disputes(A, "https://example.org/")])
    assert known.replaced == frozenset()
    assert known.state(A).disputed_by == (B, C)
    assert known.state(B).disputed_by == (A,)
    corrected = states.of([disputes(A, B), replaces(D, B)])
    assert corrected.state(A).disputed_by == corrected.state(B).disputed_by == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_whatever_the_links_newest_ones_are_live_and_what_is_replaced_leads_there(
    pairs: list[tuple[int, int]],
) -> None:
    names = [f"kr1{'a' * 51}{letter}" for letter in "abcdefghij"]
    links = [replaces(names[new], names[old]) for new, old in pairs]
    known = states.of(links)
    assert known == states.of(reversed(links))
    corrected = {link.object for link in links}
    for name in names:
        newest = known.newest(name)
        assert not known.is_replaced(newest)
        assert known.is_replaced(name) == (newest != name)
        assert known.state(name).is_live == (not known.is_replaced(name))
        if known.is_replaced(name):
            assert newest not in corrected
            assert known.state(name).replaced_by
            assert name in known.predecessors(newest)
