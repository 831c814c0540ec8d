"""Check: what would become of files if they were offered, found out here and now; nothing is sent and nothing is written.

prepared = offering.prepare(snapshot, inputs)
check.reports(prepared, snapshot)
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons.gate import preview
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.report import Report
from commons.governance.people import passing_identity
from commons.intake import offering
from commons.intake.prepared_rows import PreparedRows
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.snapshots.snapshot import Snapshot


def reports(
    prepared: PreparedRows,
    snapshot: Snapshot,
    resources: ComparisonResources | None = None,
    *,
    progress: Progress = silent,
) -> list[Report]:
    """The gate's report on the rows that pass: one for each contribution that they come to, none when none does."""
    if prepared.is_empty:
        return []
    # A key that nobody keeps: the report needs a sealed contribution, and this one goes nowhere.
    passing = SigningKey(Ed25519PrivateKey.generate())
    made = []
    for batch in offering.batches(prepared, snapshot.policy.limits, snapshot.row_ids()):
        contribution = offering.seal(batch.groups, passing, snapshot.policy, passing_identity())
        places = offering.places(contribution, batch.groups, prepared)
        report = preview.report(
            contribution,
            snapshot,
            resources,
            places=places,
            warnings=prepared.warnings(),
            progress=progress,
        )
        made.append(report)
    return made
