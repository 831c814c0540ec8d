"""The maintainers' own gate on a contribution that is not proposed yet, so that whoever offers it need not wait to be told."""

from __future__ import annotations

from commons.gate import child_process, snapshot_state
from commons.gate.comparison import compare
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.ledger.contributions import Contribution
from commons.progress import Progress, silent
from commons.snapshots.snapshot import Snapshot


def report(
    contribution: Contribution,
    snapshot: Snapshot,
    resources: ComparisonResources | None = None,
    *,
    proposer: str = "",
    progress: Progress = silent,
) -> Report:
    """What the gate will say; with ``resources`` the contribution is compared with the commons too, whose data the snapshot has."""
    offer = Offer.of(contribution.files, proposer)
    checked = child_process.examine(offer, snapshot.policy_bytes, snapshot_state.of(snapshot))
    return compare.compare(checked, snapshot, resources, progress=progress) if resources else checked
