"""The decision on a proposal: a pure function of the policy, the report and the reviews.

The rules, in order:
1. a report that refuses is refused, whatever reviewers say;
2. only keys with a reviewing role count, each once (its latest word), and never the author's own;
3. ``veto`` refusals refuse;
4. ``approve`` approvals accept, once ``wait_hours`` have passed since the proposal opened;
5. otherwise it waits, and says for what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commons.governance.policy import ReviewRule
from commons.governance.roles import Roles


class Outcome(StrEnum):
    ACCEPT = "accept"
    WAIT = "wait"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Vote:
    """One verified review of exactly this head and this contribution."""

    key_id: str
    approve: bool
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    reasons: tuple[str, ...]


def decide(
    rule: ReviewRule,
    roles: Roles,
    *,
    refused_by_gate: Sequence[str],
    author_key_id: str,
    votes: Sequence[Vote],
    opened_at: datetime,
    now: datetime,
) -> Decision:
    """Accept, wait or refuse, with the reasons in words. ``refused_by_gate`` lists the gate's refusals."""
    if refused_by_gate:
        return Decision(Outcome.REFUSE, tuple(refused_by_gate))
    counted = _counted(roles, votes, author_key_id if "author" in rule.not_by else "")
    refusals = [vote for vote in counted if not vote.approve]
    if len(refusals) >= rule.veto:
        return Decision(Outcome.REFUSE, tuple(vote.reason or "refused by a reviewer" for vote in refusals))
    approvals = len(counted) - len(refusals)
    if approvals < rule.approve:
        return Decision(Outcome.WAIT, (f"{approvals} of {rule.approve} approvals",))
    ready_at = opened_at + timedelta(hours=rule.wait_hours)
    if now < ready_at:
        return Decision(Outcome.WAIT, (f"open for review until {ready_at:%Y-%m-%d %H:%M} UTC",))
    return Decision(Outcome.ACCEPT, (f"{approvals} of {rule.approve} approvals, no veto",))


def _counted(roles: Roles, votes: Sequence[Vote], excluded_key_id: str) -> list[Vote]:
    latest = {vote.key_id: vote for vote in votes if roles.may_review(vote.key_id)}
    latest.pop(excluded_key_id, None)
    return list(latest.values())
