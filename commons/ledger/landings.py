"""When each contribution was accepted: what the decisions in the log say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from commons import layout
from commons.ledger import fields, signed_statements
from commons.ledger.log import Log
from commons.ledger.statements import DecisionStatement


def times_in(log: Log, read: Callable[[str], bytes]) -> dict[str, datetime]:
    """Contribution (or key) id -> the time its decision names, UTC; ``read`` gives the bytes at a repository path.

    Raises:
        LedgerError: the log does not hold, or an envelope does not verify.
    """
    times = {}
    for leaf in log.leaves():
        if leaf.kind == DecisionStatement.kind:
            envelope = read(layout.envelope_path(leaf.envelope))
            signed = signed_statements.verify(envelope, DecisionStatement, commons=log.checkpoint.origin)
            times[signed.statement.about] = fields.moment(signed.statement.predicate.time)
    return times
