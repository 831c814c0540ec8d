"""What is to be offered: rows prepared against a commons, and sealed by a key.

    prepared = offering.prepare(snapshot, inputs)              every row is accepted or refused, none is lost
    contribution = offering.seal(prepared, key, policy, me)    signed by the contributor

What becomes of each row is decided in ``preparation`` and ``questions``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from commons.errors import InputError
from commons.files import write_whole
from commons.governance.people import SignerIdentity
from commons.governance.policy import Policy
from commons.intake import name_index, preparation, questions
from commons.intake.name_index import NameIndex
from commons.intake.preparation import Input, PreparedRows, RefusedRow
from commons.layout import Kind, Need
from commons.ledger import contributions
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.records import shards
from commons.records.schema import SCHEMAS
from commons.snapshots.snapshot import Snapshot


def prepare(
    snapshot: Snapshot,
    inputs: Sequence[Input],
    kind: Kind = Kind.RECORD,
    *,
    keep_refused_licenses: bool = False,
    progress: Progress = silent,
) -> PreparedRows:
    """Turn the rows of ``inputs`` into records with their links, or into questions about records that the commons holds.

    Raises:
        InputError: a file that cannot be read at all, or a mapping that names a column it lacks.
        PolicyError, LedgerError: the rules were edited by hand, or the format is an older one.
    """
    snapshot.refuse_unwritable()
    known_ids = snapshot.row_ids()
    if kind is Kind.QUESTION:
        return questions.prepare(
            inputs,
            snapshot.policy,
            lambda names: _index_of(snapshot, names),
            known_ids=known_ids,
            keep_refused_licenses=keep_refused_licenses,
            progress=progress,
        )
    return preparation.prepare(
        inputs,
        snapshot.policy,
        known_ids=known_ids,
        keep_refused_licenses=keep_refused_licenses,
        progress=progress,
    )


def _index_of(snapshot: Snapshot, names: Set[str]) -> NameIndex:
    """The records that bear ``names``; only now are the data shards needed, and they are read one at a time."""
    whole = snapshot.with_files(Need.COMPARING)

    def tables() -> Iterator[tuple[str, shards.Table]]:
        for shard in whole.shards(Kind.RECORD):
            path, schema = whole.path(shard), SCHEMAS[Kind.RECORD]
            yield (
                shard.collection,
                shards.read_table(path, schema, name=str(shard), columns=name_index.COLUMNS),
            )

    return name_index.look_up(names, tables())


def write_refused(rows: Sequence[RefusedRow], path: Path) -> None:
    """Write the refused rows as JSON lines, whole or not at all."""
    write_whole(path, "".join(row.to_json() + "\n" for row in rows).encode("ascii"))


def seal(prepared: PreparedRows, key: SigningKey, policy: Policy, identity: SignerIdentity) -> Contribution:
    """Sign what was accepted, as this person.

    Raises:
        InputError: nothing was accepted, or more than one contribution may hold.
    """
    limit = policy.limits.max_records
    if prepared.accepted == 0:
        raise InputError(
            "There is nothing to offer: every row was refused.",
            hint="Read the .refused.jsonl file.",
            code="nothing-accepted",
        )
    if prepared.accepted > limit:
        raise InputError(
            f"{prepared.accepted:,} rows; one contribution may hold {limit:,}.",
            hint="Split the file, for example by topic, and contribute the parts one after the other.",
            code="limit-exceeded",
        )
    sealed = contributions.seal(prepared.groups, key, commons=policy.commons.origin, person=identity.person)
    return replace(sealed, files={**sealed.files, **identity.files})
