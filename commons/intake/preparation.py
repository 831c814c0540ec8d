"""Foreign rows to rows that may be sealed: every row is accepted into a group, repeats what is there, or is refused with its reasons.

    prepared = preparation.prepare([Input(path, mapping, "notes")], policy)

Reading files is the work of ``readers``, mapping columns of ``mapping``, judging a row of the gate's ``rows``; here is decided what becomes
of it. These are records and their links; ``questions`` stands on the same ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from commons.gate.findings import Finding, RowPlace, Severity, gravest_first
from commons.gate.rows import row as row_checks
from commons.governance.policy import Policy
from commons.intake import candidates, canonical_values, long_texts, mapped_rows, refused_files
from commons.intake.candidates import Candidate, LinkCandidate
from commons.intake.file_notes import FileNotes
from commons.intake.inputs import Input
from commons.intake.link_targets import LinkTargets, LookUp
from commons.intake.mapped_rows import MappedRow, OnTable
from commons.intake.prepared_rows import PreparedRows, RefusedRow
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import identity
from commons.records.schema import Link, Record

# Where rows go that no pool takes, when their contributor insists on offering them.
_LICENSE_REFUSED_POOL = "open"


@dataclass(frozen=True)
class _Subject:
    """A record, new or repeated, and what is still to be done with its links."""

    source: Input
    place: RowPlace
    record_id: str
    license: str
    links: tuple[LinkCandidate, ...]


def prepare(
    inputs: Sequence[Input],
    policy: Policy,
    *,
    known_ids: frozenset[str] = frozenset(),
    look_up: LookUp | None = None,
    keep_refused_licenses: bool = False,
    split_long: bool = False,
    on_table: OnTable | None = None,
    progress: Progress = silent,
) -> PreparedRows:
    """Read, map, shape and check every row of every input; then the links, which may cross from file to file.

    ``known_ids`` are ids the commons already holds; ``look_up`` finds its records by title, and is asked once, if a link names one so.
    ``keep_refused_licenses`` lets rows pass whose only fault is their licence, for a contributor who wants the community to see and
    answer it. ``split_long`` parts a text that is longer than a record's may be into several rows, linked to the first of them.
    ``on_table`` is told of each file how many rows it has, before any is checked.

    Raises:
        InputError: a file that cannot be read at all, or a mapping that names a column it lacks.
    """
    prepared = PreparedRows()
    targets = LinkTargets(look_up)
    tolerated = {"license-refused"} if keep_refused_licenses else set()
    judge = _Judge(policy, known_ids, tolerated, prepared, targets, split_long)
    for source in inputs:
        prepared.local_ids[source] = dict(source.local_ids)
        for local_id, record_id in source.local_ids.items():
            targets.add(source, RowPlace(source.label, 0), local_id, "", source.collection, record_id)
    subjects = [subject for source in inputs for subject in judge.records_of(source, progress, on_table)]
    _take_links(subjects, policy, prepared, targets, known_ids)
    return prepared


class _Judge:
    """What becomes of each row, in the order of the inputs."""

    def __init__(
        self,
        policy: Policy,
        known_ids: frozenset[str],
        tolerated: set[str],
        prepared: PreparedRows,
        targets: LinkTargets,
        split_long: bool,
    ) -> None:
        self._policy, self._known_ids, self._tolerated = policy, known_ids, tolerated
        self._prepared, self._targets, self._split_long = prepared, targets, split_long

    def records_of(self, source: Input, progress: Progress, on_table: OnTable | None) -> Iterator[_Subject]:
        """The rows of one input that are records; the others are refused, and what repeats is not offered."""
        notes = FileNotes(source.label)
        for raw in mapped_rows.read(source, self._prepared, progress, on_table):
            if link := refused_files.link_in(raw.data):
                yield self._lone_link(source, raw.place, *link)
                continue
            parts = self._parts(candidates.shape(raw.values), raw.place)
            notes.parted += len(parts) > 1
            self._prepared.read += len(parts) - 1
            for candidate in parts:
                self._prepared.links.given += len(candidate.links)
                if record := self._accepted(source, candidate, raw):
                    yield _Subject(source, raw.place, record.id, record.license, candidate.links)
                    if self._offer(source, record, raw):
                        notes.add(raw.place, candidate.repairs, candidate.values, record.sources)
        self._prepared.notes += notes.findings()

    def _parts(self, candidate: Candidate, place: RowPlace) -> list[Candidate]:
        """The candidate, or where its text is too long and may be parted one for each part, linked to the first."""
        text = candidate.values["text"]
        most = self._policy.limits.max_text_bytes
        if not self._split_long or not isinstance(text, str):
            return [candidate]
        texts = long_texts.parts(text, max_bytes=most)
        if len(texts) < 2:
            return [candidate]
        whole = candidate.local_id or f"row {place.row}"
        first = replace(candidate, values={**candidate.values, "text": texts[0]}, local_id=whole)
        belongs = LinkCandidate("dcterms:isPartOf", whole)
        return [
            first,
            *(
                replace(first, values={**first.values, "text": part}, local_id="", links=(belongs,))
                for part in texts[1:]
            ),
        ]

    def _accepted(self, source: Input, candidate: Candidate, raw: MappedRow) -> Record | None:
        """The record that the row is, unless something stands in its way; then the row is refused."""
        record, findings = self._judged(candidate)
        if record is not None and any(stands_in_the_way(f, self._tolerated) for f in findings):
            record = None
        title = candidate.values.get("title")
        self._targets.add(
            source,
            raw.place,
            candidate.local_id,
            title if isinstance(title, str) else "",
            source.collection,
            record.id if record else "",
        )
        if record and candidate.local_id:
            self._prepared.local_ids[source][candidate.local_id] = record.id
        if record is None:
            self._prepared.refused[source].append(RefusedRow(raw.place, gravest_first(findings), raw.data))
            self._prepared.links.dropped["row-refused"] += len(candidate.links)
        return record

    def _offer(self, source: Input, record: Record, raw: MappedRow) -> bool:
        """Whether the row is offered, or says exactly what another does; then it is neither offered nor refused."""
        if repetition := self._prepared.repetition(record, record.id, self._known_ids):
            self._prepared.repeated[source].append(RefusedRow(raw.place, (repetition,), raw.data))
            return False
        self._prepared.places[record.id] = raw.place
        group = (Kind.RECORD, _pool(record.license, self._policy), source.collection)
        self._prepared.groups[group].append(record)
        return True

    def _lone_link(
        self, source: Input, place: RowPlace, record_id: str, spdx: str, link: LinkCandidate
    ) -> _Subject:
        """A link that was dropped before, without its row."""
        self._prepared.read -= 1
        self._prepared.links.given += 1
        return _Subject(source, place, record_id, spdx, (link,))

    def _judged(self, candidate: Candidate) -> tuple[Record | None, list[Finding]]:
        parsed = row_checks.parse_row(Kind.RECORD, canonical_values.in_row(candidate.values), self._policy)
        findings = with_problems(parsed.findings, candidate.problems)
        if candidate.deprecated:
            findings.append(Finding("row-deprecated", "its source calls it deprecated or obsolete"))
        if not isinstance(parsed.row, Record):
            return None, findings
        return replace(parsed.row, id=identity.record_id(parsed.row.core())), findings


def with_problems(findings: Sequence[Finding], problems: Sequence[str]) -> list[Finding]:
    """The problems of a candidate as findings, and those of its row that do not follow from them."""
    consequences = ("wrong-type", "text-missing") if problems else ()
    own = [Finding("wrong-type", problem) for problem in problems]
    return [*own, *(finding for finding in findings if finding.code not in consequences)]


def stands_in_the_way(finding: Finding, tolerated: set[str]) -> bool:
    """A warning does not keep a row out; the report says it again, for everybody."""
    return finding.severity is Severity.REFUSE and finding.code not in tolerated


def _pool(spdx: str, policy: Policy) -> str:
    return policy.pool_of(spdx) or _LICENSE_REFUSED_POOL


def _take_links(
    subjects: Sequence[_Subject],
    policy: Policy,
    prepared: PreparedRows,
    targets: LinkTargets,
    known_ids: frozenset[str],
) -> None:
    """Group the links of all records, new and repeated; one that leads nowhere is dropped with the reason."""
    targets.prepare((s.source, link.object) for s in subjects for link in s.links)
    records = known_ids | prepared.places.keys()
    seen = set(known_ids)
    for subject in subjects:
        for link in subject.links:
            for each in _named_by(link, subject, targets, prepared):
                row, findings = _judged_link(subject, each, targets, policy, records)
                if row is None:
                    _drop(subject, each, findings, prepared)
                elif (name := identity.row_id(row)) in seen:
                    prepared.links.repeated += 1
                else:
                    seen.add(name)
                    prepared.links.offered += 1
                    prepared.places[name] = subject.place
                    group = (Kind.LINK, _pool(subject.license, policy), subject.source.collection)
                    prepared.groups[group].append(row)


def _named_by(
    link: LinkCandidate, subject: _Subject, targets: LinkTargets, prepared: PreparedRows
) -> list[LinkCandidate]:
    """The link, or where its whole cell names nothing the links to each part of it."""
    whole = targets.resolve(subject.source, link.object, subject.source.collection)
    if not link.parts or isinstance(whole, str):
        return [link]
    prepared.links.given += len(link.parts) - 1
    return [LinkCandidate(link.predicate, part) for part in link.parts]


def _drop(
    subject: _Subject, link: LinkCandidate, findings: Sequence[Finding], prepared: PreparedRows
) -> None:
    findings = gravest_first(findings)
    data = refused_files.link_data(subject.record_id, subject.license, link)
    prepared.dropped[subject.source].append(RefusedRow(subject.place, findings, data))
    prepared.links.dropped[findings[0].code] += 1


def _judged_link(
    subject: _Subject, link: LinkCandidate, targets: LinkTargets, policy: Policy, records: frozenset[str]
) -> tuple[Link | None, list[Finding]]:
    target = targets.resolve(subject.source, link.object, subject.source.collection)
    if isinstance(target, Finding):
        return None, [target]
    values = {
        "subject": subject.record_id,
        "predicate": link.predicate,
        "object": target,
        "license": subject.license,
    }
    parsed = row_checks.parse_row(Kind.LINK, values, policy)
    # A refused licence was found on the record already, and tolerated if we are here.
    findings = [finding for finding in parsed.findings if stands_in_the_way(finding, {"license-refused"})]
    for end in (subject.record_id, target):
        if identity.is_record_id(end) and end not in records:
            findings.append(
                Finding(
                    "link-dangling",
                    f"the commons holds no record {end}; what an open proposal offers comes when it lands",
                )
            )
    return (parsed.row if isinstance(parsed.row, Link) and not findings else None), findings
