"""The state of a commons, read from a snapshot: the log says which statements took effect and which keys are still good.

A file of its own, so that the gate's child, which is handed the state, need not load what reads a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable

from commons import layout
from commons.gate.commons_state import CommonsState
from commons.ledger import signed_statements
from commons.ledger.key_history import KeyHistory
from commons.ledger.log import Leaf
from commons.ledger.statements import KeyStatement, StatementKind
from commons.snapshots.snapshot import Snapshot


def of(snapshot: Snapshot) -> CommonsState:
    """The state at the snapshot's revision.

    Raises:
        LedgerError: the log does not hold.
    """
    leaves = list(snapshot.log().leaves())
    return CommonsState(
        ids=snapshot.row_ids(),
        contributions=frozenset(snapshot.openings()),
        envelopes=frozenset(leaf.envelope for leaf in leaves),
        retired_keys=keys_of(snapshot, leaves).retired,
        maintainers=frozenset(key.key_id for key in snapshot.roles.maintainers),
        reviewers=frozenset(key.key_id for key in snapshot.roles.reviewers),
    )


def keys_of(snapshot: Snapshot, leaves: Iterable[Leaf]) -> KeyHistory:
    """Which keys are good, from the key statements in the log.

    Who was entitled to them was asked when they landed, by the roles of that day, and is asked again by every audit.
    """
    history = KeyHistory()
    for index, leaf in enumerate(leaves):
        if leaf.kind is StatementKind.KEY:
            envelope = snapshot.fetch(layout.envelope_path(leaf.envelope))
            history.take(
                index, signed_statements.verify(envelope, KeyStatement, commons=snapshot.policy.commons.origin)
            )
    return history
