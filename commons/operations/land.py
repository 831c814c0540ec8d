"""Land: the atomic commit that brings an accepted contribution to ``main``.

The Hub's own merge takes whatever the proposal's ref points to at that moment, and its author may push at any time. So it is never used:
the head is resolved to a commit once, exactly those bytes are checked, the rows that were checked are written on ``main`` in our own
encoding on top of the commit that was read, and the proposal is closed with a link. A lost race changes nothing and is run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from commons import digests, layout
from commons.cards import dataset_card, search_quality
from commons.errors import AccessError, HubError, ProposalError, UnreachableError
from commons.escaping import escape
from commons.governance import people as people_files
from commons.governance import rules_in_force
from commons.governance.decision import Outcome
from commons.governance.people import People, Person
from commons.governance.roles import Roles
from commons.hub.repository import Repository
from commons.hub.retries import again_on_conflict
from commons.layout import Kind, Need
from commons.ledger import signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import ContributionStatement, KeyStatement, StatementKind
from commons.progress import Progress, silent
from commons.proposals import checked_rows, examination, index_publication, receipts, refusals
from commons.proposals.examination import Examination
from commons.proposals.index_proposal import IndexProposal
from commons.proposals.receipts import LandingReceipt
from commons.proposals.reviews import Review
from commons.records import shards, summary
from commons.records.schema import SCHEMAS, Record
from commons.records.summary import Summary
from commons.snapshots import sealed_commit
from commons.snapshots.sealed_commit import Statements

_STEPS = 5  # read main, read the proposal, check it, write cards, commit


@dataclass(frozen=True)
class Landing:
    """What landed; ``sha`` is the commit on main, ``kind`` and ``contribution`` the report's; ``records`` of an index are all in it."""

    sha: str
    url: str
    kind: StatementKind | None
    contribution: str
    records: int
    links: int
    questions: int


def land(repository: Repository, number: int, key: SigningKey, *, progress: Progress = silent) -> Landing:
    """Land proposal ``number``; ``key`` is a maintainer's and signs the decision and the log's new checkpoint.

    Raises:
        ProposalError: closed (``proposal-closed``), moved meanwhile (``head-moved``), not accepted (``not-accepted``, with reasons), or
            not to be signed by this key (``not-a-maintainer``).
        ConflictError: main moved three times while we worked.
    """
    return again_on_conflict(lambda: _land_once(repository, number, key, progress))


def _land_once(repository: Repository, number: int, key: SigningKey, progress: Progress) -> Landing:
    def step(done: int) -> None:
        progress(f"Landing proposal {number}", done, _STEPS)

    step(0)
    examined = examination.examine(repository, number, need=Need.LANDING, only_open=True)
    step(1)
    if landed := examined.landed_before:
        repository.close(number, comment=f"`{landed}` is on main already.")
        raise ProposalError(
            f"{landed} is on main already; proposal {number} is now closed.", code="proposal-closed"
        )
    report = examined.report
    step(2)
    roles_after = _roles_after(examined)
    if not roles_after.is_maintainer(key.public.key_id):
        raise ProposalError(
            f"The key {key.public.key_id} is no maintainer's once this has landed; it cannot sign the log.",
            hint="Maintainers are listed in governance/roles.json; a rotation is landed with the new key.",
            code="not-a-maintainer",
        )
    refused = _take_in_refusals(examined, key)
    counted = _counted_reviews(examined)
    step(3)
    if examined.index:
        landing = _land_index(examined, examined.index, refused, key)
        step(_STEPS)
        return landing
    offered = checked_rows.files_of(examined)
    pages = _pages(examined, offered)
    examined.refuse_moved()
    step(4)
    sha = sealed_commit.commit(
        examined.snapshot,
        key,
        {**offered, **pages.files, layout.ROLES: roles_after.to_bytes()},
        statements=[*refused, *_statements(examined, counted, key)],
        message=f"Land proposal {number}: {' '.join(examined.proposal.title.split())}",
        description=f"Contribution {report.contribution} by {report.author_key_id}, checked at {examined.proposal.head}.",
    )
    repository.close(number, comment=_receipt(examined, pages, offered, sha))
    step(_STEPS)
    impact, url = report.impact, repository.commit_url(sha)
    return Landing(sha, url, report.kind, report.contribution, impact.records, impact.links, impact.questions)


def _land_index(examined: Examination, index: IndexProposal, refused: Statements, key: SigningKey) -> Landing:
    """The index as it was proposed, signed for by who lands it."""
    repository, number, made = examined.repository, examined.proposal.number, index.manifest
    change = index.change()
    examined.refuse_moved()
    sha = index_publication.commit(
        examined.snapshot,
        key,
        made,
        change,
        moves=index.moves,
        size=index.size,
        statements=refused,
        message=f"Land proposal {number}: an index of {made.records:,} records",
        description=f"{made.embedder.model}, checked at {examined.proposal.head}.",
    )
    url = repository.commit_url(sha)
    repository.close(number, comment=receipts.of_index_landing(index.slug, made.records, sha, url))
    return Landing(sha, url, StatementKind.INDEX, index.name, made.records, 0, 0)


def _take_in_refusals(examined: Examination, key: SigningKey) -> Statements:
    """What reviewers refused under this author's proposals and the log does not know; it becomes leaves before anything lands.

    A key that becomes a maintainer's only with what lands cannot sign these leaves, which stand before it.

    Raises:
        ProposalError: it speaks of this very proposal, which therefore cannot land now (``not-accepted``); the refusal is in the log.
    """
    snapshot = examined.snapshot
    unlogged = refusals.unlogged(snapshot, examined.ground, refusals.of_the_same_author(examined))
    may_sign = snapshot.roles.is_maintainer(key.public.key_id)
    own = [refusal for refusal in unlogged if refusal.envelope == examined.report.statement_digest]
    if own and may_sign:
        refusals.commit(unlogged, snapshot, key)
    if own:
        reasons = [review.vote.reason or "refused by a reviewer" for review in own[0].reviews]
        raise ProposalError(
            f"Proposal {examined.proposal.number} is not accepted (refuse): {'; '.join(reasons)}."
            + " The refusal is in the log now." * may_sign,
            hint=f"What it needs from here on: commons show {examined.proposal.number}",
            code="not-accepted",
        )
    return refusals.statements(unlogged, snapshot, key) if may_sign else []


def _counted_reviews(examined: Examination) -> list[Review]:
    """The reviews that carry the decision.

    Raises:
        ProposalError: the decision is not to accept.
    """
    decision, number = examined.decision, examined.proposal.number
    bound = [review for review in examined.reviews if review.bound]
    if decision.outcome is not Outcome.ACCEPT:
        unbound = Counter(review.unbound for review in examined.reviews if review.unbound)
        uncounted = "".join(f" Not counted: {count} {why}." for why, count in unbound.items())
        raise ProposalError(
            f"Proposal {number} is not accepted ({decision.outcome.value}): {'; '.join(decision.reasons)}.{uncounted}",
            hint=_who_is_missing(examined),
            code="not-accepted",
        )
    return [review for review in bound if examined.snapshot.roles.may_review(review.vote.key_id)]


def _who_is_missing(examined: Examination) -> str:
    """What may be done where approvals are missing, and by whom; where only time has to pass, nothing."""
    if not examined.decision.missing:
        return ""
    approving = any(review.bound and review.vote.approve for review in examined.reviews)
    who = "Another reviewer or maintainer" if approving else "A reviewer or maintainer who is not its author"
    return f"{who} approves it: commons review {examined.proposal.number} --approve"


def _roles_after(examined: Examination) -> Roles:
    """The roles once this has landed: a retired key loses its places to its successor."""
    snapshot = examined.snapshot
    if examined.report.kind is not StatementKind.KEY:
        return snapshot.roles
    return rules_in_force.roles_after(_key_statement(examined), snapshot.roles)


def _key_statement(examined: Examination) -> KeyStatement:
    envelope = examined.offer.files[layout.envelope_path(examined.report.statement_digest)]
    origin = examined.snapshot.policy.commons.origin
    return signed_statements.verify(envelope, KeyStatement, commons=origin).statement


def _statements(examined: Examination, counted: list[Review], key: SigningKey) -> Statements:
    """The proposal, its reviews and the decision, in the order of their leaves."""
    proposal, report, snapshot = examined.proposal, examined.report, examined.snapshot
    assert report.kind, "what is accepted was signed"  # noqa: S101
    subject = examined.offer.files[layout.envelope_path(report.statement_digest)]
    decided = Signer(key, snapshot.policy.commons.origin).decision(
        report.contribution,
        report.statement_digest,
        head=proposal.head,
        opened=proposal.opened_at,
        policy=digests.sha256_hex(snapshot.policy_bytes),
        reviews={review.sha256_hex: review.vote.person for review in counted},
        founding=examined.decision.founding,
    )
    given = [(StatementKind.REVIEW, review.envelope) for review in counted]
    return [(report.kind, subject), *given, (StatementKind.DECISION, decided)]


@dataclass(frozen=True)
class _Pages:
    """Generated pages by path, and what they were made from."""

    files: dict[str, bytes]
    people: Mapping[str, Person]
    added: Summary
    after: Summary
    replaced: int  # records that were live before


def _pages(examined: Examination, offered: Mapping[str, bytes]) -> _Pages:
    """The pages that follow from the data as it will be, and who is behind the signer's key."""
    proposal, snapshot = examined.proposal, examined.snapshot
    new_tables = {
        new: (shards.read_table(data, SCHEMAS[new.kind], name=name), len(data))
        for name, data in offered.items()
        if (new := layout.parse_shard(name))
    }
    people = _people(examined)
    line = f"{escape(proposal.title)} (#{proposal.number})."
    existing = snapshot.signed_bytes(layout.CHANGELOG).decode()
    after = summary.summarise({**snapshot.tables(), **new_tables})
    manifests = search_quality.manifests_of(snapshot)
    names = people.names()
    files = {
        layout.PEOPLE: people.to_bytes(),
        layout.CHANGELOG: dataset_card.changelog(existing, line, f"{datetime.now(UTC):%Y-%m-%d}").encode(),
        **dataset_card.render(
            examined.repository.id, snapshot.policy, after, names, manifests, root=snapshot.rules.root
        ),
    }
    replaced = after.replaced_records - len(snapshot.states.replaced)
    return _Pages(files, names, summary.summarise(new_tables), after, replaced)


def _people(examined: Examination) -> People:
    """The people table with whoever signed what lands, and whoever proposed what was adopted."""
    report, files = examined.report, examined.offer.files
    opening = files.get(layout.person_path(report.author_person))
    table = examined.snapshot.people_table.with_key(
        people_files.parse_opening(opening) if opening else None, report.author_person, report.author_key_id
    )
    if report.kind is StatementKind.KEY:
        successor = _key_statement(examined).successor
        return table.with_key(None, report.author_person, successor.key_id) if successor else table
    author = _adopted_author(examined)
    return table.with_adopted(examined.repository.account(author), report.contribution) if author else table


def _adopted_author(examined: Examination) -> str:
    """The user who proposed what a reviewer adopted; nobody when that proposal is gone."""
    envelope = examined.offer.files[layout.envelope_path(examined.report.statement_digest)]
    origin = examined.snapshot.policy.commons.origin
    statement = signed_statements.verify(envelope, ContributionStatement, commons=origin).statement
    adopted = statement.predicate.adopted
    if adopted is None:
        return ""
    try:
        return examined.repository.proposal(adopted.proposal).author
    except (AccessError, UnreachableError):
        raise
    except HubError:
        return ""


def _receipt(examined: Examination, pages: _Pages, files: Mapping[str, bytes], sha: str) -> str:
    repository, report = examined.repository, examined.report
    url = repository.commit_url(sha)
    if report.kind is StatementKind.KEY:
        return receipts.of_key_landing(report.contribution, sha, url)
    paths = [
        path for path in sorted(files) if (shard := layout.parse_shard(path)) and shard.kind is Kind.RECORD
    ]
    rows = [row for path in paths for row in shards.read(Kind.RECORD, files[path], name=path)]
    return receipts.of_landing(
        LandingReceipt(
            sha=sha,
            url=url,
            commons=examined.snapshot.policy.commons.name,
            repo_id=repository.id,
            author=people_files.credited(pages.people, report.author_key_id, report.contribution),
            contribution=report.contribution,
            year=datetime.now(UTC).year,
            records=[row for row in rows if isinstance(row, Record)],
            files={path: repository.file_url(path, sha) for path in paths},
            added=pages.added,
            after=pages.after,
            replaced=pages.replaced,
        )
    )
