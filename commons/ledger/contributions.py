"""A contribution: rows sealed by one key into shards, openings and a signed statement; and the check that all of them agree.

Rows are grouped into one shard for each (kind, pool, collection); the order of commitments is the sorted order of those groups and,
within a shard, the order of its rows. Changing that order changes every contribution id, so it is part of the format.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commons import digests, layout
from commons.errors import LedgerError
from commons.layout import Kind, ShardPath
from commons.ledger import merkle
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import SignedStatement, Signer
from commons.ledger.statements import AdoptedProposal, ContributionStatement
from commons.records import identity, shards
from commons.records.schema import Row

Group = tuple[Kind, str, str]  # kind, pool (empty for questions), collection


@dataclass(frozen=True)
class Contribution:
    """What goes into a proposal: ``files`` maps repository paths to bytes."""

    id: str
    key_id: str
    files: dict[str, bytes]
    rows: dict[Kind, int]


def seal(
    groups: Mapping[Group, Sequence[Row]],
    key: SigningKey,
    *,
    commons: str,
    person: str,
    adopted: AdoptedProposal | None = None,
) -> Contribution:
    """Sign the rows for the commons with this origin, as ``person``.

    Each row's id must be right; contributor and contribution are set here.
    """
    salted = [
        (group, row, secrets.token_bytes(identity.SALT_BYTES))
        for group in sorted(groups)
        for row in groups[group]
    ]
    commitments = [identity.commitment(salt, row.core()) for _, row, salt in salted]
    root = merkle.root(commitments)
    contribution = identity.contribution_id(key.public.key_id, root)
    counts = {kind: sum(len(rows) for group, rows in groups.items() if group[0] is kind) for kind in Kind}
    envelope = Signer(key, commons).contribution(
        contribution, root, person=person, groups=_named_groups(groups), adopted=adopted
    )
    openings = [
        {"commitment": committed, "id": identity.row_id(row), "salt": salt}
        for committed, (_, row, salt) in zip(commitments, salted, strict=True)
    ]
    signed = {
        group: [replace(row, contributor=key.public.key_id, contribution=contribution) for row in rows]
        for group, rows in groups.items()
    }
    files = as_files(signed, openings, contribution)
    files[layout.envelope_path(digests.sha256_hex(envelope))] = envelope
    return Contribution(contribution, key.public.key_id, files, counts)


def _named_groups(groups: Mapping[Group, Sequence[Row]]) -> list[dict[str, Any]]:
    """The groups as a statement lists them: in the order of the commitments."""
    return [
        {
            "kind": kind.value,
            "pool": pool,
            "collection": collection,
            "rows": len(groups[kind, pool, collection]),
        }
        for kind, pool, collection in sorted(groups)
        if groups[kind, pool, collection]
    ]


def as_files(
    groups: Mapping[Group, Sequence[Row]], openings: Sequence[Mapping[str, Any]], contribution: str
) -> dict[str, bytes]:
    """Shards and openings of signed rows as our writer writes them: what lands, whatever container the rows were offered in."""
    files = {layout.openings_path(contribution): shards.write_openings(map(dict, openings))}
    for (kind, pool, collection), rows in groups.items():
        shard = shards.write(kind, rows)
        files[str(ShardPath(kind, pool, collection, digests.sha256_hex(shard)))] = shard
    return files


def refuse_disagreement(
    signed: SignedStatement[ContributionStatement],
    groups: Mapping[Group, Sequence[Row]],
    openings: Sequence[Mapping[str, Any]],
) -> None:
    """Check that rows, openings and statement are one contribution.

    Raises:
        LedgerError: ``commitment-mismatch`` or ``id-mismatch``, naming the first disagreement.
    """
    statement, key_id = signed.statement, signed.key.key_id
    rows = [row for group in sorted(groups) for row in groups[group]]
    if len(openings) != len(rows):
        raise _mismatch(f"{len(rows)} rows but {len(openings)} openings")
    if not _names(statement, groups):
        raise _mismatch("the statement names other rows than the shards hold")
    for number, (row, opening) in enumerate(zip(rows, openings, strict=True), start=1):
        name = identity.row_id(row)
        if opening["id"] != name or getattr(row, "id", name) != name:
            raise LedgerError(f"Row {number}: the id is not the hash of the row.", code="id-mismatch")
        if row.contributor != key_id or row.contribution != statement.contribution:
            raise _mismatch(f"row {number} names another contributor or contribution")
        if not opening["salt"] or opening["commitment"] != identity.commitment(opening["salt"], row.core()):
            raise _mismatch(f"row {number} does not open its commitment")
    if merkle.root([opening["commitment"] for opening in openings]) != statement.root:
        raise _mismatch("the statement was signed for other commitments")
    if identity.contribution_id(key_id, statement.root) != statement.contribution:
        raise _mismatch("the contribution id is not the hash of its signer and root")


def _names(statement: ContributionStatement, groups: Mapping[Group, Sequence[Row]]) -> bool:
    named = _named_groups(groups)
    if statement.generation == 1:  # which counts rows by kind alone
        return statement.rows == dict(_counts(named))
    return [group.model_dump() for group in statement.predicate.groups] == named


def _counts(named: Sequence[Mapping[str, Any]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for group in named:
        counts[group["kind"]] += group["rows"]
    return counts


def _mismatch(reason: str) -> LedgerError:
    return LedgerError(f"The parts of the contribution disagree: {reason}.", code="commitment-mismatch")
