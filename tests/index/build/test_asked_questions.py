"""The questions an index is measured on: those that have an answer, of very many a lasting choice."""

from __future__ import annotations

from support.commons_on_disk import question, record

from commons.index.build import asked_questions
from commons.index.build.asked_questions import MAX_QUESTIONS
from commons.records import identity


class TestChoosingQuestions:
    def test_only_those_with_an_answer_each_once_whatever_the_order(self) -> None:
        first, second = record("one"), record("two")
        rows = [question("a?", first), question("b?", second), question("nothing?"), question("a?", first)]
        chosen = asked_questions.choose_questions({"x": rows})
        assert {row.question for _, _, row in chosen} == {"a?", "b?"}
        assert len(chosen) == 2
        assert asked_questions.choose_questions({"x": rows[::-1]}) == chosen
        assert all(name == identity.row_id(row) for name, _, row in chosen)

    def test_of_very_many_the_choice_lasts_when_more_come(self) -> None:
        answer = record("one")
        rows = [question(f"number {n}?", answer) for n in range(MAX_QUESTIONS + 100)]
        before = {name for name, _, _ in asked_questions.choose_questions({"x": rows})}
        after = {
            name for name, _, _ in asked_questions.choose_questions({"x": [*rows, question("more?", answer)]})
        }
        assert len(before) == len(after) == MAX_QUESTIONS
        assert len(before - after) <= 1
        two = asked_questions.choose_questions({"x": rows, "y": rows})
        assert len(two) == 2 * MAX_QUESTIONS, "of each collection"

    def test_the_digest_names_what_is_asked(self) -> None:
        answer = record("one")
        first = asked_questions.choose_questions({"x": [question("a?", answer)]})
        digests = {
            asked_questions.digest_of(chosen)
            for chosen in (
                first,
                asked_questions.choose_questions({"y": [question("a?", answer)]}),
                asked_questions.choose_questions({"x": [question("b?", answer)]}),
                [],
            )
        }
        assert len(digests) == 4
        assert asked_questions.digest_of([]) == ""
        assert asked_questions.digest_of(first) == asked_questions.digest_of(list(first))
