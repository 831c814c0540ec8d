"""Verify a proof: one file that shows a record to be in the log, checked offline and without the repository.

    proven = verify_proof.check(data)       who signed it, in which log; with log_key= also that it is *that* log

What the file holds is said in ``prove``, which writes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import rfc8785

from commons.errors import LedgerError
from commons.ledger import merkle, notes, proofs, signed_statements
from commons.ledger.log import Leaf
from commons.ledger.notes import VerifierKey
from commons.ledger.proofs import MalformedProofError
from commons.ledger.statements import ContributionStatement, StatementKind
from commons.records import identity
from commons.records.schema import Record, Source

MAX_PROOF_BYTES = 1_000_000
_MEMBERS = {"core", "salt", "number", "count", "path", "envelope", "origin", "log_key"}


@dataclass(frozen=True)
class ProvenRecord:
    """What a proof shows: ``core`` was signed by ``signer`` and is leaf ``index`` of the log ``origin`` under ``log_key``."""

    record_id: str
    core: dict[str, Any]
    contribution: str
    signer: str
    origin: str
    log_key: str  # C2SP vkey
    index: int
    size: int


def check(data: bytes, *, log_key: str = "") -> ProvenRecord:
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
    signed = signed_statements.verify(envelope, ContributionStatement, commons=extra["origin"])
    # A path does not prove the size of its tree, so the number of rows is taken from what was signed.
    if sum(signed.statement.rows.values()) != extra["count"]:
        raise LedgerError("The proof counts other rows than were signed.", code="inclusion-refused")
    leaf = merkle.leaf_hash(commitment)
    merkle.verify_inclusion(leaf, extra["number"], extra["count"], path, signed.statement.root)
    entry = Leaf(StatementKind.CONTRIBUTION, signed.sha256_hex).to_bytes()
    opened = proofs.verify(
        proof, entry, origin=extra["origin"], log_keys={VerifierKey.parse(extra["log_key"])}
    )
    return ProvenRecord(
        record_id=identity.record_id(record.core()),
        core=record.core(),
        contribution=signed.statement.contribution,
        signer=signed.key.key_id,
        origin=extra["origin"],
        log_key=extra["log_key"],
        index=proof.index,
        size=opened.checkpoint.size,
    )


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
