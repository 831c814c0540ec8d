"""Foreign rows to questions that may be sealed: what each row names becomes record ids; every row is accepted or refused.

    mapping = Mapping({"relevant": "context"}, {"license": "CC-BY-SA-4.0"}, Kind.QUESTION)
    prepared = questions.prepare([Input(path, mapping, "xquad")], policy, look_up, known_ids=ids)

Why names: nobody who brings questions knows record ids, but every set of them has the passages or their titles beside the questions. A
name that leads nowhere, or to several records, is refused and never guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from commons.gate import examine
from commons.gate.findings import Finding, excerpt, gravest_first
from commons.gate.rows import row as row_checks
from commons.governance.policy import Policy
from commons.intake import candidates, canonical_values
from commons.intake.candidates import QuestionCandidate
from commons.intake.name_index import NameIndex
from commons.intake.preparation import (
    Input,
    PreparedRows,
    RefusedRow,
    note_repairs,
    readable_rows,
    stands_in_the_way,
)
from commons.intake.raw_rows import RawRow
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import identity
from commons.records.schema import Question

LookUp = Callable[[Set[str]], NameIndex]


@dataclass(frozen=True)
class _QuestionRow:
    """A row that was read, as the question it could become."""

    source: Input
    raw: RawRow
    candidate: QuestionCandidate


def prepare(
    inputs: Sequence[Input],
    policy: Policy,
    look_up: LookUp,
    *,
    known_ids: frozenset[str] = frozenset(),
    keep_refused_licenses: bool = False,
    progress: Progress = silent,
) -> PreparedRows:
    """Read, map and shape every row of every input, find what they name, and check them.

    ``look_up`` finds the records of the commons that bear names; it is asked once, and only when a row names one by other than its id.
    ``known_ids`` and ``keep_refused_licenses`` are as in ``preparation.prepare``, and so are the errors.
    """
    prepared = PreparedRows()
    rows = [
        _QuestionRow(source, raw, candidates.shape_question(source.mapping.apply(raw.values)))
        for source in inputs
        for raw in readable_rows(source, prepared, progress)
    ]
    names = {name for row in rows for name in row.candidate.relevant or ()}
    names = {name for name in names if not identity.is_record_id(name)}
    index = look_up(names) if names else NameIndex()
    tolerated = {"license-refused"} if keep_refused_licenses else set()
    seen: set[str] = set()
    repaired: Counter[Input] = Counter()
    rewritten: defaultdict[Input, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        question, findings = _judge(row, index, policy, seen, known_ids)
        if question is None or any(stands_in_the_way(finding, tolerated) for finding in findings):
            prepared.refused[row.source].append(
                RefusedRow(row.raw.number, gravest_first(findings), row.raw.values)
            )
            continue
        seen.add(identity.row_id(question))
        prepared.groups[Kind.QUESTION, "", row.source.collection].append(question)
        repaired[row.source] += row.candidate.repaired
        rewritten[row.source] += canonical_values.rewritten(row.candidate.values)
    for source, count in repaired.items():
        note_repairs(count, source, prepared)
    for source, changes in rewritten.items():
        prepared.notes += canonical_values.notes(changes, source.label)
    return prepared


def _judge(
    row: _QuestionRow, index: NameIndex, policy: Policy, seen: set[str], known_ids: frozenset[str]
) -> tuple[Question | None, list[Finding]]:
    relevant, findings = _relevant(row, index, known_ids)
    values = {**canonical_values.in_row(row.candidate.values), "relevant": sorted(relevant)}
    parsed = row_checks.parse_row(Kind.QUESTION, values, policy)
    findings = [*findings, *parsed.findings]
    if not isinstance(parsed.row, Question):
        return None, findings
    repeated = examine.repetition(parsed.row, identity.row_id(parsed.row), seen, known_ids)
    return parsed.row, [*findings, repeated] if repeated else findings


def _relevant(
    row: _QuestionRow, index: NameIndex, known_ids: frozenset[str]
) -> tuple[set[str], list[Finding]]:
    """The ids of the records that the row says answer it, and what is wrong with how it says so."""
    findings = [Finding("wrong-type", problem) for problem in row.candidate.problems]
    if row.candidate.relevant is None and not findings:
        findings.append(Finding("question-unanswered", "nothing says which records answer it"))
    relevant: set[str] = set()
    for name in row.candidate.relevant or ():
        bearers = (
            {name} & known_ids if identity.is_record_id(name) else index.resolve(name, row.source.collection)
        )
        if bearers is None:
            findings.append(
                Finding("question-ambiguous", f"several records are called {_name_for_reader(name)}")
            )
        elif not bearers:
            findings.append(Finding("question-dangling", f"there is no record {_name_for_reader(name)}"))
        else:
            relevant |= bearers
    return relevant, findings


def _name_for_reader(name: str) -> str:
    return name if identity.is_record_id(name) else excerpt(name)
