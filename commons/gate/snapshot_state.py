"""The state of a commons, read from a snapshot: the log says which statements took effect and which keys are still good.

A file of its own, so that the gate's child, which is handed the state, need not load what reads a snapshot.
"""

from __future__ import annotations

from commons.gate.commons_state import CommonsState
from commons.governance.log_audit import Refusal
from commons.ledger import signed_statements
from commons.ledger.statements import DecisionStatement, StatementKind
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
        refused=frozenset(refusals_in(snapshot)),
        maintainers=frozenset(key.key_id for key in snapshot.roles.maintainers),
        reviewers=frozenset(key.key_id for key in snapshot.roles.reviewers),
    )


def refusals_in(snapshot: Snapshot) -> dict[str, Refusal]:
    """Envelope -> its refusals: the last leaf, and everybody who refused.

    A refusal is a decision that no contribution or key statement of its commit stands before, so only such decisions are read.
    """
    refused: dict[str, Refusal] = {}
    proposed = False
    for index, leaf in enumerate(snapshot.log().leaves()):
        if leaf.kind in (StatementKind.CONTRIBUTION, StatementKind.KEY):
            proposed = True
        elif leaf.kind is StatementKind.INVENTORY:
            proposed = False
        elif leaf.kind is StatementKind.DECISION and not proposed:
            statement = _decision(snapshot, leaf.envelope)
            if statement.predicate.outcome == "refuse":
                earlier = refused.get(statement.envelope)
                persons = frozenset(statement.persons.values()) | (
                    earlier.persons if earlier else frozenset()
                )
                refused[statement.envelope] = Refusal(index, persons, statement.predicate.opened)
    return refused


def _decision(snapshot: Snapshot, envelope: str) -> DecisionStatement:
    origin = snapshot.policy.commons.origin
    return signed_statements.verify(snapshot.envelope(envelope), DecisionStatement, commons=origin).statement
