"""Records that say the same are grouped under the earliest, and nobody else's word joins two people's records."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from support.commons_on_disk import link, record

from commons.index import clusters
from commons.index.build import grouping
from commons.index.clusters import Clusters
from commons.layout import Kind
from commons.records import shards
from commons.records.likeness import sketches
from commons.records.schema import SCHEMAS, Link, Record

TEXT = (
    "Glaucoma is a group of diseases that can damage the eye's optic nerve and result in vision loss and blindness. It happens when fluid "
    "pressure inside the eyes rises slowly. With early treatment you can often protect your eyes against serious losses of vision."
)
ADDED = " It is the part of the eye which carries what is seen on to the brain, and it is in danger wherever this pressure grows."


def table(records: list[Record]) -> pa.Table:
    """In the order of the log, which knows them all."""
    columns = [pa.array([getattr(each, name) for each in records], pa.string()) for name in grouping.COLUMNS]
    places = [pa.array([7] * len(records)), pa.array(range(len(records)), pa.int32())]
    return pa.table([*columns, *places], schema=grouping.RECORDS)


def rows(links: Sequence[Link]) -> pa.Table:
    schema = SCHEMAS[Kind.LINK]
    return pa.Table.from_pylist(
        [{name: getattr(each, name) for name in schema.names} for each in links], schema
    )


def grouped(records: pa.Table, links: Sequence[Link] = (), reviewed: tuple[str, ...] = ()) -> pa.Table:
    made = sketches.make(*(records[name].to_pylist() for name in ("lang", "title", "text")))
    return grouping.table_of(records, made, rows(links), reviewed)


def near(records: list[Record], links: Sequence[Link] = ()) -> list[int]:
    """Of each record the number of the one that its cluster is named by."""
    made = Clusters(grouped(table(records), links))
    ids = [each.id for each in records]
    return [ids.index(made.near_duplicate(name)) for name in ids]


def test_a_copy_is_in_the_cluster_of_the_earliest() -> None:
    copies = [record(TEXT), record("Of whales."), record(TEXT.upper()), record(f"Please note: {TEXT}")]
    assert near(copies) == [0, 1, 0, 0]


def test_the_log_says_which_is_the_earliest_not_the_place_in_the_data() -> None:
    records = table([record(TEXT), record(TEXT.upper())])
    reversed_log = records.set_column(6, grouping.RECORDS.field("ordinal"), pa.array([1, 0], pa.int32()))
    names = records["id"].to_pylist()
    assert grouped(reversed_log)["near_duplicate"].to_pylist() == [names[1]] * 2


def test_who_is_not_in_the_log_comes_last() -> None:
    records = table([record(TEXT), record(TEXT.upper())])
    unknown = records.set_column(5, grouping.RECORDS.field("log_index"), pa.array([None, 7], pa.int64()))
    assert grouped(unknown)["near_duplicate"].to_pylist() == [records["id"][1].as_py()] * 2


def test_the_place_of_a_row_in_the_data_changes_nothing() -> None:
    records = [record(text) for n in range(30) for text in (f"Of {n}: {TEXT}", f"Of {n}; {TEXT.upper()}")]
    whole = table(records)
    shuffled = whole.take(random.Random(1).sample(range(len(records)), len(records)))  # noqa: S311 - no secret
    assert grouped(shuffled).equals(grouped(whole))
    assert whole.num_rows == grouped(whole).num_rows


def test_a_chain_of_changes_does_not_join_its_ends() -> None:
    """Each is nearly the one before; only what is nearly the earliest is in its cluster."""
    words = (TEXT + ADDED).split()
    chain = [record(" ".join(words[start : start + 40])) for start in range(0, 24, 3)]
    numbers = near(chain)
    assert numbers[1] == 0
    assert numbers[-1] != 0


def test_a_record_that_is_alone_is_in_no_row() -> None:
    assert grouped(table([record(TEXT), record("Of whales.")])).num_rows == 0
    assert grouped(table([])).num_rows == 0


def test_a_flood_of_copies_is_one_cluster() -> None:
    flood = [record(f"{TEXT}{'!' * n}") for n in range(200)]
    assert near(flood) == [0] * 200


def test_parts_and_their_whole_are_one_with_what_copies_them() -> None:
    whole, first, second = record("A handbook."), record("The first part of it."), record("The second part.")
    copy, other = record("THE SECOND PART!"), record("Of whales.")
    links = [link(first, "dcterms:isPartOf", whole), link(second, "dcterms:isPartOf", whole)]
    links.append(link(other, "dcterms:isPartOf", "https://example.org/book"))
    assert near([other, first, whole, second, copy], links) == [0, 1, 1, 1, 1]


MINE, THEIRS, SOMEBODYS = ("kk1" + letter * 52 for letter in "abc")


@pytest.mark.parametrize(
    ("signer", "reviewed", "joined"),
    [(MINE, False, True), (THEIRS, False, True), (SOMEBODYS, False, False), (SOMEBODYS, True, True)],
)
def test_a_translation_is_one_by_the_word_of_its_contributors_or_a_reviewer(
    signer: str, reviewed: bool, joined: bool
) -> None:
    english, german = record("Of whales."), record("Von Walen.", lang="de")
    records = [replace(english, contributor=MINE), replace(german, contributor=THEIRS)]
    said = replace(link(german, "commons:translationOf", english), contributor=signer)
    made = grouped(table(records), [said], (said.contribution,) if reviewed else ())
    assert made["translation"].to_pylist() == [english.id] * (2 * joined)
    assert made["near_duplicate"].null_count == made.num_rows


@pytest.mark.parametrize(
    ("signer", "reviewed", "joined"),
    [(MINE, False, True), (THEIRS, False, False), (SOMEBODYS, False, False), (SOMEBODYS, True, True)],
)
def test_a_part_joins_its_whole_by_the_word_of_its_own_contributor_or_a_reviewer(
    signer: str, reviewed: bool, joined: bool
) -> None:
    """Else a stranger could make two records of others one, and take the credit of the later."""
    part, whole = record("The first part of it."), record("A handbook.")
    records = [replace(part, contributor=MINE), replace(whole, contributor=THEIRS)]
    stated = replace(link(part, "dcterms:isPartOf", whole), contributor=signer)
    made = grouped(table(records), [stated], (stated.contribution,) if reviewed else ())
    assert made["near_duplicate"].to_pylist() == [part.id] * (2 * joined)


def test_the_digest_of_links_names_those_that_group_and_no_others() -> None:
    one_link, other = (
        link(record("A"), "dcterms:isPartOf", record("B")),
        link(record("A"), "skos:related", "https://a.example"),
    )
    assert grouping.digest_of(rows([one_link, other])) == grouping.digest_of(rows([one_link])) != ""
    assert grouping.digest_of(rows([other])) == grouping.digest_of(rows([])) == ""
    moved = replace(one_link, contributor=THEIRS)
    assert grouping.digest_of(rows([moved])) != grouping.digest_of(rows([one_link]))


def test_a_table_of_clusters_reads_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    records = [record(TEXT), record(TEXT.upper())]
    path = tmp_path_factory.mktemp("clusters") / "clusters.parquet"
    path.write_bytes(shards.to_parquet(grouped(table(records))))
    read = clusters.read(path, name=path.name)
    assert read.near_duplicate(records[1].id) == records[0].id
    assert read.translation(records[1].id) == records[1].id
    assert read.near_duplicate("kr1" + "z" * 52) == "kr1" + "z" * 52
