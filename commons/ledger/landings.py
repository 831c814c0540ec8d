"""Landings: where in the log each contribution stands, and when it was accepted.

    landings.in_log(snapshot.log(), snapshot.read)["kc1…"].index        what ``commons prove`` proves a row of it by

Decisions say when, the contributions' own statements where. Who may review is known only to who reads the rules (``snapshots.snapshot``
does), and handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from commons import layout
from commons.ledger import fields, signed_statements
from commons.ledger.log import Log
from commons.ledger.statements import ContributionStatement, DecisionStatement

_AT_ONCE = 64  # envelopes that are asked for together
ReviewersAt = Callable[[int], Collection[str]]  # leaf index -> the key ids that might review then


@dataclass(frozen=True)
class Acceptance:
    """When something was accepted, UTC; of a contribution also the leaf of its own statement, and whether a reviewer signed that."""

    time: datetime
    index: int | None = None
    by_reviewer: bool = False


@dataclass(frozen=True)
class LogPosition:
    """Where the log has a record: the leaf of its contribution, its place among the rows of that, and when it landed."""

    index: int
    ordinal: int
    landed: datetime


def in_log(
    log: Log, read: Callable[[str], bytes], reviewers_at: ReviewersAt = lambda _: ()
) -> dict[str, Acceptance]:
    """Contribution (or key) id -> its landing, in the order of the decisions; ``read`` gives the bytes at a repository path.

    Raises:
        LedgerError: the log does not hold, or an envelope does not verify.
    """
    times: dict[str, datetime] = {}
    leaves: dict[str, tuple[int, bool]] = {}
    for index, leaf in enumerate(log.leaves()):
        if leaf.kind == DecisionStatement.kind:
            envelope = read(layout.envelope_path(leaf.envelope))
            signed = signed_statements.verify(envelope, DecisionStatement, commons=log.checkpoint.origin)
            times[signed.statement.about] = fields.moment(signed.statement.predicate.time)
        elif leaf.kind == ContributionStatement.kind:
            envelope = read(layout.envelope_path(leaf.envelope))
            offered = signed_statements.verify(envelope, ContributionStatement, commons=log.checkpoint.origin)
            by_reviewer = offered.key.key_id in reviewers_at(index)
            leaves.setdefault(offered.statement.contribution, (index, by_reviewer))
    return {name: Acceptance(time, *leaves.get(name, ())) for name, time in times.items()}


def time_of(
    log: Log, read_all: Callable[[Sequence[str]], dict[str, bytes]], contribution: str
) -> datetime | None:
    """When this one was accepted, UTC; None where no decision says so. The newest decisions are looked at first.

    Raises:
        LedgerError: as ``in_log``; CommonsError: an envelope that cannot be read.
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
