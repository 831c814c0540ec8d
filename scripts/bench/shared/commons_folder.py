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
from commons.governance.roles import RoleKey, Roles
from commons.layout import Kind
from commons.ledger import contributions, log
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.records.schema import Record
from commons.snapshots import snapshot as snapshots

ORIGIN = "knowledge-commons/bench/0123456789abcdef"
POLICY = dataset_card.founding_policy("Bench", ORIGIN)
RECORDS_EACH = 5000  # the founding policy lets a contribution hold no more


def key(seed: int) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


FOUNDER, CONTRIBUTOR, NEWCOMER = key(1), key(2), key(3)


def start(folder: Path) -> None:
    """Policy, roles and the first entry of a log, as ``commons init`` commits them."""
    maintainer = RoleKey(key_id=FOUNDER.public.key_id, public_key=FOUNDER.public.raw.hex())
    roles = Roles(maintainers=(maintainer,)).to_bytes()
    statement = Signer(FOUNDER, ORIGIN).policy(POLICY, digests.sha256_hex(POLICY), roles)
    write(
        folder,
        {
            layout.POLICY: POLICY,
            layout.ROLES: roles,
            layout.envelope_path(digests.sha256_hex(statement)): statement,
            **log.create(ORIGIN, [Leaf(StatementKind.POLICY, digests.sha256_hex(statement))], FOUNDER).files,
        },
    )


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
    return contributions.seal({group: records}, author, commons=ORIGIN)


def pool_of(record: Record) -> str:
    return "by-sa" if record.license.startswith("CC-BY-SA") else "open"


def land(folder: Path, contribution: Contribution) -> None:
    """Reviewed, decided and landed: the files that ``commons land`` would commit."""
    snapshot, signer = snapshots.of_folder(folder), Signer(FOUNDER, ORIGIN)
    statement = next(digest for path in contribution.files if (digest := layout.parse_envelope(path)))
    head = "1" * 40
    review = signer.review(contribution.id, statement, head=head, approve=True)
    decision = signer.decision(
        contribution.id,
        statement,
        head=head,
        opened=datetime.now(UTC),
        policy=digests.sha256_hex(snapshot.policy_bytes),
        reviews=[digests.sha256_hex(review)],
    )
    leaves = [
        Leaf(StatementKind.CONTRIBUTION, statement),
        Leaf(StatementKind.REVIEW, digests.sha256_hex(review)),
        Leaf(StatementKind.DECISION, digests.sha256_hex(decision)),
    ]
    growth = log.append(snapshot.log(), leaves, FOUNDER)
    envelopes = {layout.envelope_path(digests.sha256_hex(data)): data for data in (review, decision)}
    write(folder, {**contribution.files, **growth.files, **envelopes})
    for path in growth.removed:
        (folder / path).unlink()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
