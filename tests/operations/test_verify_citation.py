"""Verify a citation: the words are judged by the record's own text, and what became of the record comes before them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from support import terminal

from commons.cli import run
from commons.errors import CommonsError, HubError, UsageError
from commons.evidence.quotations.quote_match import QuoteVerdict
from commons.layout import Kind, Need
from commons.operations import verify_citation
from commons.operations.verify_citation import CitationOutcome, CitationVerdict, RecordStanding
from commons.records import identity, shards
from commons.records.schema import SCHEMAS
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

OLD = "Bhutan has an area of 40,000 square kilometres. Its capital is Thimphu."
NEW = "Bhutan has an area of 38,394 square kilometres. Its capital is Thimphu."
ICE = "Ice does not sink in water."
OTHER = "Ice floats in some water only, they write."
GONE = "Granite cools slowly, deep below the ground."


@dataclass(frozen=True)
class Cited:
    """A commons with a record that was replaced, two that dispute each other, and one that is gone since ``before``."""

    world: World
    ids: dict[str, str]  # text -> id
    before: str  # the revision without the correction, but with what is gone

    def verify(self, text: str, quote: str, need: Need = Need.CORRECTING, **options: Any) -> CitationVerdict:
        snapshot = self.world.snapshot(need=need)
        name = self.ids.get(text, text)
        return verify_citation.verify(snapshot, snapshot.catalogue(), name, quote, **options)


@pytest.fixture(scope="module")
def cited(shared: World) -> Cited:
    shared.add([{"text": OLD, "title": "The area of Bhutan"}, {"text": ICE}])
    shared.add([{"text": GONE}], "stones")
    before = shared.head()
    ids = _ids(shared.snapshot())
    shared.add([{"text": NEW, "links": [{"predicate": "dcterms:replaces", "object": ids[OLD]}]}])
    shared.add([{"text": OTHER, "links": [{"predicate": "cito:disputes", "object": ids[ICE]}]}])
    _take_away(shared, "stones")
    return Cited(shared, ids | _ids(shared.snapshot()), before)


def _ids(snapshot: Snapshot) -> dict[str, str]:
    return {row["text"]: row["id"] for row in snapshot.catalogue().table.to_pylist()}


def _take_away(world: World, collection: str) -> None:
    """There is no command for it yet: a commit by hand."""
    (shard,) = (each for each in world.snapshot().shards(Kind.RECORD) if each.collection == collection)
    world.api().create_commit(
        world.repo_id, [CommitOperationDelete(str(shard))], commit_message="Gone", repo_type="dataset"
    )


@pytest.mark.parametrize(
    ("quote", "outcome"),
    [
        ("Ice does not sink in water", CitationOutcome.EXACT),
        ("ice does\nnot sink in water.", CitationOutcome.EXACT),
        ("Ice does sink in water", CitationOutcome.NEAR),
        ("Granite is made of three minerals", CitationOutcome.NOT_FOUND),
    ],
)
def test_of_a_live_record_the_words_decide(quote: str, outcome: CitationOutcome, cited: Cited) -> None:
    verdict = cited.verify(ICE, quote)
    assert (verdict.verdict, verdict.standing) == (outcome, RecordStanding.LIVE)
    assert verdict.disputed_by == (cited.ids[OTHER],)
    assert verdict.revision == verdict.present == cited.world.head()
    assert cited.ids[OTHER] in verdict.words()[-1]


@pytest.mark.parametrize(
    ("quote", "match", "newest"),
    [
        ("an area of 40,000 square kilometres", QuoteVerdict.EXACT, QuoteVerdict.NEAR),
        ("Its capital is Thimphu.", QuoteVerdict.EXACT, QuoteVerdict.EXACT),
        ("an area of 38,394 square kilometres", QuoteVerdict.NEAR, QuoteVerdict.EXACT),
    ],
)
def test_of_a_replaced_record_the_newest_is_named_and_compared_too(
    quote: str, match: QuoteVerdict, newest: QuoteVerdict, cited: Cited
) -> None:
    verdict = cited.verify(OLD, quote)
    assert verdict.verdict is CitationOutcome.REPLACED
    assert verdict.newest == cited.ids[NEW]
    assert verdict.match is not None
    assert verdict.newest_match is not None
    assert (verdict.match.verdict, verdict.newest_match.verdict) == (match, newest)
    assert cited.ids[NEW] in verdict.words()[0]


def test_a_title_may_be_quoted(cited: Cited) -> None:
    match = cited.verify(OLD, "The Area of Bhutan").match
    assert match is not None
    assert (match.verdict, match.in_title) == (QuoteVerdict.EXACT, True)


def test_a_revision_is_where_the_record_is_looked_for_and_main_says_what_became_of_it(cited: Cited) -> None:
    replaced = cited.verify(OLD, "an area of 40,000 square kilometres", asked_revision=cited.before)
    assert (replaced.verdict, replaced.revision) == (CitationOutcome.REPLACED, cited.before)
    live = cited.verify(ICE, ICE, asked_revision=cited.before)
    assert (live.verdict, live.revision) == (CitationOutcome.EXACT, cited.before)
    later = cited.verify(NEW, NEW, asked_revision=cited.before)
    assert (later.verdict, later.match) == (CitationOutcome.UNKNOWN_RECORD, None)
    assert "came later" in later.words()[0]


def test_what_is_gone_is_withdrawn_where_anything_here_still_knows_it(cited: Cited) -> None:
    pinned = cited.verify(GONE, "Granite cools slowly", asked_revision=cited.before)
    assert pinned.verdict is CitationOutcome.WITHDRAWN
    assert pinned.match is not None
    assert pinned.match.verdict is QuoteVerdict.EXACT
    by_openings = cited.verify(GONE, "Granite cools slowly", need=Need.VERIFYING)
    assert (by_openings.verdict, by_openings.match) == (CitationOutcome.WITHDRAWN, None)
    nothing_known = cited.verify("kr1" + "a" * 52, "Granite cools slowly", need=Need.VERIFYING)
    assert nothing_known.verdict is CitationOutcome.UNKNOWN_RECORD


def test_an_unknown_revision_is_an_error(cited: Cited) -> None:
    with pytest.raises(HubError) as caught:
        cited.verify(ICE, ICE, asked_revision="v9.9.9")
    assert caught.value.code == "revision-missing"
    assert caught.value.hint


def test_a_proposal_cannot_put_words_into_a_record(cited: Cited) -> None:
    """Its files lie in the repository, unreviewed, and its commits are revisions; but an id is the hash of the record's words."""
    world, false = cited.world, "Ice sinks in water, whatever anybody says."
    snapshot = world.snapshot()
    forged = {}
    for shard in snapshot.shards(Kind.RECORD):
        table = shards.read_table(snapshot.path(shard), SCHEMAS[Kind.RECORD])
        place = table.schema.get_field_index("text")
        texts = [false if text == ICE else text for text in table["text"].to_pylist()]
        altered = table.set_column(place, table.schema.field(place), pa.array(texts, pa.string()))
        forged[str(shard)] = shards.to_parquet(altered)
    number = world.propose_files(forged).number
    proposal = f"refs/pr/{number}"
    for revision in (proposal, world.head(proposal)):
        with pytest.raises(CommonsError) as caught:
            cited.verify(ICE, false, asked_revision=revision)
        assert caught.value.code == "revision-not-landed"
    assert cited.verify(ICE, false).verdict is CitationOutcome.NOT_FOUND
    # Nor can who writes to main past the gate.
    altered_at = _written(world, forged)
    _written(world, {path: (snapshot.folder / path).read_bytes() for path in forged})
    with pytest.raises(CommonsError) as caught:
        cited.verify(ICE, false, asked_revision=altered_at)
    assert caught.value.code == "record-altered"


def _written(world: World, files: dict[str, bytes]) -> str:
    """The commit that puts these files on main by hand."""
    additions = [CommitOperationAdd(path, data) for path, data in files.items()]
    made = world.api().create_commit(world.repo_id, additions, commit_message="By hand", repo_type="dataset")
    return str(made.oid)


def test_a_folder_has_no_revisions(cited: Cited) -> None:
    folder = snapshots.of_folder(cited.world.snapshot().folder)
    opened = folder.catalogue()
    assert verify_citation.verify(folder, opened, cited.ids[ICE], ICE).verdict is CitationOutcome.EXACT
    with pytest.raises(UsageError) as caught:
        verify_citation.verify(folder, opened, cited.ids[ICE], ICE, asked_revision="v1.0.0")
    assert caught.value.code == "revision-missing"


def test_an_id_may_be_pasted_with_its_address_and_a_link_is_no_record(cited: Cited) -> None:
    address = f"https://example.org/record/{cited.ids[ICE].upper()}"
    assert cited.verify(address, ICE).verdict is CitationOutcome.EXACT
    snapshot = cited.world.snapshot()
    ((link,), _) = snapshot.catalogue().links_of(cited.ids[NEW])
    with pytest.raises(UsageError):
        cited.verify(identity.link_id(link.core()), ICE)
    with pytest.raises(CommonsError) as caught:
        cited.verify("glaucoma", ICE)
    assert caught.value.code == "record-missing"


def test_a_bad_quotation_is_refused_whatever_became_of_the_record(cited: Cited) -> None:
    for name in (ICE, "kr1" + "a" * 52):
        with pytest.raises(UsageError):
            cited.verify(name, " … ")


def test_as_json_it_has_verdict_state_and_place(cited: Cited) -> None:
    shown = json.loads(json.dumps(cited.verify(OLD, "area of 45,000 square kilometres").to_json()))
    assert shown["verdict"] == "replaced"
    assert shown["record"]["replaced_by"] == cited.ids[NEW]
    assert cited.ids[OLD] in shown["record"]["citation"]
    assert shown["quotation"]["verdict"] == "near"
    place = shown["quotation"]["place"]
    assert OLD[place["start"] : place["end"]] == shown["quotation"]["passage"]
    assert shown["quotation"]["serious"] == ["number"]
    assert shown["in_newest"]["verdict"] == "near"


class TestCommand:
    @pytest.fixture(autouse=True)
    def _sit_down(self, cited: Cited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal.sit_down(monkeypatch, cited.world, "carl", tmp_path, has_key=False)

    @pytest.mark.parametrize(
        ("text", "quote", "word", "code"),
        [
            (ICE, "ice does not sink", "exact", 0),
            (ICE, "Ice does sink in water", "near", 2),
            (OLD, "Its capital is Thimphu.", "replaced", 2),
            (ICE, "Granite is made of three minerals", "not_found", 1),
            ("kr1" + "a" * 52, "Granite cools", "unknown_record", 1),
        ],
    )
    def test_a_word_and_an_exit_code(
        self, text: str, quote: str, word: str, code: int, cited: Cited, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["verify-citation", cited.ids.get(text, text), quote]
        assert run([*command, "--format", "quiet"]) == code
        assert capsys.readouterr().out == f"{word}\n"
        assert run([*command, "--format", "json"]) == code
        assert json.loads(capsys.readouterr().out)["verdict"] == word
        assert run(command) == code
        assert capsys.readouterr().out.startswith(word.replace("_", " "))

    def test_people_see_both_writings(self, cited: Cited, capsys: pytest.CaptureFixture[str]) -> None:
        run(["verify-citation", cited.ids[ICE], "  Ice does [bold]sink[/] in water"])
        shown = capsys.readouterr().out
        assert "record     Ice does not sink in water" in shown
        assert "quotation  Ice does [bold]sink[/] in water" in shown

    def test_a_revision_is_asked_for_by_option_or_address(
        self, cited: Cited, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = ["verify-citation", cited.ids[GONE], "Granite cools slowly", "--format", "quiet"]
        assert run([*command, "--revision", cited.before]) == 1
        assert capsys.readouterr().out == "withdrawn\n"
        address = f"{cited.world.url}/datasets/{cited.world.repo_id}/tree/{cited.before}"
        assert run([*command, "--repo", address]) == 1
        assert capsys.readouterr().out == "withdrawn\n"

    @pytest.mark.parametrize(
        ("data", "code"), [(ICE.encode(), 0), (b"\xff\xfe", 64), (b"a " * 9000, 64), (b"", 64)]
    )
    def test_a_quotation_on_standard_input(
        self, data: bytes, code: int, cited: Cited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "quote"
        file.write_bytes(data)
        with file.open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            assert run(["verify-citation", cited.ids[ICE], "-"]) == code
