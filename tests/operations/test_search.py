"""Search: the nearest records among those that may be shown, with all a reader needs to trust them, or a clear refusal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import pytest

from commons import digests, layout
from commons.errors import CommonsError, IndexArtifactError, UsageError
from commons.evidence.answerability import Band
from commons.index import library as libraries
from commons.index.library import Library
from commons.layout import Kind
from commons.operations import build, search
from commons.records import shards
from commons.records.catalogue import Filters
from commons.records.identity import link_id
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

ROWS = [
    {
        "text": "Glaucoma is caused by pressure in the eye.",
        "title": "Glaucoma",
        "topic": ["medicine"],
        "links": [{"predicate": "skos:related", "object": "last"}],
    },
    {"text": "The capital of Bhutan is Thimphu.", "topic": ["geography"], "license": "cc-by-4.0"},
    {"text": "Die Hauptstadt von Bhutan ist Thimphu.", "topic": ["geography"], "lang": "de"},
    {"text": "A capital in Bhutan of the Brazilian kind.", "topic": ["geography"], "lang": "pt-BR"},
    {"text": "The area of Bhutan is 38,394 km².", "topic": ["geography"], "license": "odbl"},
    {"text": "Bhutan: shared alike.", "topic": ["geography", "history"], "license": "cc-by-sa-4.0"},
    *({"text": f"Filler number {number} about nothing much.", "topic": ["arts"]} for number in range(39)),
    {"id": "last", "text": "Filler number 39 about nothing much.", "topic": ["arts"]},
]


@pytest.fixture(scope="module")
def copy(found_commons: Any, make_embedder: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain folder with data and index, as anybody may download it."""
    world: World = found_commons()
    world.add(ROWS)
    world.build(make_embedder(), tmp_path_factory.mktemp("work"))
    folder = tmp_path_factory.mktemp("copy") / "commons"
    shutil.copytree(world.snapshot().folder, folder)
    return folder


@pytest.fixture(scope="module")
def library(copy: Path, make_embedder: Any) -> Library:
    return libraries.open_library(snapshots.of_folder(copy), make_embedder())


@pytest.fixture
def own(copy: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(copy, tmp_path / "own"))


def texts(library: Library, question: str, k: int = 5, **filters: Any) -> list[str]:
    return [hit.record.text for hit in search.find(library, question, k=k, filters=Filters(**filters)).hits]


class TestAnswers:
    def test_the_nearest_record_comes_first(self, library: Library) -> None:
        assert texts(library, "What causes glaucoma?")[0] == ROWS[0]["text"]
        assert "Thimphu" in texts(library, "capital of Bhutan")[0]

    def test_hits_are_ordered_by_score_over_all_pools(self, library: Library) -> None:
        hits = search.find(library, "Bhutan", k=50).hits
        assert len(hits) == len(ROWS)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert {hit.pool for hit in hits} == {"open", "by-sa", "odbl"}
        assert len({hit.record.id for hit in hits}) == len(hits)

    @pytest.mark.parametrize(
        ("filters", "count"),
        [
            ({"license": ("CC-BY-4.0",)}, 1),
            ({"license": ("CC-BY-4.0", "ODbL-1.0")}, 2),
            ({"lang": ("de",)}, 1),
            ({"lang": ("pt",)}, 1),
            ({"lang": ("PT-br",)}, 1),
            ({"topic": ("geography",)}, 5),
            ({"topic": ("history", "medicine")}, 2),
            ({"pool": ("by-sa",)}, 1),
            ({"pool": ("open", "odbl")}, 45),
            ({"collection": ("notes",)}, 46),
            ({"topic": ("geography",), "lang": ("en",)}, 3),
            ({"topic": ("geography",), "pool": ("by-sa",)}, 1),
            ({"topic": ("language",)}, 0),  # the policy knows it, and no record has come yet
            ({"topic": ("history",), "lang": ("de",)}, 0),
        ],
    )
    def test_filters_act_inside_the_search(
        self, filters: dict[str, tuple[str, ...]], count: int, library: Library
    ) -> None:
        """The question is nearest to fillers; whoever asks for k of what is rare gets k when k exist."""
        question = "Filler number 7 about nothing much."
        found = search.find(library, question, k=50, filters=Filters(**filters)).hits
        assert len(found) == count
        for k in range(1, min(count, 6) + 1):
            best = search.find(library, question, k=k, filters=Filters(**filters)).hits
            assert [hit.score for hit in best] == [hit.score for hit in found[:k]]

    @pytest.mark.parametrize(
        ("filters", "message", "hint"),
        [
            (
                {"topic": ("geografy",)},
                "There is no topic 'geografy' here; did you mean \"geography\"?",
                "Topics here: ",
            ),
            ({"topic": ("geography", "astrology")}, "no topic 'astrology'", "medicine"),
            ({"collection": ("nothing",)}, "no collection 'nothing'", "Collections here: notes."),
            ({"lang": ("xx",)}, "no record in the language 'xx'", "Languages here: en, "),
            ({"pool": ("opne",)}, "no pool 'opne' here; did you mean \"open\"?", "by-sa"),
        ],
    )
    def test_a_filter_that_nothing_can_pass_is_said_with_what_there_is(
        self, filters: dict[str, tuple[str, ...]], message: str, hint: str, library: Library
    ) -> None:
        with pytest.raises(UsageError) as caught:
            search.find(library, "Bhutan", filters=Filters(**filters))
        assert caught.value.code == "filter-unknown"
        assert message in caught.value.message
        assert hint in caught.value.hint

    @pytest.mark.parametrize(
        "written",
        [
            "{id}",
            "{ID}",
            " {id}. ",
            "https://example.org/space/record/{id}",
            "https://example.org/record/{id}.json",
            "What does {id} say?",
            "“{ID}”",
            "({id}),",
            "id={id}",
            "https://example.org/?q=%22{id}%22&k=5",
        ],
    )
    def test_a_pasted_id_finds_its_record(self, written: str, library: Library) -> None:
        name = str(library.catalogue.table["id"][1].as_py())
        answer = search.find(library, written.format(id=name, ID=name.upper()))
        assert [hit.record.id for hit in answer.hits] == [name]
        assert answer.packet.to_json()["named"][0]["id"] == name

    def test_a_contribution_is_answered_with_its_records_and_they_pass_the_filters(
        self, library: Library
    ) -> None:
        contribution = str(library.catalogue.table["contribution"][0].as_py())
        answer = search.find(library, f"<{contribution.upper()}>", k=50)
        assert len(answer.hits) == len(ROWS)
        (named,) = answer.packet.to_json()["named"]
        assert (named["id"], named["kind"]) == (contribution, "contribution")
        assert named["title"] == f"A contribution of {len(ROWS)} records and 1 link"
        assert texts(library, contribution, lang=("de",)) == [ROWS[2]["text"]]
        assert len(search.find(library, contribution, k=3).hits) == 3

    def test_a_link_is_answered_with_its_two_records_and_says_its_predicate(self, library: Library) -> None:
        by_text = {entry.record.text: entry.record.id for entry in library.catalogue.page(limit=50).entries}
        subject, other = by_text[str(ROWS[0]["text"])], by_text[str(ROWS[-1]["text"])]
        ((link,), _) = library.catalogue.links_of(subject)
        answer = search.find(library, f"What is {link_id(link.core())}?")
        assert [hit.record.id for hit in answer.hits] == [subject, other]
        (named,) = answer.packet.to_json()["named"]
        assert (named["kind"], named["link"]["predicate"]) == ("link", "skos:related")
        assert named["title"] == f"Glaucoma → skos:related → {ROWS[-1]['text']}"

    def test_a_pasted_id_is_an_answer(self, library: Library) -> None:
        name = str(library.catalogue.table["id"][1].as_py())
        answer = search.find(library, name)
        assert (answer.band, answer.assessment.confidence) == (Band.ANSWERS, 1.0)

    @pytest.mark.parametrize(
        ("question", "band"),
        [
            ("What is the capital of Bhutan?", Band.ANSWERS),
            ("What is the capital of Bhuttan?", Band.ANSWERS),  # nobody knows the word, and it is near to one
            ("Which quasars did Hubble photograph in 1994?", Band.NOT_KNOWN),
            ("the of and is", Band.NOT_KNOWN),
            ("What is it?", Band.NOT_KNOWN),
            ("😀", Band.NOT_KNOWN),
            ("AND OR NOT (", Band.NOT_KNOWN),
            ("तारे कितने दूर हैं?", Band.NOT_KNOWN),
        ],
    )
    def test_an_answer_says_what_it_is_worth(self, question: str, band: Band, library: Library) -> None:
        answer = search.find(library, question, k=3)
        assert answer.band is band
        assert answer.hits, "the closest are given all the same"
        value = answer.packet.to_json()
        assert (value["band"], value["calibrated_on"]) == (band.value, 0)
        assert 0 <= value["confidence"] <= 1
        assert "not calibrated on this commons" in answer.assessment.caveat

    def test_the_band_does_not_depend_on_how_many_are_asked_for(self, library: Library) -> None:
        first, *others = [search.find(library, "capital of Bhutan", k=k).assessment for k in (1, 3, 50)]
        assert others == [first, first]

    def test_the_band_is_about_the_records_that_pass_the_filters(self, library: Library) -> None:
        everything = search.find(library, "What is the capital of Bhutan?")
        fillers = search.find(library, "What is the capital of Bhutan?", filters=Filters(topic=("arts",)))
        assert fillers.band is Band.NOT_KNOWN
        assert fillers.assessment.confidence < everything.assessment.confidence

    def test_a_pasted_id_passes_no_filter_that_its_record_does_not(self, library: Library) -> None:
        (entry,) = library.catalogue.page(Filters(license=("CC-BY-4.0",))).entries
        allowed, other = Filters(license=("CC-BY-4.0",)), Filters(license=("CC0-1.0",))
        assert len(search.find(library, entry.record.id, filters=allowed).hits) == 1
        assert search.find(library, entry.record.id, filters=other).hits == ()

    def test_an_id_of_no_record_is_said_and_in_a_question_it_is_a_word(self, library: Library) -> None:
        nobody = "kr1" + "a" * 52
        for written in (nobody, nobody.upper(), f" “ {nobody} ” ?", f"https://example.org/record/{nobody}"):
            with pytest.raises(CommonsError) as caught:
                search.find(library, written)
            assert caught.value.code == "record-missing"
            assert f"has no record {nobody}" in caught.value.message
        assert search.find(library, f"What became of {nobody}?", k=3).hits

    def test_a_hit_carries_what_a_reader_needs(self, library: Library) -> None:
        answer = search.find(library, "capital of Bhutan", k=1, filters=Filters(license=("CC-BY-4.0",)))
        value = json.loads(json.dumps(answer.packet.to_json()))
        (hit,) = value["results"]
        assert set(value) >= {"question", "commons", "answerable", "reason", "terms", "results"}
        assert value["commons"]["stale"] is False
        assert value["commons"]["name"] == "Test commons"
        for name in ("id", "title", "text", "score", "license", "sources", "contributor", "collection"):
            assert name in hit
        assert (hit["license"], hit["collection"], hit["pool"]) == ("CC-BY-4.0", "notes", "open")
        assert value["terms"]["licenses"][0]["url"].startswith("https://creativecommons.org/")
        assert hit["contributor"]["name"] == "carl"
        assert hit["sources"] == [{"title": "A notebook"}]
        for part in ("A notebook", "Creative Commons Attribution 4.0", hit["id"]):
            assert part in hit["attribution"]
        assert 0 < hit["score"] <= 1.001

    def test_asking_twice_gives_the_same_answer(self, library: Library) -> None:
        assert search.find(library, "Bhutan", k=9) == search.find(library, "Bhutan", k=9)

    @pytest.mark.parametrize(
        ("question", "k"), [("", 5), (" \n", 5), ("x" * 2001, 5), ("x", 0), ("x", -1), ("x", 51)]
    )
    def test_a_question_that_makes_no_sense_is_wrong_usage(
        self, question: str, k: int, library: Library
    ) -> None:
        with pytest.raises(UsageError):
            search.find(library, question, k=k)

    @pytest.mark.parametrize(
        "question", ["\ud800", "\0", "日本語 😀", "<script>", "'; DROP TABLE", "x" * 2000]
    )
    def test_a_strange_question_is_a_question(self, question: str, library: Library) -> None:
        answer = search.find(library, question, k=3)
        assert len(answer.hits) == 3
        json.dumps(answer.packet.to_json(), ensure_ascii=False).encode()


def refused(folder: Path, embedder: Any) -> str:
    with pytest.raises(CommonsError) as caught:
        libraries.open_library(snapshots.of_folder(folder), embedder)
    return caught.value.code


class TestWhatIsNotAnswered:
    def test_no_index_says_how_to_make_one(self, own: Path, embedder: Any) -> None:
        shutil.rmtree(own / "index")
        with pytest.raises(IndexArtifactError) as caught:
            libraries.open_library(snapshots.of_folder(own), embedder)
        assert caught.value.code == "index-missing"
        assert "commons build" in caught.value.hint

    def test_a_stale_index_answers_and_announces_what_it_lacks(
        self, own: Path, embedder: Any, make_record: Any
    ) -> None:
        data = shards.write(Kind.RECORD, [make_record("Too new to be found."), make_record("So is this.")])
        place = own / "data" / "open" / "notes" / f"{digests.sha256_hex(data)}.parquet"
        place.write_bytes(data)
        answer = search.find(libraries.open_library(snapshots.of_folder(own), embedder), "Bhutan")
        assert answer.stale
        assert answer.missing_records == 2
        assert answer.packet.to_json()["commons"]["stale"] is True
        assert answer.hits

    def test_an_index_of_other_data_is_refused(self, own: Path, embedder: Any) -> None:
        next((own / "data" / "odbl").rglob("*.parquet")).unlink()
        assert refused(own, embedder) == "index-of-other-data"

    def test_an_index_of_another_commons_is_refused(
        self, own: Path, make_embedder: Any, make_record: Any, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        shutil.copytree(own / "governance", other / "governance")
        data = shards.write(Kind.RECORD, [make_record("Another commons.")])
        place = other / "data" / "open" / "x" / f"{digests.sha256_hex(data)}.parquet"
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        shutil.copytree(own / "log", other / "log")
        built = build.build(snapshots.of_folder(other), make_embedder(), tmp_path / "work", tmp_path / "made")
        shutil.rmtree(own / "index")
        for path, content in built.files.items():
            (own / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(content, own / path)
        assert refused(own, make_embedder()) == "index-of-other-data"

    def test_an_embedder_with_other_weights_is_refused(self, own: Path, make_embedder: Any) -> None:
        assert refused(own, make_embedder(salt="other")) == "embedder-mismatch"

    def test_an_embedder_of_another_dimension_is_refused(self, own: Path, make_embedder: Any) -> None:
        assert refused(own, make_embedder(dimension=32)) == "embedder-mismatch"

    def test_a_missing_file_of_the_artifact_is_refused(
        self, copy: Path, embedder: Any, tmp_path: Path
    ) -> None:
        for number, path in enumerate(sorted((copy / "index").rglob("pools/**/*.*"))):
            if path.is_dir():
                continue
            own = Path(shutil.copytree(copy, tmp_path / str(number)))
            (own / path.relative_to(copy)).unlink()
            assert refused(own, embedder) == "file-missing"

    def test_a_flipped_byte_anywhere_is_refused_by_name_before_faiss_reads_it(
        self, own: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every file that answers rest on: indexes, positions, keywords, the data itself."""
        monkeypatch.setattr(faiss, "read_index", _only_untouched := Untouched(own))
        files = [path for path in (own / "index").rglob("pools/**/*.*") if path.is_file()]
        assert {path.suffix for path in files} > {".faiss", ".parquet", ".term", ".idx", ".json"}
        for path in [*files, *(own / "data").rglob("*.parquet")]:
            whole = path.read_bytes()
            for place in {0, len(whole) // 2, len(whole) - 1}:
                spoiled = bytearray(whole)
                spoiled[place] ^= 0x01
                path.write_bytes(spoiled)
                _only_untouched.touched = path
                try:
                    code = refused(own, embedder)
                finally:
                    path.write_bytes(whole)
                # A shard whose footer is hit is not even counted.
                assert code in ("digest-mismatch", "unreadable-shard"), (path.name, place)

    def test_a_manifest_of_other_words_is_refused(self, own: Path, embedder: Any) -> None:
        place = own / layout.manifest_path("tiny")
        whole = json.loads(place.read_text())
        for spoil in (
            lambda v: v["pools"]["open"]["index"].update(sha256="0" * 64),
            lambda v: v["pools"]["open"]["positions"].update(sha256="0" * 64),
            lambda v: v["data"][0].update(sha256="0" * 64),
            lambda v: v["data"][0].update(rows=1000),
            lambda v: v["embedder"].update(weights_sha256="0" * 64),
            lambda v: v["embedder"].update(dimension=63),
            lambda v: v["pools"].pop("by-sa"),
            lambda v: v.update(records=5),
        ):
            value = json.loads(json.dumps(whole))
            spoil(value)
            place.write_text(json.dumps(value))
            with pytest.raises(CommonsError):
                libraries.open_library(snapshots.of_folder(own), embedder)

    def test_positions_that_point_nowhere_are_refused(self, own: Path, embedder: Any) -> None:
        """A manifest is not signed here: somebody may publish one whose digests fit and whose content lies."""
        import hashlib

        import pyarrow as pa

        from commons.index import positions

        place = own / layout.manifest_path("tiny")
        value = json.loads(place.read_text())
        path = own / value["pools"]["odbl"]["positions"]["path"]
        table = shards.read_table(path, positions.SCHEMAS[positions.VERSION])
        column = table.schema.get_field_index("shard")
        data = shards.to_parquet(table.set_column(column, "shard", pa.array([999], pa.int32())))
        path.write_bytes(data)
        value["pools"]["odbl"]["positions"]["sha256"] = hashlib.sha256(data).hexdigest()
        place.write_text(json.dumps(value))
        with pytest.raises(CommonsError):
            search.find(libraries.open_library(snapshots.of_folder(own), embedder), "area of Bhutan")

    def test_a_folder_that_is_no_commons_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CommonsError) as caught:
            snapshots.of_folder(tmp_path)
        assert caught.value.code == "not-a-commons"


class Untouched:
    """FAISS's reader, which may be asked for anything but the file that was touched."""

    def __init__(self, folder: Path) -> None:
        self.touched = folder
        self.read = faiss.read_index

    def __call__(self, name: str, *flags: int) -> Any:
        assert Path(name) != self.touched
        return self.read(name, *flags)


def test_a_snapshot_of_a_repository_and_a_copy_of_it_answer_alike(copy: Path, library: Library) -> None:
    again = libraries.open_library(Snapshot(copy, "0" * 40, "copy"), library.embedder)
    one, two = search.find(library, "Bhutan"), search.find(again, "Bhutan")
    assert [hit.record.id for hit in one.hits] == [hit.record.id for hit in two.hits]
