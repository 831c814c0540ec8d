"""An opened artifact: the order of what it finds, filters against an oracle, exact neighbours, and a newer one that takes its place."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, record

from commons.errors import UsageError
from commons.index import retrieval
from commons.index.retrieval import Index
from commons.layout import Kind
from commons.records import shards
from commons.records.catalogue import Filters
from commons.records.languages import primary_subtag
from commons.records.schema import Record

POOLS = {"open": ("CC0-1.0", "MIT"), "by-sa": ("CC-BY-SA-4.0",), "odbl": ("ODbL-1.0",)}
LANGUAGES = ("en", "de", "pt-BR", "pt")
TOPICS = (("arts",), ("arts", "science"), ("geography",), ("science", "medicine"))
NAMES = ("river", "glacier", "harbour", "forest", "desert", "island", "canyon", "meadow", "volcano")
CONTRIBUTORS = tuple("kk1" + letter * 52 for letter in "abc")
CONTRIBUTIONS = tuple("kc1" + letter * 52 for letter in "defg")
FIRST_DAY = date(2026, 1, 1)
QUESTIONS = ("the river and the glacier", "number 17", "an island of the desert", "nothing at all like it")


def some_records() -> dict[tuple[str, str], list[Record]]:
    """(pool, collection) -> records, with every combination of what filters ask for."""
    made: dict[tuple[str, str], list[Record]] = {}
    for number in range(420):
        pool = list(POOLS)[number % 7 % 3]
        collection = ("notes", "atlas")[number % 2]
        made.setdefault((pool, collection), []).append(
            record(
                f"The {NAMES[number % 9]} beside the {NAMES[number // 9 % 9]} is number {number}.",
                license=POOLS[pool][number % len(POOLS[pool])],
                lang=LANGUAGES[number % 4],
                topic=TOPICS[number // 4 % 4],
                contributor=CONTRIBUTORS[number % 3],
                contribution=CONTRIBUTIONS[number // 3 % 4],
            )
        )
    return made


def opened(commons: CommonsOnDisk) -> Index:
    data = {
        str(shard): shards.row_count(commons.folder / str(shard))
        for shard in commons.snapshot.shards(Kind.RECORD)
    }
    return retrieval.open_artifact(commons.folder, "tiny", data=data)


def landed_on(row: dict[str, Any]) -> datetime | None:
    """A day for each contribution but the last, which the log does not know."""
    number = CONTRIBUTIONS.index(row["contribution"])
    return None if number == 3 else datetime(2026, 1, 1, 23, 59, tzinfo=UTC) + timedelta(days=number)


@pytest.fixture(scope="module", params=["exact", "rabitq", "ivf"])
def index(
    request: pytest.FixtureRequest, make_embedder: Any, tmp_path_factory: pytest.TempPathFactory
) -> Index:
    place = tmp_path_factory.mktemp("opened")
    commons = commons_on_disk.founded(place / "commons")
    for (pool, collection), rows in some_records().items():
        commons.put(rows, pool, collection)
    commons.publish(commons.build(make_embedder(), place / "work", kind=request.param))
    index = opened(commons)
    return replace(index, pools=tuple(_with_times(pool) for pool in index.pools))


def _with_times(pool: retrieval.Pool) -> retrieval.Pool:
    """The log of this commons knows none of the contributions, so the times are put in where they are read from."""
    table = pool.positions
    times = pa.array([landed_on(row) for row in table.to_pylist()], pa.timestamp("ms", "UTC"))
    return replace(pool, positions=table.set_column(table.schema.get_field_index("landed"), "landed", times))


def passing(index: Index, filters: Filters) -> set[str]:
    """The oracle: ids of records that pass, asked one by one in plain Python."""
    return {
        row["id"]
        for pool in index.pools
        for row in pool.positions.to_pylist()
        if _passes(row, pool.name, filters)
    }


def _passes(row: dict[str, Any], pool: str, filters: Filters) -> bool:
    landed = landed_on(row)
    languages = [tag.lower() for tag in filters.lang]
    lang = row["lang"].lower()
    return (
        (not filters.pool or pool in filters.pool)
        and (not filters.collection or row["collection"] in filters.collection)
        and (not filters.license or row["license"] in filters.license)
        and (not languages or any(lang == tag or lang.startswith(tag + "-") for tag in languages))
        and (not filters.topic or bool(set(row["topic"]) & set(filters.topic)))
        and (
            not filters.contributor
            or bool({row["contributor"], row["contribution"]} & set(filters.contributor))
        )
        and (not filters.since or (landed is not None and landed.date() >= filters.since))
        and (not filters.until or (landed is not None and landed.date() <= filters.until))
    )


def some_of(values: Any, most: int = 2) -> Any:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


DAYS = st.none() | st.integers(-1, 4).map(lambda days: FIRST_DAY + timedelta(days=days))


def filters_of(since: Any, until: Any, **facets: Any) -> Filters:
    if since and until:
        since, until = sorted((since, until))
    return Filters(**facets, since=since, until=until)


FILTERS = st.builds(
    filters_of,
    collection=some_of(("notes", "atlas", "nowhere"), 1),
    pool=some_of((*POOLS, "nowhere")),
    license=some_of(("CC0-1.0", "MIT", "CC-BY-SA-4.0", "ODbL-1.0")),
    lang=some_of(("en", "DE", "pt", "pt-br", "xx")),
    topic=some_of(("arts", "science", "medicine", "geography", "history")),
    contributor=some_of((*CONTRIBUTORS, CONTRIBUTIONS[0], CONTRIBUTIONS[3])),
    since=DAYS,
    until=DAYS,
)


class TestSearching:
    @settings(max_examples=50)
    @given(filters=FILTERS, k=st.integers(1, 60), asked=st.sampled_from(QUESTIONS), by_words=st.booleans())
    def test_any_combination_of_filters_keeps_what_an_oracle_keeps_and_gives_as_many_as_there_are(
        self, index: Index, make_embedder: Any, filters: Filters, k: int, asked: str, by_words: bool
    ) -> None:
        query = make_embedder().embed_questions([asked])[0]
        hits = index.search(query, k, filters, question=asked if by_words else "")
        allowed = passing(index, filters)
        ids = [hit.id for hit in hits]
        assert set(ids) <= allowed
        assert len(ids) == len(set(ids)) == min(k, len(allowed))
        assert [(-hit.score, hit.id) for hit in hits] == sorted((-hit.score, hit.id) for hit in hits)

    @pytest.mark.parametrize("asked", QUESTIONS)
    def test_by_meaning_alone_the_order_is_that_of_the_cosines(
        self, index: Index, embedder: Any, asked: str
    ) -> None:
        query = embedder.embed_questions([asked])[0]
        ids = [name for pool in index.pools for name in pool.positions["id"].to_pylist()]
        best = np.sort(index.vectors(ids) @ query)[::-1][:10]
        hits = index.search(query, 10)
        assert all(hit.score == hit.cosine and hit.keyword == 0 for hit in hits)
        if index.manifest.pools["open"].factory == "SQfp16":
            assert np.allclose([hit.score for hit in hits], best, atol=1e-5)
        else:
            assert sum(hit.score >= best[-1] - 1e-5 for hit in hits) >= 8, "approximate, but not by much"

    @pytest.mark.parametrize("asked", QUESTIONS[:3])
    def test_with_words_the_score_is_both_in_the_proportion_of_the_manifest(
        self, index: Index, embedder: Any, asked: str
    ) -> None:
        fused = index.manifest.fusion
        assert fused
        query = embedder.embed_questions([asked])[0]
        hits = index.search(query, 50, question=asked)
        tags = {
            row["id"]: row["lang"]
            for pool in index.pools
            for row in pool.positions.select(["id", "lang"]).to_pylist()
        }
        for hit in hits:
            weight = float(fused.weights.of([primary_subtag(tags[hit.id])])[0])
            assert hit.score == pytest.approx(
                weight * hit.cosine + (1 - weight) * hit.keyword + hit.exact, abs=1e-5
            )
            assert hit.cosine == pytest.approx(float(index.vectors([hit.id])[0] @ query), abs=0.02)
        assert max(hit.keyword for hit in hits) == pytest.approx(1)
        assert all(0 <= hit.keyword <= 1 for hit in hits)

    def test_a_record_that_only_its_words_give_away_is_found(self, index: Index, embedder: Any) -> None:
        away = -embedder.embed_questions(["number 17"])[0]
        plain = {hit.id for hit in index.search(away, 10)}
        hits = index.search(away, 200, question="number 17")
        best = max(hits, key=lambda hit: hit.keyword)
        assert best.id not in plain
        assert best.keyword == pytest.approx(1)

    def test_a_hit_says_where_its_row_is(self, index: Index, embedder: Any) -> None:
        hit = index.search(embedder.embed_questions([QUESTIONS[0]])[0], 1)[0]
        assert hit.shard in {file.path for file in index.manifest.data}
        assert hit.shard.split("/")[1] == hit.pool

    def test_a_table_of_the_first_version_says_what_it_cannot_filter_by(
        self, index: Index, embedder: Any
    ) -> None:
        old = ["id", "shard", "row", "collection", "license", "lang", "topic"]
        first = replace(
            index, pools=tuple(replace(pool, positions=pool.positions.select(old)) for pool in index.pools)
        )
        query = embedder.embed_questions(["x"])[0]
        assert len(first.search(query, 5, Filters(lang=("de",)))) == 5
        for filters in (
            Filters(contributor=CONTRIBUTORS),
            Filters(since=FIRST_DAY),
            Filters(until=FIRST_DAY),
        ):
            with pytest.raises(UsageError) as caught:
                first.search(query, 5, filters)
            assert caught.value.code == "filter-unavailable"


class TestNeighbours:
    def test_they_are_exact_over_all_pools(
        self, index: Index, embedder: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retrieval, "_BLOCK_ROWS", 33)
        ids = [name for pool in index.pools for name in pool.positions["id"].to_pylist()]
        everything = index.vectors(ids)
        asked = embedder.embed([*QUESTIONS, "The river beside the river is number 0."])
        for k in (1, 7, 200, 1000):
            rankings = index.neighbours(asked, k)
            for hits, vector in zip(rankings, asked, strict=True):
                cosines = np.sort(everything @ vector)[::-1][:k]
                assert len(hits) == min(k, len(ids)) == len({hit.id for hit in hits})
                assert np.allclose([hit.cosine for hit in hits], cosines, atol=1e-5)
                assert [(-hit.cosine, hit.id) for hit in hits] == sorted(
                    (-hit.cosine, hit.id) for hit in hits
                )

    def test_of_nothing_there_are_none(self, index: Index) -> None:
        assert index.neighbours(np.zeros((0, 64), np.float32), 5) == []

    @settings(max_examples=40)
    @given(sizes=st.lists(st.integers(0, 9), max_size=5), k=st.integers(0, 12), seed=st.integers(0, 99))
    def test_however_the_rows_are_cut_into_blocks(self, sizes: list[int], k: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        rows = random.normal(size=(sum(sizes), 8)).astype(np.float32)
        asked = random.normal(size=(3, 8)).astype(np.float32)
        blocks = np.split(rows, list(itertools.accumulate(sizes))[:-1]) if sizes else []
        cosines, places = retrieval.nearest(iter(blocks), asked, k)
        expected = np.argsort(-(asked @ rows.T), axis=1)[:, :k]
        assert np.array_equal(places, expected)
        assert np.allclose(cosines, np.take_along_axis(asked @ rows.T, expected, axis=1), atol=1e-5)

    def test_vectors_are_those_of_the_records_and_zeros_of_strangers(
        self, index: Index, embedder: Any
    ) -> None:
        row = index.pools[0].positions.slice(3, 1).to_pylist()[0]
        texts = {row.id: row.text for rows in some_records().values() for row in rows}
        vectors = index.vectors([row["id"], "kr1nobody"])
        assert vectors[0] @ embedder.embed([texts[row["id"]]])[0] > 0.99
        assert not vectors[1].any()


class TestANewerIndex:
    def test_data_that_came_later_makes_it_stale_and_it_answers_for_the_rest(
        self, embedder: Any, tmp_path: Path
    ) -> None:
        commons = commons_on_disk.founded(tmp_path / "commons")
        commons.put([record("one"), record("two")])
        commons.publish(commons.build(embedder, tmp_path / "work"))
        assert not opened(commons).stale
        commons.put([record("three"), record("four"), record("five")], pool="by-sa")
        index = opened(commons)
        assert index.stale
        assert index.missing_records == 3
        assert len(index.search(embedder.embed_questions(["three"])[0], 9, question="three")) == 2

    def test_it_takes_the_place_of_the_old_one_while_searches_run(
        self, make_embedder: Any, tmp_path: Path
    ) -> None:
        """The files of the old one are gone by then; searches under way, and whoever still holds it, finish on it."""
        commons = commons_on_disk.founded(tmp_path / "commons")
        commons.put([record(f"The {name} of before.") for name in NAMES])
        embedder = make_embedder()
        commons.publish(commons.build(embedder, tmp_path / "work"))
        first = opened(commons)
        shelf = [first]
        query = embedder.embed_questions(["the river"])[0]
        ids = {first.digest: set(first.pools[0].positions["id"].to_pylist())}
        stop, wrong, seen = threading.Event(), [], set()

        def search() -> None:
            while not stop.is_set():
                index = shelf[0]
                try:
                    hits = index.search(query, 5, Filters(lang=("en",)), question="the river")
                    if len(hits) != 5 or not {hit.id for hit in hits} <= ids[index.digest]:
                        wrong.append(hits)
                    seen.add(index.digest)
                except Exception as error:
                    wrong.append(error)

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number in range(3):
                commons.put([record(f"The river that came {number}.")])
                commons.publish(commons.build(make_embedder(), tmp_path / "work"))
                newer = opened(commons)
                ids[newer.digest] = {
                    name for pool in newer.pools for name in pool.positions["id"].to_pylist()
                }
                shelf[0] = newer
                while newer.digest not in seen and not wrong:
                    stop.wait(0.01)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        assert seen == set(ids)
        assert len(first.search(query, 5, question="the river")) == 5
