"""Verify: everything a copy of a commons claims, checked offline against nothing but itself.

    verdict = verify.verify(snapshot, memory=Path("…/checkpoints"))
    verdict.ok, verdict.checks[0].problems

Works on any copy: a snapshot from a Hub or a plain folder. What it cannot know by itself is whether this is the *same* log as yesterday's;
so the last checkpoint seen of each origin is kept in ``memory``, and a log that does not extend it is refused. Bytes are hashed before they
are parsed, and nothing from the copy is run.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from commons import digests, layout
from commons.cards import dataset_card
from commons.embedding.embedder import Embedder
from commons.errors import CommonsError
from commons.files import write_whole
from commons.governance import log_audit
from commons.governance.log_audit import AuditResult
from commons.index.build import artifact_audit as index_audit
from commons.index.build.artifact_audit import ArtifactAudit, ModelChecks
from commons.index.build.vector_audit import SAMPLE_RECORDS
from commons.layout import Check, Kind, ShardPath
from commons.ledger import checkpoints, landings, merkle, notes, tiles
from commons.ledger.log import Leaf, Log
from commons.progress import Progress, silent
from commons.records import identity, shards
from commons.records.schema import Row
from commons.snapshots.snapshot import Snapshot

T = TypeVar("T")

MAX_PROBLEMS = 20  # that one check lists; it counts all of them


@dataclass
class CheckResult:
    """One thing that was checked: what was looked at, in words, and what is wrong with it: the first few problems and the whole count.

    ``unchecked`` says what should have been checked and could not be, so that nothing the copy says can switch a check off unseen;
    ``assumptions`` what was not asked for, or only its author can know: the verdict takes these at their word.
    """

    name: str
    looked_at: str = ""
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    unchecked: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with what was checked."""
        return not self.problem_count

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was checked."""
        return not self.unchecked

    def add(self, problem: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)


@dataclass(frozen=True)
class Verdict:
    name: str
    revision: str
    checks: tuple[CheckResult, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with what was checked."""
        return all(check.ok for check in self.checks)

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was checked; without it ``ok`` says less than it seems to."""
        return all(check.complete for check in self.checks)

    @property
    def assumed(self) -> bool:
        """Whether anything was taken at its word."""
        return any(check.assumptions for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "revision": self.revision,
            "ok": self.ok,
            "complete": self.complete,
            "checks": [
                {**asdict(check), "ok": check.ok, "complete": check.complete} for check in self.checks
            ],
        }


def verify(
    snapshot: Snapshot,
    *,
    memory: Path | None = None,
    embedder: Embedder | None = None,
    sample: int | None = SAMPLE_RECORDS,
    seed: int | None = None,
    measure: bool = False,
    progress: Progress = silent,
) -> Verdict:
    """Check every claim of the copy; a check that cannot be made because an earlier one failed says so.

    With an ``embedder`` a ``sample`` of the records of each index (None: all, 0: none) is embedded again and compared with the published
    vectors. The rows are drawn by ``seed``, at random where none is given; the verdict names it. ``measure`` measures recall and quality
    again as well.
    """
    seed = secrets.randbits(32) if seed is None else seed
    checks_by_model = ModelChecks(embedder, sample, seed, measure) if embedder else None
    context = _Context(snapshot, checks_by_model, progress)
    steps: tuple[tuple[Check, Callable[[_Context, CheckResult], None]], ...] = (
        (Check.FILES, _files),
        (Check.LOG, _log),
        (Check.STATEMENTS, _statements),
        (Check.RULES, _rules),
        (Check.ROWS, _rows),
        (Check.INDEX, _index),
        (Check.CARD, _card),
    )
    checks = []
    for done, (name, step) in enumerate(steps):
        progress("Verifying", done, len(steps))
        check = CheckResult(name.value)
        try:
            step(context, check)
        except CommonsError as error:
            check.add(error.message)
        checks.append(check)
    if memory and context.log:
        checks.append(_memory(snapshot, context.log, memory, all(check.ok for check in checks)))
    progress("Verifying", len(steps), len(steps))
    return Verdict(snapshot.name, snapshot.revision, tuple(checks))


@dataclass
class _Context:
    """What later checks need of earlier ones; None where those failed."""

    snapshot: Snapshot
    checks_by_model: ModelChecks | None = None
    progress: Progress = silent
    log: Log | None = None
    leaves: list[Leaf] | None = None
    audited: AuditResult | None = None


def _files(context: _Context, check: CheckResult) -> None:
    """Nothing lies where nothing belongs: no code, no pickles, no stray data."""
    count = 0
    for path in context.snapshot.paths():
        count += 1
        # Tiles are held to the log and index files to their manifest, which name what is missing or too much in their own words.
        if not layout.place_of(path) and not path.startswith((layout.TILES, layout.INDEX)):
            check.add(f"{path} does not belong into a commons")
    check.looked_at = f"{count:,} files"


def _log(context: _Context, check: CheckResult) -> None:
    """The checkpoint's signature, and every tile and entry against it."""
    log = context.snapshot.log()
    context.leaves = list(log.leaves())
    context.log = log
    expected = {layout.LOG + tile.path for tile in tiles.tiles_written(0, log.checkpoint.size)}
    for path in context.snapshot.paths():
        if path.startswith(layout.TILES) and path not in expected:
            check.add(f"{path} is no tile of this log")
    check.looked_at = f"{log.checkpoint.size:,} leaves under a checkpoint of {log.checkpoint.origin}"


def _statements(context: _Context, check: CheckResult) -> None:
    """Every envelope, and every landing against the policy and the reviews recorded with it."""
    snapshot, leaves = context.snapshot, _needed(context.leaves, "the log")
    origin = _needed(context.log, "the log").checkpoint.origin
    context.audited = log_audit.Auditor(
        origin, lambda digest: snapshot.read(layout.envelope_path(digest))
    ).audit(leaves)
    for index, problem in context.audited.problems:
        check.add(f"leaf {index}: {problem}")
    logged = {leaf.envelope for leaf in leaves}
    for path in snapshot.paths():
        if (digest := layout.parse_envelope(path)) and digest not in logged:
            check.add(f"{path} is not in the log")
    check.looked_at = f"{len(leaves):,} statements, {len(context.audited.accepted):,} landings"


def _rules(context: _Context, check: CheckResult) -> None:
    """The governance files are the ones of the last policy statement."""
    audited = _needed(context.audited, "the statements")
    if context.snapshot.policy_bytes != audited.policy_text.encode():
        check.add(f"{layout.POLICY} is not the policy that was signed last")
    if context.snapshot.roles != audited.roles:
        check.add(f"{layout.ROLES} is not what the policy and the keys retired since make of it")
    check.looked_at = "policy and roles"


def _rows(context: _Context, check: CheckResult) -> None:
    """Every row against exactly one live commitment, and back."""
    snapshot, audited = context.snapshot, _needed(context.audited, "the statements")
    live = _Openings(snapshot, audited, check)
    rows = 0
    for kind in Kind:
        for shard in snapshot.shards(kind):
            rows += _shard_rows(snapshot, shard, live, check)
    for contribution, missing in live.missing():
        check.add(f"{missing} rows of {contribution} are signed but missing, without a tombstone")
    for problem in live.miscounted():
        check.add(problem)
    check.looked_at = f"{rows:,} rows of {len(audited.contributions):,} contributions"


class _Openings:
    """Commitments that are waiting for their row, by contribution and row id.

    Each opening belongs to one row: where several bear one id, each waits for a row of its own, so that none can stand for another.
    """

    def __init__(self, snapshot: Snapshot, audited: AuditResult, check: CheckResult) -> None:
        # contribution -> row id -> (commitment, salt)
        self._waiting: dict[str, dict[str, list[tuple[bytes, bytes]]]] = {}
        self._claimed: Counter[tuple[str, Kind]] = Counter()
        self._signed = audited.contributions
        self._signers = {name: signed.key.key_id for name, signed in audited.contributions.items()}
        for name, signed in audited.contributions.items():
            table = shards.read_openings(
                snapshot.folder / layout.openings_path(name), name=layout.openings_path(name)
            )
            if merkle.root([row["commitment"] for row in table]) != signed.statement.root:
                check.add(f"the openings of {name} are not the ones that were signed")
            if sum(signed.statement.predicate.rows.values()) != len(table):
                check.add(f"{name} was signed for another number of rows")
            waiting = self._waiting[name] = defaultdict(list)
            for row in table:
                if row["id"]:
                    waiting[row["id"]].append((row["commitment"], row["salt"]))
            if erased := sum(row["id"] is None for row in table):
                check.add(f"{erased} rows of {name} were erased without a tombstone")
        for path in snapshot.paths():
            if (contribution := layout.parse_openings(path)) and contribution not in self._waiting:
                check.add(f"{path} belongs to no contribution in the log")

    def claim(self, kind: Kind, row: Row, row_id: str) -> str:
        """Take the row's commitment; the sentence that says what is wrong, or nothing."""
        if self._signers.get(row.contribution) != row.contributor:
            return f"{row_id} names a contribution or contributor that the log does not have"
        waiting = self._waiting[row.contribution]
        if not waiting[row_id]:
            return f"{row_id} was not signed in {row.contribution}, or stands twice"
        commitment, salt = waiting[row_id].pop()
        self._claimed[row.contribution, kind] += 1
        if identity.commitment(salt, row.core()) != commitment:
            return f"{row_id} does not open its commitment"
        return ""

    def missing(self) -> Iterator[tuple[str, int]]:
        """(contribution, how many of its openings no row has claimed)."""
        counts = ((name, sum(map(len, waiting.values()))) for name, waiting in self._waiting.items())
        return ((name, count) for name, count in counts if count)

    def miscounted(self) -> Iterator[str]:
        """Whole contributions of which a kind was signed in another number than is here."""
        torn = {name for name, _ in self.missing()}  # reported already
        for name, signed in self._signed.items():
            for kind in Kind:
                here, count = self._claimed[name, kind], signed.statement.predicate.rows.get(kind.value, 0)
                if here != count and name not in torn:
                    yield f"{name} was signed for {count:,} rows of {kind.value}, and {here:,} are here"


def _shard_rows(snapshot: Snapshot, shard: ShardPath, live: _Openings, check: CheckResult) -> int:
    path = snapshot.path(shard)
    if digests.sha256_of(path) != shard.digest:
        check.add(f"{shard} has other bytes than its name says")
        return 0
    count = 0
    for row in shards.iterate(shard.kind, path, name=str(shard)):
        count += 1
        name = identity.row_id(row)
        if getattr(row, "id", name) != name:
            check.add(f"{shard}, row {count}: the id is not the hash of the row")
        if shard.pool and snapshot.policy.pool_of(row.license) != shard.pool:
            check.add(f"{shard}, row {count}: {row.license} does not belong into the pool {shard.pool}")
        if wrong := live.claim(shard.kind, row, name):
            check.add(wrong)
    return count


def _index(context: _Context, check: CheckResult) -> None:
    """Every file of every artifact against its manifest, and what follows from data and vectors made again."""
    paths = context.snapshot.paths()
    files = [path for path in paths if path.startswith(layout.INDEX)]
    slugs = [slug for path in files if (slug := layout.parse_manifest(path))]
    landed = landings.times_in(_needed(context.log, "the log"), context.snapshot.read) if slugs else {}
    for path in files:
        if path.split("/")[1] not in slugs:
            check.add(f"{path} belongs to no manifest")
    audits = []
    for slug in slugs:
        try:
            audit = index_audit.audit(
                context.snapshot.folder,
                slug,
                paths,
                landed,
                context.checks_by_model,
                progress=context.progress,
            )
        except CommonsError as error:  # one index that cannot be read hides no other
            audit = ArtifactAudit(problems=[error.message])
        audits.append(audit)
        _note_audit(layout.index_folder(slug).rstrip("/"), audit, check)
    if context.checks_by_model and not slugs:
        check.unchecked.append("there is no index whose vectors or figures could be checked")
    check.looked_at = f"{len(slugs)} index artifacts, {len(files):,} files{_index_note(audits)}"


def _note_audit(name: str, audit: ArtifactAudit, check: CheckResult) -> None:
    for problem in audit.problems:
        check.add(f"{name}: {problem}")
    check.unchecked += [f"{name}: {sentence}" for sentence in audit.unchecked]
    check.assumptions += [f"{name}: {sentence}" for sentence in audit.assumptions]


def _index_note(audits: Sequence[ArtifactAudit]) -> str:
    """What was made again, what was not, and how far that reaches."""
    counts = (
        (sum(audit.rebuilt for audit in audits), "rebuilt byte for byte"),
        (sum(audit.not_rebuilt for audit in audits), "NOT REBUILT"),
        (sum(audit.newer_records for audit in audits), "records newer than the index"),
        (sum(audit.embedded_again for audit in audits), "records embedded again"),
    )
    notes = [f"{count:,} {words}" for count, words in counts if count]
    return "".join(f", {note}" for note in notes + [note for audit in audits for note in audit.notes])


def _card(context: _Context, check: CheckResult) -> None:
    """The card's configs are exactly the ones that follow from policy and shards: nothing is loaded from anywhere else."""
    snapshot = context.snapshot
    collections = {shard.collection for shard in snapshot.shards(Kind.RECORD)}
    expected = {
        config["config_name"]: config for config in dataset_card.configs(snapshot.policy, collections)
    }
    declared = dataset_card.read_configs(snapshot.read(layout.CARD))
    named = {str(config.get("config_name")) for config in declared}
    for missing in sorted(set(expected) - named):
        check.add(f"the card lacks the config {missing!r}")
    for config in declared:
        if expected.get(str(config.get("config_name"))) != config:
            check.add(
                f"the config {str(config.get('config_name'))[:80]!r} of the card is not what the shards make it",
            )
    if len(declared) != len(named):
        check.add("the card has a config twice")
    check.looked_at = f"{len(declared)} configs"


def _memory(snapshot: Snapshot, log: Log, memory: Path, all_ok: bool) -> CheckResult:
    """The repository is the log it was, and that log extends what was seen of it; remembered anew only when everything holds."""
    origin = log.checkpoint.origin
    check = CheckResult("memory", "the first checkpoint seen of this log")
    checkpoint_file = memory / digests.sha256_hex(origin.encode())
    repository = snapshot.repository
    address = f"{repository.endpoint}/{repository.id}" if repository else ""
    origin_file = memory / f"{digests.sha256_hex(address.encode())}.origin"
    try:
        if checkpoint_file.is_file():
            last = checkpoints.parse_text(notes.parse(checkpoint_file.read_bytes()).text)
            check.looked_at = f"the checkpoint of {last.size:,} leaves seen last"
            grown = last.size <= log.checkpoint.size
            proof = (
                merkle.consistency_proof(log.tree.hash_at, last.size, log.checkpoint.size) if grown else []
            )
            checkpoints.check_extends(last, log.checkpoint, proof)
    except CommonsError as error:
        check.add(error.message)
    if (
        address
        and origin_file.is_file()
        and (known := origin_file.read_bytes().decode("utf-8", "replace")) != origin
    ):
        check.add(f"{address} was the log {known} when last seen, and is {origin} now")
    if all_ok and check.ok:
        try:
            write_whole(checkpoint_file, log.signed_checkpoint)
            if address:
                write_whole(origin_file, origin.encode())
        except OSError as error:
            check.add(f"this checkpoint could not be kept in {memory} for next time: {error.strerror}")
    return check


def _needed(value: T | None, what: str) -> T:
    if value is None:
        raise CommonsError(f"Not checked, because {what} could not be read.", code="not-checked")
    return value
