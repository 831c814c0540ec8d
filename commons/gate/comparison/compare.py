"""Comparing: what an offer looks like beside the whole commons and beside the tests of others. The second stage of the gate.

    report = compare.compare(report, snapshot, resources)

The first stage (``examine``) judges the bytes of a contribution in a sandbox; this one reads its rows, plain values by then, next to all
that the commons holds. Nothing it finds refuses a contribution: it says what a person should look at. So landing does without it, and what
cannot be compared here (no index yet, no embedding library) is said in the report as ``not-compared``, with the way to get it.

* ``repetitions``: the same words, the same text under another title, nearly the same words;
* ``rewordings``: the same in other words;
* ``contamination``: items of protected benchmarks, also reworded ones;
* ``contradictions``: neighbours that differ in a number, a date, a negation, an opposite or a word;
* ``dominance``: one contributor or source taking over a topic;
* ``answers``: which retrieval questions change their first answers, and which records crowd into too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from commons.errors import CommonsError, MissingExtraError
from commons.gate.comparison import answers, dominance, known_records, protected_sets, repetitions, rewordings
from commons.gate.comparison.answers import Meaning
from commons.gate.comparison.contamination import ProtectedItems
from commons.gate.comparison.known_records import KnownRecords
from commons.gate.comparison.neighbourhood import Neighbour
from commons.gate.comparison.repetitions import Repetition, RepetitionKind
from commons.gate.findings import Finding
from commons.gate.impact import Excerpt, Pair, Resemblance
from commons.gate.offered_records import OfferedRecord, OfferedRecords
from commons.gate.report import Report
from commons.governance.policy import Policy
from commons.progress import Progress, silent
from commons.records.likeness import contradictions, sketches
from commons.records.likeness.contradictions import Difference
from commons.records.schema import Record
from commons.snapshots.snapshot import Snapshot

# Records with different titles that share less, or name other numbers, are two entries of one form: "Mali: exports", "Niger: exports".
_SAME_UNDER_ANOTHER_TITLE = 0.9
_PAIRS = 6  # of each resemblance that are shown side by side; all are counted, and named in the findings
_EXCERPT_CHARACTERS = 240


@dataclass(frozen=True)
class ComparisonResources:
    """What comparing may use: a folder to keep sketches in, and how to open the index; None leaves meaning out.

    ``meaning`` raises a CommonsError where there is no index or nothing to embed with.
    """

    memory: Path
    meaning: Callable[[Snapshot], Meaning] | None = None


@dataclass(frozen=True)
class _PairedFinding:
    """A finding, and the pair of records it is about."""

    finding: Finding
    pair: Pair | None = None


def compare(
    report: Report, snapshot: Snapshot, resources: ComparisonResources, *, progress: Progress = silent
) -> Report:
    """The report with everything that only a comparison can tell."""
    offering = report.offering
    if not offering.records:
        return report
    known = known_records.read(snapshot, resources.memory, progress=progress)
    results = [
        *_incompleteness(offering),
        *_contaminations(offering, snapshot.policy),
        *_repetitions(offering, known),
        *(_PairedFinding(finding) for finding in dominance.find(offering.records, known)),
    ]
    impact = replace(report.impact, records_before=_records_before(report, known))
    try:
        if resources.meaning is None:
            raise CommonsError("it was left out with --quick.")
        meaning = resources.meaning(snapshot)
        results += _staleness(meaning)
        comparison = answers.compare(offering, snapshot, known, meaning, progress=progress)
        results += [_PairedFinding(finding) for finding in comparison.findings]
        results += _resemblances_by_meaning(offering, known, comparison.near, _Paired.of(results))
        impact = replace(impact, answers=comparison.answers)
    except CommonsError as error:
        message = f"meaning was not compared: {_sentence(error)}"
        results.append(_PairedFinding(Finding("not-compared", message)))
    return replace(
        report,
        findings=(*report.findings, *(result.finding for result in results)),
        impact=replace(impact, pairs=_most_alike(result.pair for result in results if result.pair)),
    )


def _incompleteness(offering: OfferedRecords) -> Iterator[_PairedFinding]:
    if not offering.complete:
        message = (
            f"only the first {len(offering.records):,} records were compared: together the texts are too long"
        )
        yield _PairedFinding(Finding("not-compared", f"{message}; offer fewer at a time"))


def _staleness(meaning: Meaning) -> Iterator[_PairedFinding]:
    if missing := meaning.missing_records:
        message = f"meaning was compared without {missing:,} records that the index does not know yet"
        yield _PairedFinding(Finding("not-compared", message))


def _contaminations(offering: OfferedRecords, policy: Policy) -> Iterator[_PairedFinding]:
    described = protected_sets.descriptions()
    wanted = policy.contamination.protected
    for name in wanted:
        if name not in described:
            yield _PairedFinding(
                Finding("not-compared", f"the list of protected sets of this version has no {name}")
            )
    items = ProtectedItems(protected_sets.read(wanted))
    places = {entry.record: entry for entry in offering.records}
    for match in items.find(entry.record for entry in offering.records):
        place = places[match.record]
        message = f"{match.alike:.0%} like item {match.item} of {described[match.set].title}"
        yield _PairedFinding(place.finding("contamination", message))


def _repetitions(offering: OfferedRecords, known: KnownRecords) -> Iterator[_PairedFinding]:
    records = [entry.record for entry in offering.records]
    replaced = set(offering.replaces)
    own_sketches = sketches.make(*zip(*((r.lang, r.title, r.text) for r in records), strict=True))
    for repetition in repetitions.find(records, own_sketches, known.sketches, known.record):
        entry = offering.records[repetition.new]
        inside = repetition.other - len(known)  # from 0 on: its place in the contribution
        other = records[inside] if inside >= 0 else known.record(repetition.other)
        if (entry.record.id, other.id) in replaced or entry.record.id == other.id:
            continue  # a correction resembles what it corrects; an exact duplicate was refused already
        difference = contradictions.difference(entry.record, other)
        where = offering.records[inside].called_beside(entry) if inside >= 0 else other.id
        message = f"shares {repetition.alike:.0%} of its words with {where}" + (
            f" ({difference})" if difference else ""
        )
        for resemblance in _resemblances(entry.record, other, repetition, difference):
            yield _paired_finding(resemblance, message, entry, other, repetition.alike, difference)


def _resemblances(
    record: Record, other: Record, repetition: Repetition, difference: Difference | None
) -> Iterator[Resemblance]:
    """What a repetition is. A sentence that differs contradicts rather than repeats; a long text may do both."""
    if repetition.kind is RepetitionKind.SAME_WORDS:
        yield Resemblance.SAME_WORDS
    elif repetition.kind is RepetitionKind.SAME_TEXT:
        yield Resemblance.SAME_TEXT
    elif difference:
        if not (difference.of_sentence and difference.turns_around):
            yield Resemblance.NEAR_DUPLICATE
        if difference.turns_around:
            yield Resemblance.CONTRADICTION
    elif contradictions.same_subject(record, other):
        yield Resemblance.NEAR_DUPLICATE
    else:
        same = repetition.alike >= _SAME_UNDER_ANOTHER_TITLE and contradictions.same_numbers(record, other)
        yield Resemblance.NEAR_DUPLICATE if same else Resemblance.SAME_FORM


@dataclass(frozen=True)
class _Paired:
    """The rows that were paired by their words already."""

    contradicting: frozenset[tuple[str, int]]
    repeating: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, results: Iterable[_PairedFinding]) -> _Paired:
        places: dict[bool, set[tuple[str, int]]] = {True: set(), False: set()}
        for result in results:
            if result.pair:
                contradicts = result.pair.code is Resemblance.CONTRADICTION
                places[contradicts].add((result.finding.file, result.finding.row))
        return cls(frozenset(places[True]), frozenset(places[False]))


def _resemblances_by_meaning(
    offering: OfferedRecords, known: KnownRecords, near: list[list[Neighbour]], paired: _Paired
) -> Iterator[_PairedFinding]:
    """Neighbours by meaning that an offered record may contradict, or says again: of each the nearest."""
    replacements = set(offering.replaces)
    for number, (entry, neighbours) in enumerate(zip(offering.records, near, strict=True)):
        place = (entry.file, entry.row)
        done = {Resemblance.CONTRADICTION} if place in paired.contradicting else set()
        done |= {Resemblance.NEAR_DUPLICATE} if place in paired.repeating else set()
        for neighbour in neighbours:
            other, where = _record_of(neighbour, entry, offering, known)
            if other is None or (neighbour.offered is not None and neighbour.offered > number):
                continue  # of two offered records the later one is told
            if (entry.record.id, other.id) in replacements:
                continue
            result = _resemblance_by_meaning(entry, other, where, neighbour.cosine)
            if result and result.pair and result.pair.code not in done:
                done.add(result.pair.code)
                yield result


def _resemblance_by_meaning(
    entry: OfferedRecord, other: Record, where: str, cosine: float
) -> _PairedFinding | None:
    difference = contradictions.difference(entry.record, other)
    if difference and difference.turns_around:
        kind, message = Resemblance.CONTRADICTION, f"near in meaning to {where} ({difference})"
    elif rewordings.is_rewording(entry.record, other, cosine):
        kind, message = Resemblance.NEAR_DUPLICATE, f"says the same as {where} in other words"
    else:
        return None
    return _paired_finding(kind, message, entry, other, round(cosine, 4), difference)


def _paired_finding(
    resemblance: Resemblance,
    message: str,
    entry: OfferedRecord,
    other: Record,
    alike: float,
    difference: Difference | None,
) -> _PairedFinding:
    pair = Pair(resemblance, entry.row, _excerpt(entry.record), _excerpt(other), alike, str(difference or ""))
    return _PairedFinding(entry.finding(resemblance.value, message), pair)


def _record_of(
    neighbour: Neighbour, entry: OfferedRecord, offering: OfferedRecords, known: KnownRecords
) -> tuple[Record | None, str]:
    """The record that is near to ``entry``, and how to name it."""
    if neighbour.offered is not None:
        other = offering.records[neighbour.offered]
        return other.record, other.called_beside(entry)
    position = known.position_of.get(neighbour.id)
    return (None if position is None else known.record(position)), neighbour.id


def _records_before(report: Report, known: KnownRecords) -> dict[str, int]:
    """How much the commons holds already of what is offered."""
    counts = {f"topic {name}": known.topics[name] for name in report.impact.topics}
    return counts | {f"language {name}": known.languages[name] for name in report.impact.languages}


def _most_alike(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The most alike of each resemblance, a few of each."""
    by_code: dict[Resemblance, list[Pair]] = {}
    for pair in pairs:
        by_code.setdefault(pair.code, []).append(pair)
    return tuple(
        pair for group in by_code.values() for pair in sorted(group, key=lambda pair: -pair.alike)[:_PAIRS]
    )


def _excerpt(record: Record) -> Excerpt:
    return Excerpt(record.id, (record.title or "")[:_EXCERPT_CHARACTERS], record.text[:_EXCERPT_CHARACTERS])


def _sentence(error: CommonsError) -> str:
    """What happened; who offers rows can install what is missing, and a maintainer sees to the index."""
    hint = error.hint if isinstance(error, MissingExtraError) else ""
    return f"{error.message} {hint}".strip().rstrip(".")
