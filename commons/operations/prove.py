"""Prove: one file that shows a record to be in the log, checked later without the repository.

    data = prove.prove(snapshot, "kr1…")

The file is a C2SP tlog-proof of the contribution's leaf. Its extra data holds what leads from the record to that leaf: the record, its
salt, the path from its commitment to the contribution's root, and the contribution's envelope. Nothing in it is taken on trust but the
log's key, which a careful reader gets from elsewhere. ``verify_proof`` is the other half.
"""

from __future__ import annotations

import base64

import rfc8785

from commons import layout
from commons.errors import CommonsError, LedgerError
from commons.layout import Kind
from commons.ledger import merkle, signed_statements
from commons.ledger.log import Log, verifier, verifier_text
from commons.ledger.proofs import Proof
from commons.ledger.statements import ContributionStatement, StatementKind
from commons.records import shards
from commons.records.catalogue import Catalogue
from commons.snapshots.snapshot import Snapshot


def prove(snapshot: Snapshot, record_id: str) -> bytes:
    """The proof of a record of this snapshot.

    Raises:
        CommonsError: no such record (``record-missing``); LedgerError: the log does not hold.
    """
    records = [*snapshot.shards(Kind.RECORD), *snapshot.replaced_shards()]
    entry = Catalogue(snapshot.folder, records, ()).get(record_id)
    if entry is None:
        raise CommonsError(f"{snapshot.name} has no record {record_id}.", code="record-missing")
    contribution = entry.record.contribution
    openings = shards.read_openings(snapshot.folder / layout.openings_path(contribution))
    number = next((number for number, row in enumerate(openings) if row["id"] == record_id), None)
    if number is None:
        raise LedgerError(f"The openings of {contribution} do not have {record_id}.", code="not-in-log")
    commitments = merkle.in_memory([merkle.leaf_hash(row["commitment"]) for row in openings])
    log = snapshot.log()
    index, envelope = _leaf_of(snapshot, log, contribution)
    extra = {
        "core": entry.record.core(),
        "salt": openings[number]["salt"].hex(),
        "number": number,
        "count": len(openings),
        "path": [node.hex() for node in merkle.inclusion_proof(commitments, number, len(openings))],
        "envelope": base64.b64encode(envelope).decode(),
        "origin": log.checkpoint.origin,
        "log_key": _signer_of(snapshot, log),
    }
    path = merkle.inclusion_proof(log.tree.hash_at, index, log.tree.size)
    return Proof(index, tuple(path), log.signed_checkpoint, rfc8785.dumps(extra)).to_bytes()


def _leaf_of(snapshot: Snapshot, log: Log, contribution: str) -> tuple[int, bytes]:
    """Index and envelope of the contribution's statement."""
    for index, leaf in enumerate(log.leaves()):
        if leaf.kind is not StatementKind.CONTRIBUTION:
            continue
        envelope = snapshot.fetch(layout.envelope_path(leaf.envelope))
        signed = signed_statements.verify(envelope, ContributionStatement, commons=log.checkpoint.origin)
        if signed.statement.contribution == contribution:
            return index, envelope
    raise LedgerError(f"The log has no contribution {contribution}.", code="not-in-log")


def _signer_of(snapshot: Snapshot, log: Log) -> str:
    """The vkey of the maintainer whose signature the checkpoint bears."""
    origin = log.checkpoint.origin
    for key in snapshot.roles.maintainers:
        if log.is_signed_by(verifier(origin, key.public)):
            return verifier_text(origin, key.public)
    raise LedgerError("No maintainer's signature is on the checkpoint.", code="unknown-signer")
