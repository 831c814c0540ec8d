"""Contribute: foreign files to a signed contribution, and from there to a proposal.

    prepared = contribute.prepare(snapshot, inputs)                     every row is accepted or refused, none is lost
    contribution = contribute.seal(prepared, key, policy)               signed by the contributor
    report = contribute.check(contribution, snapshot)                   the maintainer's own gate, run before anybody waits
    proposal = contribute.propose(repository, contribution, prepared)   a pull request

What becomes of each row is decided in ``checks.preparation`` and ``checks.question_preparation``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from commons.errors import InputError
from commons.files import write_whole
from commons.gate import confined
from commons.gate import state as standing
from commons.gate.comparison import compare as comparison
from commons.gate.comparison.compare import Means
from commons.gate.examine import Offer
from commons.gate.findings import Report
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.intake import name_index as naming
from commons.intake import preparation
from commons.intake import questions as question_preparation
from commons.intake.name_index import Bearers
from commons.intake.preparation import Input, Prepared, RefusedRow
from commons.ledger import contributions
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.records import shards, summary
from commons.records.schema import SCHEMAS, Kind
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot


def prepare(
    snapshot: Snapshot,
    inputs: Sequence[Input],
    kind: Kind = Kind.RECORD,
    *,
    keep_refused_licenses: bool = False,
    progress: Progress = silent,
) -> Prepared:
    """Turn the rows of ``inputs`` into records with their links, or into questions about records that the commons holds.

    Raises:
        InputError: a file that cannot be read at all, or a mapping that names a column it lacks.
    """
    known_ids = snapshot.row_ids()
    if kind is Kind.QUESTION:
        return question_preparation.prepare(
            inputs,
            snapshot.policy,
            lambda names: _bearers(snapshot, names),
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


def _bearers(snapshot: Snapshot, names: Set[str]) -> Bearers:
    """The records that bear ``names``; only now are the data shards needed, and they are read one at a time."""
    whole = snapshot.with_files(snapshots.RECORDS)

    def tables() -> Iterator[tuple[str, shards.Table]]:
        for shard in whole.shards(Kind.RECORD):
            path, schema = whole.path(shard), SCHEMAS[Kind.RECORD]
            yield (
                shard.collection,
                shards.read_table(path, schema, name=str(shard), columns=naming.COLUMNS),
            )

    return naming.look_up(names, tables())


def write_refused(rows: Sequence[RefusedRow], path: Path) -> None:
    """Write the refused rows as JSON lines, whole or not at all."""
    write_whole(path, "".join(row.to_json() + "\n" for row in rows).encode("ascii"))


def seal(prepared: Prepared, key: SigningKey, policy: Policy) -> Contribution:
    """Sign what was accepted.

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
    return contributions.seal(prepared.groups, key, commons=policy.commons.origin)


def check(
    contribution: Contribution,
    snapshot: Snapshot,
    means: Means | None = None,
    *,
    progress: Progress = silent,
) -> Report:
    """What the gate will say of this contribution; with ``means`` it is compared with the commons too, whose data the snapshot has."""
    report = confined.examine(Offer.of(contribution.files), snapshot.policy_bytes, standing.of(snapshot))
    return comparison.compare(report, snapshot, means, progress=progress) if means else report


def propose(
    repository: Repository, contribution: Contribution, prepared: Prepared, *, message: str = ""
) -> Proposal:
    """Open the pull request."""
    groups = [(group, rows) for group, rows in prepared.groups.items() if group[0] is not Kind.LINK]
    what = Counter(kind for (kind, _, _), rows in groups for _ in rows)
    named = dict.fromkeys(collection for _, _, collection in (group for group, _ in groups))
    spdx = sorted({row.license for _, rows in groups for row in rows})
    offered = summary.in_words(records=what[Kind.RECORD], questions=what[Kind.QUESTION])
    title = f"Add {offered} to {', '.join(named)} ({', '.join(spdx)})"
    description = "\n\n".join(
        part
        for part in (
            message,
            f"Contribution `{contribution.id}`, signed by `{contribution.key_id}`.",
            "Made with `commons contribute`. The gate's report follows as a comment.",
        )
        if part
    )
    return repository.propose(contribution.files, title=title, description=description)
