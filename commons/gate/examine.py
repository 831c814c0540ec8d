"""The gate: everything a contribution must be, examined in one pass from cheap to dear.

``contribution`` is pure and trusts its caller to have put it where hostile bytes do no harm; ``child_process.examine`` does.

1. paths, sizes, and that nothing existing is touched;
2. digests before parsing, then the exact schema, then the file around the rows (``records.containers``);
3. each row: types, bounds, characters, language, topic, licence, sources, links;
4. repetitions inside the contribution and against the commons, dangling links;
5. the statement, its signature, and that rows, openings and statement agree (``signatures``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from commons import digests, layout
from commons.errors import SchemaError
from commons.gate import signatures
from commons.gate.commons_state import CommonsState
from commons.gate.findings import Finding, Severity, gravest_first
from commons.gate.impact import Excerpt, Impact
from commons.gate.offer import Offer
from commons.gate.offered_records import OfferedRecord, OfferedRecords
from commons.gate.report import Report
from commons.gate.rows import row as row_checks
from commons.gate.signatures import Authorship
from commons.governance.policy import Policy
from commons.layout import Kind, ShardPath
from commons.ledger.contributions import Group
from commons.records import containers, identity, shards
from commons.records.bounds import Bounds
from commons.records.schema import SCHEMAS, Link, Question, Record, Row

_SAMPLES = 5
_SAMPLE_CHARACTERS = 160
# A hostile file must not make a report that no comment can hold.
_MAX_FINDINGS = 1000
_MAX_COUNTED = 100
# Files as large as one may be: what is fetched and held in memory to be checked is bounded as a whole too.
_MAX_FULL_FILES = 8
_MAX_NAME_CHARACTERS = 80


@dataclass
class _ParsedShards:
    """Shards that could be read, by group, and where each row came from."""

    groups: dict[Group, list[Row]] = field(default_factory=dict)
    places: dict[int, tuple[str, int]] = field(default_factory=dict)  # id(row) -> (file, row number)
    complete: bool = True  # every row could be read, so rows and commitments can be compared


def contribution(offer: Offer, policy: Policy, state: CommonsState, *, head: str = "") -> Report:
    """The report on ``offer``. Never raises on what is offered: whatever is wrong with it is a finding."""
    findings = precheck(offer, policy)
    if any(finding.severity is Severity.REFUSE for finding in findings):
        return Report(_first_findings(findings), Impact(), head=head)
    parsed = _ParsedShards()
    for path, data in sorted(offer.files.items()):
        if shard := layout.parse_shard(path):
            findings += _shard(path, shard, data, policy, parsed)
    all_rows = [row for group in sorted(parsed.groups) for row in parsed.groups[group]]
    findings += _counts(parsed, offer, policy)
    findings += _repetitions(all_rows, state, parsed)
    findings += _dangling(all_rows, state, parsed)
    groups = parsed.groups if parsed.complete else None
    outcome = signatures.check(offer.files, groups, policy, state, offer.proposer)
    author = outcome if isinstance(outcome, Authorship) else None
    if author and author.envelope in state.refused:
        findings.append(Finding("refused-before", "the same statement was refused here before"))
    if isinstance(outcome, Finding):
        findings.append(outcome)
    return Report(
        _first_findings(findings),
        _impact(parsed.groups, state),
        kind=author.kind if author else None,
        contribution=author.about if author else "",
        author_key_id=author.key_id if author else "",
        author_person=author.person if author else "",
        statement_digest=author.envelope if author else "",
        head=head,
        offering=_offering(all_rows, findings, parsed),
    )


def precheck(offer: Offer, policy: Policy) -> list[Finding]:
    """What can be said from paths and sizes alone, before a byte is fetched."""
    return [*_paths(offer), *_names(offer, policy), *_limits(offer, policy)]


def _paths(offer: Offer) -> Iterator[Finding]:
    for path in offer.changed:
        yield Finding("file-changed", f"{path} exists already and would be changed or deleted", path)
    for path in offer.sizes:
        if not layout.may_be_proposed(path):
            yield Finding("path-forbidden", f"{path} is not a place where contributors may write", path)
    if not offer.sizes and not offer.changed:
        yield Finding("empty-contribution", "the proposal adds nothing")
    places = Counter(
        (s.kind, s.pool, s.collection) for path in offer.sizes if (s := layout.parse_shard(path))
    )
    for (kind, pool, collection), count in places.items():
        if count > 1:
            where = "/".join(part for part in (kind.value, pool, collection) if part)
            yield Finding("limit-exceeded", f"{count} shards in {where}; a contribution brings one")


def _names(offer: Offer, policy: Policy) -> Iterator[Finding]:
    """Pools and collections share the names of ``load_dataset`` configs, so none may hide another."""
    reserved = {*policy.pools, *layout.RESERVED_CONFIGS}
    for path in offer.sizes:
        shard = layout.parse_shard(path)
        if shard and shard.pool and shard.pool not in policy.pools:
            yield Finding("path-forbidden", f"{shard.pool!r} is not a pool of this commons", path)
        if shard and shard.collection in reserved:
            yield Finding(
                "path-forbidden", f"{shard.collection!r} is reserved and cannot name a collection", path
            )


def _limits(offer: Offer, policy: Policy) -> Iterator[Finding]:
    limits = policy.limits
    if len(offer.sizes) > limits.max_files:
        yield Finding("limit-exceeded", f"{len(offer.sizes)} files; {limits.max_files} are allowed")
    total, allowed = sum(offer.sizes.values()), _MAX_FULL_FILES * limits.max_file_bytes
    if total > allowed:
        yield Finding("limit-exceeded", f"{total:,} bytes together; {allowed:,} are allowed")
    for path, size in offer.sizes.items():
        if size > limits.max_file_bytes:
            yield Finding(
                "limit-exceeded", f"{path} has {size:,} bytes; {limits.max_file_bytes:,} are allowed", path
            )


def _shard(
    path: str, shard: ShardPath, data: bytes, policy: Policy, parsed: _ParsedShards
) -> Iterator[Finding]:
    if digests.sha256_hex(data) != shard.digest:
        yield Finding("digest-mismatch", f"{path} is not named by the SHA-256 of its bytes", path)
        return
    limit = policy.limits.max_links if shard.kind is Kind.LINK else policy.limits.max_records
    try:
        table = shards.read_table(data, SCHEMAS[shard.kind], name=path, within=Bounds(rows=limit))
        containers.refuse_foreign(data, table, path)
    except SchemaError as error:
        parsed.complete = False
        yield Finding(error.code, error.message, path)
        return
    group = parsed.groups.setdefault((shard.kind, shard.pool, shard.collection), [])
    for number, values in enumerate(table.to_pylist(), start=1):
        outcome = row_checks.parse_row(shard.kind, values, policy)
        row = outcome.row
        name = row.id if isinstance(row, Record) and identity.is_record_id(row.id) else ""
        yield from (replace(finding, file=path, row=number, record=name) for finding in outcome.findings)
        if row is None:
            parsed.complete = False
            continue
        group.append(row)
        parsed.places[id(row)] = (path, number)
        if shard.pool and (pool := policy.pool_of(row.license)) not in (None, shard.pool):
            yield Finding(
                "pool-mismatch", f"{row.license} belongs to the pool {pool}, not {shard.pool}", path, number
            )


def _repetitions(rows: Iterable[Row], state: CommonsState, parsed: _ParsedShards) -> Iterator[Finding]:
    seen: set[str] = set()
    for row in rows:
        name = identity.row_id(row)
        if finding := repetition(row, name, seen, state.ids):
            yield _at(row, finding, parsed)
        seen.add(name)


def repetition(row: Row, name: str, seen: Set[str], known: Set[str]) -> Finding | None:
    """Whether the row with this id is among those ``seen`` in the contribution or ``known`` to the commons, by exact content."""
    if name in seen:
        code = "link-duplicate" if isinstance(row, Link) else "duplicate-in-file"
        return Finding(code, f"the same row stands earlier in the contribution ({name})")
    if name in known:
        return Finding("duplicate-in-commons", f"the commons already holds {name}")
    return None


def _dangling(rows: Sequence[Row], state: CommonsState, parsed: _ParsedShards) -> Iterator[Finding]:
    offered = {row.id for row in rows if isinstance(row, Record)}
    for row in rows:
        match row:
            case Link():
                code, ends = "link-dangling", [row.subject, row.object]
            case Question():
                code, ends = "question-dangling", list(row.relevant)
            case _:
                continue
        for end in ends:
            if identity.is_record_id(end) and end not in offered and end not in state.ids:
                yield _at(row, Finding(code, f"there is no record {end}"), parsed)


def _counts(parsed: _ParsedShards, offer: Offer, policy: Policy) -> Iterator[Finding]:
    """Bounds on the contribution as a whole; each shard was bounded before it was read."""
    limits = {
        Kind.RECORD: policy.limits.max_records,
        Kind.LINK: policy.limits.max_links,
        Kind.QUESTION: policy.limits.max_records,
    }
    total = 0
    for kind, limit in limits.items():
        count = sum(len(rows) for group, rows in parsed.groups.items() if group[0] is kind)
        total += count
        if count > limit:
            yield Finding("limit-exceeded", f"{count:,} rows of {kind.value}; {limit:,} are allowed")
    brings_shards = any(layout.parse_shard(path) for path in offer.sizes)
    brings_openings = any(layout.parse_openings(path) for path in offer.sizes)
    if total == 0 and parsed.complete and (brings_shards or brings_openings):
        yield Finding("empty-contribution", "there is not a single row in it")


def _offering(rows: Sequence[Row], findings: Sequence[Finding], parsed: _ParsedShards) -> OfferedRecords:
    """What is left to compare: the rows against which nothing speaks."""
    refused = {(finding.file, finding.row) for finding in findings if finding.severity is Severity.REFUSE}
    good = [row for row in rows if parsed.places[id(row)] not in refused]
    return OfferedRecords(
        records=tuple(OfferedRecord(*parsed.places[id(row)], row) for row in good if isinstance(row, Record)),
        replaces=tuple(
            (row.subject, row.object)
            for row in good
            if isinstance(row, Link) and row.predicate == "dcterms:replaces"
        ),
    )


def _at(row: Row, finding: Finding, parsed: _ParsedShards) -> Finding:
    file, number = parsed.places[id(row)]
    return replace(finding, file=file, row=number, record=row.id if isinstance(row, Record) else "")


def _impact(groups: Mapping[Group, Sequence[Row]], state: CommonsState) -> Impact:
    records = [row for group in groups for row in groups[group] if isinstance(row, Record)]
    questions = [row for group in groups for row in groups[group] if isinstance(row, Question)]
    links = [row for group in groups for row in groups[group] if isinstance(row, Link)]
    rows: Sequence[Record | Question] = records or questions  # what the rest of the report speaks of
    kind = Kind.RECORD if records else Kind.QUESTION
    step = max(1, len(rows) // _SAMPLES)
    return Impact(
        records=len(records),
        links=len(links),
        questions=len(questions),
        pools=_counts_of(group[1] for group in groups if group[0] is Kind.RECORD for _ in groups[group]),
        licenses=_counts_of(row.license for row in rows),
        languages=_counts_of(row.lang for row in rows),
        topics=_counts_of(topic for record in records for topic in record.topic),
        collections=_counts_of(group[2] for group in groups if group[0] is kind for _ in groups[group]),
        samples=tuple(_sample(row) for row in rows[::step][:_SAMPLES]),
        replaced=len({link.object for link in links if link.predicate == "dcterms:replaces"} & state.ids),
    )


def _sample(row: Record | Question) -> Excerpt:
    if isinstance(row, Question):
        answered = ", ".join(row.relevant) or "nothing: the commons should say that it does not know"
        name, title, text = identity.row_id(row), row.question, f"answered by {answered}"
    else:
        name, title, text = row.id, row.title or "", row.text
    return Excerpt(name[:_MAX_NAME_CHARACTERS], title[:_SAMPLE_CHARACTERS], text[:_SAMPLE_CHARACTERS])


def _counts_of(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(value[:_MAX_NAME_CHARACTERS] for value in values).most_common(_MAX_COUNTED))


def _first_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first findings, gravest first, and how many more there are."""
    if len(findings) <= _MAX_FINDINGS:
        return tuple(findings)
    return (
        *gravest_first(findings)[:_MAX_FINDINGS],
        Finding("more-findings", f"{len(findings) - _MAX_FINDINGS:,} more findings are not listed"),
    )
