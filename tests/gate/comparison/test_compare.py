"""The gate's second stage: each code with what must and what must not trigger it, against a commons in a folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.persons import person_of

from commons import digests, layout
from commons.cards import dataset_card
from commons.embedding import loading
from commons.embedding.embedder import Embedder, passage
from commons.errors import IndexArtifactError, MissingExtraError
from commons.gate import examine
from commons.gate.commons_state import CommonsState
from commons.gate.comparison import compare
from commons.gate.comparison.answers import Meaning
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.comparison.neighbourhood import Vectors
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.layout import Kind, ShardPath
from commons.ledger import contributions
from commons.ledger.contributions import Group
from commons.records import shards
from commons.records.schema import Link, Question, Record, Row, Source
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

ORIGIN = "knowledge-commons/tests/0123456789abcdef"
BLIND = (
    "Glaucoma is a group of diseases that can damage the eye's optic nerve and result in vision loss and blindness. "
    "It happens when fluid pressure inside the eyes rises slowly, and it is treated with drops or by surgery."
)
FORM = "in current US dollars; note: estimates of goods and services sold to the rest of the world, at official exchange rates"
GSM8K = (
    "Janet's ducks produce 16 eggs each day. She consumes three of them for her morning meal and uses four to bake muffins for her "
    "friends daily. The remaining eggs are sold at the farmers' market for $2 per egg. How much does she make every day?"
)


@dataclass(frozen=True)
class Commons:
    """A commons in a folder that holds some records and questions."""

    folder: Path
    records: tuple[Record, ...]
    key: Any
    embedder: Embedder

    @property
    def snapshot(self) -> Snapshot:
        return snapshots.of_folder(self.folder)

    def meaning(self, _: Snapshot) -> Meaning:
        texts = [passage(record.title, record.text) for record in self.records]
        return Meaning(_Scored([r.id for r in self.records], self.embedder.embed(texts)), self.embedder)

    def compare(self, *records: Record, links: Sequence[Link] = (), **resources: Any) -> Report:
        """What both stages say of these records."""
        groups: dict[Group, list[Row]] = {(Kind.RECORD, "open", "notes"): list(records)}
        if links:
            groups[Kind.LINK, "open", "notes"] = list(links)
        files = contributions.seal(groups, self.key, commons=ORIGIN, person=person_of("carl")).files
        state = CommonsState(frozenset(record.id for record in self.records))
        report = examine.contribution(Offer.of(files), self.snapshot.policy, state)
        chosen = {"memory": self.folder / "memory", "meaning": self.meaning, **resources}
        return compare.compare(report, self.snapshot, ComparisonResources(**chosen))

    def codes(self, *records: Record, **options: Any) -> set[str]:
        return {finding.code for finding in self.compare(*records, **options).findings}


@dataclass(frozen=True)
class _Found:
    id: str
    score: float


class _Scored:
    """A true index, small enough to be a matrix."""

    def __init__(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._ids, self._vectors = list(ids), vectors

    def neighbours(self, vectors: Vectors, k: int) -> list[list[_Found]]:
        products = vectors @ self._vectors.T
        order = np.argsort(-products, axis=1, kind="stable")[:, :k]
        return [
            [_Found(self._ids[i], float(row[i])) for i in best]
            for row, best in zip(products, order, strict=True)
        ]


@pytest.fixture
def commons_of(tmp_path: Path, key: Any, embedder: Any) -> Callable[..., Commons]:
    """A function that lays out a commons with these records, and questions of them, in a folder."""

    def lay_out(records: Sequence[Record], questions: Sequence[Question] = ()) -> Commons:
        (tmp_path / "governance").mkdir()
        (tmp_path / layout.POLICY).write_bytes(dataset_card.founding_policy("Test commons", ORIGIN))
        for kind, pool, rows in ((Kind.RECORD, "open", records), (Kind.QUESTION, "", questions)):
            if rows:
                data = shards.write(kind, rows)
                path = tmp_path / str(ShardPath(kind, pool, "old", digests.sha256_hex(data)))
                path.parent.mkdir(parents=True)
                path.write_bytes(data)
        return Commons(tmp_path, tuple(records), key("carl"), embedder)

    return lay_out


def test_what_is_new_has_no_finding_and_coverage_is_told_before_and_after(
    commons_of: Any, make_record: Any
) -> None:
    commons = commons_of([make_record(BLIND), make_record("Whales are mammals.", lang="en-GB")])
    report = commons.compare(make_record("Bread is baked from flour, water, salt and yeast."))
    assert report.findings == ()
    assert report.impact.records_before == {"topic science": 2, "language en": 1}
    assert report.impact.answers is None


# code -> (what the commons holds, what is offered, how it is changed so that nothing is said)
REPEATED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "same-words": ({"text": BLIND}, {"text": BLIND.upper()}, {"text": "Bread is baked from flour, water, salt and yeast."}),
    "same-text": ({"text": BLIND}, {"text": BLIND, "title": "Glaucoma"}, {"text": "Bread is baked from flour, water, salt and yeast."}),
    "near-duplicate": ({"text": BLIND}, {"text": f"Please note: {BLIND}"}, {"text": BLIND[::-1]}),
    "same-form": (
        {"title": "Mali: exports", "text": f"$5.1 billion (2023 est.), {FORM}"},
        {"title": "Niger: exports", "text": f"$1.4 billion (2023 est.), {FORM}"},
        {"text": "uranium, gold, oil seeds and onions"},
    ),
    "contradiction-candidate": (
        {"text": "The old tower in the harbour is 324 metres high."},
        {"text": "The old tower in the harbour is 330 metres high."},
        {"text": "Bread is baked from flour, water, salt and yeast."},
    ),
    "contamination": ({"text": BLIND}, {"text": GSM8K}, {"text": "Ducks lay eggs; many people keep them for that."}),
}  # fmt: skip
COMPARED = (
    *REPEATED,
    "dominance",
    "query-stuffing",
    "hub",
    "not-compared",
)  # the others have tests of their own below


@pytest.mark.parametrize("code", REPEATED)
def test_each_code_is_triggered_by_what_it_is_about_and_not_by_its_neighbour(
    code: str, commons_of: Any, make_record: Any
) -> None:
    known, offered, changes = REPEATED[code]
    commons = commons_of([make_record(**known)])
    report = commons.compare(make_record(**offered))
    assert {finding.code for finding in report.findings} == {code}
    assert [finding.row for finding in report.findings] == [1]
    assert commons.codes(make_record(**{**offered, **changes})) == set()


@pytest.mark.parametrize("code", [code for code in REPEATED if code != "contamination"])
def test_the_record_that_is_repeated_is_named_and_stands_beside_it(
    code: str, commons_of: Any, make_record: Any
) -> None:
    known, offered, _ = REPEATED[code]
    old, new = make_record(**known), make_record(**offered)
    report = commons_of([make_record("Whales are mammals."), old]).compare(new)
    assert old.id in report.findings[0].message
    (pair,) = report.impact.pairs
    assert (pair.code, pair.new.id, pair.other.id) == (code, new.id, old.id)


@pytest.mark.parametrize("code", [code for code in REPEATED if code != "contamination"])
def test_a_repetition_inside_the_contribution_is_told_of_the_later_row(
    code: str, commons_of: Any, make_record: Any
) -> None:
    known, offered, _ = REPEATED[code]
    report = commons_of([]).compare(make_record(**known), make_record(**offered))
    assert [(finding.code, finding.row) for finding in report.findings] == [(code, 2)]
    assert "row 1 of this file" in report.findings[0].message


@pytest.mark.parametrize("code", [code for code in REPEATED if code != "contamination"])
def test_a_correction_may_resemble_what_it_replaces(code: str, commons_of: Any, make_record: Any) -> None:
    known, offered, _ = REPEATED[code]
    old, new = make_record(**known), make_record(**offered)
    link = Link(new.id, "dcterms:replaces", old.id, "CC0-1.0")
    report = commons_of([old]).compare(new, links=[link])
    assert report.findings == ()
    assert report.impact.replaced == 1


def test_a_policy_chooses_what_it_protects(commons_of: Any, make_record: Any) -> None:
    commons = commons_of([])
    path = commons.folder / layout.POLICY
    for protected, codes in (("[]", set()), ('["xcopa-test"]', set()), ('["gsm8k-test"]', {"contamination"})):
        text = re.sub(r"protected = .*", f"protected = {protected}", path.read_text())
        path.write_text(text)
        assert commons.codes(make_record(GSM8K)) == codes
    path.write_text(re.sub(r"protected = .*", 'protected = ["of-tomorrow"]', path.read_text()))
    (finding,) = commons.compare(make_record(GSM8K)).findings
    assert (finding.code, "of-tomorrow" in finding.message) == ("not-compared", True)


def test_a_source_that_takes_over_a_topic_is_named(commons_of: Any, make_record: Any) -> None:
    known = [
        make_record(f"Old fact number {n} about a thing.", sources=(Source(title=f"Book {n % 4}"),))
        for n in range(200)
    ]
    commons = commons_of(known)
    new = [
        make_record(f"New{n} fact{n} said{n} differently{n}", sources=(Source(title="One book"),))
        for n in range(250)
    ]
    findings = [f for f in commons.compare(*new, meaning=None).findings if f.code == "dominance"]
    assert len(findings) == 1 + 1
    assert any("One book would go from 0% to 56% of science" in finding.message for finding in findings)
    assert "dominance" not in commons.codes(*new[:100], meaning=None)


def test_questions_that_get_other_answers_are_told_with_recall_before_and_after(
    commons_of: Any, make_record: Any
) -> None:
    known = [make_record(f"Fact {n}: {'abcdefghijkl'[n] * 9} lives in the sea.") for n in range(12)]
    question = Question("Where does aaaaaaaaa live?", "en", (known[0].id,), "CC0-1.0")
    other = Question("What is zzzz?", "en", (), "CC0-1.0")
    commons = commons_of(known, [question, other])
    crowd = [
        make_record(f"Where does aaaaaaaaa live? Variation {'mnopqrstuvwxyz'[n] * 5}.") for n in range(10)
    ]
    answers = commons.compare(*crowd).impact.answers
    assert (answers.questions, answers.recall_before, answers.recall_after) == (2, 1.0, 0.0)
    assert answers.turns[0].question == question.question
    assert answers.turns[0].enters
    quiet = commons.compare(make_record("Bread is baked from flour, water, salt and yeast.")).impact.answers
    assert (quiet.recall_before, quiet.recall_after) == (1.0, 1.0)


def test_a_record_that_answers_everything_is_told(commons_of: Any, make_record: Any) -> None:
    known = [make_record(f"{word} is a thing of its own kind.") for word in WORDS]
    questions = [
        Question(f"What is {word}?", "en", (known[n].id,), "CC0-1.0") for n, word in enumerate(WORDS)
    ]
    commons = commons_of(known, questions)
    assert "query-stuffing" in commons.codes(make_record("What is ?"))
    assert "query-stuffing" not in commons.codes(
        make_record("Bread is baked from flour, water, salt and yeast.")
    )


WORDS = [f"{a}{b}{c}" for a in "blmnprst" for b in "aeiou" for c in "kxzvgd"]


def test_a_record_near_to_everything_is_told(commons_of: Any, make_record: Any) -> None:
    records = [make_record(f"{word[::-1]}{word}{n} said of the sea") for n, word in enumerate(WORDS)]
    middle = make_record("said of the sea")
    rows = [f.row for f in commons_of([]).compare(*records, middle).findings if f.code == "hub"]
    assert rows == [len(records) + 1]


@pytest.mark.parametrize(
    ("error", "is_readers"),
    [
        (IndexArtifactError("There is no index.", hint="commons build"), False),
        (MissingExtraError("faiss", "index"), True),
    ],
)
def test_what_could_not_be_compared_is_said_with_the_way_to_get_it_if_it_is_the_readers_to_go(
    error: Any, is_readers: bool, commons_of: Any, make_record: Any
) -> None:
    def fails(_: Snapshot) -> Meaning:
        raise error

    report = commons_of([make_record(BLIND)]).compare(make_record(BLIND.upper()), meaning=fails)
    assert [finding.code for finding in report.findings] == ["same-words", "not-compared"]
    assert error.message.rstrip(".") in report.findings[1].message
    assert (error.hint.rstrip(".") in report.findings[1].message) == is_readers
    assert report.impact.answers is None


def test_rows_that_are_refused_are_not_compared(commons_of: Any, make_record: Any) -> None:
    bad = replace(make_record(BLIND.upper()), license="CC-BY-NC-4.0")
    assert "same-words" not in commons_of([make_record(BLIND)]).codes(bad)


def test_nothing_offered_is_nothing_compared(commons_of: Any) -> None:
    commons = commons_of([])
    report = examine.contribution(Offer({}, {}), commons.snapshot.policy, CommonsState())
    assert compare.compare(report, commons.snapshot, ComparisonResources(commons.folder / "memory")) == report


FERRY = (
    "The ferry to the island of Aldra leaves the old harbour 18 times a day and carries 240 passengers. The crossing takes 35 minutes, "
    "and bicycles travel free of charge."
)
REWORDED = (
    "From the old port a ferry with room for 240 passengers sails to Aldra island 18 times daily. It needs 35 minutes to get across; "
    "nobody pays for a bicycle.",
    "Eighteen crossings a day connect the old harbour with the island of Aldra: in 35 minutes the ferry brings up to 240 people over, and "
    "their bicycles cost nothing.",
)


@pytest.fixture(scope="module")
def model() -> Embedder:
    """The packaged model: what words share says nothing of a rewording."""
    return loading.load()


def test_two_rewordings_of_a_record_are_told_as_its_near_duplicates(
    commons_of: Any, make_record: Any, model: Embedder
) -> None:
    old = make_record(FERRY)
    commons = replace(commons_of([old, make_record(BLIND)]), embedder=model)
    report = commons.compare(*map(make_record, REWORDED))
    assert [(finding.code, finding.row) for finding in report.findings] == [
        ("near-duplicate", 1),
        ("near-duplicate", 2),
    ]
    assert old.id in report.findings[0].message
    assert all(pair.alike > 0.8 for pair in report.impact.pairs)
    assert "near-duplicate" not in {
        finding.code for finding in commons.compare(make_record(REWORDED[0]), meaning=None).findings
    }
    other = REWORDED[0].replace("18", "12")
    assert "near-duplicate" not in commons.codes(make_record(other))


def test_two_rewordings_of_each_other_are_told_of_the_later_row(
    commons_of: Any, make_record: Any, model: Embedder
) -> None:
    commons = replace(commons_of([make_record(BLIND)]), embedder=model)
    (finding,) = commons.compare(make_record(FERRY), make_record(REWORDED[0])).findings
    assert (finding.code, finding.row) == ("near-duplicate", 2)
    assert "row 1 of this file" in finding.message


def test_a_rewording_that_replaces_what_it_says_again_is_a_correction(
    commons_of: Any, make_record: Any, model: Embedder
) -> None:
    old, new = make_record(FERRY), make_record(REWORDED[0])
    commons = replace(commons_of([old]), embedder=model)
    link = Link(new.id, "dcterms:replaces", old.id, "CC0-1.0")
    assert commons.compare(new, links=[link]).findings == ()


def test_opposites_are_contradiction_candidates_and_never_duplicates(
    commons_of: Any, make_record: Any, model: Embedder
) -> None:
    commons = replace(commons_of([make_record("W. B. Yeats was born in London.")]), embedder=model)
    assert commons.codes(make_record("W. B. Yeats was born in Dublin.")) == {"contradiction-candidate"}


def test_questions_that_nothing_answers_are_asked_and_count_in_no_recall(
    commons_of: Any, make_record: Any
) -> None:
    """What no record answers, and what a record answered that is gone, are two things: the second is a miss."""
    unanswerable = [Question(f"Who is {word}?", "en", (), "CC0-1.0") for word in WORDS[:3]]
    known = make_record(BLIND)
    bread = make_record("Bread is baked from flour, water, salt and yeast.")
    answers = commons_of([known], unanswerable).compare(bread).impact.answers
    assert (answers.questions, answers.changed) == (3, 3)
    assert (answers.recall_before, answers.recall_after) == (0.0, 0.0)
    assert all((turn.recall_before, turn.recall_after) == (0.0, 0.0) for turn in answers.turns)


def test_a_question_whose_record_is_gone_is_a_miss_before_and_after(
    commons_of: Any, make_record: Any
) -> None:
    gone = Question("What is glaucoma?", "en", ("kr1" + "a" * 52,), "CC0-1.0")
    half = Question(
        "What harms the eye?", "en", tuple(sorted((make_record(BLIND).id, "kr1" + "a" * 52))), "CC0-1.0"
    )
    answers = (
        commons_of([make_record(BLIND)], [gone, half]).compare(make_record("Bread is baked.")).impact.answers
    )
    assert (answers.recall_before, answers.recall_after) == (0.25, 0.25)
