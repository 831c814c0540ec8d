"""What cards are counted from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.layout import Kind, ShardPath
from commons.records import shards
from commons.records.schema import SCHEMAS, Link, Question, Record, Source
from commons.records.summary import CollectionSummary, SourceUse, Summary, in_words, summarise


def record(text: str, *sources: Source, license: str = "MIT", lang: str = "en") -> Record:
    return Record(f"kr1{text}", None, text, lang, ("science", "arts"), license, sources, "kk1a", "kc1b")


def test_everything_is_counted_by_collection() -> None:
    book, web = Source(title="Book", author="Ada"), Source(title="Web", url="https://example.org/1")
    tables = {
        ShardPath(kind, pool, collection, name * 64): (
            shards.read_table(shards.write(kind, rows), SCHEMAS[kind]),
            1000,
        )
        for kind, pool, collection, name, rows in (
            (Kind.RECORD, "open", "one", "a", [record("x", book), record("y", book, web, lang="de")]),
            (Kind.RECORD, "by-sa", "one", "b", [record("z", web, license="CC-BY-SA-4.0")]),
            (Kind.LINK, "open", "one", "c", [Link("kr1x", "skos:related", "kr1y", "MIT")]),
            (Kind.QUESTION, "", "two", "d", [Question("q", "en", (), "MIT")]),
        )
    }
    summary = summarise(tables)
    first, second = summary.collections["one"], summary.collections["two"]
    assert (first.records, first.links, first.bytes) == (3, 1, 3000)
    assert (second.records, second.questions, second.question_licenses) == (0, 1, {"MIT": 1})
    assert first.pools == {"open": 2, "by-sa": 1}
    assert first.licenses == {"MIT": 2, "CC-BY-SA-4.0": 1}
    assert first.languages == {"en": 2, "de": 1}
    assert first.topics == {"science": 3, "arts": 3}
    named = Source(title="Web")
    assert first.sources == {(book, "MIT"): 2, (named, "MIT"): 1, (named, "CC-BY-SA-4.0"): 1}
    assert first.source_urls == {named: "https://example.org/1"}
    assert first.source_uses == {
        (book, "MIT"): SourceUse(2),
        (named, "MIT"): SourceUse(1, "https://example.org/1", "one"),
        (named, "CC-BY-SA-4.0"): SourceUse(1, "https://example.org/1", "one"),
    }
    assert (summary.records, summary.links, summary.questions) == (3, 1, 1)
    assert summary.total("licenses") == {"MIT": 2, "CC-BY-SA-4.0": 1}


def test_the_order_of_tables_does_not_matter() -> None:
    tables = {
        ShardPath(Kind.RECORD, "open", name, name * 64): (
            shards.read_table(shards.write(Kind.RECORD, [record(name)]), SCHEMAS[Kind.RECORD]),
            10,
        )
        for name in "abc"
    }
    backwards = dict(reversed(tables.items()))
    assert summarise(tables) == summarise(backwards)
    assert list(summarise(backwards).collections) == ["a", "b", "c"]


def test_what_was_replaced_is_counted_apart_wherever_it_lies() -> None:
    """In the data until a build moves it; ``whole`` counts it as if nothing had replaced it."""
    a, b, c = (f"{letter * 52}" for letter in "abc")
    links = [Link(f"kr1{b}", "dcterms:replaces", f"kr1{a}", "MIT")]
    book = Source(title="Book", author="Ada")
    old, new, third = record(a, book), record(b), record(c)

    def counted(*shards_of_records: tuple[list[Record], bool]) -> Summary:
        tables = {
            ShardPath(Kind.RECORD, "open", "one", f"{number}" * 64, replaced): (
                shards.read_table(shards.write(Kind.RECORD, rows), SCHEMAS[Kind.RECORD]), 10,
            )
            for number, (rows, replaced) in enumerate(shards_of_records)
        }  # fmt: skip
        table = shards.read_table(shards.write(Kind.LINK, links), SCHEMAS[Kind.LINK])
        return summarise({**tables, ShardPath(Kind.LINK, "open", "one", "f" * 64): (table, 10)})

    before, after = (
        counted(([old, third], False), ([new], False)),
        counted(([third], False), ([new], False), ([old], True)),
    )
    for summary in (before, after):
        assert (summary.records, summary.replaced_records, summary.whole().records) == (2, 1, 3)
        assert (book, "MIT") not in summary.collections["one"].sources
        assert summary.whole().collections["one"].sources[book, "MIT"] == 1
        assert summary.whole().collections["one"].topics == {"science": 3, "arts": 3}
    assert (before.is_apart, after.is_apart) == (False, True)
    assert (before.collections["one"].bytes, after.collections["one"].bytes) == (30, 30)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"records": 1}, "1 record"),
        ({"records": 1439, "links": 2196}, "1,439 records and 2,196 links"),
        ({"records": 2, "links": 1, "questions": 3}, "2 records, 1 link and 3 questions"),
        ({"questions": 120}, "120 questions"),
        ({}, "no rows"),
    ],
)
def test_counts_in_words(counts: dict[str, int], words: str) -> None:
    assert in_words(**counts) == words


def test_nothing_is_counted_as_nothing() -> None:
    assert summarise({}) == Summary()
    assert CollectionSummary("x").records == 0


@given(st.lists(st.sampled_from(["https://a.example/x/1", "https://a.example/x/2", "https://b.example/"])))
def test_what_addresses_have_in_common_does_not_depend_on_their_order(urls: list[str]) -> None:
    forwards, backwards = SourceUse(), SourceUse()
    for url in urls:
        forwards.include(SourceUse(1, url, "one"))
    for url in reversed(urls):
        backwards.include(SourceUse(1, url, "one"))
    assert forwards == backwards
    assert all(url.startswith(forwards.address) for url in urls)
    assert (forwards.addresses == "several") == (len(set(urls)) > 1)
