"""The table of links says of every record what a look at every link says."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from commons.layout import Kind
from commons.records import identity
from commons.records.link_table import LinkTable
from commons.records.predicates import PREDICATES
from commons.records.schema import SCHEMAS, Link

ENDS = ["kr1" + letter * 52 for letter in "abcd"]
OUTSIDE = "https://www.wikidata.org/entity/Q1"

links = st.lists(
    st.builds(
        Link,
        subject=st.sampled_from(ENDS),
        predicate=st.sampled_from([*PREDICATES[:4], "foreign:predicate"]),
        object=st.sampled_from([*ENDS, OUTSIDE]),
        license=st.just("MIT"),
        contributor=st.just("kk1"),
        contribution=st.sampled_from(["kc1", "kc2"]),
    ),
    max_size=20,
)


def table_of(rows: list[Link]) -> LinkTable:
    schema = SCHEMAS[Kind.LINK]
    whole = pa.Table.from_pylist([vars(link) for link in rows], schema=schema)
    return LinkTable(pa.Table.from_batches(whole.to_batches(max_chunksize=3), schema))


@given(links)
def test_links_from_and_to_each_end_come_as_they_lie(rows: list[Link]) -> None:
    table = table_of(rows)
    expected = {
        end: ([link for link in rows if link.subject == end], [link for link in rows if link.object == end])
        for end in [*ENDS, OUTSIDE, "kr1nothing"]
    }
    assert {end: table.of(end) for end in expected} == expected
    assert table.of_all([*expected, ENDS[0]]) == expected


@given(links, st.lists(st.sampled_from(PREDICATES[:4]), unique=True), st.integers(0, 12))
def test_some_links_are_the_first_in_the_order_of_the_predicates(
    rows: list[Link], predicates: list[str], most: int
) -> None:
    some = table_of(rows).some_of(ENDS[0], predicates, most=most)
    ordered = [
        (way, link)
        for predicate in predicates
        for way in ("subject", "object")
        for link in rows
        if link.predicate == predicate and getattr(link, way) == ENDS[0]
    ]
    assert some.outgoing == tuple(link for way, link in ordered[:most] if way == "subject")
    assert some.incoming == tuple(link for way, link in ordered[:most] if way == "object")
    assert some.total == len(ordered)


@given(links)
def test_a_link_is_known_by_its_id_and_by_its_contribution(rows: list[Link]) -> None:
    table = table_of(rows)
    for link in rows:
        named = table.get(identity.link_id(link.core()))
        assert named is not None
        assert named.core() == link.core()
    assert table.get("kl1nothing") is None
    assert table.of_contribution("kc1") == [link for link in rows if link.contribution == "kc1"]
