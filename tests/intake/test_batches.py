"""Batches: every row is in one, none is over the limit, and links lead only to what is there or comes along."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.governance.policy import Limits
from commons.intake import batches
from commons.intake.batches import Batch
from commons.layout import Kind
from commons.records import identity
from commons.records.schema import Link, Record

RECORDS = (Kind.RECORD, "open", "notes")
LINKS = (Kind.LINK, "open", "notes")


@cache
def record(number: int) -> Record:
    made = Record("", None, f"text {number}", "en", ("science",), "CC0-1.0", ())
    return replace(made, id=identity.record_id(made.core()))


def link(subject: int, target: int) -> Link:
    return Link(record(subject).id, "skos:related", record(target).id, "CC0-1.0")


def parted(records: int, links: list[tuple[int, int]], **limits: int) -> list[Batch]:
    groups = {RECORDS: [record(n) for n in range(records)], LINKS: [link(*ends) for ends in links]}
    known = frozenset(record(n).id for n in range(records, 100))
    return batches.parted(groups, Limits(**limits), known)


def numbers(batch: Batch) -> list[int]:
    return [int(row.text.split()[1]) for row in batch.groups[RECORDS] if isinstance(row, Record)]


def test_rows_are_parted_in_their_order_and_always_in_the_same_way() -> None:
    made = parted(7, [], max_records=3)
    assert [numbers(batch) for batch in made] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [numbers(batch) for batch in parted(7, [], max_records=3)] == [numbers(batch) for batch in made]


def test_what_links_hold_together_stays_together_while_there_is_room() -> None:
    made = parted(6, [(0, 5), (1, 4)], max_records=2)
    assert [numbers(batch) for batch in made] == [[0, 5], [1, 4], [2, 3]]
    assert [len(batch.groups[LINKS]) for batch in made] == [1, 1, 0]
    assert sum(batch.waiting for batch in made) == 0


def test_a_link_between_two_batches_waits_and_is_counted() -> None:
    made = parted(4, [(0, 1), (1, 2), (2, 3)], max_records=2)
    assert [numbers(batch) for batch in made] == [[0, 1], [2, 3]]
    assert [len(batch.groups[LINKS]) for batch in made] == [1, 1]
    assert sum(batch.waiting for batch in made) == 1


def test_links_alone_between_records_that_have_landed_are_a_batch() -> None:
    (made,) = parted(0, [(50, 51)], max_records=2)
    assert made.rows == 0
    assert len(made.groups[LINKS]) == 1


def test_links_of_landed_records_make_room_for_themselves() -> None:
    made = parted(0, [(50, n) for n in range(51, 56)], max_links=2)
    assert [len(batch.groups[LINKS]) for batch in made] == [2, 2, 1]


ends = st.integers(0, 29)


@given(
    st.integers(1, 20),
    st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=40, unique=True),
    st.integers(1, 6),
    st.integers(1, 8),
)
def test_every_row_is_in_one_batch_and_every_link_in_one_or_waits(
    records: int, links: list[tuple[int, int]], most: int, most_links: int
) -> None:
    made = parted(records, links, max_records=most, max_links=most_links)
    assert sorted(number for batch in made for number in numbers(batch)) == list(range(records))
    assert sum(len(batch.groups[LINKS]) + batch.waiting for batch in made) == len(links)
    for batch in made:
        inside = {row.id for row in batch.groups[RECORDS] if isinstance(row, Record)}
        assert len(inside) <= most
        assert len(batch.groups[LINKS]) <= most_links
        for row in batch.groups[LINKS]:
            assert isinstance(row, Link)
            for end in (row.subject, row.object):
                assert end in inside or end in {record(n).id for n in range(records, 100)}


@pytest.mark.parametrize(("rows", "least"), [(0, 0), (1, 1), (3, 1), (4, 2)])
def test_how_many_there_will_be_is_known_before(rows: int, least: Any) -> None:
    assert batches.count(rows, Limits(max_records=3)) == least
