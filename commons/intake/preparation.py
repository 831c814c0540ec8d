"""Foreign rows to rows that may be sealed: every row is accepted into a group or refused with its reasons, none is lost.

    prepared = preparation.prepare([Input(path, mapping, "notes")], policy)

Reading files is the work of ``readers``, mapping columns of ``mapping``, judging a row of the gate's ``rows``; here is decided what becomes
of it. These are records and their links; ``questions`` stands on the same ground.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from commons import layout
from commons.errors import UsageError
from commons.gate import examine
from commons.gate.findings import Finding, Severity, gravest_first
from commons.gate.rows import row as row_checks
from commons.governance.policy import Policy
from commons.intake import candidates, canonical_values, handed_files, readers
from commons.intake.candidates import Candidate
from commons.intake.local_ids import LocalIds
from commons.intake.mapping import Mapping as ColumnMapping
from commons.intake.raw_rows import RawRow, UnreadableRow
from commons.layout import Kind
from commons.ledger.contributions import Group
from commons.progress import Progress, silent
from commons.records import identity
from commons.records.schema import Link, Record, Row

# Where rows go that no pool takes, when their contributor insists on offering them.
_LICENSE_REFUSED_POOL = "open"


@dataclass(frozen=True, eq=False)  # two inputs are never the same, even for one file
class Input:
    """A file, how to read it, and the collection its records go to."""

    path: Path
    mapping: ColumnMapping
    collection: str
    encoding: str = "utf-8-sig"
    name: str = ""  # what to call it where the path is a temporary copy
    file: BinaryIO | None = None  # where it is open already, in a process that is confined itself

    @property
    def label(self) -> str:
        return self.name or self.path.name

    def rows(self) -> Iterator[RawRow | UnreadableRow]:
        """What the file holds; see ``readers.read`` for the errors."""
        if self.file:
            return handed_files.rows(self.file, Path(self.label))
        return readers.read(self.path, encoding=self.encoding)


@dataclass(frozen=True)
class RefusedRow:
    """A row that stays out, as it was found, with every reason."""

    number: int
    findings: tuple[Finding, ...]
    data: Any

    def to_json(self) -> str:
        reasons = [{"code": f.code, "message": f.message, "hint": f.hint} for f in self.findings]
        row = {"row": self.number, "findings": reasons, "data": _as_json(self.data)}
        return json.dumps(row, ensure_ascii=True, allow_nan=False)


def _as_json(value: Any) -> Any:
    """Whatever a foreign row may hold, as JSON has it; what JSON lacks becomes text."""
    match value:
        case dict():
            return {str(name): _as_json(item) for name, item in value.items()}
        case list() | tuple():
            return [_as_json(item) for item in value]
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return str(value)


@dataclass
class PreparedRows:
    """Every row of the inputs: accepted into ``groups`` or refused, by input; and what else to tell."""

    groups: dict[Group, list[Row]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[Input, list[RefusedRow]] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)
    read: int = 0

    @property
    def accepted(self) -> int:
        """Rows that stay; links are parts of rows and not counted."""
        return sum(len(rows) for (kind, _, _), rows in self.groups.items() if kind is not Kind.LINK)

    @property
    def refused_count(self) -> int:
        return sum(len(rows) for rows in self.refused.values())


@dataclass(frozen=True)
class _AcceptedRow:
    """A row that became a record, and what is still to be done with its links."""

    source: Input
    number: int
    candidate: Candidate
    record: Record


def prepare(
    inputs: Sequence[Input],
    policy: Policy,
    *,
    known_ids: frozenset[str] = frozenset(),
    keep_refused_licenses: bool = False,
    progress: Progress = silent,
) -> PreparedRows:
    """Read, map, shape and check every row of every input; then the links, which may cross from file to file.

    ``known_ids`` are ids the commons already holds. ``keep_refused_licenses`` lets rows pass whose only fault is their licence, for
    a contributor who wants the community to see and answer it.

    Raises:
        InputError: a file that cannot be read at all, or a mapping that names a column it lacks.
    """
    prepared = PreparedRows()
    accepted: list[_AcceptedRow] = []
    seen: set[str] = set()
    for source in inputs:
        tolerated = {"license-refused"} if keep_refused_licenses else set()
        accepted += _records_of(source, policy, prepared, seen, known_ids, tolerated, progress)
    for row in accepted:
        prepared.groups[Kind.RECORD, _pool(row.record, policy), row.source.collection].append(row.record)
    _take_links(accepted, policy, prepared, seen | known_ids, known_ids)
    return prepared


def _records_of(
    source: Input,
    policy: Policy,
    prepared: PreparedRows,
    seen: set[str],
    known_ids: frozenset[str],
    tolerated: set[str],
    progress: Progress,
) -> Iterator[_AcceptedRow]:
    """The rows of one input that become records; the others are refused. ``seen`` grows with what is accepted."""
    repaired = 0
    rewritten: dict[tuple[str, str, str], None] = {}
    unnamed = 0
    for raw in readable_rows(source, prepared, progress):
        candidate = candidates.shape(source.mapping.apply(raw.values))
        record, findings = _judge(candidate, policy, seen, known_ids)
        if record is None or any(stands_in_the_way(finding, tolerated) for finding in findings):
            prepared.refused[source].append(RefusedRow(raw.number, gravest_first(findings), raw.values))
            continue
        seen.add(record.id)
        repaired += candidate.repaired
        unnamed += any(not (named.title or named.author) for named in record.sources)
        rewritten.update(dict.fromkeys(canonical_values.rewritten(candidate.values)))
        yield _AcceptedRow(source, raw.number, candidate, record)
    note_repairs(repaired, source, prepared)
    prepared.notes += canonical_values.notes(rewritten, source.label)
    if unnamed:
        message = f"{unnamed:,} row{'s' * (unnamed != 1)} with a source of neither title nor author; its address alone can be credited"
        prepared.notes.append(Finding("source-unnamed", message, source.label))


def readable_rows(source: Input, prepared: PreparedRows, progress: Progress) -> Iterator[RawRow]:
    """The rows of one input; a line that cannot be read as one is refused, and what nothing maps to is noted."""
    if not layout.is_slug(source.collection):
        raise UsageError(
            f"{source.collection!r} is not a collection name.",
            hint="Use a-z, 0-9 and hyphens: --collection my-notes",
        )
    raws = list(source.rows())
    if columns := {name for raw in raws if isinstance(raw, RawRow) for name in raw.values}:
        source.mapping.refuse_unknown(columns, file=source.label)
        if unused := sorted(columns - source.mapping.used(columns)):
            message = f"nothing maps to {', '.join(unused[:10])}"
            prepared.notes.append(Finding("unused-column", message, source.label))
    refused = prepared.refused.setdefault(source, [])
    prepared.read += len(raws)
    for done, raw in enumerate(raws, start=1):
        if done % 500 == 0 or done == len(raws):
            progress(f"Checking {source.label}", done, len(raws))
        if isinstance(raw, UnreadableRow):
            refused.append(RefusedRow(raw.number, (Finding("unreadable-row", raw.reason),), raw.text))
        else:
            yield raw


def note_repairs(count: int, source: Input, prepared: PreparedRows) -> None:
    if count:
        message = f"{count} rows were brought to NFC, had line ends unified, blanks trimmed or stray zero-width characters taken out"
        prepared.notes.append(Finding("repaired", message, source.label))


def stands_in_the_way(finding: Finding, tolerated: set[str]) -> bool:
    """A warning does not keep a row out; the report says it again, for everybody."""
    return finding.severity is Severity.REFUSE and finding.code not in tolerated


def _judge(
    candidate: Candidate, policy: Policy, seen: set[str], known_ids: frozenset[str]
) -> tuple[Record | None, list[Finding]]:
    parsed = row_checks.parse_row(Kind.RECORD, canonical_values.in_row(candidate.values), policy)
    findings = [Finding("wrong-type", problem) for problem in candidate.problems] + parsed.findings
    if not isinstance(parsed.row, Record):
        return None, findings
    record = replace(parsed.row, id=identity.record_id(parsed.row.core()))
    repeated = examine.repetition(record, record.id, seen, known_ids)
    return record, [*findings, repeated] if repeated else findings


def _pool(record: Record, policy: Policy) -> str:
    return policy.pool_of(record.license) or _LICENSE_REFUSED_POOL


def _take_links(
    accepted: Sequence[_AcceptedRow],
    policy: Policy,
    prepared: PreparedRows,
    here: set[str],
    known_ids: frozenset[str],
) -> None:
    """Group the links of accepted rows; one that leads nowhere is refused as a row of its own."""
    local_ids = LocalIds()
    for row in accepted:
        if row.candidate.local_id:
            local_ids.add(row.source, row.candidate.local_id, row.record.id)
    link_ids = set(known_ids)
    for row in accepted:
        for predicate, target in row.candidate.links:
            link, findings = _judge_link(
                row.record, predicate, local_ids.resolve(row.source, target), policy, here
            )
            if link is None:
                data = {"record": row.record.id, "link": {"predicate": predicate, "object": target}}
                prepared.refused[row.source].append(RefusedRow(row.number, tuple(findings), data))
                continue
            name = identity.row_id(link)
            if name not in link_ids:  # the same edge said twice is said once
                link_ids.add(name)
                group = (Kind.LINK, _pool(row.record, policy), row.source.collection)
                prepared.groups[group].append(link)


def _judge_link(
    subject: Record, predicate: str, target: str | None, policy: Policy, here: set[str]
) -> tuple[Link | None, list[Finding]]:
    if target is None:
        return None, [Finding("link-invalid", "several rows bear the id that this link names")]
    values = {"subject": subject.id, "predicate": predicate, "object": target, "license": subject.license}
    parsed = row_checks.parse_row(Kind.LINK, values, policy)
    # A refused licence was found on the record already, and tolerated if we are here.
    findings = [finding for finding in parsed.findings if stands_in_the_way(finding, {"license-refused"})]
    if identity.is_record_id(target) and target not in here:
        findings.append(Finding("link-dangling", f"there is no record {target}"))
    return (parsed.row if isinstance(parsed.row, Link) and not findings else None), findings
