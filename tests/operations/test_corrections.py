"""Corrections and disputes: from the landing on every reader obeys them, and the next build moves what was replaced."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from support import researcher
from support.commons_copy import Copy
from support.commons_copy import record as copy_record
from support.embedder import TinyEmbedder
from support.world import key_of

from commons import digests, layout
from commons.embedding.embedder import EmbedderIdentity
from commons.errors import IndexArtifactError, ProposalError
from commons.evidence import record as evidence
from commons.evidence import results
from commons.evidence.results import EvidenceOrigin
from commons.gate.comparison.answers import Meaning
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.decision import Outcome
from commons.governance.roles import RoleKey
from commons.index import library as libraries
from commons.index.build import answerability_calibration
from commons.index.library import Library
from commons.layout import Kind, Need, ShardPath
from commons.ledger import contributions
from commons.ledger.contributions import Group
from commons.operations import build, record, search, show, verify
from commons.proposals import report_page
from commons.records import shards
from commons.records.catalogue import Filters
from commons.records.schema import Link, Row

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

OLD = "Bhutan has an area of 40,000 square kilometres."
NEW = "Bhutan has an area of 38,394 square kilometres."
NEWEST = "Bhutan has an area of 38,394 square kilometres, most of it forest."
FILLERS = [{"text": f"Filler number {number} about nothing much."} for number in range(12)]
QUESTION = "What is the area of Bhutan in square kilometres?"


class OtherEmbedder(TinyEmbedder):
    @property
    def identity(self) -> EmbedderIdentity:
        return super().identity.model_copy(update={"model": "tests/other"})


def link(predicate: str, target: str) -> list[dict[str, str]]:
    return [{"predicate": predicate, "object": target}]


def id_of(world: World, text: str) -> str:
    table = world.snapshot().catalogue().table.to_pylist()
    return str(next(row["id"] for row in table if row["text"] == text))


def correct(world: World, old: str, new: str, **options: Any) -> str:
    """Land ``new`` as the correction of the record whose text is ``old``; its id."""
    world.add([{"text": new, "links": link("dcterms:replaces", id_of(world, old))}], **options)
    return id_of(world, new)


def opened(world: World, embedder: Any) -> Library:
    return libraries.open_library(world.snapshot(), embedder)


def texts(library: Library, question: str = QUESTION, k: int = 20, **options: Any) -> list[str]:
    return [hit.record.text for hit in search.find(library, question, k=k, **options).hits]


@pytest.fixture
def built(world: World, make_embedder: Any) -> World:
    """A commons with a record that is wrong, and an index that knows it."""
    world.add([{"text": OLD}, *FILLERS])
    world.build(make_embedder())
    return world


class TestReaders:
    """The index is older than the correction."""

    def test_search_finds_no_replaced_record_unless_asked(self, built: World, make_embedder: Any) -> None:
        assert texts(opened(built, make_embedder()))[0] == OLD
        correct(built, OLD, NEW)
        library = opened(built, make_embedder())
        assert library.index.stale
        assert OLD not in texts(library)
        assert len(texts(library, k=12)) == 12  # masked inside the search, so nothing is lost of what passes
        assert library.index.neighbours(make_embedder().embed([OLD]), 13)[0][0].id != id_of(built, OLD)
        built.build(make_embedder())
        library = opened(built, make_embedder())
        assert texts(library)[0] == NEW
        assert OLD not in texts(library)
        asked = search.find(library, QUESTION, k=3, include_replaced=True).hits
        assert [hit.record.text for hit in asked[:2]] == [NEW, OLD]
        assert asked[1].beside == asked[0].record.id
        assert len(asked) == 4
        filtered = Filters(license=("CC0-1.0",))
        assert OLD in texts(library, include_replaced=True, filters=filtered)

    def test_an_id_finds_its_record_with_what_replaced_it(self, built: World, make_embedder: Any) -> None:
        old = id_of(built, OLD)
        new = correct(built, OLD, NEW)
        newest = correct(built, NEW, NEWEST)
        snapshot = built.snapshot()
        catalogue = snapshot.catalogue()
        (hit,) = record.find(snapshot, catalogue, old).hits(snapshot.people, catalogue.states)
        assert hit.record.text == OLD
        past = evidence.history(snapshot, catalogue, hit)
        assert past.newest == newest
        (step,) = past.replaced_by
        assert (step.id, step.title, step.contributor) == (new, NEW, "carl")
        assert step.landed is not None
        origin = EvidenceOrigin(snapshot, catalogue)
        (as_result,) = results.packet_of_rows([record.find(snapshot, catalogue, old)], origin).results
        assert (as_result.state.status, as_result.state.replaced_by) == ("replaced", newest)
        assert [(step.direction, step.id) for step in as_result.state.corrections] == [("replaced_by", new)]
        (between,) = record.find(snapshot, catalogue, new).hits(snapshot.people, catalogue.states)
        middle = evidence.history(snapshot, catalogue, between)
        assert [step.id for step in middle.replaced_by] == [newest]
        assert [step.id for step in middle.replaces] == [old]
        (named,) = search.find(opened(built, make_embedder()), old).hits
        assert named.record.text == OLD
        assert named.state.newest == newest

    def test_pages_and_counts_are_of_live_records(self, built: World) -> None:
        correct(built, OLD, NEW)
        catalogue = built.snapshot().catalogue()
        assert len(catalogue) == 13
        shown = [entry.record.text for entry in catalogue.page(contains="Bhutan").entries]
        assert shown == [NEW]
        assert catalogue.facets()["license"] == {"CC0-1.0": 13}


class TestGate:
    def test_a_correction_of_what_was_corrected_meanwhile_has_to_replace_the_newest(
        self, built: World
    ) -> None:
        old = id_of(built, OLD)
        late = built.propose([{"text": NEWEST, "links": link("dcterms:replaces", old)}])
        assert show.examine(built.repository(), late.number).report.refusals() == []
        new = correct(built, OLD, NEW)
        examined = show.examine(built.repository(), late.number)
        (refusal,) = (f for f in examined.report.findings if f.code == "replaced-before")
        assert refusal.record
        assert new in refusal.message
        assert examined.decision.outcome is Outcome.REFUSE
        with pytest.raises(ProposalError):
            built.land(late.number)
        # Replacing the newest is right, and so is replacing both.
        both = [*link("dcterms:replaces", new), *link("dcterms:replaces", old)]
        built.add([{"text": NEWEST, "links": both}])
        known = built.snapshot().states
        assert known.replaced == {old, new}
        assert known.newest(old) == id_of(built, NEWEST)

    def test_two_corrections_in_one_offer_and_circles_are_refused(self, built: World) -> None:
        old = id_of(built, OLD)
        twice = built.propose(
            [{"text": text, "links": link("dcterms:replaces", old)} for text in (NEW, NEWEST)]
        )
        codes = [finding.code for finding in show.examine(built.repository(), twice.number).report.findings]
        assert codes == ["replaced-twice"]
        rows = [
            {"id": "a", "text": NEW, "links": link("dcterms:replaces", "b")},
            {"id": "b", "text": NEWEST, "links": link("dcterms:replaces", "a")},
        ]
        circle = built.propose(rows)
        codes = [finding.code for finding in show.examine(built.repository(), circle.number).report.findings]
        assert codes == ["replaces-circle", "replaces-circle"]

    def test_what_resembles_a_replaced_record_only_resembles_nothing(
        self, built: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        correct(built, OLD, "The area of Bhutan: see the census, which says 38,394 km².")
        library = opened(built, make_embedder())
        resources = ComparisonResources(tmp_path, lambda _: Meaning(library.index, library.embedder))
        number = built.propose([{"text": OLD.replace("Bhutan has", "Bhutan has got")}]).number
        examined = show.examine(built.repository(), number, resources)
        assert [f.code for f in examined.report.findings if f.code != "not-compared"] == []

    def test_the_report_shows_what_was_and_would_be_said_and_names_who_may_object(self, built: World) -> None:
        built.change_policy({"[decision.keys]": "[decision.correction]\nwait_hours = 48\n\n[decision.keys]"})
        old = id_of(built, OLD)
        other = built.propose([{"text": NEW, "links": link("dcterms:replaces", old)}], who="eve")
        built.approve(other.number)
        examined = show.examine(built.repository(), other.number)
        report = report_page.of(examined)
        assert "~~40,000~~ square kilometres" in report
        assert "**38,394** square kilometres" in report
        assert "Written by @carl, who can object" in report
        (reason,) = examined.decision.reasons
        assert examined.decision.outcome is Outcome.WAIT
        assert "a correction, open to objections until" in reason
        with pytest.raises(ProposalError, match="open to objections until"):
            built.land(other.number)
        own = built.propose([{"text": NEWEST, "links": link("dcterms:replaces", old)}])
        assert "Written by" not in report_page.of(show.examine(built.repository(), own.number))
        # Other contributions do not wait.
        built.add([{"text": "Granite cools."}])


def problems(world: World) -> list[str]:
    verdict = verify.verify(world.snapshot())
    return [
        f"{check.name}: {problem}"
        for check in verdict.checks
        for problem in [*check.problems, *check.unchecked]
    ]


def data(world: World, folder: str) -> dict[str, str]:
    """Text -> the top folder's shard in which it lies."""
    snapshot = world.snapshot()
    return {
        str(text): path
        for path in snapshot.paths()
        if path.startswith(f"{folder}/")
        for text in pq.read_table(snapshot.folder / path)["text"].to_pylist()
    }


class TestTheNextBuild:
    def test_it_moves_what_was_replaced_and_embeds_nothing_again(
        self, built: World, make_embedder: Any
    ) -> None:
        correct(built, OLD, NEW)
        assert problems(built) == []
        assert OLD in data(built, "data")
        embedder = make_embedder()
        assert built.build(embedder).built.embedded == 1
        assert embedder.calls == [1]
        assert set(data(built, "data")) == {NEW, *(row["text"] for row in FILLERS)}
        assert set(data(built, "replaced")) == {OLD}
        assert problems(built) == []
        library = opened(built, make_embedder())
        assert not library.index.stale
        assert library.index.manifest.records == 13
        head = built.head()
        again = make_embedder()
        assert built.build(again).sha == ""
        assert (built.head(), again.calls) == (head, [])
        (entry,) = record.find(built.snapshot(), built.snapshot().catalogue(), id_of(built, OLD)).entries
        assert entry.record.text == OLD
        correct(built, NEW, NEWEST)
        assert problems(built) == []
        built.build(make_embedder())
        assert set(data(built, "replaced")) == {OLD, NEW}
        assert problems(built) == []

    def test_one_that_is_proposed_is_made_for_the_data_after_the_move_and_lands_with_it(
        self, built: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        correct(built, OLD, NEW)
        offering = build.build_and_propose(built.repository("eve"), make_embedder(), tmp_path / "ci")
        assert offering.proposal
        number = offering.proposal.number
        assert all(path.startswith("index/") for path in built.offered(number))
        again = build.build_and_propose(built.repository("eve"), make_embedder(), tmp_path / "ci")
        assert again.proposal
        assert again.proposal.number == number
        report = show.examine(built.repository(), number).report
        assert report.refusals() == []
        assert "index-stale" not in {finding.code for finding in report.findings}
        built.approve(number)
        before = len(built.repository().history("main"))
        built.land(number)
        assert len(built.repository().history("main")) == before + 1
        assert set(data(built, "replaced")) == {OLD}
        assert problems(built) == []
        assert texts(opened(built, make_embedder()))[0] == NEW

    def test_one_that_was_proposed_before_a_correction_lands_as_it_is_and_one_before_another_does_not(
        self, built: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        built.add([{"text": "Granite cools slowly."}], "stones")
        proposal = build.build_and_propose(built.repository("eve"), make_embedder(), tmp_path / "ci").proposal
        assert proposal
        correct(built, OLD, NEW)
        other = build.build_and_propose(built.repository("carl"), make_embedder(), tmp_path / "ci").proposal
        assert other
        correct(built, FILLERS[0]["text"], "Filler number 0 says something now.")
        assert show.examine(built.repository(), other.number).report.refusals()
        built.approve(proposal.number)
        built.land(proposal.number)
        assert set(data(built, "replaced")) == set()
        assert problems(built) == []
        assert OLD not in texts(opened(built, make_embedder()))

    def test_questions_are_measured_on_the_newest_and_hold_when_measured_again(
        self, built: World, make_embedder: Any
    ) -> None:
        old = id_of(built, OLD)
        questions = [{"question": f"{QUESTION} {n}", "relevant": [old]} for n in range(24)]
        built.add(questions, "asked", kind=Kind.QUESTION)
        correct(built, OLD, NEW)
        made = built.build(make_embedder()).built.manifest
        assert made.quality["asked"].hybrid.recall_at_10 == 1.0
        correct(built, NEW, NEWEST)  # after the build, so it changes no figure of it
        verdict = verify.verify(built.snapshot(), embedder=make_embedder(), measure=True)
        assert [problem for check in verdict.checks for problem in check.problems] == []

    def test_bands_are_calibrated_on_the_data_after_the_move_and_hold_when_measured_again(
        self, built: World, make_embedder: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answerability_calibration, "ENOUGH_OF_EACH_HALF", 2)
        old = id_of(built, OLD)
        questions = [{"question": f"{QUESTION} {n}", "relevant": [old]} for n in range(24)]
        built.add(questions, "asked", kind=Kind.QUESTION)
        correct(built, OLD, NEW)
        made = built.build(make_embedder()).built.manifest
        assert made.bands
        assert made.bands.calibrated_on > 0
        verdict = verify.verify(built.snapshot(), embedder=make_embedder(), measure=True)
        assert [problem for check in verdict.checks for problem in check.problems] == []

    def test_a_correction_that_lands_meanwhile_waits_for_the_next(
        self, built: World, make_embedder: Any
    ) -> None:
        correct(built, OLD, NEW)
        late: list[str] = []

        def correct_another(label: str, done: int, total: int) -> None:
            if label == "Indexing" and done == total and not late:
                late.append(FILLERS[0]["text"])
                correct(built, late[0], "Filler number 0 says something now.")

        built.build(make_embedder(), progress=correct_another)
        assert set(data(built, "replaced")) == {OLD}
        assert late[0] in data(built, "data")
        assert problems(built) == []
        assert late[0] not in texts(opened(built, make_embedder()), late[0])
        built.build(make_embedder())
        assert set(data(built, "replaced")) == {OLD, late[0]}
        assert problems(built) == []

    def test_two_builds_at_once_move_it_once(self, built: World, make_embedder: Any, tmp_path: Path) -> None:
        correct(built, OLD, NEW)
        first: list[str] = []

        def build_too(label: str, done: int, total: int) -> None:
            if label == "Indexing" and done == total and not first:
                first.append("")
                first.append(built.build(make_embedder(), tmp_path / "another").sha)

        built.build(make_embedder(), progress=build_too)
        assert first[1]
        assert set(data(built, "replaced")) == {OLD}
        assert problems(built) == []

    def test_an_index_by_another_model_waits_to_be_built_again_and_keeps_its_vectors(
        self, built: World, make_embedder: Any
    ) -> None:
        named = OtherEmbedder(dimension=32)
        built.build(named)
        correct(built, OLD, NEW)
        published = built.build(make_embedder())
        assert published.outdated == ("tests/other",)
        (unchecked,) = problems(built)
        assert "the index other was built before rows moved" in unchecked
        with pytest.raises(IndexArtifactError) as caught:
            opened(built, named)
        assert caught.value.code == "index-of-other-data"
        again = OtherEmbedder(dimension=32)
        built.build(again, built.folder / "elsewhere")
        assert again.calls == [1]
        assert problems(built) == []
        assert texts(opened(built, again))[0] == NEW

    def test_a_builder_s_key_may_move_rows_and_the_configs_follow(
        self, built: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        roles = built.snapshot(need=Need.GOVERNANCE).roles
        builder = RoleKey.of(key_of("builder").public)
        built.change_rules(roles=roles.model_copy(update={"builders": (builder,)}))
        correct(built, OLD, NEW, collection="fixes")
        program = (
            "import sys, datasets; rows = datasets.load_dataset(sys.argv[1], *sys.argv[2:], split='train');"
            "print(sorted(rows['text']))"
        )
        done = researcher.run(program, built.repo_id, "replaced", world=built, folder=tmp_path)
        assert "BuilderConfig 'replaced' not found" in done.stderr
        build.build_and_publish(built.repository(), key_of("builder"), make_embedder(), tmp_path / "work")
        assert problems(built) == []
        for config, expected in (
            ([], [NEW, *(row["text"] for row in FILLERS)]),
            (["replaced"], [OLD]),
            (["fixes"], [NEW]),
        ):
            done = researcher.run(program, built.repo_id, *config, world=built, folder=tmp_path)
            assert done.stdout.strip() == str(sorted(expected)), done.stderr
        attribution = built.snapshot().read(layout.ATTRIBUTION).decode()
        assert "A notebook" in attribution
        assert "14 records" not in built.snapshot().read(layout.CARD).decode()
        assert "13 records" in built.snapshot().read(layout.CARD).decode()


class TestForgeries:
    """A row that lies where its state does not put it is named, whoever put it there."""

    @pytest.fixture
    def moved(self, built: World, make_embedder: Any, tmp_path: Path) -> Copy:
        correct(built, OLD, NEW)
        built.build(make_embedder())
        folder = Path(shutil.copytree(built.snapshot().folder, tmp_path / "copy"))
        copy = Copy(folder, key_of)
        assert copy.verdict().ok
        return copy

    def test_a_live_record_among_the_replaced_ones(self, moved: Copy) -> None:
        (live, *others) = moved.rows()
        moved.put("notes", others)
        apart = shards.write(Kind.RECORD, [live])
        path = str(ShardPath(Kind.RECORD, "open", "notes", digests.sha256_hex(apart), replaced=True))
        moved.write(path, apart)
        assert re.search(f"nothing that landed replaces {live.id}", self.problems(moved))

    def test_a_replaced_record_in_both_places_or_in_none(self, moved: Copy) -> None:
        place = moved.one("replaced/open/notes/*.parquet")
        (old,) = shards.read(Kind.RECORD, moved.read(place))
        shard = moved.shard()
        before = moved.rows()
        moved.put("notes", [*before, old])  # type: ignore[list-item]
        assert "or stands twice" in self.problems(moved)
        moved.put("notes", before)
        assert moved.shard() == shard
        moved.remove(place)
        assert "are signed but missing" in self.problems(moved)

    def test_a_correction_that_landed_before_its_time(self, built: World, tmp_path: Path) -> None:
        """Its rule is not the one for data, and only the rows say that it is a correction."""
        correct(built, OLD, NEW)
        built.change_policy({"[decision.keys]": "[decision.correction]\nwait_hours = 48\n\n[decision.keys]"})
        copy = Copy(Path(shutil.copytree(built.snapshot().folder, tmp_path / "copy")), key_of)
        copy.land(copy.seal("Nothing is corrected."))
        assert copy.verdict().ok
        new = copy_record(NEWEST)
        link = Link(new.id, "dcterms:replaces", id_of(built, NEW), "CC0-1.0")
        groups: dict[Group, list[Row]] = {
            (Kind.RECORD, "open", "notes"): [new],
            (Kind.LINK, "open", "notes"): [link],
        }
        made = contributions.seal(
            groups, key_of("carl"), commons=copy.origin, person=copy.opening("carl").person
        )
        copy.land(made)
        assert f"{made.id} replaces records, and the rules in force do not accept that" in self.problems(copy)

    def problems(self, copy: Copy) -> str:
        return "\n".join(problem for check in copy.verdict().checks for problem in check.problems)


class TestDisputes:
    def test_an_answer_carries_the_other_side_beside_the_one_it_finds(
        self, world: World, make_embedder: Any
    ) -> None:
        world.add([{"text": NEW}, *FILLERS])
        other = "Der Staat misst 47.000 qkm."
        world.add([{"text": other, "lang": "de", "links": link("cito:disputes", id_of(world, NEW))}])
        world.build(make_embedder())
        library = opened(world, make_embedder())
        hits = search.find(library, QUESTION, k=1).hits
        assert [hit.record.text for hit in hits] == [NEW, other]
        assert hits[0].state.disputed_by == (hits[1].record.id,)
        assert hits[1].state.disputed_by == (hits[0].record.id,)
        assert hits[1].beside == hits[0].record.id
        both = search.find(library, QUESTION, k=1).packet.results
        assert [[side.id for side in each.state.disputed_by] for each in both] == [
            [hits[1].record.id],
            [hits[0].record.id],
        ]
        assert both[0].state.disputed_by[0].says == both[1].text
        # Both are found by themselves where there is room for both, and each stands there once.
        assert sorted(texts(library, k=14)) == sorted([NEW, other, *(row["text"] for row in FILLERS)])
        # A filter that only one side passes still says that there is another.
        (alone,) = search.find(library, QUESTION, k=1, filters=Filters(lang=("en",))).hits
        assert alone.state.disputed_by == (hits[1].record.id,)
