"""Foreign rows to questions that may be sealed: what each row names becomes record ids; every row is accepted or refused.

    mapping = Mapping({"relevant": "context"}, {"license": "CC-BY-SA-4.0"}, Kind.QUESTION)
    prepared = questions.prepare([Input(path, mapping, "xquad")], policy, look_up, known_ids=ids)

Why names: nobody who brings questions knows record ids, but every set of them has the passages or their titles beside the questions. A
name that leads nowhere, or to several records, is refused and never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commons.gate.findings import Finding, excerpt, gravest_first
from commons.gate.rows import row as row_checks
from commons.governance.policy import Policy
from commons.intake import candidates, canonical_values, mapped_rows
from commons.intake.candidates import QuestionCandidate
from commons.intake.file_notes import FileNotes
from commons.intake.inputs import Input
from commons.intake.link_targets import LookUp
from commons.intake.mapped_rows import MappedRow
from commons.intake.name_index import NameIndex
from commons.intake.preparation import stands_in_the_way, with_problems
from commons.intake.prepared_rows import PreparedRows, RefusedRow
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import identity
from commons.records.schema import Question


@dataclass(frozen=True)
class _QuestionRow:
    """A row that was read, as the question it could become."""

    source: Input
    raw: MappedRow
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
        _QuestionRow(source, raw, candidates.shape_question(raw.values))
        for source in inputs
        for raw in mapped_rows.read(source, prepared, progress)
    ]
    names = {name for row in rows for name in row.candidate.relevant or ()}
    names = {name for name in names if not identity.is_record_id(name)}
    index = look_up(names) if names else NameIndex()
    tolerated = {"license-refused"} if keep_refused_licenses else set()
    notes = {source: FileNotes(source.label) for source in inputs}
    for row in rows:
        question, findings = _judge(row, index, policy, known_ids)
        if question is None or any(stands_in_the_way(finding, tolerated) for finding in findings):
            refused = RefusedRow(row.raw.place, gravest_first(findings), row.raw.data)
            prepared.refused[row.source].append(refused)
            continue
        name = identity.row_id(question)
        if repeated := prepared.repetition(question, name, known_ids):
            prepared.repeated[row.source].append(RefusedRow(row.raw.place, (repeated,), row.raw.data))
            continue
        prepared.places[name] = row.raw.place
        prepared.groups[Kind.QUESTION, "", row.source.collection].append(question)
        notes[row.source].add(row.raw.place, row.candidate.repairs, row.candidate.values)
    for of_file in notes.values():
        prepared.notes += of_file.findings()
    return prepared


def _judge(
    row: _QuestionRow, index: NameIndex, policy: Policy, known_ids: frozenset[str]
) -> tuple[Question | None, list[Finding]]:
    relevant, findings = _relevant(row, index, known_ids)
    values = {**canonical_values.in_row(row.candidate.values), "relevant": sorted(relevant)}
    parsed = row_checks.parse_row(Kind.QUESTION, values, policy)
    findings += with_problems(parsed.findings, row.candidate.problems)
    return (parsed.row if isinstance(parsed.row, Question) else None), findings


def _relevant(
    row: _QuestionRow, index: NameIndex, known_ids: frozenset[str]
) -> tuple[set[str], list[Finding]]:
    """The ids of the records that the row says answer it, and what is wrong with how it says so."""
    findings = []
    if row.candidate.relevant is None and not row.candidate.problems:
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
