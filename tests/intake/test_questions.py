"""Preparing questions: each row ends as a question or in the refused file, and what it names is found or said to be missing."""

from __future__ import annotations

import io
import json
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import UsageError
from commons.governance.policy import Policy
from commons.intake import name_index, questions
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.intake.name_index import NameIndex
from commons.intake.prepared_rows import PreparedRows, RefusedRow
from commons.layout import Kind
from commons.records import identity
from commons.records.schema import Question, Record

DEFAULTS = {"lang": "en", "license": "cc-by-4.0"}


@dataclass
class Shelf:
    """A few records of a commons to ask about; it counts how often it is asked."""

    records: list[Record]
    asked: list[Set[str]] = field(default_factory=list)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(record.id for record in self.records)

    def look_up(self, names: Set[str]) -> NameIndex:
        import pyarrow as pa

        self.asked.append(names)
        rows = [{name: getattr(record, name) for name in name_index.COLUMNS} for record in self.records]
        schema = pa.schema([(name, pa.string()) for name in name_index.COLUMNS])
        return name_index.look_up(names, [("water", pa.Table.from_pylist(rows, schema=schema))])


@pytest.fixture
def shelf(make_record: Any) -> Shelf:
    return Shelf(
        [
            make_record("Water boils at 100 °C."),
            make_record("Ice is solid water.", title="Ice"),
            make_record("Ice, a poem.", title="Poem"),
            make_record("Another poem.", title="Poem"),
        ]
    )


def prepare(
    shelf: Shelf, policy: Policy, path: Path, *rows: Any, columns: Any = None, **options: Any
) -> PreparedRows:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    source = Input(
        path / "asked.jsonl",
        Mapping(columns or {}, DEFAULTS, Kind.QUESTION),
        "water",
        file=io.BytesIO(text.encode()),
    )
    options = {"known_ids": shelf.ids, **options}
    return questions.prepare([source], policy, shelf.look_up, **options)


def accepted(prepared: PreparedRows) -> list[Question]:
    return [row for rows in prepared.groups.values() for row in rows if isinstance(row, Question)]


def refused(prepared: PreparedRows) -> list[tuple[int, list[str]]]:
    return codes_of(prepared.refused)


def codes_of(by_input: dict[Input, list[RefusedRow]]) -> list[tuple[int, list[str]]]:
    return [(row.number, [f.code for f in row.findings]) for rows in by_input.values() for row in rows]


class TestNames:
    @pytest.mark.parametrize(
        "relevant",
        [
            "Water boils at 100 °C.",
            " Water boils at 100 °C.\r\n",  # repaired as the record was
            ["Water boils at 100 °C."],
            '["Water boils at 100 °C."]',
            ["Water boils at 100 °C.", "Water boils at 100 °C."],
        ],
    )
    def test_a_record_is_named_by_its_text(
        self, relevant: Any, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        prepared = prepare(shelf, policy, tmp_path, {"question": "When?", "relevant": relevant})
        assert refused(prepared) == []
        assert accepted(prepared) == [Question("When?", "en", (shelf.records[0].id,), "CC-BY-4.0")]

    def test_several_records_are_named_each_in_its_way_and_stand_sorted(
        self, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        names = ["Ice", shelf.records[0].id, "Another poem."]
        (question,) = accepted(prepare(shelf, policy, tmp_path, {"question": "Why?", "relevant": names}))
        assert list(question.relevant) == sorted(shelf.records[n].id for n in (0, 1, 3))
        again = {"question": "Why?", "relevant": names[::-1]}
        assert accepted(prepare(shelf, policy, tmp_path, again)) == [question]

    def test_ids_in_a_row_are_a_list_and_need_no_look_at_the_records(
        self, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        ids = [shelf.records[0].id, shelf.records[1].id]
        rows = [
            {"question": f"Which, by {join!r}?", "relevant": join.join(ids)}
            for join in (",", ", ", " ", "\n")
        ]
        made = accepted(prepare(shelf, policy, tmp_path, *rows))
        assert [question.relevant for question in made] == [tuple(sorted(ids))] * 4
        assert shelf.asked == []

    def test_records_are_looked_through_once_for_all_rows(
        self, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        rows = [{"question": f"{n}?", "relevant": name} for n, name in enumerate(["Ice", "Ice, a poem."] * 5)]
        assert len(accepted(prepare(shelf, policy, tmp_path, *rows))) == 10
        assert shelf.asked == [{"Ice", "Ice, a poem."}]

    def test_an_empty_list_says_that_the_commons_should_not_know(
        self, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        rows = [{"question": "Who am I?", "relevant": []}, {"question": "And you?", "relevant": "[]"}]
        assert [question.relevant for question in accepted(prepare(shelf, policy, tmp_path, *rows))] == [
            (),
            (),
        ]

    def test_columns_are_mapped(self, shelf: Shelf, policy: Policy, tmp_path: Path) -> None:
        row = {"claim": "Ice is wet.", "abstract": "Ice", "id": 5}
        columns = {"question": "claim", "relevant": "abstract"}
        prepared = prepare(shelf, policy, tmp_path, row, columns=columns)
        assert [question.question for question in accepted(prepared)] == ["Ice is wet."]
        assert [note.code for note in prepared.notes] == ["unused-column"]


# what a row says -> the code it is refused with
WRONG: dict[str, tuple[Any, str]] = {
    "not a row": ("not json", "unreadable-row"),
    "no question": ({"relevant": "Ice"}, "text-missing"),
    "an empty question": ({"question": " ", "relevant": "Ice"}, "text-missing"),
    "a question of another type": ({"question": ["a", "b"], "relevant": "Ice"}, "wrong-type"),
    "a question too long": ({"question": "Why? " * 61 + "Why?", "relevant": "Ice"}, "title-too-long"),
    "nothing said of what answers": ({"question": "Why?"}, "question-unanswered"),
    "null said of what answers": ({"question": "Why?", "relevant": None}, "question-unanswered"),
    "names of another type": ({"question": "Why?", "relevant": [5]}, "wrong-type"),
    "a table of names": ({"question": "Why?", "relevant": {"id": "Ice"}}, "wrong-type"),
    "a list in a list": ({"question": "Why?", "relevant": [["Ice"]]}, "wrong-type"),
    "JSON that is no list of names": ({"question": "Why?", "relevant": "[5]"}, "wrong-type"),
    "a name nobody bears": ({"question": "Why?", "relevant": "Steam"}, "question-dangling"),
    "one of two names nobody bears": ({"question": "Why?", "relevant": ["Ice", "Steam"]}, "question-dangling"),
    "an id nobody bears": ({"question": "Why?", "relevant": "kr1" + "a" * 52}, "question-dangling"),
    "a broken bracket": ({"question": "Why?", "relevant": "[Ice"}, "question-dangling"),
    "half a character": ({"question": "Why?", "relevant": "\ud800"}, "question-dangling"),
    "a name two bear": ({"question": "Why?", "relevant": "Poem"}, "question-ambiguous"),
    "a licence that is not open": ({"question": "Why?", "relevant": "Ice", "license": "cc-by-nc-4.0"}, "license-refused"),
    "no language": ({"question": "Why?", "relevant": "Ice", "lang": "gibberish"}, "lang-invalid"),
    "a line break": ({"question": "a\nb", "relevant": "Ice"}, "forbidden-character"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_by_its_code_and_nothing_else(
    name: str, shelf: Shelf, policy: Policy, tmp_path: Path
) -> None:
    row, code = WRONG[name]
    prepared = prepare(shelf, policy, tmp_path, row, {"question": "Good?", "relevant": "Ice"})
    assert refused(prepared) == [(1, [code])]
    assert [question.question for question in accepted(prepared)] == ["Good?"]
    (rows,) = prepared.refused.values()
    assert json.loads(rows[0].to_json())["data"] == row


def test_everything_wrong_with_a_row_is_named(shelf: Shelf, policy: Policy, tmp_path: Path) -> None:
    row = {"question": "", "relevant": ["Steam", "Poem"], "lang": "xx", "license": "other"}
    ((_, codes),) = refused(prepare(shelf, policy, tmp_path, row))
    assert set(codes) == {
        *("question-dangling", "question-ambiguous", "text-missing", "lang-invalid", "license-refused")
    }


def test_a_missing_language_or_licence_says_what_to_add(shelf: Shelf, policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text('{"question": "Why?", "relevant": "Ice"}\n')
    source = Input(path, Mapping(kind=Kind.QUESTION), "water")
    assert refused(questions.prepare([source], policy, shelf.look_up)) == [
        (1, ["lang-invalid", "license-refused"])
    ]


class TestRepetitions:
    def test_the_second_of_two_equal_questions_is_a_repetition(
        self, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        rows = [
            {"question": "Why?", "relevant": "Ice"},
            {"question": " Why?", "relevant": "Ice is solid water."},
        ]
        prepared = prepare(shelf, policy, tmp_path, *rows)
        assert len(accepted(prepared)) == 1
        assert codes_of(prepared.repeated) == [(2, ["duplicate-in-file"])]

    def test_a_question_that_the_commons_holds_is_a_repetition(
        self, shelf: Shelf, policy: Policy, tmp_path: Path
    ) -> None:
        row = {"question": "Why?", "relevant": "Ice"}
        (known,) = accepted(prepare(shelf, policy, tmp_path, row))
        known_ids = shelf.ids | {identity.row_id(known)}
        prepared = prepare(shelf, policy, tmp_path, row, known_ids=known_ids)
        assert codes_of(prepared.repeated) == [(1, ["duplicate-in-commons"])]


def test_a_refused_licence_goes_along_only_when_asked(shelf: Shelf, policy: Policy, tmp_path: Path) -> None:
    row = {"question": "Why?", "relevant": "Ice", "license": "cc-by-nc-4.0"}
    assert accepted(prepare(shelf, policy, tmp_path, row)) == []
    assert len(accepted(prepare(shelf, policy, tmp_path, row, keep_refused_licenses=True))) == 1


def test_repairs_are_noted(shelf: Shelf, policy: Policy, tmp_path: Path) -> None:
    rows = [{"question": " cafe\u0301? ", "relevant": "Ice"}, {"question": " ", "relevant": "Ice"}]
    prepared = prepare(shelf, policy, tmp_path, *rows)
    assert [question.question for question in accepted(prepared)] == ["café?"]
    assert [(note.code, note.message[:6]) for note in prepared.notes] == [("repaired", "1 row:")]


def test_a_bad_collection_name_is_wrong_usage(shelf: Shelf, policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text("{}\n")
    with pytest.raises(UsageError):
        questions.prepare([Input(path, Mapping(kind=Kind.QUESTION), "../x")], policy, shelf.look_up)


@given(
    chosen=st.lists(
        st.sampled_from([*(row for row, _ in WRONG.values()), {"question": "Good?", "relevant": "Ice"}])
    )
)
def test_every_row_ends_as_a_question_or_as_refused(
    chosen: list[Any], make_record: Any, policy: Policy, tmp_path: Path
) -> None:
    shelf = Shelf([make_record("Ice is solid water.", title="Ice")])
    if not chosen:
        return
    prepared = prepare(shelf, policy, tmp_path, *chosen)
    assert (
        prepared.read == len(chosen) == prepared.accepted + prepared.repeated_count + prepared.refused_count
    )
    assert prepared.accepted == len(accepted(prepared)) <= 1
