"""A proposed index: whoever built it, it lands when a maintainer signs for it, and what is wrong with it is named before anybody signs.

Its files are parsed in the confined child, here as in earnest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import pytest
from support.world import CONTRIBUTOR, MAINTAINER, key_of

from commons import digests, layout
from commons.errors import CommonsError, ProposalError
from commons.gate.findings import Severity
from commons.governance.decision import Outcome
from commons.index import library as libraries
from commons.index import manifest
from commons.layout import Need
from commons.ledger.statements import StatementKind
from commons.operations import build, land, review, show, verify

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

MANIFEST = layout.manifest_path("tiny")
FAISS = layout.faiss_path("tiny", "open")
WARNINGS = {"index-offered", "vectors-unchecked"}


def problems(world: World) -> list[str]:
    return [problem for check in verify.verify(world.snapshot()).checks for problem in check.problems]


def propose(world: World, embedder: Any, work: Path, who: str = CONTRIBUTOR) -> int:
    """What a machine without any key does."""
    offering = build.build_and_propose(world.repository(who), embedder, work)
    assert offering.proposal
    return offering.proposal.number


def codes(world: World, number: int) -> set[str]:
    return {finding.code for finding in show.examine(world.repository(), number).report.findings}


def refusals(world: World, number: int) -> str:
    report = show.examine(world.repository(), number).report
    assert report.verdict is Severity.REFUSE
    return "\n".join(f"{f.code}: {f.message}" for f in report.findings if f.severity is Severity.REFUSE)


def read(world: World, number: int, path: str) -> bytes:
    repository = world.repository()
    head = repository.proposal(number).head
    return repository.read(repository.files(head)[path], head)


def with_digest(data: bytes, path: str, content: bytes) -> bytes:
    """The manifest as a forger writes it who swaps the file at ``path``."""
    made = json.loads(data)
    for file in (*made["vectors"], *(made["pools"]["open"][name] for name in ("index", "positions"))):
        if file["path"] == path:
            file["sha256"] = digests.sha256_hex(content)
    return json.dumps(made).encode()


@pytest.fixture
def stocked(world: World) -> World:
    world.add([{"text": f"Record number {number}."} for number in range(5)])
    return world


class TestTheRoad:
    def test_it_is_shown_reviewed_landed_and_holds_signed_by_who_landed_it(
        self, stocked: World, embedder: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        examined = show.examine(stocked.repository(), number)
        report = examined.report
        assert (report.kind, report.contribution) == (StatementKind.INDEX, "index/tiny")
        assert report.statement_digest == digests.sha256_hex(read(stocked, number, MANIFEST))
        assert {finding.code for finding in report.findings} == WARNINGS
        assert (examined.unsigned, examined.decision.outcome) == (None, Outcome.WAIT)

        stocked.approve(number)
        landing = stocked.land(number)
        assert (landing.sha, landing.kind, landing.records) == (stocked.head(), StatementKind.INDEX, 5)
        assert not stocked.repository().proposal(number).is_open
        assert problems(stocked) == []
        snapshot = stocked.snapshot()
        kinds = [leaf.kind for leaf in snapshot.log().leaves()]
        assert kinds[-2:] == [StatementKind.INDEX, StatementKind.INVENTORY]
        assert libraries.open_library(snapshot, make_embedder()).index.missing_records == 0
        assert "An index of 5 records" in snapshot.read(layout.CARD).decode()

    def test_one_that_changes_and_deletes_files_of_the_index_that_is_there(
        self, stocked: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        stocked.build(make_embedder())
        stocked.add([{"text": "A sixth."}], "more")
        before = {path for path in stocked.files() if path.startswith(layout.INDEX)}
        number = propose(stocked, make_embedder(), tmp_path)
        assert codes(stocked, number) == WARNINGS
        stocked.approve(number)
        assert stocked.land(number).records == 6
        after = {path for path in stocked.files() if path.startswith(layout.INDEX)}
        assert before - after, "the words of the pool are in other segments"
        assert problems(stocked) == []

    def test_nothing_new_is_no_proposal(self, stocked: World, make_embedder: Any, tmp_path: Path) -> None:
        stocked.build(make_embedder())
        offering = build.build_and_propose(stocked.repository(CONTRIBUTOR), make_embedder(), tmp_path)
        assert offering.proposal is None

    def test_a_machine_that_builds_again_leaves_one_proposal_open(
        self, stocked: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, make_embedder(), tmp_path / "a")
        assert propose(stocked, make_embedder(), tmp_path / "b") == number, "nothing is new"
        stocked.add([{"text": "A sixth."}], "more")
        newer = propose(stocked, make_embedder(), tmp_path / "a")
        assert [each.number for each in stocked.repository().proposals()] == [newer]
        stocked.approve(newer)
        assert stocked.land(newer).records == 6

    def test_a_landing_that_was_killed_before_it_closed_the_proposal_is_finished(
        self, stocked: World, embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        stocked.approve(number)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("commons.hub.repository.Repository.close", _killed)
            stocked.land(number)
        with pytest.raises(ProposalError) as caught:
            stocked.land(number)
        assert caught.value.code == "proposal-closed"
        assert problems(stocked) == []


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


class TestWhoDecides:
    def test_the_rule_for_an_index_where_there_is_one(
        self, found_commons: Any, embedder: Any, tmp_path: Path
    ) -> None:
        world: World = found_commons()
        policy = world.snapshot(need=Need.GOVERNANCE).policy_bytes
        world.change_rules(policy=policy + b"\n[decision.index]\napprove = 2\n")
        world.add([{"text": "Ice floats."}])
        number = propose(world, embedder, tmp_path)
        world.approve(number)
        with pytest.raises(ProposalError) as caught:
            world.land(number)
        assert caught.value.code == "not-accepted"
        assert "1 of 2 approvals" in caught.value.message

    def test_in_the_founding_phase_what_a_maintainers_account_proposes_needs_nobody_else(
        self, stocked: World, embedder: Any, tmp_path: Path
    ) -> None:
        """Her machine has her token and no key; landing it with her key is her signature."""
        number = propose(stocked, embedder, tmp_path, MAINTAINER)
        assert stocked.land(number).kind is StatementKind.INDEX
        assert problems(stocked) == []

    def test_a_review_of_an_earlier_head_does_not_count(
        self, stocked: World, embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        stocked.approve(number)
        stocked.push(number, {MANIFEST: read(stocked, number, MANIFEST) + b" "})
        with pytest.raises(ProposalError) as caught:
            stocked.land(number)
        assert "of another head" in caught.value.message

    def test_a_refusal_closes_it_and_leaves_no_leaf_that_could_confirm_a_guess(
        self, stocked: World, embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        examined = show.examine(stocked.repository(), number)
        review.submit(examined, key_of(MAINTAINER), approve=False, reason="Not now")
        assert not stocked.repository().proposal(number).is_open
        stocked.add([{"text": "By the same author."}], "later")
        snapshot = stocked.snapshot()
        envelopes = b"".join(snapshot.envelope(leaf.envelope) for leaf in snapshot.log().leaves())
        assert examined.report.statement_digest.encode() not in envelopes
        assert problems(stocked) == []


class TestWhenTheDataMoves:
    def test_one_that_knows_more_than_what_is_there_lands_and_says_that_it_is_stale(
        self, stocked: World, embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        stocked.add([{"text": "A sixth."}], "more")
        assert codes(stocked, number) == {*WARNINGS, "index-stale"}
        stocked.approve(number)
        stocked.land(number)
        assert problems(stocked) == []
        snapshot = stocked.snapshot()
        leaves = list(snapshot.log().leaves())
        (stated,) = (
            json.loads(_payload(snapshot.envelope(leaf.envelope)))["predicate"]
            for leaf in leaves
            if leaf.kind is StatementKind.INDEX
        )
        contributions = [n for n, leaf in enumerate(leaves) if leaf.kind is StatementKind.CONTRIBUTION]
        assert stated["size"] == contributions[1], "it was built from the log before the second contribution"

    def test_one_that_knows_no_more_than_what_is_there_is_refused(
        self, stocked: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, make_embedder(), tmp_path)
        stocked.add([{"text": "A sixth."}], "more")
        stocked.build(make_embedder())
        assert "index-older" in refusals(stocked, number)

    def test_other_weights_under_the_same_name_are_said(
        self, stocked: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        stocked.build(make_embedder())
        number = propose(stocked, make_embedder(salt="other"), tmp_path)
        assert codes(stocked, number) == {*WARNINGS, "index-other-model"}


def _payload(envelope: bytes) -> bytes:
    import base64

    return base64.b64decode(json.loads(envelope)["payload"])


class TestForgeries:
    """Each is proposed by somebody who knows our formats, with every digest in the manifest set right."""

    @pytest.fixture
    def forged(self, stocked: World, embedder: Any, tmp_path: Path) -> Callable[..., str]:
        """A function: changed files -> what the gate refuses; nothing of it can be approved or landed."""
        number = propose(stocked, embedder, tmp_path)

        def made(
            change: Callable[[Callable[[str], bytes]], dict[str, bytes]], deleted: tuple[str, ...] = ()
        ) -> str:
            stocked.push(number, change(lambda path: read(stocked, number, path)), deleted=deleted)
            examined, before = show.examine(stocked.repository(), number), stocked.head()
            with pytest.raises(CommonsError) as caught:
                review.submit(examined, key_of(MAINTAINER), approve=True)
            assert caught.value.code == "gate-refuses"
            with pytest.raises(ProposalError) as caught_landing:
                land.land(stocked.repository(), number, key_of(MAINTAINER))
            assert caught_landing.value.code == "not-accepted"
            assert stocked.head() == before
            return refusals(stocked, number)

        return made

    def test_swapped_vectors(self, forged: Any, stocked: World) -> None:
        """First with the old digests, then with new ones: then the index does not follow from them."""
        path = next(f"{layout.index_folder('tiny')}vectors/{s.digest}.parquet" for s in _records(stocked))

        def swap(content: Callable[[str], bytes]) -> dict[str, bytes]:
            return {path: _reversed_vectors(content(path))}

        assert "is not the file its manifest names" in forged(swap)
        assert f"{FAISS} does not follow from its vectors" in forged(
            lambda content: {MANIFEST: with_digest(content(MANIFEST), path, content(path))}
        )

    def test_a_stray_file_among_the_vectors(self, forged: Any) -> None:
        stray = layout.vectors_path("tiny", "0" * 64)
        assert f"{stray} is not in its manifest" in forged(lambda _: {stray: b"PAR1"})

    def test_a_file_where_an_index_has_none(self, forged: Any) -> None:
        assert "path-forbidden: index/tiny/loader.py" in forged(
            lambda _: {"index/tiny/loader.py": b"print()"}
        )

    def test_the_manifest_of_another_embedder(self, forged: Any) -> None:
        def rename(content: Callable[[str], bytes]) -> dict[str, bytes]:
            return {
                MANIFEST: content(MANIFEST)
                .replace(b"tests/tiny", b"tests/huge")
                .replace(b"/tiny/", b"/huge/")
            }

        assert f"{MANIFEST} is the manifest of the index huge" in forged(rename)

    def test_no_manifest(self, forged: Any) -> None:
        assert "would be without its manifest" in forged(lambda _: {}, (MANIFEST,))

    def test_a_manifest_that_is_none(self, forged: Any) -> None:
        assert "index-invalid: The manifest is malformed" in forged(lambda _: {MANIFEST: b"{"})

    def test_faiss_of_another_type(self, forged: Any) -> None:
        index = faiss.IndexFlatIP(64)
        index.add(np.eye(5, 64, dtype=np.float32))
        data = bytes(faiss.serialize_index(index).tobytes())

        def swap(content: Callable[[str], bytes]) -> dict[str, bytes]:
            return {FAISS: data, MANIFEST: with_digest(content(MANIFEST), FAISS, data)}

        assert f"{FAISS} does not follow from its vectors" in forged(swap)

    def test_a_template_that_is_another_type_of_index_is_not_opened(self, forged: Any) -> None:
        template = layout.template_path("tiny", "open")
        data = bytes(faiss.serialize_index(faiss.IndexFlatIP(64)).tobytes())

        def add(content: Callable[[str], bytes]) -> dict[str, bytes]:
            made = json.loads(content(MANIFEST))
            made["pools"]["open"] |= {
                "factory": "RaBitQfs,Refine(SQ8)",
                "template": {"path": template, "sha256": digests.sha256_hex(data), "rows": 5},
            }
            return {template: data, MANIFEST: json.dumps(made).encode()}

        assert "is of an index type that is not on our list" in forged(add)

    def test_a_version_of_a_library_that_nobody_here_can_check(self, forged: Any) -> None:
        """It does not switch the check off: what cannot be made again byte for byte is not believed."""
        index = faiss.index_factory(64, "SQfp16", faiss.METRIC_INNER_PRODUCT)
        index.add(np.eye(5, 64, dtype=np.float32))
        data = bytes(faiss.serialize_index(index).tobytes())

        def swap(content: Callable[[str], bytes]) -> dict[str, bytes]:
            made = json.loads(with_digest(content(MANIFEST), FAISS, data)) | {"faiss": "0.0.1"}
            return {FAISS: data, MANIFEST: manifest.parse(json.dumps(made).encode()).to_bytes()}

        assert FAISS in forged(swap)

    def test_data_that_is_not_there(self, forged: Any, stocked: World) -> None:
        shard = next(iter(_records(stocked)))
        other = "f" * 64

        def rename(content: Callable[[str], bytes]) -> dict[str, bytes]:
            vectors = layout.vectors_path("tiny", shard.digest)
            return {
                MANIFEST: content(MANIFEST).replace(shard.digest.encode(), other.encode()),
                vectors.replace(shard.digest, other): content(vectors),
            }

        deleted = (layout.vectors_path("tiny", shard.digest),)
        assert f"was built from data/open/notes/{other}.parquet, which is not here" in forged(rename, deleted)


class TestOtherFiles:
    def test_an_index_and_anything_else_is_no_index_proposal(
        self, stocked: World, embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        stocked.push(number, {"README.md": b"# Mine"})
        told = refusals(stocked, number)
        assert "file-changed: README.md" in told
        assert f"path-forbidden: {MANIFEST}" in told

    def test_two_indexes_at_once_are_none(self, stocked: World, embedder: Any, tmp_path: Path) -> None:
        number = propose(stocked, embedder, tmp_path)
        stocked.push(number, {"index/other/manifest.json": b"{}"})
        assert f"path-forbidden: {MANIFEST}" in refusals(stocked, number)

    def test_more_than_an_index_of_these_records_can_need_is_not_even_fetched(
        self, stocked: World, embedder: Any, tmp_path: Path
    ) -> None:
        number = propose(stocked, embedder, tmp_path)
        stocked.push(number, {MANIFEST: bytes(2 * 1024 * 1024)})
        assert "index-too-large: its manifest has 2,097,152 bytes" in refusals(stocked, number)


def _records(world: World) -> list[layout.ShardPath]:
    return world.snapshot(need=Need.READING).shards(layout.Kind.RECORD)


def _reversed_vectors(data: bytes) -> bytes:
    """A vector file of the same records in which each has the vector of another."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(data))
    vectors = table["vector"].take(list(range(table.num_rows - 1, -1, -1)))
    place = table.schema.get_field_index("vector")
    out = io.BytesIO()
    pq.write_table(table.set_column(place, table.schema.field(place), vectors), out)
    return out.getvalue()
