"""Land: the atomic commit that brings an accepted contribution to ``main``.

The Hub's own merge takes whatever the proposal's ref points to at that moment, and its author may push at any time. So it is never used:
the head is resolved to a commit once, exactly those bytes are checked, the same bytes are re-created on ``main`` on top of the commit
that was read, and the proposal is closed with a link. A lost race changes nothing and is run again.
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
from commons.governance import log_audit, roles
from commons.governance.decision import Outcome
from commons.governance.roles import Person, Roles
from commons.hub.repository import Repository
from commons.hub.retries import again_on_conflict
from commons.layout import Kind, Need, ShardPath
from commons.ledger import log, signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import ContributionStatement, KeyStatement, StatementKind
from commons.progress import Progress, silent
from commons.proposals import examination, receipts
from commons.proposals.examination import Examination
from commons.proposals.receipts import LandingReceipt
from commons.proposals.reviews import Review
from commons.records import shards, summary
from commons.records.schema import SCHEMAS, Record
from commons.records.summary import Summary

_STEPS = 5  # read main, read the proposal, check it, write cards, commit


@dataclass(frozen=True)
class Landing:
    """What landed; ``sha`` is the commit on main, ``kind`` and ``contribution`` are the report's."""

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
    counted = _counted_reviews(examined)
    roles_after = _roles_after(examined)
    if not roles_after.is_maintainer(key.public.key_id):
        raise ProposalError(
            f"The key {key.public.key_id} is no maintainer's once this has landed; it cannot sign the log.",
            hint="Maintainers are listed in governance/roles.json; a rotation is landed with the new key.",
            code="not-a-maintainer",
        )
    step(3)
    logged, outgrown = _logged(examined, counted, key)
    pages = _pages(examined)
    files = {**examined.offer.files, **logged, **pages.files, layout.ROLES: roles_after.to_bytes()}
    examined.refuse_moved()
    step(4)
    sha = repository.commit(
        files,
        message=f"Land proposal {number}: {' '.join(examined.proposal.title.split())}",
        description=f"Contribution {report.contribution} by {report.author_key_id}, checked at {examined.proposal.head}.",
        parent=examined.snapshot.revision,
        deleted=outgrown,
    )
    repository.close(number, comment=_receipt(examined, pages, sha))
    step(_STEPS)
    impact, url = report.impact, repository.commit_url(sha)
    return Landing(sha, url, report.kind, report.contribution, impact.records, impact.links, impact.questions)


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
            hint=f"commons review {number} --approve" if decision.outcome is Outcome.WAIT else "",
            code="not-accepted",
        )
    return [review for review in bound if examined.snapshot.roles.may_review(review.vote.key_id)]


def _roles_after(examined: Examination) -> Roles:
    """The roles once this has landed: a retired key loses its places to its successor."""
    snapshot = examined.snapshot
    if examined.report.kind is not StatementKind.KEY:
        return snapshot.roles
    (envelope,) = examined.offer.files.values()
    signed = signed_statements.verify(envelope, KeyStatement, commons=snapshot.policy.commons.origin)
    return log_audit.roles_after(signed.statement, snapshot.roles)


def _logged(
    examined: Examination, counted: list[Review], key: SigningKey
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The log's part of the landing: the proposal, its reviews and the decision become leaves; files to write and to delete."""
    proposal, report, snapshot = examined.proposal, examined.report, examined.snapshot
    assert report.kind, "what is accepted was signed"  # noqa: S101
    decided = Signer(key, snapshot.policy.commons.origin).decision(
        report.contribution,
        report.statement_digest,
        head=proposal.head,
        opened=proposal.opened_at,
        policy=digests.sha256_hex(snapshot.policy_bytes),
        reviews=[review.sha256_hex for review in counted],
    )
    envelopes = {
        digests.sha256_hex(decided): decided,
        **{review.sha256_hex: review.envelope for review in counted},
    }
    leaves = [
        Leaf(report.kind, report.statement_digest),
        *(Leaf(StatementKind.REVIEW, review.sha256_hex) for review in counted),
        Leaf(StatementKind.DECISION, digests.sha256_hex(decided)),
    ]
    grown = log.append(snapshot.log(), leaves, key)
    return {**grown.files, **{layout.envelope_path(d): data for d, data in envelopes.items()}}, grown.removed


@dataclass(frozen=True)
class _Pages:
    """Generated pages by path, and what they were made from."""

    files: dict[str, bytes]
    people: Mapping[str, Person]
    added: Summary
    after: Summary


def _pages(examined: Examination) -> _Pages:
    """The pages that follow from the data as it will be, and who is behind the signer's key."""
    proposal, snapshot = examined.proposal, examined.snapshot
    tables: dict[ShardPath, tuple[shards.Table, int]] = {}
    for kind in Kind:
        for shard in snapshot.shards(kind):
            path = snapshot.path(shard)
            tables[shard] = (shards.read_table(path, SCHEMAS[kind], name=str(shard)), path.stat().st_size)
    offered = {
        new: (shards.read_table(data, SCHEMAS[new.kind], name=name), len(data))
        for name, data in examined.offer.files.items()
        if (new := layout.parse_shard(name))
    }
    people = {
        examined.report.author_key_id: Person(hub_user=proposal.author),
        **_adopted_author(examined),
        **snapshot.people,
    }
    line = f"{escape(proposal.title)}, proposed by {proposal.author} (#{proposal.number})."
    existing = snapshot.read(layout.CHANGELOG).decode() if snapshot.has(layout.CHANGELOG) else ""
    after = summary.summarise({**tables, **offered})
    files = {
        layout.PEOPLE: roles.people_bytes(people),
        layout.CHANGELOG: dataset_card.changelog(existing, line, f"{datetime.now(UTC):%Y-%m-%d}").encode(),
        **dataset_card.render(
            examined.repository.id, snapshot.policy, after, people, search_quality.manifests_of(snapshot)
        ),
    }
    return _Pages(files, people, summary.summarise(offered), after)


def _adopted_author(examined: Examination) -> dict[str, Person]:
    """Who proposed what a reviewer adopted, under the contribution's id; nobody when that proposal is gone."""
    report = examined.report
    if report.kind is not StatementKind.CONTRIBUTION:
        return {}
    envelope = examined.offer.files[layout.envelope_path(report.statement_digest)]
    origin = examined.snapshot.policy.commons.origin
    adopted = signed_statements.verify(envelope, ContributionStatement, commons=origin).statement.predicate.adopted
    if adopted is None:
        return {}
    try:
        author = examined.repository.proposal(adopted.proposal).author
    except (AccessError, UnreachableError):
        raise
    except HubError:
        return {}
    return {report.contribution: Person(hub_user=author)}


def _receipt(examined: Examination, pages: _Pages, sha: str) -> str:
    repository, report, files = examined.repository, examined.report, examined.offer.files
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
            author=roles.credited(pages.people, report.author_key_id, report.contribution),
            contribution=report.contribution,
            year=datetime.now(UTC).year,
            records=[row for row in rows if isinstance(row, Record)],
            files={path: repository.file_url(path, sha) for path in paths},
            added=pages.added,
            after=pages.after,
        )
    )
