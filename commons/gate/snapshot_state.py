"""The state of a commons, read from a snapshot: the log says which statements took effect and which keys are still good.

A file of its own, so that the gate's child, which is handed the state, need not load what reads a snapshot.
"""

from __future__ import annotations

from commons.gate.commons_state import CommonsState
from commons.snapshots.snapshot import Snapshot


def of(snapshot: Snapshot) -> CommonsState:
    """The state at the snapshot's revision.

    Raises:
        LedgerError: the log does not hold.
    """
    leaves = list(snapshot.log().leaves())
    rules = snapshot.rules
    return CommonsState(
        ids=snapshot.row_ids(),
        contributions=frozenset(snapshot.openings()),
        envelopes=frozenset(leaf.envelope for leaf in leaves),
        retired_keys=rules.keys.retired,
        accounts=snapshot.people_table.accounts(),
        keys=snapshot.people_table.keys(),
        refused=frozenset(snapshot.refusals),
        maintainers=frozenset(key.key_id for key in snapshot.roles.maintainers),
        reviewers=frozenset(key.key_id for key in snapshot.roles.reviewers),
    )
