"""When each contribution was accepted: what the decisions in the log say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from commons import layout
from commons.ledger import fields, signed_statements
from commons.ledger.log import Log
from commons.ledger.statements import DecisionStatement

_AT_ONCE = 64  # envelopes that are asked for together


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


def time_of(
    log: Log, read_all: Callable[[Sequence[str]], dict[str, bytes]], contribution: str
) -> datetime | None:
    """When this one was accepted, UTC; None where no decision says so. The newest decisions are looked at first.

    Raises:
        LedgerError: as ``times_in``; CommonsError: an envelope that cannot be read.
    """
    paths = [
        layout.envelope_path(leaf.envelope) for leaf in log.leaves() if leaf.kind == DecisionStatement.kind
    ]
    for end in range(len(paths), 0, -_AT_ONCE):
        for envelope in read_all(paths[max(0, end - _AT_ONCE) : end]).values():
            signed = signed_statements.verify(envelope, DecisionStatement, commons=log.checkpoint.origin)
            if signed.statement.about == contribution and signed.statement.predicate.outcome == "accept":
                return fields.moment(signed.statement.predicate.time)
    return None
