"""The audit of what was signed: every leaf's envelope, who was entitled to it, and every landing against the rules then in force.

Pure: leaves and envelopes come in, findings go out. The rules, in the order of the log:
 1. leaf 0 is a policy statement; it names the maintainers, and the checkpoint is signed by one of those in force at the end;
 2. every envelope is the one its leaf names, is of its leaf's kind, verifies, and was signed by a key not retired by then;
 3. statements are of generation 1 until a ``format`` leaf, or from the first leaf on of generation 2, and never go back;
 4. policy and roles statements are signed by a maintainer in force; their serial number rises by one, and they name what they replace;
 5. a decision is signed by one who is a maintainer still when it has taken effect, and reviews count when the roles in force entitle
    their signer; a retired key loses its roles to its successor;
 6. every contribution and every key statement is accepted by the decision that follows it, made by the policy in force; the reviews
    it counts are leaves and bind to it and to its head, and all such reviews in the log together satisfy ``decision.decide``;
 7. a refusal names the refusing reviews; what was refused needs one approval more, by reviewers who saw the refusal, unless who
    refused approves; the order is that of the leaves;
 8. an index is signed by a maintainer or a builder, an inventory too; each inventory follows the one before; a builder's commit, which is
    what stands between two inventories, brings nothing but indexes, and changes only parts of index, pages and data;
 9. nothing is accepted twice, and a kind that this version cannot judge is a problem, never passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commons import digests
from commons.errors import CommonsError, LedgerError
from commons.governance import decision, policy, roles, rules_in_force
from commons.governance.decision import Author, Decision, Outcome, Vote
from commons.governance.logged_refusals import NO_REFUSAL, Refusal
from commons.governance.policy import Policy
from commons.governance.roles import Roles
from commons.governance.rules_in_force import ReadEnvelope, roles_after
from commons.ledger import key_history, signed_statements
from commons.ledger.fields import moment
from commons.ledger.key_history import KeyHistory
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import SignedStatement
from commons.ledger.statements import (
    GENERATION,
    MODELS,
    ContributionStatement,
    DecisionStatement,
    FormatStatement,
    IndexStatement,
    InventoryStatement,
    KeyStatement,
    PolicyStatement,
    ReviewStatement,
    RolesStatement,
    Statement,
    StatementKind,
)
from commons.records import identity

# What a builder's commit may consist of, and which parts of the inventory it may change.
_BUILDERS_KINDS = frozenset({StatementKind.INDEX, StatementKind.INVENTORY})
_BUILDERS_PARTS = ("index", "pages", "data")


@dataclass(frozen=True)
class LandingGround:
    """What a landing was decided on. Which of them are corrections is known only to who has the rows too, and judges it again."""

    policy: Policy
    roles: Roles
    author: Author
    votes: Sequence[Vote]
    opened_at: datetime
    accepted_at: datetime
    refused_before: bool

    def decide(self, kind: StatementKind, *, corrects: bool = False) -> Decision:
        return decision.decide(
            self.policy,
            self.roles,
            kind,
            refused_by_gate=(),
            author=self.author,
            votes=self.votes,
            opened_at=self.opened_at,
            now=self.accepted_at,
            refused_before=self.refused_before,
            corrects=corrects,
        )


@dataclass
class AuditResult:
    """What the log says, read to its end; ``problems`` are (leaf index, sentence)."""

    root: str = ""
    generation: int = 1
    contributions: dict[str, SignedStatement[ContributionStatement]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)  # envelopes
    grounds: dict[str, LandingGround] = field(default_factory=dict)  # of accepted contributions, by their ids
    refused: dict[str, Refusal] = field(default_factory=dict)  # envelope -> the last refusal of it
    keys: KeyHistory = field(default_factory=KeyHistory)
    policy_sha256: str = ""
    policy_text: str = ""
    roles: Roles = field(default_factory=Roles)
    serial: int = 0
    indexes: dict[str, IndexStatement] = field(default_factory=dict)  # embedder -> the last build
    inventory: InventoryStatement | None = None
    inventory_envelope: str | None = None
    inventory_leaf: int = -1
    migrated_parts: dict[str, str] = field(
        default_factory=dict
    )  # of the inventory that came with a format leaf
    statements: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


class Auditor:
    """Reads a log from its first leaf to its last."""

    def __init__(self, origin: str, read: ReadEnvelope) -> None:
        self._origin = origin
        self._read = read
        self._result = AuditResult()
        self._policy: Policy | None = None
        self._migrated = False
        self._reviews: dict[str, tuple[int, SignedStatement[ReviewStatement]]] = {}
        self._pending: dict[str, tuple[str, Author]] = {}  # envelope -> (id it is about, who signed)
        self._key_statements: dict[str, SignedStatement[KeyStatement]] = {}
        self._commit: dict[StatementKind, int] = {}  # kind -> its first leaf since the last inventory

    def audit(self, leaves: Sequence[Leaf]) -> AuditResult:
        """Every leaf; what is wrong with one does not hide what is wrong with the next."""
        seen: set[str] = set()
        self._result.root = leaves[0].envelope if leaves else ""
        for index, leaf in enumerate(leaves):
            self._commit.setdefault(leaf.kind, index)
            for problem in self._problems(index, leaf, seen):
                self._result.problems.append((index, problem))
            if leaf.kind is StatementKind.INVENTORY:
                self._commit = {}
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
            yield from rules_in_force.objections_to_generation(
                signed.statement, index, self._result.generation
            )
            if index == 0 or isinstance(signed.statement, FormatStatement):
                self._result.generation = signed.statement.generation
            yield from self._take(index, signed)
        except CommonsError as error:
            yield error.message

    def _verified(self, leaf: Leaf) -> SignedStatement[Statement]:
        data = self._read(leaf.envelope)
        if hashlib.sha256(data).hexdigest() != leaf.envelope:
            raise LedgerError(
                f"The envelope {leaf.envelope} has other bytes than the log names.", code="envelope-changed"
            )
        return signed_statements.verify(data, MODELS[leaf.kind], commons=self._origin)

    def _take(self, index: int, signed: SignedStatement[Statement]) -> Iterator[str]:
        statement, key = signed.statement, signed.key
        if self._policy is None and not isinstance(statement, PolicyStatement):
            yield "the log does not begin with a policy"
        match statement:
            case PolicyStatement():
                yield from self._take_policy(index, SignedStatement(statement, key, signed.sha256_hex))
            case RolesStatement():
                yield from self._take_roles(SignedStatement(statement, key, signed.sha256_hex))
            case FormatStatement():
                yield from self._take_format(SignedStatement(statement, key, signed.sha256_hex))
            case ContributionStatement():
                yield from self._take_contribution(SignedStatement(statement, key, signed.sha256_hex))
                author = Author(key.key_id, statement.person)
                self._pending[signed.sha256_hex] = (statement.contribution, author)
            case KeyStatement():
                self._take_key(SignedStatement(statement, key, signed.sha256_hex))
            case ReviewStatement():
                if statement.predicate.size > index:
                    yield "the review speaks of a log longer than the one it stands in"
                self._reviews[signed.sha256_hex] = (index, SignedStatement(statement, key, signed.sha256_hex))
            case DecisionStatement() if statement.predicate.outcome == "refuse":
                yield from self._take_refusal(index, SignedStatement(statement, key, signed.sha256_hex))
            case DecisionStatement():
                yield from self._take_decision(index, SignedStatement(statement, key, signed.sha256_hex))
            case IndexStatement():
                yield from self._take_index(index, SignedStatement(statement, key, signed.sha256_hex))
            case InventoryStatement():
                yield from self._take_inventory(index, SignedStatement(statement, key, signed.sha256_hex))
            case _:
                yield f"a newer commons is needed to judge a statement of the kind {statement.kind.value}"

    # Rules

    def _take_policy(self, index: int, signed: SignedStatement[PolicyStatement]) -> Iterator[str]:
        predicate = signed.statement.predicate
        stated = hashlib.sha256(predicate.policy.encode()).hexdigest()
        if stated != signed.statement.subject[0].digest["sha256"]:
            yield "the policy in the statement is not the one it names"
        named = roles.parse_roles(predicate.roles.encode())
        entitled = named if index == 0 else self._result.roles
        if not entitled.is_maintainer(signed.key.key_id):
            yield f"the policy was signed by {signed.key.key_id}, who was no maintainer"
        yield from self._take_serial(signed.statement, self._result.policy_sha256 or None)
        self._policy = policy.parse(predicate.policy.encode())
        self._result.policy_sha256 = stated
        self._result.policy_text, self._result.roles = predicate.policy, named

    def _take_roles(self, signed: SignedStatement[RolesStatement]) -> Iterator[str]:
        predicate = signed.statement.predicate
        if not self._result.roles.is_maintainer(signed.key.key_id):
            yield f"the roles were signed by {signed.key.key_id}, who was no maintainer"
        if digests.sha256_hex(predicate.roles.encode()) != signed.statement.subject[0].digest["sha256"]:
            yield "the roles in the statement are not the ones it names"
        yield from self._take_serial(signed.statement, digests.sha256_hex(self._result.roles.to_bytes()))
        self._result.roles = roles.parse_roles(predicate.roles.encode())

    def _take_serial(self, statement: PolicyStatement | RolesStatement, before: str | None) -> Iterator[str]:
        serial, self._result.serial = self._result.serial, self._result.serial + 1
        yield from rules_in_force.objections_to_order(statement, serial, before)

    def _take_format(self, signed: SignedStatement[FormatStatement]) -> Iterator[str]:
        before, named = self._result.roles, roles.parse_roles(signed.statement.predicate.roles.encode())
        if not before.is_maintainer(signed.key.key_id):
            yield f"the format was signed by {signed.key.key_id}, who was no maintainer"
        yield from rules_in_force.objections_to_format(signed.statement, before)
        self._result.roles, self._migrated = named, True
        yield from self._other_commons(signed.statement.root)

    # What is proposed and decided

    def _take_contribution(self, signed: SignedStatement[ContributionStatement]) -> Iterator[str]:
        name = signed.statement.contribution
        if identity.contribution_id(signed.key.key_id, signed.statement.root) != name:
            yield f"{name} is not the id of what its signer signed"
        elif name in self._result.contributions:
            yield f"{name} stands in the log twice"
        else:
            self._result.contributions[name] = signed

    def _take_key(self, signed: SignedStatement[KeyStatement]) -> None:
        key_history.refuse_unentitled(
            signed, maintainers={key.key_id for key in self._result.roles.maintainers}
        )
        successor = signed.statement.successor
        if successor and successor.key_id in self._result.keys.retired:
            raise LedgerError(f"the successor {successor.key_id} had been retired", code="key-retired")
        self._key_statements[signed.sha256_hex] = signed
        author = Author(signed.key.key_id, signed.statement.person)
        self._pending[signed.sha256_hex] = (signed.statement.key.key_id, author)

    def _take_decision(self, index: int, signed: SignedStatement[DecisionStatement]) -> Iterator[str]:
        statement, predicate = signed.statement, signed.statement.predicate
        key_statement = self._key_statements.get(statement.envelope)
        before = self._result.roles
        after = roles_after(key_statement.statement, before) if key_statement else before
        if not after.is_maintainer(signed.key.key_id):
            yield f"the decision was signed by {signed.key.key_id}, who was no maintainer"
        yield from self._other_policy(statement)
        about, author = self._pending.pop(statement.envelope, ("", Author("", "")))
        if about != statement.about:
            yield "the decision accepts something that was not proposed before it"
            return
        votes = yield from self._votes(statement)
        refusal = self._result.refused.get(statement.envelope)
        if self._policy:
            stands = bool(refusal and decision.refusal_stands(refusal.persons, before, votes))
            opened, accepted = moment(predicate.opened), moment(predicate.time)
            ground = LandingGround(self._policy, before, author, votes, opened, accepted, stands)
            made = ground.decide(StatementKind.KEY if key_statement else StatementKind.CONTRIBUTION)
            if not key_statement:
                self._result.grounds[about] = ground
            if made.outcome is not Outcome.ACCEPT:
                yield f"the rules in force do not accept {about}: {'; '.join(made.reasons)}"
            if statement.generation == GENERATION and made.founding != predicate.founding:
                yield f"the decision on {about} does not say rightly whether the founding phase carries it"
        self._result.accepted.add(statement.envelope)
        if key_statement:
            self._result.keys.take(index, key_statement)
            self._result.roles = after

    def _take_refusal(self, index: int, signed: SignedStatement[DecisionStatement]) -> Iterator[str]:
        statement = signed.statement
        if not self._result.roles.is_maintainer(signed.key.key_id):
            yield f"the refusal was signed by {signed.key.key_id}, who was no maintainer"
            return
        yield from self._other_policy(statement)
        if statement.envelope in self._result.accepted or statement.envelope in self._pending:
            yield f"{statement.about} is refused after it was accepted"
        votes = yield from self._votes(statement)
        persons: frozenset[str] = frozenset()
        if self._policy:
            persons = decision.refused_by(self._policy, self._result.roles, statement.about, votes)
        if not persons:
            yield "the refusal names no review that refuses, or not enough of them"
        before = self._result.refused.get(statement.envelope, NO_REFUSAL)
        self._result.refused[statement.envelope] = before.again(index, persons, statement)

    def _other_policy(self, statement: DecisionStatement) -> Iterator[str]:
        if statement.predicate.policy != self._result.policy_sha256:
            yield "the decision was made by another policy than the one in force"

    def _votes(self, decided: DecisionStatement) -> Generator[str, None, list[Vote]]:
        """The votes on exactly what was decided: all that the log holds, whichever were counted, less what a refusal has overtaken."""
        refusal = self._result.refused.get(decided.envelope)
        bound = {
            envelope: (index, review)
            for envelope, (index, review) in self._reviews.items()
            if review.statement.envelope == decided.envelope
            and review.statement.predicate.head == decided.predicate.head
            and not (refusal and (index < refusal.leaf or review.statement.predicate.size <= refusal.leaf))
        }
        for envelope in decided.reviews:
            if envelope not in bound:
                yield f"the decision counts a review ({envelope[:12]}…) that is not of what it decides"
        for envelope, person in decided.persons.items():
            if envelope in bound and bound[envelope][1].statement.person != person:
                yield f"the decision names another person than the review ({envelope[:12]}…) does"
        if decided.generation == 1:
            ordered = sorted(bound.items(), key=lambda item: (item[1][1].statement.predicate.time, item[0]))
        else:
            ordered = sorted(bound.items(), key=lambda item: item[1][0])
        return [_vote(review) for _, (_, review) in ordered]

    # Builds and inventories

    def _take_index(self, index: int, signed: SignedStatement[IndexStatement]) -> Iterator[str]:
        predicate = signed.statement.predicate
        if not self._result.roles.may_build(signed.key.key_id):
            yield f"the index was signed by {signed.key.key_id}, who was neither maintainer nor builder"
        if predicate.size > index:
            yield "the index was built from a log longer than the one it stands in"
        if predicate.part != f"index/{predicate.embedder}":
            yield "the index names another part of the inventory than its own"
        yield from self._other_commons(signed.statement.root)
        self._result.indexes[predicate.embedder] = signed.statement

    def _take_inventory(self, index: int, signed: SignedStatement[InventoryStatement]) -> Iterator[str]:
        statement, before = signed.statement, self._result.inventory
        if not self._result.roles.may_build(signed.key.key_id):
            yield f"the inventory was signed by {signed.key.key_id}, who was neither maintainer nor builder"
        if statement.predicate.previous != self._result.inventory_envelope:
            yield "the inventory does not follow the one before it"
        parts, earlier = statement.predicate.parts, before.predicate.parts if before else {}
        changed = {name for name in parts.keys() | earlier.keys() if parts.get(name) != earlier.get(name)}
        if before is None and self._migrated:
            self._result.migrated_parts = parts
        if not self._result.roles.is_maintainer(signed.key.key_id):
            for name in sorted(name for name in changed if name.split("/")[0] not in _BUILDERS_PARTS):
                yield f"a builder changed {name}, which only a maintainer may"
            for kind in self._commit.keys() - _BUILDERS_KINDS:
                yield f"a builder brought a {kind.value} statement (leaf {self._commit[kind]}), which only a maintainer may"
        yield from self._other_commons(statement.root)
        self._result.inventory, self._result.inventory_leaf = statement, index
        self._result.inventory_envelope = signed.sha256_hex

    def _other_commons(self, root: str) -> Iterator[str]:
        if root != self._result.root:
            yield "it was signed for a commons with another root"


def _vote(review: SignedStatement[ReviewStatement]) -> Vote:
    statement = review.statement
    person = "" if statement.generation == 1 else statement.person
    return Vote(review.key.key_id, statement.predicate.verdict == "approve", person=person)
