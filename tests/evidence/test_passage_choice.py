"""Passage choice: no group and no contributor crowds out others, and a commons of one person still fills a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from support.commons_on_disk import record

from commons.evidence.hit import Hit
from commons.evidence.passage_choice import PassageGroups, choose
from commons.records.states import RecordState


def hit(text: str, score: float, person: str = "ada") -> Hit:
    row = record(text, contributor=person)
    return Hit(row, "notes", "open", score, score, person, RecordState(row.id))


def chosen(hits: Sequence[Hit], groups: PassageGroups = PassageGroups()) -> list[str]:
    return [each.record.text for each in choose(hits, groups, lambda each: each.record.contributor).hits]


def test_only_what_is_about_the_question_makes_passages() -> None:
    assert chosen([hit("a", 0.8), hit("b", 0.4), hit("c", 0.39)]) == ["a", "b"]
    assert chosen([hit("a", -0.2), hit("b", -0.3)]) == ["a"]
    assert chosen([]) == []


def test_the_same_text_stands_once_whatever_its_case_and_blanks() -> None:
    hits = [hit("Ice floats.", 0.9), hit("ICE  floats", 0.8, "bob"), hit("Ice floats!?", 0.7)]
    choice = choose(hits, PassageGroups(), lambda each: each.record.contributor)
    assert [each.record.text for each in choice.hits] == ["Ice floats.", "Ice floats!?"]
    assert choice.repeats == 1


def test_a_sign_that_changes_what_is_said_is_no_repetition() -> None:
    assert chosen([hit("It is -5 degrees.", 0.9), hit("It is 5 degrees.", 0.8), hit("क", 0.8), hit("कि", 0.8)]) == [
        "It is -5 degrees.", "It is 5 degrees.", "क", "कि"
    ]  # fmt: skip


def test_two_of_a_group_of_near_duplicates_and_two_of_a_group_of_translations() -> None:
    hits = [hit(f"text {number}", 0.9 - number / 100, f"p{number}") for number in range(6)]
    names = {each.record.id: number for number, each in enumerate(hits)}
    near = PassageGroups(near_duplicate=lambda name: "g" if names[name] < 4 else name)
    assert chosen(hits, near) == ["text 0", "text 1", "text 4", "text 5"]
    translated = PassageGroups(translation=lambda name: "g" if names[name] % 2 else name)
    assert chosen(hits, translated) == ["text 0", "text 1", "text 2", "text 3", "text 4"]


def test_nobodys_third_comes_before_what_others_have() -> None:
    flood = [hit(f"flood {number}", 0.9 - number / 100, "mallory") for number in range(5)]
    others = [hit("ada says", 0.6), hit("bob says", 0.5, "bob")]
    assert chosen([*flood, *others]) == [
        "flood 0", "flood 1", "ada says", "bob says", "flood 2", "flood 3", "flood 4"
    ]  # fmt: skip


def test_what_is_not_about_the_question_holds_nobody_back() -> None:
    flood = [hit(f"text {number}", 0.9, "ada") for number in range(4)]
    assert chosen([*flood, hit("noise", 0.1, "bob")]) == [f"text {number}" for number in range(4)]


def test_a_commons_of_one_person_fills_a_prompt() -> None:
    assert len(chosen([hit(f"text {number}", 0.9) for number in range(9)])) == 9
