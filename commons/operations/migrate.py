"""Migrate: the one commit that brings a commons of format 1 or 2 to the present format.

    migration = migrate.migrate(repository, key)       a maintainer's key
    migrate.plan(repository, key)                      what it would change; nothing is

What the log has stays, and is read for ever: a signed ``format`` leaf names the same keys with their persons, and the first inventory binds
every published byte. The people table, roles and pages are written anew, and shards in our own encoding where they are not. What is broken
is not carried over: a copy that does not verify, or whose rules were edited by hand, is refused. Whoever has a proposal open is asked to
sign again, because a statement of the former generation does not land any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from commons import digests, layout
from commons.cards import dataset_card, search_quality
from commons.errors import AccessError, CommonsError, HubError, LedgerError, UnreachableError, UsageError
from commons.governance import people
from commons.governance.people import People, Person
from commons.governance.roles import RoleKey, Roles
from commons.hub.repository import Proposal, Repository
from commons.hub.retries import again_on_conflict
from commons.layout import Check, Kind, Need, ShardPath
from commons.ledger.inventory import InventoryEntry
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import FORMAT, GENERATION, StatementKind
from commons.progress import Progress, silent
from commons.proposals import examination, signing_request
from commons.records import shards, summary
from commons.records.schema import SCHEMAS
from commons.records.summary import Summary
from commons.sandbox import reencoding
from commons.snapshots import sealed_commit
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot
from commons.verification import steps, tree
from commons.verification.context import VerificationContext
from commons.verification.verdict import CheckResult

# What these say is made anew or taken out, so it need not hold before.
_RENEWED = (Check.INDEX, Check.PAGES)
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_PROPOSER = re.compile(r", proposed by \S+ (\(#\d+\)\.)$", re.MULTILINE)


@dataclass(frozen=True)
class MigrationChanges:
    """``encoded``: shard -> where its rows lie afterwards, in other bytes; ``index_removed``: why, empty when the index stays."""

    persons: int
    encoded: dict[str, str]
    index_removed: str
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Migration:
    """``changes`` is None where the format was the present one already; ``sha`` is empty where nothing was committed.

    ``asked``: the open proposals whose authors were asked to sign again.
    """

    changes: MigrationChanges | None
    sha: str = ""
    url: str = ""
    asked: tuple[int, ...] = ()


def migrate(
    repository: Repository,
    key: SigningKey,
    *,
    accounts: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Migration:
    """Bring ``repository`` to the present format; run again, it asks what a run that was killed did not come to ask.

    Args:
        key: a maintainer's; it signs the format, the inventory and the log's new checkpoint.
        accounts: key id -> user on this Hub, where the people table does not say whose a key is.

    Raises:
        CommonsError: the key is no maintainer's (``not-a-maintainer``), the copy does not hold (``not-verified``), its rules were edited
            by hand (``rules-edited``), nobody knows whose a key is (``account-unknown``).
        ConflictError: main moved three times while we worked.
    """
    migration = again_on_conflict(lambda: _migrate_once(repository, key, accounts or {}, progress))
    return replace(migration, asked=_ask_to_sign_again(repository, progress))


def plan(
    repository: Repository,
    key: SigningKey,
    *,
    accounts: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Migration:
    """What ``migrate`` would change; it raises the same errors."""
    snapshot = snapshots.take(repository, need=Need.VERIFYING)
    if _is_migrated(snapshot):
        return Migration(None)
    return Migration(_draft(repository, snapshot, key, accounts or {}, progress).changes)


def _migrate_once(
    repository: Repository, key: SigningKey, accounts: Mapping[str, str], progress: Progress
) -> Migration:
    snapshot = snapshots.take(repository, need=Need.VERIFYING)
    if _is_migrated(snapshot):
        return Migration(None)
    draft = _draft(repository, snapshot, key, accounts, progress)
    sha = sealed_commit.migrate(
        snapshot,
        key,
        draft.files,
        statement=Signer(key, snapshot.policy.commons.origin).format(
            snapshot.rules.root, draft.files[layout.ROLES]
        ),
        remaining=draft.unchanged,
        removed=draft.changes.removed,
        message=f"Bring the repository to format {FORMAT}",
        description=f"{len(draft.changes.encoded):,} shards encoded anew. {draft.changes.index_removed}".strip(),
    )
    return Migration(draft.changes, sha, repository.commit_url(sha))


def _is_migrated(snapshot: Snapshot) -> bool:
    return snapshot.rules.generation == GENERATION


# The commit


@dataclass(frozen=True)
class _Draft:
    """``files`` are written; ``unchanged`` stay as they are and are listed in the inventory."""

    files: dict[str, bytes]
    unchanged: dict[str, InventoryEntry]
    changes: MigrationChanges


def _draft(
    repository: Repository,
    snapshot: Snapshot,
    key: SigningKey,
    accounts: Mapping[str, str],
    progress: Progress,
) -> _Draft:
    _refuse_non_maintainer(snapshot, key)
    snapshot.refuse_edited_rules()
    context = VerificationContext(snapshot, *tree.paths_of(snapshot.folder))
    checks = list(steps.run(context, progress))
    _refuse_unverified(snapshot, checks)
    table = _people(repository, snapshot, key, accounts)
    tables = _tables(snapshot, context.paths)
    encoded = tables.encoded
    index_removed = _index_removed(context.paths, encoded, checks)
    pages = dataset_card.render(
        repository.id,
        snapshot.policy,
        tables.summary,
        table.names(),
        () if index_removed else search_quality.manifests_of(snapshot),
        root=snapshot.rules.root,
    )
    files = {
        layout.PEOPLE: table.to_bytes(),
        layout.ROLES: _roles(snapshot.roles, table).to_bytes(),
        layout.CHANGELOG: _changelog(snapshot),
        **dict(encoded.values()),
        **pages,
    }
    others = [path for path in context.paths if path not in files]
    removed = {path for path in others if _goes(path, encoded, index_removed)}
    unchanged = {path: _entry(snapshot, path) for path in others if path not in removed}
    renamed = {old: new for old, (new, _) in encoded.items() if layout.parse_shard(old)}
    return _Draft(
        files, unchanged, MigrationChanges(len(table.persons), renamed, index_removed, tuple(sorted(removed)))
    )


def _refuse_non_maintainer(snapshot: Snapshot, key: SigningKey) -> None:
    if not snapshot.roles.is_maintainer(key.public.key_id):
        raise CommonsError(
            f"The key {key.public.key_id} is no maintainer's; it cannot sign the log.",
            hint="Maintainers are listed in governance/roles.json.",
            code="not-a-maintainer",
        )


def _refuse_unverified(snapshot: Snapshot, checks: Sequence[CheckResult]) -> None:
    problems = [problem for check in checks if check.name not in _RENEWED for problem in check.problems]
    if problems:
        raise LedgerError(
            f"{snapshot.name} does not hold, and what is broken is not carried over: {problems[0].rstrip('.')}.",
            hint="All that is wrong: commons verify",
            code="not-verified",
        )


@dataclass(frozen=True)
class _Tables:
    """``encoded``: path -> (path then, bytes then), where our writer's bytes are others; ``summary`` counts the rows as they will lie."""

    encoded: dict[str, tuple[str, bytes]]
    summary: Summary


def _tables(snapshot: Snapshot, paths: Sequence[str]) -> _Tables:
    encoded: dict[str, tuple[str, bytes]] = {}
    tables: dict[ShardPath, tuple[shards.Table, int]] = {}
    for table in reencoding.reencode(snapshot.folder, paths):
        if digests.sha256_of(snapshot.folder / table.path) != digests.sha256_hex(table.data):
            encoded[table.path] = (table.place, table.data)
        if shard := layout.parse_shard(table.place):
            rows = shards.read_table(table.data, SCHEMAS[shard.kind], name=table.place)
            tables[shard] = (rows, len(table.data))
    return _Tables(encoded, summary.summarise(tables))


def _index_removed(
    paths: Sequence[str], encoded: Mapping[str, tuple[str, bytes]], checks: Sequence[CheckResult]
) -> str:
    """Why the index cannot stay; empty when it can, or there is none."""
    if not any(path.startswith(layout.INDEX) for path in paths):
        return ""
    if any((shard := layout.parse_shard(path)) and shard.kind is Kind.RECORD for path in encoded):
        return "The index was of the records' former bytes and is removed."
    if any(check.problems for check in checks if check.name == Check.INDEX):
        return "The index does not hold and is removed."
    return ""


def _goes(path: str, encoded: Mapping[str, object], index_removed: str) -> bool:
    """Whether a file that is not written anew is deleted; a page that follows from nothing any more is."""
    place = layout.place_of(path)
    is_page = place is not None and place.check is Check.PAGES
    is_index = bool(index_removed) and path.startswith(layout.INDEX)
    return path in encoded or path == layout.PEOPLE_OF_FORMAT_2 or is_page or is_index


def _entry(snapshot: Snapshot, path: str) -> InventoryEntry:
    file = snapshot.folder / path
    return InventoryEntry.of(file)


# Persons


def _people(
    repository: Repository, snapshot: Snapshot, key: SigningKey, accounts: Mapping[str, str]
) -> People:
    """The table with one person for each user of the Hub, whose keys and adopted contributions those of the former entries are.

    Raises:
        CommonsError: nobody knows whose an entry, or a key that holds a role, is (``account-unknown``).
    """
    former = snapshot.people_table.persons
    users = {name: entry.user for name, entry in former.items() if entry.user and _USER.fullmatch(entry.user)}
    entitled = [key.key_id for key in (*snapshot.roles.maintainers, *snapshot.roles.reviewers)]
    if strangers := sorted(accounts.keys() - {*former, *entitled}):
        raise UsageError(f"{strangers[0]} holds no role and stands in no table here, so it needs no account.")
    users |= accounts
    for retired, successor in snapshot.rules.keys.successors.items():  # in the order of the log
        if retired in users:
            users.setdefault(successor, users[retired])
    if key.public.key_id not in users:
        users[key.public.key_id] = repository.whoami()
    described = [name for name, entry in former.items() if entry.user or entry.name or entry.orcid]
    _refuse_unknown([name for name in dict.fromkeys((*entitled, *described)) if name not in users])
    persons: dict[str, Person] = {}
    for name, user in sorted(users.items()):
        entry, known = former.get(name, Person(name)), persons.get(user) or _opened(repository, user)
        adopted = name in entry.adopted
        persons[user] = replace(
            known,
            keys=known.keys if adopted else (*known.keys, name),
            adopted=(*known.adopted, name) if adopted else known.adopted,
            name=known.name or entry.name,
            orcid=known.orcid or entry.orcid,
        )
    return People.of(persons.values())


def _refuse_unknown(names: Sequence[str]) -> None:
    if names:
        raise CommonsError(
            f"{layout.PEOPLE_OF_FORMAT_2} does not name the Hub user behind {', '.join(names)}, and persons need one now.",
            hint=f"Say it: commons migrate --account {names[0]}=USER",
            code="account-unknown",
        )


def _opened(repository: Repository, user: str) -> Person:
    opening = people.open_person(repository.account(user))
    return Person(opening.person, bytes.fromhex(opening.salt), (opening.account,))


def _roles(before: Roles, table: People) -> Roles:
    """The same keys in the same places, with their persons."""
    names = table.names()

    def named(keys: Sequence[RoleKey]) -> tuple[RoleKey, ...]:
        return tuple(RoleKey.of(key.public, names[key.key_id].id) for key in keys)

    return Roles(maintainers=named(before.maintainers), reviewers=named(before.reviewers))


def _changelog(snapshot: Snapshot) -> bytes:
    """The former entries without their proposers, who stand in the people table alone now, and one for this."""
    former = snapshot.read(layout.CHANGELOG).decode() if snapshot.has(layout.CHANGELOG) else ""
    line = f"Format {FORMAT}: a signed inventory lists every published file, and roles name persons."
    return dataset_card.changelog(
        _PROPOSER.sub(r" \1", former), line, f"{datetime.now(UTC):%Y-%m-%d}"
    ).encode()


# Open proposals


def _ask_to_sign_again(repository: Repository, progress: Progress) -> tuple[int, ...]:
    """Ask under each open proposal that was signed for the former format, once; the numbers of those asked now."""
    snapshot = snapshots.take(repository, need=Need.GOVERNANCE)
    if not any(leaf.kind is StatementKind.FORMAT for leaf in snapshot.log().leaves()):
        return ()
    asked = []
    proposals = repository.proposals()
    for done, proposal in enumerate(proposals):
        progress("Asking authors to sign again", done, len(proposals))
        if request := _request(repository, proposal):
            repository.comment(proposal.number, request)
            asked.append(proposal.number)
    progress("Asking authors to sign again", len(proposals), len(proposals))
    return tuple(asked)


def _request(repository: Repository, proposal: Proposal) -> str:
    """What to ask under the proposal; nothing when there is no need."""
    try:
        return signing_request.due(examination.examine(repository, proposal.number))
    except (AccessError, UnreachableError):
        raise
    except HubError:  # it shares no commit with main, so it cannot land in any format
        return ""
