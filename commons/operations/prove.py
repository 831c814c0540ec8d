"""Prove: one file that shows a record to be in the log, checked later without the repository.

    data = prove.prove(snapshot, "kr1…")
    proven = prove.check(data)                 who signed it, in which log; with log_key= also that it is *that* log

The file is a C2SP tlog-proof of the contribution's leaf. Its extra data holds what leads from the record to that leaf: the record, its
salt, the path from its commitment to the contribution's root, and the contribution's envelope. Nothing in it is taken on trust but the
log's key, which a careful reader gets from elsewhere.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

import rfc8785

from commons import layout
from commons.errors import CommonsError, LedgerError
from commons.ledger import merkle, notes, proofs, statements
from commons.ledger.log import Leaf, Log, verifier, verifier_text
from commons.ledger.notes import VerifierKey
from commons.ledger.proofs import MalformedProofError, Proof
from commons.ledger.statements import ContributionStatement
from commons.records import identity, shards
from commons.records.catalogue import Catalogue
from commons.records.schema import Kind, Record, Source
from commons.snapshots.snapshot import Snapshot

MAX_PROOF_BYTES = 1_000_000
_MEMBERS = {"core", "salt", "number", "count", "path", "envelope", "origin", "log_key"}


@dataclass(frozen=True)
class Proven:
    """What a proof shows: ``core`` was signed by ``signer`` and is leaf ``index`` of the log ``origin`` under ``log_key``."""

    record_id: str
    core: dict[str, Any]
    contribution: str
    signer: str
    origin: str
    log_key: str  # C2SP vkey
    index: int
    size: int


def prove(snapshot: Snapshot, record_id: str) -> bytes:
    """The proof of a record of this snapshot.

    Raises:
        CommonsError: no such record (``record-missing``); LedgerError: the log does not hold.
    """
    entry = Catalogue(snapshot.folder, snapshot.shards(Kind.RECORD), ()).get(record_id)
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


def check(data: bytes, *, log_key: str = "") -> Proven:
    """Everything in the proof, offline. ``log_key`` (a C2SP vkey) pins the log; without it the proof's own is reported.

    Raises:
        LedgerError: the proof does not hold, with the reason; ``log-key-mismatch`` for another log than the pinned one.
    """
    if len(data) > MAX_PROOF_BYTES:
        raise MalformedProofError(f"A proof has at most {MAX_PROOF_BYTES:,} bytes.")
    proof = proofs.parse(data)
    extra = _extra(proof.extra)
    if log_key and extra["log_key"] != log_key:
        raise LedgerError(
            f"The proof is of the log {extra['log_key']}, not of {log_key}.", code="log-key-mismatch"
        )
    envelope = notes.decode_base64(extra["envelope"]) or b""
    salt, path = _unhex(extra["salt"]), [_unhex(node) for node in extra["path"]]
    record = _record(extra["core"])
    commitment = identity.commitment(salt, record.core())
    signed = statements.verify(envelope, ContributionStatement, commons=extra["origin"])
    # A path does not prove the size of its tree, so the number of rows is taken from what was signed.
    if sum(signed.statement.predicate.rows.values()) != extra["count"]:
        raise LedgerError("The proof counts other rows than were signed.", code="inclusion-refused")
    leaf = merkle.leaf_hash(commitment)
    merkle.verify_inclusion(leaf, extra["number"], extra["count"], path, signed.statement.root)
    entry = Leaf("contribution", signed.sha256_hex).to_bytes()
    opened = proofs.verify(
        proof, entry, origin=extra["origin"], log_keys={VerifierKey.parse(extra["log_key"])}
    )
    return Proven(
        record_id=identity.record_id(record.core()),
        core=record.core(),
        contribution=signed.statement.contribution,
        signer=signed.key.key_id,
        origin=extra["origin"],
        log_key=extra["log_key"],
        index=proof.index,
        size=opened.checkpoint.size,
    )


def _leaf_of(snapshot: Snapshot, log: Log, contribution: str) -> tuple[int, bytes]:
    """Index and envelope of the contribution's statement."""
    for index, leaf in enumerate(log.leaves()):
        if leaf.kind != "contribution":
            continue
        envelope = snapshot.fetch(layout.envelope_path(leaf.envelope))
        signed = statements.verify(envelope, ContributionStatement, commons=log.checkpoint.origin)
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


def _unhex(text: Any) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(r"(?:[0-9a-f]{2})+", text):
        raise MalformedProofError("A hash in the proof's extra data is not lower-case hex.")
    return bytes.fromhex(text)


def _record(core: dict[str, Any]) -> Record:
    """The record with exactly this core; a link or question has another and is no record."""
    try:
        record = Record(
            id="",
            title=core["title"],
            text=core["text"],
            lang=core["lang"],
            topic=tuple(core["topic"]),
            license=core["license"],
            sources=tuple(Source(**source) for source in core["sources"]),
        )
        same = rfc8785.dumps(record.core()) == rfc8785.dumps(core)
    except (KeyError, TypeError, ValueError, rfc8785.CanonicalizationError) as error:
        raise MalformedProofError("The proof is not of a record.") from error
    if not same or not isinstance(record.text, str) or not isinstance(record.title, str | None):
        raise MalformedProofError("The proof is not of a record.")
    return record


def _extra(data: bytes) -> dict[str, Any]:
    """The extra data, in the one form in which ``prove`` writes it: two readers must not see two records in one file."""
    try:
        extra = json.loads(data)
        same = rfc8785.dumps(extra) == data
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise MalformedProofError("The extra data of the proof is not JSON.") from error
    if not same:
        raise MalformedProofError("The extra data of the proof is not in RFC 8785 form.")
    if not isinstance(extra, dict) or set(extra) != _MEMBERS or not isinstance(extra["core"], dict):
        raise MalformedProofError(
            f"The extra data of the proof must have the members {', '.join(sorted(_MEMBERS))}."
        )
    texts = ("salt", "envelope", "origin", "log_key")
    numbers = ("number", "count")
    well_typed = (
        all(isinstance(extra[name], str) for name in texts)
        and all(type(extra[name]) is int and extra[name] >= 0 for name in numbers)
        and isinstance(extra["path"], list)
    )
    if not well_typed:
        raise MalformedProofError("A member of the proof's extra data has the wrong type.")
    return extra
