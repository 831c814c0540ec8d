"""Contribute: foreign files to a signed contribution, and from there to a proposal.

    prepared = contribute.prepare(sources, origin_of_rows, policy)      every row is accepted or refused, none is lost
    contribution = contribute.seal(prepared, key, policy)               signed by the contributor
    report = contribute.check(contribution, snapshot)                   the maintainer's own gate, run before anybody waits
    proposal = contribute.propose(repository, contribution, prepared)   a pull request

Reading files and mapping columns is ``records``' work, judging rows is ``checks``'; this verb decides what becomes of each row.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from commons.checks import confined, gate
from commons.checks import rows as row_checks
from commons.checks.findings import Finding, Report
from commons.checks.gate import Offer, Standing
from commons.errors import UsageError
from commons.governance import licenses
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.hub.snapshot import Snapshot
from commons.ledger import contributions
from commons.ledger.contributions import Contribution, Group
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.records import candidates, identity, intake, layout
from commons.records.candidates import Candidate
from commons.records.intake import RawRow, Unreadable
from commons.records.mapping import Mapping as ColumnMapping
from commons.records.schema import Kind, Link, Record, Row

_LICENSE_REFUSED_POOL = (
    "open"  # where rows go that no pool takes, when their contributor insists on offering them
)


@dataclass(frozen=True)
class Input:
    """A file, how to read it, and the collection its records go to."""

    path: Path
    mapping: ColumnMapping
    collection: str
    encoding: str = "utf-8-sig"
    name: str = ""  # what to call it where the path is a temporary copy

    @property
    def label(self) -> str:
        return self.name or self.path.name


@dataclass(frozen=True)
class RefusedRow:
    """A row that stays out, as it was found, with every reason."""

    number: int
    findings: tuple[Finding, ...]
    data: Any

    def to_json(self) -> str:
        reasons = [{"code": f.code, "message": f.message, "hint": f.hint} for f in self.findings]
        return json.dumps(
            {"row": self.number, "findings": reasons, "data": self.data}, ensure_ascii=True, default=str
        )


@dataclass
class Prepared:
    """Every row of the inputs: accepted into ``groups`` or refused by input label; and what else to tell."""

    groups: dict[Group, list[Row]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, list[RefusedRow]] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)
    read: int = 0

    @property
    def accepted(self) -> int:
        return sum(len(rows) for (kind, _, _), rows in self.groups.items() if kind is Kind.RECORD)

    @property
    def refused_count(self) -> int:
        return sum(len(rows) for rows in self.refused.values())


def prepare(
    inputs: Sequence[Input],
    policy: Policy,
    *,
    known_ids: frozenset[str] = frozenset(),
    keep_refused_licenses: bool = False,
    progress: Progress = silent,
) -> Prepared:
    """Read, map, shape and check every row of every input.

    ``known_ids`` are ids the commons already holds. ``keep_refused_licenses`` lets rows pass whose only fault is their licence, for
    a contributor who wants the community to see and answer it.

    Raises:
        InputError: a file that cannot be read at all, or a mapping that names a column it lacks.
    """
    prepared = Prepared()
    for source in inputs:
        _prepare_one(source, policy, prepared, known_ids, keep_refused_licenses, progress)
    return prepared


def _prepare_one(
    source: Input,
    policy: Policy,
    prepared: Prepared,
    known_ids: frozenset[str],
    keep_refused_licenses: bool,
    progress: Progress,
) -> None:
    if not layout.is_slug(source.collection):
        raise UsageError(
            f"{source.collection!r} is not a collection name.",
            hint="Use a-z, 0-9 and hyphens: --collection my-notes",
        )
    raws = list(intake.read(source.path, encoding=source.encoding))
    columns = {name for raw in raws if isinstance(raw, RawRow) for name in raw.values}
    source.mapping.refuse_unknown(columns, file=source.label)
    refused = prepared.refused.setdefault(source.label, [])
    accepted: list[tuple[RawRow, Candidate, Record]] = []
    seen = {row.id for rows in prepared.groups.values() for row in rows if isinstance(row, Record)}
    local_ids: dict[str, str] = {}
    repaired = 0
    for done, raw in enumerate(raws, start=1):
        if done % 500 == 0 or done == len(raws):
            progress(f"Checking {source.label}", done, len(raws))
        if isinstance(raw, Unreadable):
            refused.append(RefusedRow(raw.number, (Finding("unreadable-row", raw.reason),), raw.text))
            continue
        candidate = candidates.shape(source.mapping.apply(raw.values))
        record, findings = _judge(candidate, policy)
        if record is not None and not findings:
            findings = [finding for _, finding in gate.repetitions([record], known_ids | seen)]
        if record is None or not (findings == [] or (keep_refused_licenses and _only_license(findings))):
            refused.append(RefusedRow(raw.number, tuple(findings), raw.values))
            continue
        seen.add(record.id)
        repaired += candidate.repaired
        accepted.append((raw, candidate, record))
        if candidate.local_id:
            local_ids[candidate.local_id] = record.id
    _take(source, policy, prepared, accepted, local_ids, known_ids)
    prepared.read += len(raws)
    if repaired:
        prepared.notes.append(
            Finding(
                "repaired",
                f"{repaired} rows were brought to NFC, had line ends unified or blanks trimmed",
                source.label,
            )
        )


def _judge(candidate: Candidate, policy: Policy) -> tuple[Record | None, list[Finding]]:
    values = dict(candidate.values)
    written = values.get("license")
    known = licenses.resolve(written).license if isinstance(written, str) else None
    if known:
        values["license"] = known.spdx
    parsed = row_checks.parse_row(Kind.RECORD, values, policy)
    findings = [Finding("wrong-type", problem) for problem in candidate.problems] + parsed.findings
    if not isinstance(parsed.row, Record):
        return None, findings
    if any(finding.code == "lone-surrogate" for finding in findings):
        return None, findings  # no canonical bytes exist for it, so no id either
    return replace(parsed.row, id=identity.record_id(parsed.row.core())), findings


def _only_license(findings: Iterable[Finding]) -> bool:
    return all(finding.code == "license-refused" for finding in findings)


def _take(
    source: Input,
    policy: Policy,
    prepared: Prepared,
    accepted: Sequence[tuple[RawRow, Candidate, Record]],
    local_ids: Mapping[str, str],
    known_ids: frozenset[str],
) -> None:
    """Put accepted records and their links into groups; a link that leads nowhere is refused as a row of its own."""
    here = {record.id for _, _, record in accepted} | known_ids
    links: dict[str, Link] = {}
    for raw, candidate, record in accepted:
        pool = policy.pool_of(record.license) or _LICENSE_REFUSED_POOL
        prepared.groups[Kind.RECORD, pool, source.collection].append(record)
        for predicate, target in candidate.links:
            values = {
                "subject": record.id,
                "predicate": predicate,
                "object": local_ids.get(target, target),
                "license": record.license,
            }
            parsed = row_checks.parse_row(Kind.LINK, values, policy)
            findings = parsed.findings
            if identity.is_record_id(values["object"]) and values["object"] not in here:
                findings = [*findings, Finding("link-dangling", f"there is no record {values['object']}")]
            if findings or not isinstance(parsed.row, Link):
                named = {"link": {"predicate": predicate, "object": target}, "record": record.id}
                prepared.refused[source.label].append(RefusedRow(raw.number, tuple(findings), named))
                continue
            name = identity.row_id(parsed.row)
            if name not in links and name not in known_ids:
                links[name] = parsed.row
                prepared.groups[Kind.LINK, pool, source.collection].append(parsed.row)


def write_refused(rows: Sequence[RefusedRow], path: Path) -> None:
    """Write the refused rows as JSON lines, whole or not at all."""
    descriptor, staged = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(row.to_json() + "\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise


def seal(prepared: Prepared, key: SigningKey, policy: Policy) -> Contribution:
    """Sign what was accepted.

    Raises:
        UsageError: nothing was accepted, or more than one contribution may hold.
    """
    limit = policy.limits.max_records
    if prepared.accepted == 0:
        raise UsageError(
            "There is nothing to offer: every row was refused.",
            hint="Read the .refused.jsonl file.",
            code="nothing-accepted",
        )
    if prepared.accepted > limit:
        raise UsageError(
            f"{prepared.accepted:,} records; one contribution may hold {limit:,}.",
            hint="Split the file, for example by topic, and contribute the parts one after the other.",
            code="limit-exceeded",
        )
    return contributions.seal(prepared.groups, key, commons=policy.commons.origin)


def check(contribution: Contribution, snapshot: Snapshot) -> Report:
    """What the gate will say of this contribution."""
    standing = Standing(snapshot.row_ids(), snapshot.contributions())
    return confined.examine(Offer.of(contribution.files), snapshot.policy_bytes, standing)


def propose(
    repository: Repository, contribution: Contribution, prepared: Prepared, *, message: str = ""
) -> Proposal:
    """Open the pull request."""
    groups = [(group, rows) for group, rows in prepared.groups.items() if group[0] is Kind.RECORD]
    named = Counter(collection for (_, _, collection), rows in groups for _ in rows)
    spdx = sorted({row.license for _, rows in groups for row in rows})
    total = sum(named.values())
    title = f"Add {total:,} record{'s' * (total != 1)} to {', '.join(named)} ({', '.join(spdx)})"
    description = "\n\n".join(
        part
        for part in (
            message,
            f"Contribution `{contribution.id}`, signed by `{contribution.key_id}`.",
            "Made with `commons contribute`. The gate's report follows as a comment once a maintainer has run it.",
        )
        if part
    )
    return repository.propose(contribution.files, title=title, description=description)
