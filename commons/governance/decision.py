"""The decision on a proposal: a pure function of the policy, the roles, the report and the reviews.

The rules, in order:
1. a report that refuses is refused, whatever reviewers say;
2. only keys with a reviewing role count, for the person whom the roles name, and each person once (the latest word);
3. nobody's word counts on their own proposal where the rule says ``not_by = ["author"]``, whatever key it is signed with;
4. ``veto`` refusals refuse;
5. ``approve`` approvals accept, one more where the same envelope was refused before, once ``wait_hours`` have passed;
6. in the founding phase, while fewer persons hold a role than ``founding.members``, a maintainer's signature under her own proposal is an
   approval, and no more approvals are asked for than there are members;
7. otherwise it waits, and says for what.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commons.governance.policy import Policy
from commons.governance.roles import Roles
from commons.ledger.statements import StatementKind


class Outcome(StrEnum):
    ACCEPT = "accept"
    WAIT = "wait"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Vote:
    """One verified review of exactly this head and this envelope. Of generation 1 a key is its own person."""

    key_id: str
    approve: bool
    reason: str = ""
    person: str = ""


@dataclass(frozen=True)
class Author:
    """Who signed what is proposed."""

    key_id: str
    person: str


@dataclass(frozen=True)
class Decision:
    """``founding``: whether it rests on rule 6. ``missing``: approvals that it still waits for."""

    outcome: Outcome
    reasons: tuple[str, ...]
    founding: bool = False
    missing: int = 0


def decide(
    policy: Policy,
    roles: Roles,
    kind: StatementKind,
    *,
    refused_by_gate: Sequence[str],
    author: Author,
    votes: Sequence[Vote],
    opened_at: datetime,
    now: datetime,
    refused_before: bool = False,
    corrects: bool = False,
) -> Decision:
    """Accept, wait or refuse, with the reasons in words. ``votes`` stand in the order in which they were given.

    ``corrects``: a contribution that replaces records; those who wrote them have until the end of its waiting time to object.
    """
    if refused_by_gate:
        return Decision(Outcome.REFUSE, tuple(refused_by_gate))
    rule = policy.decision.rule(kind, corrects=corrects)
    own = is_founders_own(policy, roles, author)
    counted = counting(roles, votes, None if own or "author" not in rule.not_by else author)
    refusals = [vote for vote in counted if not vote.approve]
    if len(refusals) >= rule.veto:
        return Decision(Outcome.REFUSE, tuple(vote.reason or "refused by a reviewer" for vote in refusals))
    approvals = {vote.person for vote in counted if vote.approve}
    if own:
        approvals |= {roles.person_of(author.key_id)}
    needed = rule.approve + refused_before
    if own:
        needed = min(needed, len(roles.members))
    words = f"{len(approvals)} of {needed} approvals"
    if refused_before:
        words += ", one more than usual, because the same was refused before"
    if len(approvals) < needed:
        return Decision(Outcome.WAIT, (words,), own, needed - len(approvals))
    ready_at = opened_at + timedelta(hours=rule.wait_hours)
    if now < ready_at:
        what = "a correction, open to objections" if corrects else "open for review"
        return Decision(Outcome.WAIT, (f"{what} until {ready_at:%Y-%m-%d %H:%M} UTC",), own)
    reasons = [f"{words}, no veto"]
    if own and needed:
        reasons.append(founding_words(policy, roles))
    return Decision(Outcome.ACCEPT, tuple(reasons), own and needed > 0)


def refused_by(policy: Policy, roles: Roles, about: str, votes: Sequence[Vote]) -> frozenset[str]:
    """The persons who refuse, when they are enough by the rule for what the statement was ``about``: a key, a contribution, the commons."""
    kinds = {"kk1": StatementKind.KEY, "kc1": StatementKind.CONTRIBUTION}
    rule = policy.decision.rule(kinds.get(about[:3], StatementKind.INDEX))
    persons = frozenset(vote.person for vote in counting(roles, votes, None) if not vote.approve)
    return persons if len(persons) >= rule.veto else frozenset()


def refusal_stands(persons: Collection[str], roles: Roles, votes: Sequence[Vote]) -> bool:
    """Whether not all ``persons`` who refused something before have approved it since."""
    return bool(set(persons) - {vote.person for vote in counting(roles, votes, None) if vote.approve})


def is_founders_own(policy: Policy, roles: Roles, author: Author) -> bool:
    """Whether rule 6 holds for what ``author`` proposes."""
    members = roles.members
    is_founder = roles.is_maintainer(author.key_id) and roles.person_of(author.key_id) in members
    return is_founder and len(members) < policy.founding.members


def is_own(roles: Roles, key_id: str, author: Author) -> bool:
    """Whether ``key_id`` speaks for the person who proposes, as the statement or the roles name her."""
    return key_id == author.key_id or roles.person_of(key_id) in (
        author.person,
        roles.person_of(author.key_id),
    )


def founding_words(policy: Policy, roles: Roles) -> str:
    """Why a maintainer's own work may land."""
    members = len(roles.members)
    return f"founding phase: {members} of {policy.founding.members} members, so a maintainer's own work counts as approved by her"


def counting(roles: Roles, votes: Sequence[Vote], excluded: Author | None) -> list[Vote]:
    """The latest word of each person who may have one, under the name that the roles give them."""
    latest: dict[str, Vote] = {}
    for vote in votes:
        person = roles.person_of(vote.key_id)
        if not roles.may_review(vote.key_id) or person in roles.emeritus or vote.person not in ("", person):
            continue
        if excluded and is_own(roles, vote.key_id, excluded):
            continue
        latest[person] = Vote(vote.key_id, vote.approve, vote.reason, person)
    return list(latest.values())
