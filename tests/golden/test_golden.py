"""Formats are promises: a commons that an earlier version wrote is read, checked and searched by this one."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Any

import pytest
from support.world import key_of

from commons import layout
from commons.errors import LedgerError
from commons.gate import examine
from commons.gate.commons_state import CommonsState
from commons.gate.offer import Offer
from commons.governance import log_audit, people
from commons.index import dense, keyword_fields, manifest
from commons.index import library as libraries
from commons.layout import Kind
from commons.ledger import contributions, signed_statements
from commons.ledger.contributions import Group
from commons.ledger.statements import GENERATION, ContributionStatement
from commons.operations import search, verify
from commons.records import identity, shards
from commons.records.schema import Question, Record, Row
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

HERE = Path(__file__).parent
FIRST = (
    "Water boils at 100 °C at sea level.",
    "Eis schmilzt bei 0 °C.",
    "Steam is water as a gas.",
    "L'eau bout à 100 °C.",
)
LATER = (
    "Steam is water as a gas; what one sees of it are droplets.",
    "It holds chlorophyll.",
    "Rivers carry salt.",
    "Snow is frozen water from clouds.",
)
LAST = (
    "Dew is water that condenses on cold grass.",
    "Mist is a cloud near the ground.",
    "Ice floats on water.",
)
# Folder -> the texts of its records. A folder that is missing is a failure, and never written by a test.
FORMATS = {
    "format-1": FIRST,
    "format-2": FIRST,
    "format-2-whole": FIRST + LATER,
    "format-3": FIRST + LATER + LAST,
    "format-3-languages": (
        *FIRST[:2],
        *FIRST[3:],
        *LATER,
        *LAST,
    ),  # its build has moved what a correction replaced
}
WHOLE = ("format-2-whole", "format-3", "format-3-languages")  # what ``write_repository`` wrote
AS_LANDED = [name for name in FORMATS if name != "format-3-languages"]  # where every row lies where it landed
WITHOUT_INVENTORY = ("format-1", "format-2", "format-2-whole")


def opened(name: str) -> Snapshot:
    assert (HERE / name / "log" / "checkpoint").is_file(), f"the golden repository {name} is missing"
    return snapshots.of_folder(HERE / name)


@pytest.fixture(scope="module", params=FORMATS)
def golden(request: pytest.FixtureRequest) -> Snapshot:
    return opened(request.param)


@pytest.fixture(scope="module", params=WHOLE)
def whole(request: pytest.FixtureRequest) -> Snapshot:
    return opened(request.param)


def test_no_golden_repository_is_left_out_or_missing() -> None:
    assert {path.name for path in HERE.glob("format-*")} == set(FORMATS)


def test_its_rows_are_read_and_their_ids_are_still_the_hash_of_their_words(golden: Snapshot) -> None:
    rows = _records(golden)
    assert sorted(row.text for row in rows) == sorted(FORMATS[golden.folder.name])
    for row in rows:
        assert identity.row_id(row) == row.id


def test_its_shards_are_named_by_their_digests(golden: Snapshot) -> None:
    for kind in Kind:
        for shard in golden.shards(kind):
            assert hashlib.sha256(golden.path(shard).read_bytes()).hexdigest() == shard.digest


@pytest.mark.parametrize("name", AS_LANDED)
def test_its_rows_openings_and_statements_agree_and_are_not_offered_again(name: str) -> None:
    """What was signed then holds for ever; the gate, which asks what is offered today, says that its form is an earlier one."""
    golden = opened(name)
    offered = _contributions(golden)
    assert set(offered) == set(golden.openings())
    # A correction and questions speak of records that are there.
    known = frozenset(row.id for row in _records(golden))
    for contribution, files in offered.items():
        openings = shards.read_openings(files[layout.openings_path(contribution)])
        (envelope,) = (data for path, data in files.items() if layout.parse_envelope(path))
        signed = signed_statements.verify(
            envelope, ContributionStatement, commons=golden.policy.commons.origin
        )
        contributions.refuse_disagreement(signed, _groups(files), openings)
        state = CommonsState(
            ids=known - {row["id"] for row in openings},
            reviewers=frozenset(key.key_id for key in golden.roles.reviewers),
        )
        report = examine.contribution(Offer.of(files), golden.policy, state)
        outdated = signed.statement.generation < GENERATION
        assert [finding.code for finding in report.findings] == ["statement-outdated"] * outdated


def test_its_policy_roles_and_people_are_read(golden: Snapshot) -> None:
    assert golden.policy.commons.name == "Test commons"
    assert len(golden.roles.maintainers) == 1
    assert {person.user for person in golden.people.values()} >= {"maya", "carl"}


def test_its_index_is_opened_and_answers(golden: Snapshot, embedder: Any) -> None:
    answer = search.find(libraries.open_library(golden, embedder), "When does water boil?", k=4)
    assert len(answer.hits) == 4
    assert answer.hits[0].record.title == "Water"
    assert not answer.stale


def test_its_index_is_made_again_to_the_same_bytes(golden: Snapshot, embedder: Any) -> None:
    """For the same version of the library, which the manifest names; its records are embedded again, too. Keyword indexes were others."""
    verdict = verify.verify(golden, embedder=embedder)
    assert verdict.ok, [check.problems for check in verdict.checks]
    made = manifest.parse(golden.read(layout.manifest_path("tiny")))
    by_language = made.version >= manifest.BY_LANGUAGE and made.tantivy == keyword_fields.version()
    remade = len(made.pools) * ((made.faiss == dense.version()) + by_language)
    looked_at = next(check.looked_at for check in verdict.checks if check.name == "index")
    assert (f"{remade} rebuilt byte for byte" in looked_at) == (remade > 0)
    assert ("NOT REBUILT" in looked_at) == (
        not by_language and any(pool.keywords for pool in made.pools.values())
    )
    assert f"{len(FORMATS[golden.folder.name])} records embedded again" in looked_at


@pytest.mark.parametrize("name", WITHOUT_INVENTORY)
def test_its_verdict_says_what_no_statement_of_its_format_binds(name: str) -> None:
    verdict = verify.verify(opened(name))
    assert verdict.ok, [check.problems for check in verdict.checks]
    unbound, unasked = (
        sentence
        for check in verdict.checks
        if check.name != layout.Check.INDEX
        for sentence in check.unchecked
    )
    assert (
        "files that no statement of this format binds: ATTRIBUTION.md, CHANGELOG.md, CITATION.cff" in unbound
    )
    assert layout.PEOPLE_OF_FORMAT_2 in unbound
    assert unasked.startswith("whether cards, attribution and citation say what the data says")


def test_its_questions_are_read(whole: Snapshot) -> None:
    by_id = {row.id: row.title for row in _records(whole)}
    asked = [
        (row.question, [by_id[name] for name in row.relevant])
        for shard in whole.shards(Kind.QUESTION)
        for row in shards.read(Kind.QUESTION, whole.path(shard))
        if isinstance(row, Question)
    ]
    assert sorted(asked) == [("When does water boil?", ["Water"]), ("Who wrote this?", [])]


def test_who_proposed_what_was_adopted_is_credited(whole: Snapshot) -> None:
    row = next(row for row in _records(whole) if row.text == "Rivers carry salt.")
    assert people.credited(whole.people, row.contributor, row.contribution) == "eve"


def test_its_rotated_keys_are_retired_and_their_successors_hold_their_places(whole: Snapshot) -> None:
    assert whole.rules.keys.successors == {
        key_of("carl").public.key_id: key_of("carl the second").public.key_id,
        key_of("maya").public.key_id: key_of("maya the second").public.key_id,
    }
    assert whole.roles.is_maintainer(key_of("maya the second").public.key_id)
    row = next(row for row in _records(whole) if row.title == "Snow")
    assert row.contributor == key_of("carl the second").public.key_id


def _records(snapshot: Snapshot) -> list[Record]:
    return [
        row
        for shard in snapshot.shards(Kind.RECORD)
        for row in shards.read(Kind.RECORD, snapshot.path(shard))
        if isinstance(row, Record)
    ]


def _groups(files: dict[str, bytes]) -> dict[Group, list[Row]]:
    """The rows of a contribution by their folder."""
    return {
        (shard.kind, shard.pool, shard.collection): list(shards.read(shard.kind, data, name=path))
        for path, data in files.items()
        if (shard := layout.parse_shard(path))
    }


def _contributions(snapshot: Snapshot) -> dict[str, dict[str, bytes]]:
    """Contribution -> the files it was proposed as."""
    files: dict[str, dict[str, bytes]] = {name: {} for name in snapshot.openings()}
    for kind in Kind:
        for shard in snapshot.shards(kind):
            data = snapshot.path(shard).read_bytes()
            files[shards.read(kind, data)[0].contribution][str(shard)] = data
    for path in sorted((snapshot.folder / "log" / "envelopes").rglob("*.json")):
        with contextlib.suppress(LedgerError):  # a review, a decision, a key or a policy
            signed = signed_statements.verify(
                path.read_bytes(), ContributionStatement, commons=snapshot.policy.commons.origin
            )
            files[signed.statement.contribution][path.relative_to(snapshot.folder).as_posix()] = (
                path.read_bytes()
            )
    for name, mine in files.items():
        mine[layout.openings_path(name)] = snapshot.read(layout.openings_path(name))
    return files


def test_format_3_says_who_built_what_was_refused_and_who_stands_behind_keys() -> None:
    golden = opened("format-3")
    leaves = list(golden.log().leaves())
    audited = log_audit.Auditor(golden.policy.commons.origin, golden.envelope).audit(leaves)
    assert audited.problems == []
    assert len(audited.refused) == 1
    assert audited.indexes["tiny"].predicate.records == len(FORMATS["format-3"])
    assert audited.inventory_leaf == len(leaves) - 1
    assert len(golden.roles.builders) == 1
    persons = {signed.statement.person for signed in audited.contributions.values()}
    assert persons <= golden.people_table.persons.keys()
