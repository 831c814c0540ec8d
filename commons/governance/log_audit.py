"""The audit of what was signed: every leaf's envelope, who was entitled to it, and every landing against the rules then in force.

Pure: leaves and envelopes come in, findings go out. The rules, in the order of the log:
1. leaf 0 is a policy statement; it names the maintainers, and the checkpoint is signed by one of those in force at the end;
2. every envelope is the one its leaf names, is of its leaf's kind, verifies, and was signed by a key not retired by then;
3. policy statements are signed by a maintainer in force, a decision by one who still is when it has taken effect, and reviews count
   when the roles in force entitle their signer; a retired key loses its roles to its successor;
4. every contribution and every key statement is accepted by the decision that follows it, made by the policy in force; the reviews
   it counts are leaves and bind to it and to its head, and all such reviews in the log together satisfy ``decision.decide``;
5. nothing is accepted twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from commons.errors import CommonsError, LedgerError
from commons.governance import decision, policy, roles
from commons.governance.decision import Outcome, Vote
from commons.governance.policy import Policy
from commons.governance.roles import RoleKey, Roles
from commons.ledger import key_history, statements
from commons.ledger.key_history import KeyHistory
from commons.ledger.log import Leaf
from commons.ledger.statements import (
    MODELS,
    ContributionStatement,
    DecisionStatement,
    KeyStatement,
    PolicyStatement,
    ReviewStatement,
    SignedStatement,
    Statement,
    StatementKind,
)
from commons.records import identity

ReadEnvelope = Callable[[str], bytes]  # SHA-256 in hex -> bytes; raises CommonsError when there is none


@dataclass
class AuditResult:
    """What the log says, read to its end; ``problems`` are (leaf index, sentence)."""

    contributions: dict[str, SignedStatement[ContributionStatement]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)  # envelopes
    keys: KeyHistory = field(default_factory=KeyHistory)
    policy_sha256: str = ""
    policy_text: str = ""
    roles: Roles = field(default_factory=Roles)
    statements: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


class Auditor:
    """Reads a log from its first leaf to its last."""

    def __init__(self, origin: str, read: ReadEnvelope) -> None:
        self._origin = origin
        self._read = read
        self._result = AuditResult()
        self._policy: Policy | None = None
        self._roles = Roles()
        self._reviews: dict[str, SignedStatement[ReviewStatement]] = {}
        self._pending: dict[str, tuple[str, str]] = {}  # envelope -> (id it is about, author key)
        self._key_statements: dict[str, SignedStatement[KeyStatement]] = {}

    def audit(self, leaves: Sequence[Leaf]) -> AuditResult:
        """Every leaf; what is wrong with one does not hide what is wrong with the next."""
        seen: set[str] = set()
        for index, leaf in enumerate(leaves):
            for problem in self._problems(index, leaf, seen):
                self._result.problems.append((index, problem))
            seen.add(leaf.envelope)
        for envelope, (about, _) in self._pending.items():
            self._result.problems.append(
                (len(leaves), f"{about} ({envelope[:12]}…) is in the log but was never accepted")
            )
        self._result.statements = len(leaves)
        return self._result

    def _problems(self, index: int, leaf: Leaf, seen: set[str]) -> Iterator[str]:
        if leaf.envelope in seen:
            yield "the same statement stands in the log twice"
            return
        try:
            signed = self._verified(leaf)
            if not self._result.keys.was_good(signed.key.key_id, index):
                yield f"the key {signed.key.key_id} had been retired"
            yield from self._take(index, signed)
        except CommonsError as error:
            yield error.message

    def _verified(self, leaf: Leaf) -> SignedStatement[Statement]:
        data = self._read(leaf.envelope)
        if hashlib.sha256(data).hexdigest() != leaf.envelope:
            raise LedgerError(
                f"The envelope {leaf.envelope[:12]}… has other bytes than the log names.",
                code="envelope-changed",
            )
        signed: SignedStatement[Statement] = statements.verify(data, MODELS[leaf.kind], commons=self._origin)
        return signed

    def _take(self, index: int, signed: SignedStatement[Statement]) -> Iterator[str]:
        statement = signed.statement
        if self._policy is None and not isinstance(statement, PolicyStatement):
            yield "the log does not begin with a policy"
        match statement:
            case PolicyStatement():
                yield from self._take_policy(index, SignedStatement(statement, signed.key, signed.sha256_hex))
            case ContributionStatement():
                yield from self._take_contribution(SignedStatement(statement, signed.key, signed.sha256_hex))
                self._pending[signed.sha256_hex] = (statement.contribution, signed.key.key_id)
            case KeyStatement():
                self._take_key(SignedStatement(statement, signed.key, signed.sha256_hex))
            case ReviewStatement():
                self._reviews[signed.sha256_hex] = SignedStatement(statement, signed.key, signed.sha256_hex)
            case DecisionStatement():
                yield from self._take_decision(
                    index, SignedStatement(statement, signed.key, signed.sha256_hex)
                )

    def _take_contribution(self, signed: SignedStatement[ContributionStatement]) -> Iterator[str]:
        name = signed.statement.contribution
        if identity.contribution_id(signed.key.key_id, signed.statement.root) != name:
            yield f"{name} is not the id of what its signer signed"
        elif name in self._result.contributions:
            yield f"{name} stands in the log twice"
        else:
            self._result.contributions[name] = signed

    def _take_policy(self, index: int, signed: SignedStatement[PolicyStatement]) -> Iterator[str]:
        predicate = signed.statement.predicate
        stated = hashlib.sha256(predicate.policy.encode()).hexdigest()
        if stated != signed.statement.subject[0].digest["sha256"]:
            yield "the policy in the statement is not the one it names"
        named = roles.parse_roles(predicate.roles.encode())
        entitled = named if index == 0 else self._roles
        if not entitled.is_maintainer(signed.key.key_id):
            yield f"the policy was signed by {signed.key.key_id}, who was no maintainer"
        self._policy, self._roles = policy.parse(predicate.policy.encode()), named
        self._result.policy_sha256 = stated
        self._result.policy_text, self._result.roles = predicate.policy, named

    def _take_key(self, signed: SignedStatement[KeyStatement]) -> None:
        key_history.refuse_unentitled(signed, maintainers={key.key_id for key in self._roles.maintainers})
        successor = signed.statement.successor
        if successor and successor.key_id in self._result.keys.retired:
            raise LedgerError(f"the successor {successor.key_id} had been retired", code="key-retired")
        self._key_statements[signed.sha256_hex] = signed
        self._pending[signed.sha256_hex] = (signed.statement.key.key_id, signed.key.key_id)

    def _take_decision(self, index: int, signed: SignedStatement[DecisionStatement]) -> Iterator[str]:
        statement, predicate = signed.statement, signed.statement.predicate
        key_statement = self._key_statements.get(statement.envelope)
        after = roles_after(key_statement.statement, self._roles) if key_statement else self._roles
        if not after.is_maintainer(signed.key.key_id):
            yield f"the decision was signed by {signed.key.key_id}, who was no maintainer"
        if predicate.policy != self._result.policy_sha256:
            yield "the decision was made by another policy than the one in force"
        about, author = self._pending.pop(statement.envelope, ("", ""))
        if about != statement.about:
            yield "the decision accepts something that was not proposed before it"
            return
        votes = yield from self._votes(statement)
        if self._policy:
            made = decision.decide(
                self._policy.decision.rule(
                    StatementKind.KEY if key_statement else StatementKind.CONTRIBUTION
                ),
                self._roles,
                refused_by_gate=(),
                author_key_id=author,
                votes=votes,
                opened_at=statements.moment(predicate.opened),
                now=statements.moment(predicate.time),
            )
            if made.outcome is not Outcome.ACCEPT:
                yield f"the rules in force do not accept {about}: {'; '.join(made.reasons)}"
        self._result.accepted.add(statement.envelope)
        if key_statement:
            self._result.keys.take(index, key_statement)
            self._roles = self._result.roles = after

    def _votes(self, decided: DecisionStatement) -> Generator[str, None, list[Vote]]:
        """The votes on exactly what was decided, in the order of signing: all that the log holds, whichever were counted."""
        bound = {
            envelope: review
            for envelope, review in self._reviews.items()
            if review.statement.envelope == decided.envelope
            and review.statement.predicate.head == decided.predicate.head
        }
        for envelope in decided.predicate.reviews:
            if envelope not in bound:
                yield f"the decision counts a review ({envelope[:12]}…) that is not of what it accepts"
        ordered = sorted(bound.items(), key=lambda item: (item[1].statement.predicate.time, item[0]))
        return [
            Vote(review.key.key_id, review.statement.predicate.verdict == "approve") for _, review in ordered
        ]


def roles_after(statement: KeyStatement, before: Roles) -> Roles:
    """What a key statement that takes effect makes of the roles."""
    if statement.predicate.action == "register":
        return before
    successor = statement.successor
    return before.after(statement.key.key_id, RoleKey.of(successor) if successor else None)
