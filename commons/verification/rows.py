"""Every row against exactly one live commitment, and back.

Each opening belongs to exactly one row, by commitment; each row has one opening; and where a statement lists its groups, a row lies in the
folder that its place among the commitments says, so whoever moves or rewrites rows needs no trust. What lies among the replaced records
has to be replaced by a link that landed; until a build moves it there, what was replaced lies in the data. What is signed and not here has
to be covered by a tombstone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from commons import digests, layout
from commons.errors import SchemaError
from commons.governance.decision import Outcome
from commons.governance.log_audit import AuditResult
from commons.layout import Kind, ShardPath
from commons.ledger import merkle
from commons.ledger.statements import ContributionStatement, StatementKind
from commons.records import identity, states, summary
from commons.records.schema import SCHEMAS, Link, Record, Row
from commons.records.states import RecordStates
from commons.sandbox import foreign_tables
from commons.verification.context import VerificationContext, needed
from commons.verification.verdict import CheckResult


def check_rows(context: VerificationContext, check: CheckResult) -> None:
    """All rows, and the count of them that the pages are held to; the tables are read in a confined child."""
    audited = needed(context.audited, "the statements")
    live = _Openings(audited, check)
    context.summary_complete = True
    for path in context.paths:
        if (contribution := layout.parse_openings(path)) and contribution not in audited.contributions:
            check.add(f"{path} belongs to no contribution in the log")
    rows, links, known = 0, list[Link](), None
    corrections = _Corrections(audited)
    for shard, batch in _batches(context, audited, live, check):
        rows += len(batch)
        if shard.kind is Kind.LINK:
            links += [row for row in batch if isinstance(row, Link) and row.predicate in states.TELLING]
        elif known is None:
            known = states.of(links)  # links are read first
            corrections.note_links(links)
        corrections.note_records(batch)
        _claim(context, shard, batch, live, known or states.of(()), check)
    for contribution, missing in live.missing():
        check.add(f"{missing} rows of {contribution} are signed but missing, without a tombstone")
    for problem in (*live.miscounted(), *corrections.problems()):
        check.add(problem)
    check.looked_at = f"{rows:,} rows of {len(audited.contributions):,} contributions"


def _batches(
    context: VerificationContext, audited: AuditResult, live: _Openings, check: CheckResult
) -> Iterator[tuple[ShardPath, list[Row]]]:
    """The rows of every shard that is named by its digest, links first, else in the order of paths; openings are taken before."""
    folder = context.snapshot.folder
    names = {layout.openings_path(name): name for name in audited.contributions}
    whole: dict[str, list[dict[str, Any]]] = {}
    tables = foreign_tables.read_contributions(
        {path: folder / path for path in names}, _shards(context, check)
    )
    for path, batch in tables:
        shard = layout.parse_shard(path)
        if whole and shard:
            for opened, openings in whole.items():
                live.take(names[opened], openings)
            whole.clear()
        if isinstance(batch, SchemaError):
            check.add(batch.message)
            context.summary_complete = False
            whole.pop(path, None)
        elif shard:
            yield shard, cast("list[Row]", batch)
        else:
            whole.setdefault(path, []).extend(cast("list[dict[str, Any]]", batch))
    for opened, openings in whole.items():
        live.take(names[opened], openings)


def _shards(context: VerificationContext, check: CheckResult) -> dict[str, tuple[Kind, Path]]:
    snapshot = context.snapshot
    files: dict[str, tuple[Kind, Path]] = {}
    present = filter(None, map(layout.parse_shard, context.paths))
    for shard in sorted(present, key=lambda shard: shard.kind is not Kind.LINK):
        path = snapshot.path(shard)
        if str(shard) in context.too_large:
            check.add(f"{shard} is not read: it is larger than was signed, and than any contribution may be")
            context.summary_complete = False
        elif (context.bound.get(str(shard)) or digests.sha256_of(path)) == shard.digest:
            files[str(shard)] = (shard.kind, path)
        else:
            check.add(f"{shard} has other bytes than its name says")
            context.summary_complete = False
    return files


_Folder = tuple[str, str, str]  # kind, which may be one of later days, pool and collection


class _Openings:
    """Commitments that are waiting for their row, by contribution, row id and folder.

    Each opening belongs to one row: where several bear one id, each waits for a row of its own, so that none can stand for another.
    """

    def __init__(self, audited: AuditResult, check: CheckResult) -> None:
        self._signed = audited.contributions
        self._check = check
        # contribution -> (row id, its folder, None where the statement names none) -> (commitment, salt)
        self._waiting: dict[str, dict[tuple[str, _Folder | None], list[tuple[bytes, bytes]]]] = {}
        self._claimed: Counter[tuple[str, Kind]] = Counter()

    def take(self, name: str, openings: Sequence[Mapping[str, Any]]) -> None:
        """The openings of one contribution, which must be the ones that were signed."""
        statement = self._signed[name].statement
        path = layout.openings_path(name)
        if merkle.root([row["commitment"] for row in openings]) != statement.root:
            self._check.add(f"{path}: the openings are not the ones that were signed")
        if sum(statement.rows.values()) != len(openings):
            self._check.add(f"{path}: {name} was signed for another number of rows")
        waiting = self._waiting[name] = defaultdict(list)
        for row, group in zip(openings, _groups(statement, len(openings)), strict=True):
            if row["id"]:
                waiting[row["id"], group].append((row["commitment"], row["salt"]))
        if erased := sum(row["id"] is None for row in openings):
            self._check.add(f"{path}: {erased} rows of {name} were erased without a tombstone")

    def claim(self, shard: ShardPath, row: Row, row_id: str) -> str:
        """Take the row's commitment; the sentence that says what is wrong, or nothing."""
        signed = self._signed.get(row.contribution)
        if signed is None or signed.key.key_id != row.contributor:
            return f"{row_id} names a contribution or contributor that the log does not have"
        group = (
            (shard.kind.value, shard.pool, shard.collection) if signed.statement.predicate.groups else None
        )
        waiting = self._waiting.get(row.contribution, {}).get((row_id, group))
        if not waiting:
            return f"{row_id} was not signed in {row.contribution} for this folder, or stands twice"
        commitment, salt = waiting.pop()
        self._claimed[row.contribution, shard.kind] += 1
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
                here, count = self._claimed[name, kind], signed.statement.rows.get(kind.value, 0)
                if here != count and name not in torn:
                    yield f"{name} was signed for {count:,} rows of {kind.value}, and {here:,} are here"


class _Corrections:
    """Contributions that replace records of others, which only the rows tell, against the rule for such."""

    def __init__(self, audited: AuditResult) -> None:
        self._grounds = audited.grounds
        self._by: dict[str, set[str]] = defaultdict(set)  # record -> the contributions that replace it
        self._names: set[str] = set()

    def note_links(self, links: Sequence[Link]) -> None:
        for link in links:
            if link.predicate == states.REPLACES:
                self._by[link.object].add(link.contribution)

    def note_records(self, batch: Sequence[Row]) -> None:
        for row in batch:
            if isinstance(row, Record) and row.id in self._by:
                self._names |= self._by[row.id] - {row.contribution}

    def problems(self) -> Iterator[str]:
        for name in sorted(self._names & self._grounds.keys()):
            made = self._grounds[name].decide(StatementKind.CONTRIBUTION, corrects=True)
            if made.outcome is not Outcome.ACCEPT:
                yield f"{name} replaces records, and the rules in force do not accept that: {'; '.join(made.reasons)}"


def _groups(statement: ContributionStatement, count: int) -> list[_Folder | None]:
    """The folder of each row in the order of the commitments; nothing where the statement names none, or not as many rows."""
    groups = statement.predicate.groups
    if sum(group.rows for group in groups) != count:
        return [None] * count
    return [(group.kind, group.pool, group.collection) for group in groups for _ in range(group.rows)]


def _claim(
    context: VerificationContext,
    shard: ShardPath,
    batch: list[Row],
    live: _Openings,
    known: RecordStates,
    check: CheckResult,
) -> None:
    policy, before = context.snapshot.policy, context.counted.get(str(shard))
    for number, row in enumerate(batch, start=(before or 0) + 1):
        name = identity.row_id(row)
        if getattr(row, "id", name) != name:
            check.add(
                f"{shard}, row {number}: the id {getattr(row, 'id', '')[:60]!r} is not the hash of its row"
            )
        if shard.pool and policy.pool_of(row.license) != shard.pool:
            check.add(f"{shard}, row {number}: {row.license} does not belong into the pool {shard.pool}")
        if wrong := live.claim(shard, row, name):
            check.add(f"{shard}, row {number}: {wrong}")
        if shard.replaced and not known.is_replaced(name):
            check.add(
                f"{shard}, row {number}: nothing that landed replaces {name}, so it belongs into the data"
            )
    table = pa.Table.from_pylist([asdict(row) for row in batch], schema=SCHEMAS[shard.kind])
    size = context.snapshot.path(shard).stat().st_size if before is None else 0
    context.counted[str(shard)] = (before or 0) + len(batch)
    summary.add(context.summary, shard, table, size, known)
