"""Check: what would become of files if they were offered, found out here and now; nothing is sent and nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons.gate import preview
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.report import Report
from commons.governance.people import passing_identity
from commons.intake import offering
from commons.intake.preparation import Input, PreparedRows
from commons.layout import Kind
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class CheckOutcome:
    """What became of each row, and the gate's report on those that pass; None when none does."""

    prepared: PreparedRows
    report: Report | None


def check(
    snapshot: Snapshot,
    inputs: Sequence[Input],
    kind: Kind = Kind.RECORD,
    resources: ComparisonResources | None = None,
    *,
    progress: Progress = silent,
) -> CheckOutcome:
    """Prepare the rows as ``contribute`` would, and run the gate on them.

    Raises:
        InputError: a file that cannot be read at all, or more rows than a contribution may hold.
    """
    prepared = offering.prepare(snapshot, inputs, kind, progress=progress)
    if not prepared.accepted:
        return CheckOutcome(prepared, None)
    # A key that nobody keeps: the report needs a sealed contribution, and this one goes nowhere.
    passing = SigningKey(Ed25519PrivateKey.generate())
    contribution = offering.seal(prepared, passing, snapshot.policy, passing_identity())
    return CheckOutcome(prepared, preview.report(contribution, snapshot, resources, progress=progress))
