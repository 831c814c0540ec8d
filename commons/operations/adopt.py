"""Adopt: what somebody proposed by hand becomes a contribution that a reviewer signs.

    adopted = adopt.adopt(repository, 7, key, mapping=mapping)

The rows are read in a sandbox and normalised like those of ``contribute``; a new proposal is opened that refers to the old one, and the old
one is closed with a link. The reviewer signs, because somebody must answer for licence and sources; the statement names the proposal that
the rows come from, and when it lands, the Hub user who opened that proposal is named as author in the erasable people table. The reviewer
then counts as the signer, so a policy that lets nobody review their own contributions asks another reviewer to approve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from commons import layout
from commons.errors import AccessError, CommonsError, InputError
from commons.escaping import escape
from commons.gate import child_process
from commons.gate.findings import Finding
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.gate.wording import conjunction
from commons.governance.people import SignerIdentity
from commons.hub.repository import Proposal, Repository
from commons.intake.mapping import Mapping
from commons.ledger import contributions
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.ledger.statements import AdoptedProposal
from commons.progress import Progress, silent
from commons.proposals import examination, unsigned_proposal
from commons.proposals.examination import Examination
from commons.proposals.unsigned_proposal import OPTION_OF, WORDS_OF, UnsignedProposal

_STEPS = 4  # read the proposal, its tables, check, open


@dataclass(frozen=True)
class Adoption:
    """What was taken; ``proposal`` is the new one, or None when the gate refused or it was a dry run.

    ``closed``: the old one is closed; the Hub lets nobody do that but its author and who may write.
    """

    taken: UnsignedProposal
    contribution: Contribution
    report: Report
    proposal: Proposal | None
    closed: bool


def adopt(
    repository: Repository,
    number: int,
    key: SigningKey,
    identity: SignerIdentity,
    *,
    mapping: Mapping,
    collection: str = "",
    accept_partial: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Adoption:
    """Adopt proposal ``number``.

    Raises:
        CommonsError: it is closed (``proposal-closed``), signed already (``signed-already``), was adopted before (``adopted-already``), or
            the key holds no reviewing role (``not-a-reviewer``).
        InputError: no table, no row that passes, or rows that do not (``rows-refused``) without ``accept_partial``.
    """

    def step(done: int) -> None:
        progress(f"Adopting proposal {number}", done, _STEPS)

    step(0)
    examined = examination.examine(repository, number, only_open=True)
    examined.refuse_non_reviewer(key.public.key_id)
    _refuse_signed(examined)
    if before := _adopted_before(examined):
        closed = not dry_run and _close(repository, examined.proposal, _adopted(before))
        raise CommonsError(
            f"You adopted proposal {number} as proposal {before.number}"
            + (
                "; the old one is closed now."
                if closed
                else "; its author or a maintainer may close the old one."
            ),
            hint=f"commons show {before.number}",
            code="adopted-already",
        )
    step(1)
    taken = unsigned_proposal.take(
        repository,
        examined.proposal,
        examined.offer,
        examined.snapshot,
        examined.state,
        mapping=mapping,
        collection=collection,
    )
    _refuse_rows(taken, number, accept_partial)
    step(2)
    snapshot, old = examined.snapshot, examined.proposal
    sealed = contributions.seal(
        taken.groups,
        key,
        commons=snapshot.policy.commons.origin,
        person=identity.person,
        adopted=AdoptedProposal(proposal=number),
    )
    contribution = replace(sealed, files={**sealed.files, **identity.files})
    offer = Offer.of(contribution.files, repository.account())
    report = child_process.examine(offer, snapshot.policy_bytes, examined.state)
    step(3)
    new, closed = None, False
    if not report.refusals() and not dry_run:
        new, closed = _replace(repository, old, contribution, taken)
    step(_STEPS)
    return Adoption(taken, contribution, report, new, closed)


def _refuse_signed(examined: Examination) -> None:
    number = examined.proposal.number
    if any(path.startswith(layout.LOG) for path in examined.offer.sizes):
        raise CommonsError(
            f"Proposal {number} was made with commons contribute; there is nothing to adopt.",
            hint=f"commons review {number}",
            code="signed-already",
        )


def _adopted_before(examined: Examination) -> Proposal | None:
    """Our proposal that adopted this one: anybody may give a proposal such a title, only our own says that we were here."""
    me = examined.repository.whoami()
    for other in examined.repository.proposals():
        if other.author == me and other.title.startswith(_title(examined.proposal.number)):
            return other
    return None


def _refuse_rows(taken: UnsignedProposal, number: int, accept_partial: bool) -> None:
    if taken.missing:
        missing = conjunction([WORDS_OF[name] for name in taken.missing])
        raise InputError(
            f"The tables of proposal {number} do not say {missing}; you have to.",
            hint=f"Add {' '.join(OPTION_OF[name] for name in taken.missing)}",
            code="rows-incomplete",
        )
    unread = [table for table in taken.tables if table.problem]
    if unread and not accept_partial:
        raise InputError(
            f"{unread[0].problem}", hint="Leave it out with --accept-partial.", code="table-unreadable"
        )
    if not taken.passing:
        raise InputError(
            f"No row of proposal {number} can be taken: {_first(taken.findings)}", code="nothing-accepted"
        )
    if taken.passing < taken.rows and not accept_partial:
        raise InputError(
            f"{taken.rows - taken.passing:,} of {taken.rows:,} rows cannot be taken: {_first(taken.findings)}",
            hint=f"Adopt the other {taken.passing:,} with --accept-partial.",
            code="rows-refused",
        )


def _first(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "there is none."
    first = findings[0]
    return f"{first.file}, row {first.row}: {first.message}."


def _title(number: int) -> str:
    return f"Adopt proposal {number}: "


def _replace(
    repository: Repository, old: Proposal, contribution: Contribution, taken: UnsignedProposal
) -> tuple[Proposal, bool]:
    """The new proposal, and whether the old one is closed; after a kill in between the next call closes it (``adopted-already``)."""
    title = " ".join(old.title.split())
    new = repository.propose(
        contribution.files,
        title=_title(old.number) + title,
        description=f"{taken.passing:,} records that {escape(old.author)} proposed in [#{old.number}]({old.url}), as they were at "
        f"`{old.head}`.\n\nContribution `{contribution.id}`, signed by the adopting reviewer's key `{contribution.key_id}`; "
        f"{escape(old.author)} is named as author when it lands. Another reviewer has to approve where the policy says so.",
    )
    left = taken.rows - taken.passing
    rest = f" {left:,} rows could not be taken; the report above says why." if left else ""
    return new, _close(repository, old, _adopted(new) + rest)


def _close(repository: Repository, old: Proposal, comment: str) -> bool:
    """Whether the old proposal is closed; where that is not ours to do, the comment stands under it all the same, once."""
    try:
        repository.close(old.number, comment=comment)
    except AccessError:
        if comment not in (known.text for known in old.comments):
            repository.comment(old.number, comment)
        return False
    return True


def _adopted(new: Proposal) -> str:
    return f"**Adopted** as [#{new.number}]({new.url}), with you as author. Thank you."
