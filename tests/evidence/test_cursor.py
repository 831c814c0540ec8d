"""A cursor goes on with its own question at its own revision, and with nothing else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import UsageError
from commons.evidence import cursor

QUESTION = cursor.question_digest({"record": "kr1a", "hops": 2})


def written(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refusal(given: str, revision: str = "sha", question: str = QUESTION) -> str:
    with pytest.raises(UsageError) as caught:
        cursor.decode(given, revision, question)
    assert caught.value.code == "cursor-invalid"
    assert caught.value.hint
    return caught.value.message


@given(st.text(max_size=50), st.integers(0, cursor.MAX_OFFSET))
def test_it_comes_back_as_it_went(revision: str, offset: int) -> None:
    assert cursor.decode(cursor.encode(revision, QUESTION, offset), revision, QUESTION) == offset


def test_one_of_another_question_or_revision_is_refused_with_the_reason() -> None:
    given = cursor.encode("sha", QUESTION, 50)
    assert "another revision" in refusal(given, revision="other")
    assert "another question" in refusal(
        given, question=cursor.question_digest({"record": "kr1a", "hops": 3})
    )


@pytest.mark.parametrize(
    "forged",
    [
        *("", "=", "nothing", "ä", "\ud800", "\0", "e30", "W10", "A" * 5000, "-" * 40),
        written({"o": 50, "q": QUESTION, "r": "sha"}),
        written({"o": 50, "q": QUESTION, "r": "sha", "c": "0" * 16}),
        written({"o": "50", "q": QUESTION, "r": "sha"}),
        written({"o": True, "q": QUESTION, "r": "sha"}),
        written({"o": -1, "q": QUESTION, "r": "sha"}),
        written({"o": 10**30, "q": QUESTION, "r": "sha"}),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        cursor.encode("sha", QUESTION, 50) + "=",
        cursor.encode("sha", QUESTION, 50) + " ",
    ],
    ids=range(19),
)
def test_a_forged_one_is_refused(forged: str) -> None:
    refusal(forged)


@given(st.data())
def test_a_changed_letter_is_seen(data: st.DataObject) -> None:
    given = cursor.encode("sha", QUESTION, 50)
    place = data.draw(st.integers(0, len(given) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda letter: letter != given[place]))
    refusal(given[:place] + letter + given[place + 1 :])


@given(st.text())
def test_any_text_is_refused_or_ours(text: str) -> None:
    refusal(text)
