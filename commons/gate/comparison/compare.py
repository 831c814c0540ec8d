"""Comparing: what an offer looks like beside the whole commons and beside the tests of others. The second stage of the gate.

    report = comparison.compare(report, snapshot, means)

The first stage (``gate``) judges the bytes of a contribution in a sandbox; this one reads its rows, plain values by then, next to all that
the commons holds. Nothing it finds refuses a contribution: it says what a person should look at. So landing does without it, and what
cannot be compared here (no index yet, no embedding library) is said in the report as ``not-compared``, with the way to get it.

* ``repetitions``: the same words, the same text under another title, nearly the same words;
* ``contamination``: items of protected benchmarks, also reworded ones;
* ``contradictions``: neighbours that differ in a number, a date, a negation or a word;
* ``dominance``: one contributor or source taking over a topic;
* ``answers``: which retrieval questions change their first answers, and which records crowd into too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from commons.errors import CommonsError
from commons.gate.comparison import (
    answers,
    contradictions,
    dominance,
    known_records,
    protected_sets,
    repetitions,
    sketches,
)
from commons.gate.comparison.answers import Meaning
from commons.gate.comparison.contamination import Protected
from commons.gate.comparison.contradictions import Difference
from commons.gate.comparison.known_records import KnownRecords
from commons.gate.comparison.neighbourhood import Near
from commons.gate.comparison.repetitions import Repetition
from commons.gate.findings import Finding
from commons.gate.impact import Excerpt, Pair
from commons.gate.offered import Offering
from commons.gate.report import Report
from commons.governance.policy import Policy
from commons.progress import Progress, silent
from commons.records.schema import Record
from commons.snapshots.snapshot import Snapshot

# Records with different titles that share less, or name other numbers, are two entries of one form: "Mali: exports", "Niger: exports".
_SAME_UNDER_ANOTHER_TITLE = 0.9
_CONTRADICTION = "contradiction-candidate"
_PAIRS = 6  # of each kind that are shown side by side; all are counted, and named in the findings
_EXCERPT_CHARACTERS = 240
_CODES = {
    repetitions.RepetitionKind.SAME_WORDS: "same-words",
    repetitions.RepetitionKind.SAME_TEXT: "same-text",
    repetitions.RepetitionKind.NEAR: "near-duplicate",
}


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
    report: Report, snapshot: Snapshot, means: ComparisonResources, *, progress: Progress = silent
) -> Report:
    """The report with everything that only a comparison can tell."""
    offering = report.offering
    if not offering.records:
        return report
    held = known_records.read(snapshot, means.memory, progress=progress)
    said = [
        *_left_out(offering),
        *_contaminated(offering, snapshot.policy),
        *_repeated(offering, held),
        *(_PairedFinding(finding) for finding in dominance.find(offering.records, held)),
    ]
    impact = replace(report.impact, held=_held(report, held))
    try:
        if means.meaning is None:
            raise CommonsError("it was left out.", hint="Run the command without --quick.")
        meaning = means.meaning(snapshot)
        said += _stale(meaning)
        found = answers.look(offering, snapshot, held, meaning, progress=progress)
        said += [_PairedFinding(finding) for finding in found.findings]
        seen = {(one.finding.file, one.finding.row) for one in said if one.finding.code == _CONTRADICTION}
        said += _contradictions(offering, held, found.near, seen)
        impact = replace(impact, answers=found.answers)
    except CommonsError as error:
        said.append(_PairedFinding(Finding("not-compared", f"meaning was not compared: {_sentence(error)}")))
    return replace(
        report,
        findings=(*report.findings, *(one.finding for one in said)),
        impact=replace(impact, pairs=_shown(one.pair for one in said if one.pair)),
    )


def _left_out(offering: Offering) -> Iterator[_PairedFinding]:
    if not offering.complete:
        message = (
            f"only the first {len(offering.records):,} records were compared: together the texts are too long"
        )
        yield _PairedFinding(Finding("not-compared", f"{message}; offer fewer at a time"))


def _stale(meaning: Meaning) -> Iterator[_PairedFinding]:
    if missing := meaning.missing_records:
        message = f"meaning was compared without {missing:,} records that the index does not know yet: commons build --publish"
        yield _PairedFinding(Finding("not-compared", message))


def _contaminated(offering: Offering, policy: Policy) -> Iterator[_PairedFinding]:
    known = protected_sets.described()
    wanted = policy.contamination.protected
    for name in wanted:
        if name not in known:
            yield _PairedFinding(
                Finding("not-compared", f"the list of protected sets of this version has no {name}")
            )
    places = {one.record: one for one in offering.records}
    for found in Protected(protected_sets.read(wanted)).find(one.record for one in offering.records):
        one = places[found.record]
        title = known[found.set].title
        message = f"{found.alike:.0%} like item {found.item} of {title}"
        yield _PairedFinding(Finding("contamination", message, one.file, one.row))


def _repeated(offering: Offering, held: KnownRecords) -> Iterator[_PairedFinding]:
    records = [one.record for one in offering.records]
    made = sketches.make(*zip(*((r.lang, r.title, r.text) for r in records), strict=True))
    replaced = set(offering.replaces)
    for found in repetitions.find(records, made, held.sketches, held.record):
        one = offering.records[found.new]
        inside = found.other >= len(held)
        other = records[found.other - len(held)] if inside else held.record(found.other)
        if (one.record.id, other.id) in replaced or one.record.id == other.id:
            continue  # a correction resembles what it corrects; an exact duplicate was refused already
        differs = contradictions.difference(one.record, other)
        where = f"row {offering.records[found.other - len(held)].row} here" if inside else other.id
        words = f"{found.alike:.0%} the words of {where}" + (f" ({differs})" if differs else "")
        pair = Pair("", one.row, _excerpt(one.record), _excerpt(other), found.alike, str(differs or ""))
        for code in _codes(one.record, other, found, differs):
            yield _PairedFinding(Finding(code, words, one.file, one.row), replace(pair, code=code))


def _codes(one: Record, other: Record, found: Repetition, differs: Difference | None) -> Iterator[str]:
    """What a repetition is. A sentence that differs contradicts rather than repeats; a long text may do both."""
    if found.kind is not repetitions.RepetitionKind.NEAR:
        yield _CODES[found.kind]
    elif differs:
        if not differs.of_sentence:
            yield "near-duplicate"
        if differs.turns_around:
            yield _CONTRADICTION
    elif contradictions.same_subject(one, other):
        yield "near-duplicate"
    else:
        same = found.alike >= _SAME_UNDER_ANOTHER_TITLE and contradictions.same_numbers(one, other)
        yield "near-duplicate" if same else "same-form"


def _contradictions(
    offering: Offering, held: KnownRecords, near: list[list[Near]], seen: set[tuple[str, int]]
) -> Iterator[_PairedFinding]:
    """Neighbours by meaning that may contradict an offered record; ``seen`` rows were paired by their words already."""
    for number, (one, neighbours) in enumerate(zip(offering.records, near, strict=True)):
        if (one.file, one.row) in seen:
            continue
        for found in neighbours:
            other, where = _other(found, offering, held)
            if other is None or (found.offered is not None and found.offered > number):
                continue  # of two offered records the later one is told
            differs = contradictions.difference(one.record, other)
            if differs and differs.turns_around and (one.record.id, other.id) not in offering.replaces:
                message = f"near in meaning to {where} ({differs})"
                pair = Pair(
                    _CONTRADICTION,
                    one.row,
                    _excerpt(one.record),
                    _excerpt(other),
                    round(found.cosine, 4),
                    str(differs),
                )
                yield _PairedFinding(Finding(_CONTRADICTION, message, one.file, one.row), pair)
                break


def _other(found: Near, offering: Offering, held: KnownRecords) -> tuple[Record | None, str]:
    """The record that was found near, and how to name it."""
    if found.offered is not None:
        near = offering.records[found.offered]
        return near.record, f"row {near.row} here"
    position = held.position_of.get(found.id)
    return (None if position is None else held.record(position)), found.id


def _held(report: Report, held: KnownRecords) -> dict[str, int]:
    """How much the commons holds already of what is offered."""
    counts = {f"topic {name}": held.topics[name] for name in report.impact.topics}
    return counts | {f"language {name}": held.languages[name] for name in report.impact.languages}


def _shown(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The most alike of each code, a few of each."""
    by_code: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_code.setdefault(pair.code, []).append(pair)
    return tuple(
        pair for found in by_code.values() for pair in sorted(found, key=lambda pair: -pair.alike)[:_PAIRS]
    )


def _excerpt(record: Record) -> Excerpt:
    return Excerpt(record.id, (record.title or "")[:_EXCERPT_CHARACTERS], record.text[:_EXCERPT_CHARACTERS])


def _sentence(error: CommonsError) -> str:
    return f"{error.message} {error.hint}".strip().rstrip(".")
