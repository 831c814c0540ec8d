"""A commons in a program's hands: records before any model, filters in words, one load for many threads, one revision until refreshed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from support.embedder import TinyEmbedder

import commons
from commons import CommonsError, Reader, layout
from commons.errors import HubError, IndexArtifactError, NotACommonsError, UsageError
from commons.evidence.answerability import Band
from commons.evidence.packet import Status
from commons.snapshots.snapshot import Snapshot
from commons.snapshots.source import InFolder

GOLDEN = Path(__file__).parents[1] / "golden"
FORMATS = ("format-1", "format-2", "format-2-whole", "format-3")
QUESTION = "When does water boil?"
BOILING = "Water boils at 100 °C at sea level."
THREADS = 8


@pytest.fixture(scope="module")
def library() -> Reader:
    return commons.open(GOLDEN / "format-3", using=TinyEmbedder())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN / "format-3", tmp_path / "copy"))


class CountedLoads:
    """Gives the true embedder, and counts how often it was asked to."""

    def __init__(self, *, errors: int = 0) -> None:
        self.count = 0
        self._errors = errors

    def __call__(self, snapshot: Snapshot) -> TinyEmbedder:
        self.count += 1
        if self.count <= self._errors:
            raise CommonsError("The model is on its way.")
        return TinyEmbedder()


def at_once(call: Callable[[], Any]) -> list[Any]:
    """What each of several threads got that began together."""
    together = threading.Barrier(THREADS)

    def begin(_: int) -> Any:
        together.wait()
        return call()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


class TestSearch:
    def test_an_answer_has_typed_results_and_says_what_it_is_worth(self, library: Reader) -> None:
        answer = library.search(QUESTION, k=3)
        first = answer.results[0]
        assert (first.title, first.text, first.license, first.state.status) == (
            "Water",
            BOILING,
            "CC0-1.0",
            Status.LIVE,
        )
        assert first.id in first.attribution
        assert (answer.question, answer.band, answer.answerable) == (QUESTION, Band.ANSWERS, True)
        assert 0.5 < answer.confidence <= 1
        assert answer.reason.startswith("This answers")
        assert (answer.revision, answer.root) == ("folder", library.root)
        assert len(answer.index) == 64
        assert not answer.stale
        assert len(answer) == len(list(answer)) == 3
        assert answer.terms.statement
        assert answer.to_json() == answer.packet.to_json()
        assert "answers, 3 results" in repr(answer)

    @pytest.mark.parametrize(
        ("filters", "titles"),
        [
            ({"allow": "MIT"}, 1),
            ({"allow": ["mit", "cc-by-4.0"]}, 2),
            ({"allow": "mit, cc-by-4.0"}, 2),
            ({"lang": "de"}, 1),
            ({"lang": ("DE", "fr")}, 2),
            ({"collection": "notes"}, 4),
            ({"topic": {"science"}}, 10),
            ({"contributor": "maya"}, 1),
            ({"pool": "by-sa"}, 1),
            ({"since": "1999-12-31", "until": date(2999, 1, 1)}, 10),
            ({"since": datetime(2999, 1, 1)}, 0),
            ({"allow": None, "lang": "", "since": None, "until": ""}, 10),
        ],
    )
    def test_filters_are_words_or_lists_of_them(self, filters: Any, titles: int, library: Reader) -> None:
        assert len(library.search(QUESTION, k=50, **filters)) == titles

    def test_an_answer_without_results_has_no_terms_to_keep(self, library: Reader) -> None:
        answer = library.search(QUESTION, since="2999-01-01")
        assert (answer.results, answer.answerable, answer.terms.licenses) == ((), False, ())

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"lnag": "en"}, 'did you mean "lang"'),
            ({"topic": "sceince"}, 'did you mean "science"'),
            ({"collection": "watre"}, 'did you mean "water"'),
            ({"allow": "all rights reserved"}, "cannot be searched for"),
            ({"allow": 5}, "allow is a string or a list"),
            ({"lang": [None]}, "lang is a string or a list"),
            ({"topic": {"science": 1}}, "topic is a string or a list"),
            ({"lang": b"en"}, "lang is a string or a list"),
            ({"contributor": "Nobody"}, "has not contributed"),
            ({"since": "yesterday"}, "since is a day"),
            ({"until": 20260101}, "until is a day"),
            ({"since": "2026-02-01", "until": "2026-01-01"}, "Nothing can have landed"),
            ({"k": "3"}, "k is a whole number"),
            ({"k": 2.5}, "k is a whole number"),
            ({"k": 0}, "k must be between 1 and 50"),
            ({"question": None}, "The question is a string"),
            ({"question": " "}, "empty"),
            ({"question": "x" * 2001}, "2,001 characters"),
        ],
    )
    def test_what_makes_no_sense_is_said_in_words(
        self, arguments: dict[str, Any], words: str, library: Reader
    ) -> None:
        with pytest.raises(UsageError) as refused:
            library.search(**{"question": QUESTION, **arguments})
        assert words in refused.value.message

    def test_a_filter_that_nothing_passes_is_refused_before_any_model_is_loaded(self) -> None:
        loads = CountedLoads()
        library = Reader(InFolder(GOLDEN / "format-3"), loads)
        with pytest.raises(UsageError, match="sceince"):
            library.search(QUESTION, topic="sceince")
        assert loads.count == 0


class TestRecords:
    def test_a_record_is_read_where_no_model_can_be_loaded(self, library: Reader) -> None:
        name = library.search(QUESTION).results[0].id
        bare = Reader(InFolder(GOLDEN / "format-3"), CountedLoads(errors=1_000))
        assert bare.get(name).text == BOILING
        assert bare.get(f"see https://example.org/record/{name}").id == name
        assert len(bare) == 10
        assert {each.name: each.records for each in bare.collections()} == {
            "water": 5,
            "notes": 4,
            "more-water": 1,
        }
        with pytest.raises(CommonsError, match="on its way"):
            bare.search(QUESTION)

    def test_of_a_link_or_contribution_the_records_it_leads_to_are_given(self, library: Reader) -> None:
        contribution = library.search(QUESTION).results[0].contribution
        packet = library.named(contribution)
        assert packet.named[0].kind == "contribution"
        assert len(packet.results) > 1
        with pytest.raises(UsageError, match="is the id of a contribution"):
            library.get(contribution)

    @pytest.mark.parametrize("pasted", ["", "Water", "kr1" + "a" * 52])
    def test_what_is_not_here_is_missing(self, pasted: str, library: Reader) -> None:
        with pytest.raises(CommonsError) as missing:
            library.get(pasted)
        assert missing.value.code == "record-missing"

    def test_what_is_no_string_is_refused(self, library: Reader) -> None:
        with pytest.raises(UsageError, match="An id is a string"):
            library.get(7)  # type: ignore[arg-type]

    @pytest.mark.parametrize("name", FORMATS)
    def test_every_released_format_is_read(self, name: str) -> None:
        library = Reader(InFolder(GOLDEN / name), CountedLoads())
        answer = library.search(QUESTION, k=4)
        assert answer.results[0].text == BOILING
        assert library.get(answer.results[0].id).license == answer.results[0].license
        assert library.root == answer.root


class TestPassages:
    def test_an_answer_gives_passages_for_a_prompt(self, library: Reader) -> None:
        answer = library.search(QUESTION, k=2, lang="en")
        context = answer.context(tokens=800)
        assert str(context) == context.text
        assert BOILING in context.text
        assert context.packet.hash == library.context(QUESTION, tokens=800, lang="en").packet.hash
        assert context.packet.hash != library.context(QUESTION, tokens=800).packet.hash
        assert {passage.license for passage in context.passages} <= {
            each.id for each in context.packet.terms.licenses
        }

    def test_a_tokenizer_counts_where_one_is_given(self, library: Reader) -> None:
        context = library.context(QUESTION, tokens=2_000, count_tokens=len)
        assert 0 < len(context.text) <= 2_000
        with pytest.raises(UsageError) as refused:
            library.search(QUESTION).context(tokens=20)
        assert refused.value.code == "budget-too-small"
        with pytest.raises(UsageError, match="tokens is a whole number"):
            library.context(QUESTION, tokens="many")  # type: ignore[arg-type]


class TestCitations:
    def test_results_and_records_are_cited_in_a_style(self, library: Reader) -> None:
        answer = library.search(QUESTION, k=2)
        names = [result.id for result in answer]
        assert answer.cite().text.count("\n") >= 1
        assert answer.cite("bibtex") == library.cite(names, style="bibtex")
        assert library.cite(",".join(names)).to_json()[0]["title"] == "Water"
        with pytest.raises(UsageError) as refused:
            answer.cite("bibtxe")
        assert refused.value.code == "style-unknown"
        with pytest.raises(UsageError, match="Nothing to cite"):
            library.search(QUESTION, since="2999-01-01").cite()
        with pytest.raises(UsageError, match="ids is a string or a list"):
            library.cite(5)  # type: ignore[arg-type]

    def test_a_model_is_given_blocks_to_cite_from(self, library: Reader) -> None:
        answer = library.search(QUESTION, k=1)
        (block,) = answer.to_search_results()
        assert (block["type"], block["title"]) == ("search_result", "Water")
        assert library.get(block["source"]).id == answer.results[0].id
        quoted = "".join(piece["text"] for piece in block["content"])
        assert library.verify_citation(block["source"], quoted).verdict == "exact"


class TestLinksAndQuotations:
    def test_links_are_followed(self, library: Reader) -> None:
        linked = next(result for result in library.search(QUESTION, k=50) if result.links)
        around = library.related(linked.id, hops=2)
        assert {link.id or link.url for link in linked.links} <= {end.end for end in around.results}
        assert library.related(linked.id, predicates="narrower").predicates == ("skos:narrower",)
        for arguments, words in (
            ({"hops": 4}, "1 to 3 hops"),
            ({"hops": "2"}, "hops is a whole number"),
            ({"predicates": "narower"}, 'did you mean "narrower"'),
            ({"lnag": "en"}, 'did you mean "lang"'),
            ({"cursor": "x"}, "no cursor"),
        ):
            with pytest.raises(UsageError) as refused:
                library.related(linked.id, **arguments)
            assert words in refused.value.message

    def test_a_quotation_is_compared_with_its_record(self, library: Reader) -> None:
        name = library.search(QUESTION).results[0].id
        assert library.verify_citation(name, BOILING).verdict == "exact"
        near = library.verify_citation(name, BOILING.replace("100", "90"))
        assert (near.verdict, near.revision) == ("near", "folder")
        assert library.verify_citation("kr1" + "a" * 52, BOILING).verdict == "unknown_record"
        with pytest.raises(UsageError) as refused:
            library.verify_citation(name, " ")
        assert refused.value.code == "quote-empty"
        with pytest.raises(UsageError, match="The quotation is a string"):
            library.verify_citation(name, None)  # type: ignore[arg-type]


class TestOpening:
    @pytest.mark.parametrize("name", ["", "a/b/c", "./nowhere", "https://example.org/page"])
    def test_a_name_of_nothing_is_refused_at_once(self, name: str) -> None:
        with pytest.raises((UsageError, HubError)):
            commons.open(name, endpoint="http://127.0.0.1:9")

    def test_a_folder_that_is_no_commons_says_so_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(NotACommonsError):
            commons.open(tmp_path)

    def test_a_folder_has_one_revision(self) -> None:
        with pytest.raises(UsageError, match="has no revision v1"):
            commons.open(GOLDEN / "format-3", "v1.0.0")

    def test_two_hubs_or_two_models_at_once_are_refused(self) -> None:
        with pytest.raises(UsageError, match="the endpoint is"):
            commons.open("https://huggingface.co/datasets/org/name", endpoint="http://127.0.0.1:9")
        with pytest.raises(UsageError, match="Both a model and an embedder"):
            commons.open(GOLDEN / "format-3", model="org/model", using=TinyEmbedder())

    def test_what_is_no_name_is_refused(self) -> None:
        with pytest.raises(UsageError, match="a string or a path"):
            commons.open(None)  # type: ignore[arg-type]

    def test_without_an_index_records_are_read_and_a_search_says_why_not(self, copy: Path) -> None:
        shutil.rmtree(copy / "index")
        library = commons.open(copy)
        assert len(library) == 10
        with pytest.raises(IndexArtifactError) as refused:
            library.search(QUESTION)
        assert refused.value.code == "index-missing"

    def test_a_damaged_index_is_refused_and_its_records_are_read(self, copy: Path) -> None:
        manifest = copy / layout.manifest_path("tiny")
        manifest.write_bytes(manifest.read_bytes()[:-20])
        library = commons.open(copy, using=TinyEmbedder())
        assert len(library) == 10
        with pytest.raises(IndexArtifactError):
            library.search(QUESTION)

    def test_an_index_by_another_model_is_refused(self) -> None:
        with pytest.raises(IndexArtifactError) as refused:
            commons.open(GOLDEN / "format-3", using=TinyEmbedder(salt="other")).search(QUESTION)
        assert refused.value.code == "embedder-mismatch"

    def test_a_log_that_does_not_hold_has_no_root_and_records_all_the_same(self, copy: Path) -> None:
        (copy / layout.CHECKPOINT).write_text("nothing of a log")
        library = commons.open(copy, using=TinyEmbedder())
        assert library.root is None
        assert library.search(QUESTION).root is None
        assert len(library) == 10


class TestManyThreads:
    def test_the_first_search_of_eight_threads_at_once_loads_one_model(self) -> None:
        loads = CountedLoads()
        library = Reader(InFolder(GOLDEN / "format-3"), loads)
        answers = at_once(lambda: library.search(QUESTION))
        assert loads.count == 1
        assert len({answer.packet.to_json_text() for answer in answers}) == 1

    def test_a_load_that_failed_is_tried_again(self) -> None:
        loads = CountedLoads(errors=1)
        library = Reader(InFolder(GOLDEN / "format-3"), loads)
        with pytest.raises(CommonsError, match="on its way"):
            library.search(QUESTION)
        assert library.search(QUESTION).answerable
        assert loads.count == 2

    def test_a_record_is_read_while_a_model_is_being_loaded(self, library: Reader) -> None:
        name = library.search(QUESTION).results[0].id
        loading, may_go_on = threading.Event(), threading.Event()

        def load(snapshot: Snapshot) -> TinyEmbedder:
            loading.set()
            assert may_go_on.wait()
            return TinyEmbedder()

        slow = Reader(InFolder(GOLDEN / "format-3"), load)
        with ThreadPoolExecutor(1) as pool:
            search = pool.submit(slow.search, QUESTION)
            assert loading.wait()
            assert slow.get(name).text == BOILING
            assert not search.done()
            may_go_on.set()
            assert search.result().answerable


class TestRefreshing:
    def test_a_reader_stays_on_its_revision_until_it_is_refreshed(self, copy: Path) -> None:
        library = commons.open(copy, using=TinyEmbedder())
        assert library.search(QUESTION).answerable
        assert not library.refresh()
        shutil.rmtree(copy / "data" / "open" / "more-water")
        assert len(library) == 10
        with pytest.raises(IndexArtifactError):  # the index knows a shard that is not there any more
            library.refresh()
        assert library.search(QUESTION, k=50).results
        shutil.rmtree(copy / "index")
        fresh = commons.open(copy)
        assert len(fresh) == 9
        (copy / "data" / "open" / "notes").rename(copy / "data" / "open" / "renamed")
        assert fresh.refresh()
        assert {each.name for each in fresh.collections()} == {"water", "renamed"}

    def test_what_was_closed_answers_no_more(self, copy: Path) -> None:
        with commons.open(copy, using=TinyEmbedder()) as library:
            answer = library.search(QUESTION)
        assert answer.results
        assert "closed" in repr(library)
        for call in (library.refresh, library.collections, lambda: library.search(QUESTION)):
            with pytest.raises(UsageError) as refused:
                call()
            assert refused.value.code == "closed"
