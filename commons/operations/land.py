"""Land: the atomic commit that brings an accepted contribution to ``main``.

The Hub's own merge takes whatever the proposal's ref points to at that moment, and its author may push at any time. So it is never used:
the head is resolved to a commit once, exactly those bytes are checked, the same bytes are re-created on ``main`` on top of the commit
that was read, and the proposal is closed with a link. A lost race changes nothing and is run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from commons import layout
from commons.cards import dataset_card, search_quality
from commons.errors import AccessError, ConflictError, HubError, LandingError, UnreachableError
from commons.escaping import escape
from commons.gate import state as standing
from commons.gate.examine import Offer
from commons.gate.findings import Report
from commons.gate.signatures import Standing
from commons.governance import audit, decision, roles
from commons.governance.decision import Outcome
from commons.governance.roles import Person, Roles
from commons.hub.repository import Proposal, Repository
from commons.layout import ShardPath
from commons.ledger import log, statements
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.statements import ContributionStatement, KeyStatement, Signer
from commons.progress import Progress, silent
from commons.proposals import examination as proposals
from commons.proposals import receipts, reviews
from commons.proposals.receipts import Landed
from commons.proposals.reviews import Review
from commons.records import shards, summary
from commons.records.schema import SCHEMAS, Kind, Record
from commons.records.summary import Summary
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

_STEPS = 5  # read main, read the proposal, check it, write cards, commit
_ATTEMPTS = 3  # a race is lost to another landing, which is rare; three in a row means somebody is busy


@dataclass(frozen=True)
class Landing:
    """What landed; ``sha`` is the commit on main, ``kind`` and ``contribution`` are the report's."""

    sha: str
    url: str
    kind: str
    contribution: str
    records: int
    links: int
    questions: int


def land(repository: Repository, number: int, key: SigningKey, *, progress: Progress = silent) -> Landing:
    """Land proposal ``number``; ``key`` is a maintainer's and signs the decision and the log's new checkpoint.

    Raises:
        LandingError: closed (``proposal-closed``), moved meanwhile (``head-moved``), not accepted (``not-accepted``, with reasons).
        ConflictError: main moved three times while we worked.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _land_once(repository, number, key, progress)
        except ConflictError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _land_once(repository: Repository, number: int, key: SigningKey, progress: Progress) -> Landing:
    def step(done: int) -> None:
        progress(f"Landing proposal {number}", done, _STEPS)

    step(0)
    snapshot = snapshots.take(repository, patterns=snapshots.FOR_LANDING)
    step(1)
    proposal = repository.proposal(number)
    if not proposal.is_open:
        raise LandingError(f"Proposal {number} is {proposal.status} already.", code="proposal-closed")
    offer = proposals.fetch(repository, proposal, snapshot.policy)
    held = standing.of(snapshot)
    if landed := _landed_before(offer, held):
        repository.close(number, comment=f"`{landed}` is on main already.")
        raise LandingError(
            f"{landed} is on main already; proposal {number} is now closed.", code="proposal-closed"
        )
    step(2)
    report = proposals.examine(offer, proposal, snapshot, held)
    counted = _accepted(proposal, report, snapshot, held)
    roles_after = _roles_after(report, offer, snapshot)
    if not roles_after.is_maintainer(key.public.key_id):
        raise LandingError(
            f"The key {key.public.key_id} is no maintainer's once this has landed; it cannot sign the log.",
            hint="Maintainers are listed in governance/roles.json; a rotation is landed with the new key.",
            code="not-a-maintainer",
        )
    step(3)
    logged, outgrown = _logged(proposal, report, counted, snapshot, key)
    pages = _generated(repository, proposal, report, offer, snapshot)
    files = {**offer.files, **logged, **pages.files, layout.ROLES: roles_after.to_bytes()}
    if repository.head(f"refs/pr/{number}") != proposal.head:
        raise LandingError(
            f"Proposal {number} moved while it was being landed.",
            hint=f"Look again: commons show {number}",
            code="head-moved",
        )
    step(4)
    sha = repository.commit(
        files,
        message=f"Land proposal {number}: {' '.join(proposal.title.split())}",
        description=f"Contribution {report.contribution} by {report.author_key_id}, checked at {proposal.head}.",
        parent=snapshot.revision,
        deleted=outgrown,
    )
    url = repository.commit_url(sha)
    repository.close(number, comment=_receipt(repository, report, offer, snapshot, pages, sha))
    step(_STEPS)
    impact = report.impact
    return Landing(sha, url, report.kind, report.contribution, impact.records, impact.links, impact.questions)


def _landed_before(offer: Offer, held: Standing) -> str:
    """A landing that was killed between its commit and closing the proposal leaves this behind."""
    for path in offer.sizes:
        if (contribution := layout.parse_openings(path)) and contribution in held.contributions:
            return contribution
        if (envelope := layout.parse_envelope(path)) and envelope in held.envelopes:
            return envelope
    return ""


def _accepted(proposal: Proposal, report: Report, snapshot: Snapshot, held: Standing) -> list[Review]:
    """The reviews that carry the decision.

    Raises:
        LandingError: the decision is not to accept.
    """
    found = reviews.read(
        proposal, report, commons=snapshot.policy.commons.origin, retired_keys=held.retired_keys
    )
    bound = [review for review in found if review.bound]
    outcome = decision.decide(
        snapshot.policy.decision.rule(report.kind),
        snapshot.roles,
        refused_by_gate=report.refusals(),
        author_key_id=report.author_key_id,
        votes=[review.vote for review in bound],
        opened_at=proposal.opened_at,
        now=datetime.now(UTC),
    )
    if outcome.outcome is not Outcome.ACCEPT:
        elsewhere = len(found) - len(bound)
        moved = f" {elsewhere} review(s) speak of an earlier head." if elsewhere else ""
        raise LandingError(
            f"Proposal {proposal.number} is not accepted ({outcome.outcome.value}): {'; '.join(outcome.reasons)}.{moved}",
            hint=f"commons review {proposal.number} --approve" if outcome.outcome is Outcome.WAIT else "",
            code="not-accepted",
        )
    return [review for review in bound if snapshot.roles.may_review(review.vote.key_id)]


def _roles_after(report: Report, offer: Offer, snapshot: Snapshot) -> Roles:
    """The roles once this has landed: a retired key loses its places to its successor."""
    if report.kind != "key":
        return snapshot.roles
    (envelope,) = offer.files.values()
    return audit.roles_after(
        statements.verify(envelope, KeyStatement, commons=snapshot.policy.commons.origin).statement,
        snapshot.roles,
    )


def _logged(
    proposal: Proposal, report: Report, counted: list[Review], snapshot: Snapshot, key: SigningKey
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The log's part of the landing: the proposal, its reviews and the decision become leaves; files to write and to delete."""
    decided = Signer(key, snapshot.policy.commons.origin).decision(
        report.contribution,
        report.statement_digest,
        head=proposal.head,
        opened=proposal.opened_at,
        policy=shards.digest(snapshot.policy_bytes),
        reviews=[review.sha256_hex for review in counted],
    )
    envelopes = {
        shards.digest(decided): decided,
        **{review.sha256_hex: review.envelope for review in counted},
    }
    leaves = [
        Leaf(report.kind, report.statement_digest),
        *(Leaf("review", review.sha256_hex) for review in counted),
        Leaf("decision", shards.digest(decided)),
    ]
    grown = log.append(snapshot.log(), leaves, key)
    return {**grown.files, **{layout.envelope_path(d): data for d, data in envelopes.items()}}, grown.removed


@dataclass(frozen=True)
class _Generated:
    """Pages by path, and what they were made from."""

    files: dict[str, bytes]
    people: Mapping[str, Person]
    added: Summary
    after: Summary


def _generated(
    repository: Repository, proposal: Proposal, report: Report, offer: Offer, snapshot: Snapshot
) -> _Generated:
    """The pages that follow from the data as it will be, and who is behind the signer's key."""
    tables: dict[ShardPath, tuple[shards.Table, int]] = {}
    for kind in Kind:
        for shard in snapshot.shards(kind):
            path = snapshot.path(shard)
            tables[shard] = (shards.read_table(path, SCHEMAS[kind], name=str(shard)), path.stat().st_size)
    offered = {
        new: (shards.read_table(data, SCHEMAS[new.kind], name=name), len(data))
        for name, data in offer.files.items()
        if (new := layout.parse_shard(name))
    }
    people = {
        report.author_key_id: Person(hub_user=proposal.author),
        **_adopted_author(repository, report, offer, snapshot),
        **snapshot.people,
    }
    line = f"{escape(proposal.title)}, proposed by {proposal.author} (#{proposal.number})."
    existing = snapshot.read("CHANGELOG.md").decode() if snapshot.has("CHANGELOG.md") else ""
    after = summary.summarise({**tables, **offered})
    files = {
        layout.PEOPLE: roles.people_bytes(people),
        "CHANGELOG.md": dataset_card.changelog(existing, line, f"{datetime.now(UTC):%Y-%m-%d}").encode(),
        **dataset_card.render(
            repository.id, snapshot.policy, after, people, search_quality.manifests_of(snapshot)
        ),
    }
    return _Generated(files, people, summary.summarise(offered), after)


def _adopted_author(
    repository: Repository, report: Report, offer: Offer, snapshot: Snapshot
) -> dict[str, Person]:
    """Who proposed what a reviewer adopted, under the contribution's id; nobody when that proposal is gone."""
    if report.kind != "contribution":
        return {}
    envelope = offer.files[layout.envelope_path(report.statement_digest)]
    signed = statements.verify(envelope, ContributionStatement, commons=snapshot.policy.commons.origin)
    adopted = signed.statement.predicate.adopted
    if adopted is None:
        return {}
    try:
        author = repository.proposal(adopted.proposal).author
    except (AccessError, UnreachableError):
        raise
    except HubError:
        return {}
    return {report.contribution: Person(hub_user=author)}


def _receipt(
    repository: Repository,
    report: Report,
    offer: Offer,
    snapshot: Snapshot,
    pages: _Generated,
    sha: str,
) -> str:
    url = repository.commit_url(sha)
    if report.kind == "key":
        return receipts.landed_key(report.contribution, sha, url)
    paths = [
        path
        for path in sorted(offer.files)
        if (shard := layout.parse_shard(path)) and shard.kind is Kind.RECORD
    ]
    rows = [row for path in paths for row in shards.read(Kind.RECORD, offer.files[path], name=path)]
    return receipts.landed(
        Landed(
            sha=sha,
            url=url,
            commons=snapshot.policy.commons.name,
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
