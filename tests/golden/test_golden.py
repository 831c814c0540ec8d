"""Formats are promises: a commons that an earlier version wrote is read, checked and searched by this one."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commons import build, search, verify
from commons.checks import gate
from commons.checks.gate import Offer, Standing
from commons.errors import LedgerError
from commons.hub import snapshot as snapshots
from commons.hub.snapshot import Snapshot
from commons.index import dense, keyword_fields, manifest
from commons.ledger import statements
from commons.ledger.statements import ContributionStatement
from commons.records import identity, layout, shards
from commons.records.schema import Kind

if TYPE_CHECKING:
    from conftest import World

FORMATS = ("format-1", "format-2")
HERE = Path(__file__).parent

ROWS = [
    {"id": "water", "title": "Water", "text": "Water boils at 100 °C at sea level.", "source.url": "https://example.org/w"},
    {"text": "Eis schmilzt bei 0 °C.", "lang": "de", "license": "CC-BY-4.0", "links": [{"predicate": "skos:related", "object": "water"}]},
    {"text": "Steam is water as a gas.", "topic": ["science", "language"], "source.author": "Ada"},
    {"text": "L'eau bout à 100 °C.", "lang": "fr", "license": "CC-BY-SA-4.0"},
]  # fmt: skip


@pytest.fixture(scope="module", params=FORMATS)
def golden(request: pytest.FixtureRequest, found_commons: Any, make_embedder: Any) -> Snapshot:
    folder = HERE / request.param
    if not folder.exists():
        world: World = found_commons()
        world.add(ROWS, "water")
        build.build_and_publish(world.repository(), make_embedder(), world.folder / "work")
        shutil.copytree(
            world.snapshot().folder, folder, ignore=shutil.ignore_patterns(".gitattributes", ".cache")
        )
    return snapshots.of_folder(folder)


def test_its_rows_are_read_and_their_ids_are_still_the_hash_of_their_words(golden: Snapshot) -> None:
    rows = [
        row for shard in golden.shards(Kind.RECORD) for row in shards.read(Kind.RECORD, golden.path(shard))
    ]
    assert sorted(row.text for row in rows) == sorted(row["text"] for row in ROWS)  # type: ignore[union-attr]
    for row in rows:
        assert identity.row_id(row) == row.id  # type: ignore[union-attr]


def test_its_shards_are_named_by_their_digests(golden: Snapshot) -> None:
    for kind in Kind:
        for shard in golden.shards(kind):
            assert hashlib.sha256(golden.path(shard).read_bytes()).hexdigest() == shard.digest


def test_its_contribution_still_passes_the_gate(golden: Snapshot) -> None:
    """Openings, envelope and rows as they lie there, put together again as they were proposed."""
    files = {str(s): golden.path(s).read_bytes() for kind in Kind for s in golden.shards(kind)}
    (contribution,) = golden.contributions()
    files[layout.openings_path(contribution)] = golden.read(layout.openings_path(contribution))
    for path in sorted((golden.folder / "log" / "envelopes").rglob("*.json")):
        with contextlib.suppress(LedgerError):  # a review, a decision or a policy
            statements.verify(path.read_bytes(), ContributionStatement, commons=golden.policy.commons.origin)
            files[path.relative_to(golden.folder).as_posix()] = path.read_bytes()
    report = gate.examine(Offer.of(files), golden.policy, Standing())
    assert report.findings == ()
    assert report.contribution == contribution


def test_its_policy_roles_and_people_are_read(golden: Snapshot) -> None:
    assert golden.policy.commons.name == "Test commons"
    assert len(golden.roles.maintainers) == 1
    assert {person.hub_user for person in golden.people.values()} == {"maya", "carl"}


def test_its_index_is_opened_and_answers(golden: Snapshot, embedder: Any) -> None:
    answer = search.find(search.open_library(golden, embedder), "When does water boil?", k=4)
    assert len(answer.hits) == 4
    assert answer.hits[0].record.title == "Water"
    assert not answer.stale


def test_its_index_is_made_again_to_the_same_bytes(golden: Snapshot, embedder: Any) -> None:
    """For the same versions of the libraries, which the manifest names; its records are embedded again, too."""
    verdict = verify.verify(golden, embedder=embedder)
    assert verdict.ok, [check.problems for check in verdict.checks]
    made = manifest.parse(golden.read(manifest.path_of("tiny")))
    remade = len(made.pools) * ((made.faiss == dense.version()) + (made.tantivy == keyword_fields.version()))
    looked_at = next(check.looked_at for check in verdict.checks if check.name == "index")
    assert (f"{remade} rebuilt byte for byte" in looked_at) == (remade > 0)
    assert "4 records embedded again" in looked_at
