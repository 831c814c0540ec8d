"""The catalogue: filters, counts and pages agree with each other and with plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons import digests
from commons.errors import UsageError
from commons.layout import Kind, ShardPath
from commons.records import identity, languages, shards
from commons.records.catalogue import FACETS, Catalogue, CatalogueEntry, Filters, mask
from commons.records.schema import Link, Record, Source

POOLS = {"CC0-1.0": "open", "MIT": "open", "CC-BY-SA-4.0": "by-sa"}
LANGS = ("en", "en-GB", "de", "pt-BR", "eng")
TOPICS = ("science", "history", "arts")


def record(number: int) -> Record:
    topics = tuple(topic for bit, topic in enumerate(TOPICS) if (number % 7 + 1) & (1 << bit))
    made = Record(
        "",
        f"Title {number}" if number % 3 else None,
        f"text {number} 100% (a.b)* ÄÖ",
        LANGS[number % len(LANGS)],
        topics,
        list(POOLS)[number % 3],
        (Source(title="s"),),
    )
    return Record(identity.row_id(made), *list(vars(made).values())[1:])


RECORDS = [record(number) for number in range(60)]
LINKS = [
    Link(RECORDS[0].id, "skos:broader", RECORDS[1].id, "MIT"),
    Link(RECORDS[0].id, "schema:about", "https://www.wikidata.org/entity/Q1", "MIT"),
    Link(RECORDS[2].id, "skos:related", RECORDS[0].id, "MIT"),
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("catalogue")
    paths: dict[Kind, list[ShardPath]] = {Kind.RECORD: [], Kind.LINK: []}

    def keep(kind: Kind, pool: str, collection: str, data: bytes) -> None:
        shard = ShardPath(kind, pool, collection, digests.sha256_hex(data))
        (folder / str(shard)).parent.mkdir(parents=True, exist_ok=True)
        (folder / str(shard)).write_bytes(data)
        paths[kind].append(shard)

    for spdx, pool in POOLS.items():
        some = [record for record in RECORDS if record.license == spdx]
        keep(Kind.RECORD, pool, "first" if spdx != "MIT" else "second", shards.write(Kind.RECORD, some))
    keep(Kind.LINK, "open", "first", shards.write(Kind.LINK, LINKS))
    return Catalogue(folder, paths[Kind.RECORD], paths[Kind.LINK])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return Catalogue(tmp_path_factory.mktemp("empty"), [], [])


def everything(
    catalogue: Catalogue, filters: Filters = Filters(), contains: str = ""
) -> list[CatalogueEntry]:
    return list(catalogue.page(filters, contains=contains, limit=1000).entries)


def passes(entry: CatalogueEntry, filters: Filters, contains: str = "") -> bool:
    record = entry.record
    return (
        (not filters.collection or entry.collection in filters.collection)
        and (not filters.pool or entry.pool in filters.pool)
        and (not filters.license or record.license in filters.license)
        and (not filters.topic or bool(set(record.topic) & set(filters.topic)))
        and (not filters.lang or any(languages.includes(tag, record.lang) for tag in filters.lang))
        and all(word.lower() in f"{record.title or ''}\0{record.text}".lower() for word in contains.split())
    )


def some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([*values, "nothing"]), max_size=2).map(tuple)


filter_strategy = st.builds(
    Filters,
    collection=some(["first", "second"]),
    pool=some(["open", "by-sa"]),
    license=some(list(POOLS)),
    lang=some(["en", "EN-gb", "eng", "de", "pt", "e"]),
    topic=some(list(TOPICS)),
)
words = st.sampled_from(["", "1", "TEXT", "title 2", "100%", "(a.b)*", "äö", "nowhere", "%", "_", "\\"])


@given(filter_strategy, words)
def test_a_filter_keeps_exactly_the_records_that_pass_it(
    catalogue: Catalogue, filters: Filters, contains: str
) -> None:
    expected = everything(catalogue, filters, contains)
    assert expected == [entry for entry in everything(catalogue) if passes(entry, filters, contains)]
    assert catalogue.page(filters, contains=contains, limit=1).total == len(expected)


@given(filter_strategy)
def test_a_facets_count_is_what_choosing_that_value_would_show(
    catalogue: Catalogue, filters: Filters
) -> None:
    for name, counts in catalogue.facets(filters).items():
        for value, count in counts.items():
            if name == "lang":
                continue  # choosing a language shows its regional forms too
            chosen = Filters(**{**vars(filters), name: (value,)})
            assert catalogue.page(chosen, limit=0).total == count


def test_facets_count_every_value_most_frequent_first(catalogue: Catalogue) -> None:
    facets = catalogue.facets()
    assert set(facets) == set(FACETS)
    assert facets["lang"] == languages.counted(Counter(record.lang for record in RECORDS))
    assert facets["topic"] == Counter(topic for record in RECORDS for topic in record.topic)
    for counts in facets.values():
        assert list(counts.values()) == sorted(counts.values(), reverse=True)


@given(st.integers(1, 70))
@settings(max_examples=20)
def test_pages_put_together_are_everything_once(catalogue: Catalogue, size: int) -> None:
    filters = Filters(lang=("en",))
    paged = [
        entry
        for offset in range(0, 70, size)
        for entry in catalogue.page(filters, offset=offset, limit=size).entries
    ]
    assert paged == everything(catalogue, filters)


def test_a_page_past_the_end_is_empty_and_still_knows_the_total(catalogue: Catalogue) -> None:
    page = catalogue.page(offset=1000)
    assert (page.entries, page.total) == ((), len(RECORDS))


def test_a_record_is_found_by_its_id_with_its_address(catalogue: Catalogue) -> None:
    entry = catalogue.get(RECORDS[2].id)
    assert entry == CatalogueEntry(RECORDS[2], "first", "by-sa")
    assert catalogue.get("kr1nothing") is None
    assert len(catalogue) == len(RECORDS)


def test_links_from_and_to_a_record(catalogue: Catalogue) -> None:
    assert catalogue.links_of(RECORDS[0].id) == (LINKS[:2], LINKS[2:])
    assert catalogue.links_of("kr1nothing") == ([], [])


def test_titles_fall_back_to_the_first_words(catalogue: Catalogue) -> None:
    ids = [RECORDS[0].id, RECORDS[1].id, "kr1nothing"]
    assert catalogue.titles(ids) == {ids[0]: RECORDS[0].text, ids[1]: "Title 1"}
    assert catalogue.titles([]) == {}


def test_an_empty_commons_is_a_catalogue_too(empty: Catalogue) -> None:
    assert len(empty) == 0
    assert empty.page(Filters(topic=("science",), lang=("en",)), contains="x").entries == ()
    assert empty.facets() == {name: {} for name in FACETS}
    assert empty.get("kr1") is None
    assert empty.links_of("kr1") == ([], [])
    assert empty.titles(["kr1"]) == {}


@settings(max_examples=60)
@given(
    topics=st.lists(st.none() | st.lists(st.sampled_from(["arts", "science", "medicine"])), max_size=12),
    start=st.integers(0, 12),
    wanted=st.lists(st.sampled_from(["arts", "science", "nothing"]), min_size=1, max_size=2),
)
def test_a_topic_is_looked_for_in_every_list_wherever_the_table_was_cut(
    topics: list[list[str] | None], start: int, wanted: list[str]
) -> None:
    table = pa.table({"topic": pa.array(topics, pa.list_(pa.string()))})
    table = pa.concat_tables([table.slice(start), table])
    expected = [bool(set(values or ()) & set(wanted)) for values in [*topics[start:], *topics]]
    assert mask(table, Filters(topic=tuple(wanted))).to_pylist() == expected


def test_days_that_leave_nothing_between_them_are_a_mistake_and_one_day_is_not() -> None:
    first, last = date(2026, 1, 2), date(2026, 1, 3)
    assert Filters(since=first, until=last)
    assert Filters(since=first, until=first)
    with pytest.raises(UsageError, match="since 2026-01-03 and until 2026-01-02"):
        Filters(since=last, until=first)
