"""What is to be offered: rows prepared against a commons, and sealed by a key.

    prepared = offering.prepare(snapshot, inputs)              every row is accepted, repeated or refused, none is lost
    for batch in offering.batches(prepared, limits, ids):      within the limits of one contribution
        contribution = offering.seal(batch.groups, key, policy, me)   signed by the contributor

What becomes of each row is decided in ``preparation`` and ``questions``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from commons import layout
from commons.errors import InputError
from commons.gate.findings import RowPlace
from commons.gate.preview import ShardRow
from commons.governance.people import SignerIdentity
from commons.governance.policy import Limits, Policy
from commons.intake import batches as parting
from commons.intake import name_index, preparation, questions
from commons.intake.batches import Batch
from commons.intake.inputs import Input
from commons.intake.mapped_rows import OnTable
from commons.intake.name_index import NameIndex
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind, Need
from commons.ledger import contributions
from commons.ledger.contributions import Contribution, Group
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.records import identity as row_ids
from commons.records import shards
from commons.records.schema import SCHEMAS, Row
from commons.snapshots.snapshot import Snapshot


def prepare(
    snapshot: Snapshot,
    inputs: Sequence[Input],
    kind: Kind = Kind.RECORD,
    *,
    keep_refused_licenses: bool = False,
    split_long: bool = False,
    on_table: OnTable | None = None,
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
        look_up=lambda names: _index_of(snapshot, names),
        keep_refused_licenses=keep_refused_licenses,
        split_long=split_long,
        on_table=on_table,
        progress=progress,
    )


def _index_of(snapshot: Snapshot, names: Set[str]) -> NameIndex:
    """The live records that bear ``names``; only now are the data shards needed, and they are read one at a time."""
    whole = snapshot.with_files(Need.COMPARING)

    def tables() -> Iterator[tuple[str, shards.Table]]:
        for shard in whole.shards(Kind.RECORD):
            path, schema = whole.path(shard), SCHEMAS[Kind.RECORD]
            table = shards.read_table(path, schema, name=str(shard), columns=name_index.COLUMNS)
            yield shard.collection, whole.states.live_rows(table)

    return name_index.look_up(names, tables())


def batches(prepared: PreparedRows, limits: Limits, known_ids: Set[str]) -> list[Batch]:
    """What was accepted, as contributions that are each within the limits. ``known_ids`` are records that the commons holds.

    Raises:
        InputError: nothing was accepted (``nothing-accepted``).
    """
    if not prepared.is_empty:
        return parting.parted(prepared.groups, limits, known_ids)
    what = "every row was refused" if prepared.refused_count else "its links lead to what is not there"
    raise InputError(
        f"There is nothing to offer: {what}.",
        hint="Each reason stands in the .refused.jsonl file; what names a row of an open proposal can be offered once that has landed.",
        code="nothing-accepted",
    )


def seal(
    groups: Mapping[Group, Sequence[Row]], key: SigningKey, policy: Policy, identity: SignerIdentity
) -> Contribution:
    """Sign the rows of a batch, as this person."""
    sealed = contributions.seal(groups, key, commons=policy.commons.origin, person=identity.person)
    return replace(sealed, files={**sealed.files, **identity.files})


def places(
    contribution: Contribution, groups: Mapping[Group, Sequence[Row]], prepared: PreparedRows
) -> dict[ShardRow, RowPlace]:
    """Shard and number of each row of the contribution -> where the contributor has the row."""
    shard_rows = {
        path: groups[shard.kind, shard.pool, shard.collection]
        for path in contribution.files
        if (shard := layout.parse_shard(path))
    }
    return {
        (path, number): prepared.places[row_ids.row_id(row)]
        for path, rows in shard_rows.items()
        for number, row in enumerate(rows, start=1)
    }
