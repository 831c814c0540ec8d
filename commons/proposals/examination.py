"""A proposal at one head: what it would change, what the gate says of it, its reviews, and where they lead.

    examined = examination.examine(repository, 12)        reads main, the proposal and its head, once
    examined.report, examined.reviews, examined.decision

This is the one road that showing, reviewing, adopting, landing and the bot begin with. Everything is read at one commit of ``main`` and
one commit of the proposal, and what costs (the gate, the conversation, tables that were added by hand) is worked out when it is first
asked for. Who acts on it acts on exactly this head: ``refuse_moved`` is asked last before anything changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from commons import layout
from commons.errors import CommonsError, HubError, ProposalError
from commons.gate import child_process, corrections, index_offer, snapshot_state
from commons.gate import examine as gate
from commons.gate.commons_state import CommonsState
from commons.gate.comparison import compare
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.findings import Finding, Severity
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance import decision
from commons.governance.decision import Author, Decision
from commons.governance.logged_refusals import Refusal
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.layout import Need
from commons.ledger.statements import StatementKind
from commons.progress import Progress, silent
from commons.proposals import open_offers, reviews, unsigned_proposal
from commons.proposals.index_proposal import IndexProposal
from commons.proposals.reviews import Review, ReviewGround
from commons.proposals.unsigned_proposal import UnsignedProposal
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class Examination:
    """A proposal at ``proposal.head`` beside ``snapshot``, the commons as it was then; without ``resources`` it is not compared with it."""

    repository: Repository
    proposal: Proposal
    snapshot: Snapshot
    offer: Offer
    resources: ComparisonResources | None = None
    progress: Progress = field(default=silent, repr=False, compare=False)

    @cached_property
    def state(self) -> CommonsState:
        """What the commons holds already."""
        return snapshot_state.of(self.snapshot)

    @cached_property
    def report(self) -> Report:
        """The gate's, on exactly this head."""
        if self.index:
            return self.index.report(self.state)
        checked = child_process.examine(
            self.offer, self.snapshot.policy_bytes, self.state, head=self.proposal.head
        )
        checked = corrections.examine(checked, self.snapshot)
        if self.resources is None:
            return checked
        compared = compare.compare(checked, self.snapshot, self.resources, progress=self.progress)
        return replace(compared, findings=(*compared.findings, *self._offered_elsewhere(self.resources)))

    def _offered_elsewhere(self, resources: ComparisonResources) -> list[Finding]:
        """Which other open proposals offer rows of this one."""
        if not self.proposal.is_open:
            return []
        place = resources.memory / "offers"
        ids = open_offers.ids_of(self.repository, self.proposal, place)
        if not ids:
            return []
        others = open_offers.read(self.repository, place, but=self.proposal.number, progress=self.progress)
        return open_offers.repetitions(others, ids)

    @cached_property
    def index(self) -> IndexProposal | None:
        """The index that is proposed, where it is one."""
        if not self.offer.index:
            return None
        return IndexProposal(self.repository, self.proposal, self.snapshot, self.offer)

    @cached_property
    def reviews(self) -> tuple[Review, ...]:
        """Every review in the conversation whose signature holds, of this head or another."""
        report = self.report
        return reviews.read(
            self.proposal, self.ground, report.contribution, report.statement_digest or "nothing"
        )

    @cached_property
    def ground(self) -> ReviewGround:
        """What reviews are held against, here and under other proposals."""
        return ReviewGround.of(self.repository, self.snapshot)

    @cached_property
    def author(self) -> Author:
        """Who signed what is proposed; of an index, who proposes it."""
        return Author(self.report.author_key_id, self.report.author_person)

    @cached_property
    def refusal(self) -> Refusal | None:
        """What the log has against the very envelope that is proposed."""
        return self.ground.refusals.get(self.report.statement_digest)

    @cached_property
    def refusal_stands(self) -> bool:
        """Whether it needs one approval more, because not everybody who refused the same before has approved it since."""
        votes = [review.vote for review in self.reviews if review.bound]
        roles = self.snapshot.roles
        return bool(self.refusal and decision.refusal_stands(self.refusal.persons, roles, votes))

    @cached_property
    def decision(self) -> Decision:
        """Where report, rule and reviews lead at this moment."""
        return decision.decide(
            self.snapshot.policy,
            self.snapshot.roles,
            self.report.kind or StatementKind.CONTRIBUTION,
            refused_by_gate=self.report.refusals(),
            author=self.author,
            votes=[review.vote for review in self.reviews if review.bound],
            opened_at=self.proposal.opened_at,
            now=datetime.now(UTC),
            refused_before=self.refusal_stands,
            corrects=self.corrects,
        )

    @property
    def corrects(self) -> bool:
        """Whether it replaces records of the commons."""
        return self.report.impact.replaced > 0

    @cached_property
    def unsigned(self) -> UnsignedProposal | None:
        """What its tables hold, when it was not made with our client."""
        return unsigned_proposal.look(self.repository, self.proposal, self.offer, self.snapshot, self.state)

    @cached_property
    def landed_before(self) -> str:
        """The contribution, envelope or index of this proposal that is on ``main`` already: a landing was killed before it closed it."""
        if self.index:
            return self.index.name if self.index.is_on_main else ""
        for path in self.offer.sizes:
            contribution, envelope = layout.parse_openings(path), layout.parse_envelope(path)
            if contribution in self.state.contributions or envelope in self.state.envelopes:
                return contribution or envelope or ""
        return ""

    def with_conversation_of_now(self) -> Examination:
        """The same examination with the comments that stand under the proposal now; the report is not made again."""
        now = self.repository.proposal(self.proposal.number)
        renewed = replace(self, proposal=replace(now, head=self.proposal.head))
        renewed.__dict__.update(
            {name: self.__dict__[name] for name in ("state", "report") if name in self.__dict__}
        )
        return renewed

    def with_findings(self, findings: Iterable[Finding]) -> Examination:
        """The same examination, with these findings in its report too."""
        report = replace(self.report, findings=(*self.report.findings, *findings))
        renewed = replace(self)
        renewed.__dict__.update({**self.__dict__, "report": report})
        return renewed

    def refuse_non_reviewer(self, key_id: str) -> None:
        """Raise CommonsError (``not-a-reviewer``) unless the key holds a role that may review."""
        if not self.snapshot.roles.may_review(key_id):
            raise CommonsError(
                f"The key {key_id} has no word on proposals here.",
                hint="Reviewers and maintainers are listed in governance/roles.json.",
                code="not-a-reviewer",
            )

    def refuse_emeritus(self, key_id: str) -> None:
        """Raise CommonsError (``not-a-reviewer``) where the key's person has handed her word back, though the key still holds its role."""
        if self.snapshot.roles.person_of(key_id) in self.snapshot.roles.emeritus:
            raise CommonsError(
                f"The key {key_id} belongs to an emeritus, who has no word in decisions any more.",
                hint="Reviewers and maintainers are listed in governance/roles.json.",
                code="not-a-reviewer",
            )

    def refuse_other_account(self, key_id: str) -> None:
        """Raise CommonsError (``other-account``) unless the token's account is one of the key's person: a review counts only from there."""
        account, person = self.repository.account(), self.snapshot.roles.person_of(key_id)
        if self.state.accounts.get(account) != person:
            raise CommonsError(
                f"The key {key_id} is not the key of {account}, and a review counts only from its signer's own account.",
                hint="Use the token of the account that the key belongs to, or the key of this account.",
                code="other-account",
            )

    def refuse_own(self, key_id: str) -> None:
        """Raise CommonsError (``own-proposal``) where the key's person may have no word because it is her own proposal."""
        snapshot = self.snapshot
        kind = self.report.kind or StatementKind.CONTRIBUTION
        rule = snapshot.policy.decision.rule(kind, corrects=self.corrects)
        if "author" not in rule.not_by or not decision.is_own(snapshot.roles, key_id, self.author):
            return
        if decision.is_founders_own(snapshot.policy, snapshot.roles, self.author):
            return
        raise CommonsError(
            f"Proposal {self.proposal.number} is your own, and nobody's word counts on their own proposal here, whatever key signs it.",
            hint="Another reviewer or maintainer has to approve it; governance/roles.json lists their keys.",
            code="own-proposal",
        )

    def refuse_other_head(self, head: str) -> None:
        """Raise ProposalError (``head-moved``, with what changed) unless ``head`` is the one that was examined."""
        if head != self.proposal.head:
            raise ProposalError(
                f"Proposal {self.proposal.number} is at {self.proposal.head[:12]} now, not at {head[:12] or 'any head'} any more: "
                f"{self._changes_since(head)}.",
                hint=f"Look at it again: commons show {self.proposal.number}",
                code="head-moved",
            )

    def _changes_since(self, head: str) -> str:
        """What is there now that was not, in words."""
        try:
            before = self.repository.files(head)
        except HubError:
            return "the former head is no longer there"
        after = self.repository.files(self.proposal.head)
        added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        changed = sorted(
            path for path in before.keys() & after.keys() if before[path].digest != after[path].digest
        )
        listed = [
            f"{len(paths):,} {word}, {paths[0]} among them"
            for word, paths in (("added", added), ("removed", removed), ("changed", changed))
            if paths
        ]
        return "; ".join(listed) or "the same files under another commit"

    def refuse_moved(self) -> None:
        """Raise ProposalError (``head-moved``) unless this is still the proposal's head."""
        if self.repository.head(f"refs/pr/{self.proposal.number}") != self.proposal.head:
            raise ProposalError(
                f"Proposal {self.proposal.number} has moved since it was examined.",
                hint=f"commons show {self.proposal.number}",
                code="head-moved",
            )


def examine(
    repository: Repository,
    number: int,
    resources: ComparisonResources | None = None,
    *,
    need: Need | None = None,
    only_open: bool = False,
    progress: Progress = silent,
) -> Examination:
    """Proposal ``number`` as it stands now. With ``resources`` its report compares it with the commons; ``need`` is for who needs more.

    Raises:
        ProposalError: with ``only_open``, it is closed (``proposal-closed``).
        PolicyError: somebody edited the rules by hand (``rules-edited``); LedgerError: the format is an older one (``format-older``).
        HubError: it shares no commit with main (``unrelated-history``), or cannot be read.
    """
    snapshot = snapshots.take(repository, need=need or (Need.COMPARING if resources else Need.CHECKING))
    snapshot.refuse_unwritable()
    proposal = repository.proposal(number)
    if only_open:
        refuse_closed(proposal)
    offer = _fetch(repository, proposal, snapshot.policy)
    if offer.index:
        snapshot = snapshot.with_files(Need.BUILDING)
    return Examination(repository, proposal, snapshot, offer, resources, progress)


def refuse_closed(proposal: Proposal) -> None:
    """Raise ProposalError (``proposal-closed``)."""
    if not proposal.is_open:
        raise ProposalError(
            f"Proposal {proposal.number} is {proposal.status} already.", code="proposal-closed"
        )


def _fetch(repository: Repository, proposal: Proposal, policy: Policy) -> Offer:
    """The files the proposal adds at its head, and what else it touches; or the index that it offers.

    Bytes are fetched by commit, never by ref, and only when paths and sizes are in order.
    """
    base = _merge_base(repository, proposal)
    before, after = repository.files(base), repository.files(proposal.head)
    added = {path: file for path, file in after.items() if path not in before}
    changed = [
        path for path, file in before.items() if path not in after or after[path].digest != file.digest
    ]
    proposer = repository.account(proposal.author)
    if slug := index_offer.slug_of((*added, *changed)):
        folder = layout.index_folder(slug)
        whole = {path: file.size for path, file in after.items() if path.startswith(folder)}
        return Offer({}, whole, proposer=proposer, index=slug)
    sizes = {path: file.size for path, file in added.items()}
    offer = Offer({}, sizes, tuple(sorted(changed)), proposer)
    if any(finding.severity is Severity.REFUSE for finding in gate.precheck(offer, policy)):
        return offer
    files = {path: repository.read(file, proposal.head) for path, file in sorted(added.items())}
    return replace(offer, files=files)


def _merge_base(repository: Repository, proposal: Proposal) -> str:
    on_main = set(repository.history("main"))
    for sha in repository.history(proposal.head):
        if sha in on_main:
            return sha
    raise HubError(
        f"Proposal {proposal.number} shares no commit with main.",
        hint="Close it and run commons contribute again.",
        code="unrelated-history",
    )
