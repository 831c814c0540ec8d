"""A commons in a folder, to measure on: founded, and grown by landings, as the commands would write it but for the pages.

start(folder)
land_records(folder, "medquad", records)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons import digests, layout
from commons.cards import dataset_card
from commons.governance import people
from commons.governance.people import People
from commons.governance.roles import RoleKey, Roles
from commons.governance.rules_in_force import RulesInForce
from commons.layout import Kind
from commons.ledger import contributions
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import GENERATION, StatementKind
from commons.records.schema import Record
from commons.snapshots import sealed_commit
from commons.snapshots import snapshot as snapshots
from commons.snapshots.sealed_commit import Statements

ORIGIN = "knowledge-commons/bench/0123456789abcdef"
POLICY = dataset_card.founding_policy("Bench", ORIGIN)
RECORDS_EACH = 5000  # the founding policy lets a contribution hold no more


def key(seed: int) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


FOUNDER, CONTRIBUTOR, NEWCOMER = key(1), key(2), key(3)
PERSONS = {
    signer: people.open_person(f"bench/{name}")
    for name, signer in (("founder", FOUNDER), ("contributor", CONTRIBUTOR), ("newcomer", NEWCOMER))
}


def start(folder: Path) -> None:
    """Policy, roles, people and the first entries of a log, as ``commons init`` commits them."""
    roles = Roles(maintainers=(RoleKey.of(FOUNDER.public, PERSONS[FOUNDER].person),)).to_bytes()
    statement = Signer(FOUNDER, ORIGIN).policy(POLICY, digests.sha256_hex(POLICY), roles)
    table = People()
    for signer, opening in PERSONS.items():
        table = table.with_key(opening, opening.person, signer.public.key_id)
    files = {layout.POLICY: POLICY, layout.ROLES: roles, layout.PEOPLE: table.to_bytes()}
    rules = RulesInForce(root=digests.sha256_hex(statement), generation=GENERATION)
    sealed = sealed_commit.seal(
        FOUNDER, ORIGIN, rules, None, lambda _: b"", files, [(StatementKind.POLICY, statement)], ()
    )
    write(folder, sealed.files)


def write_commons(folder: Path, collections: Mapping[str, Sequence[Record]]) -> None:
    start(folder)
    for collection, records in collections.items():
        land_records(folder, collection, records)


def land_records(folder: Path, collection: str, records: Sequence[Record]) -> None:
    """In contributions of at most ``RECORDS_EACH``, all of one pool."""
    for first in range(0, len(records), RECORDS_EACH):
        land(folder, sealed(collection, records[first : first + RECORDS_EACH], CONTRIBUTOR))


def sealed(collection: str, records: Sequence[Record], author: SigningKey) -> Contribution:
    group = (Kind.RECORD, pool_of(records[0]), collection)
    return contributions.seal({group: records}, author, commons=ORIGIN, person=PERSONS[author].person)


def pool_of(record: Record) -> str:
    return "by-sa" if record.license.startswith("CC-BY-SA") else "open"


def land(folder: Path, contribution: Contribution) -> None:
    """Reviewed, decided and landed: the files that ``commons land`` would commit, but for the pages."""
    snapshot, signer = snapshots.of_folder(folder), Signer(FOUNDER, ORIGIN)
    statement = next(digest for path in contribution.files if (digest := layout.parse_envelope(path)))
    founder, head = PERSONS[FOUNDER].person, "1" * 40
    review = signer.review(
        contribution.id, statement, head=head, approve=True, person=founder, size=snapshot.rules.size
    )
    decision = signer.decision(
        contribution.id,
        statement,
        head=head,
        opened=datetime.now(UTC),
        policy=digests.sha256_hex(snapshot.policy_bytes),
        reviews={digests.sha256_hex(review): founder},
    )
    envelope = contribution.files[layout.envelope_path(statement)]
    statements = [
        (StatementKind.CONTRIBUTION, envelope),
        (StatementKind.REVIEW, review),
        (StatementKind.DECISION, decision),
    ]
    commit(folder, contribution.files, statements)


def commit(folder: Path, files: Mapping[str, bytes], statements: Statements = ()) -> None:
    """What a commit of ours writes and deletes, in the folder."""
    snapshot = snapshots.of_folder(folder)
    sealed_files = sealed_commit.seal(
        FOUNDER,
        ORIGIN,
        snapshot.rules,
        snapshot.log(),
        lambda part: snapshot.read(layout.inventory_path(part)),
        files,
        statements,
        (),
    )
    write(folder, sealed_files.files)
    for path in sealed_files.removed:
        (folder / path).unlink()


def write(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data if isinstance(data, bytes) else data.read_bytes())
