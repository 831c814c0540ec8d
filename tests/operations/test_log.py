"""Log: a sweep takes every refusal under all proposals into the log, once, and says what it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import terminal
from support.accounts import register
from support.world import MAINTAINER, STRANGER, key_of

from commons.cli import run
from commons.errors import ProposalError
from commons.local_hub import RunningHub
from commons.operations import log, review, show, verify

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

REVIEWER = "ruth"


@pytest.fixture(scope="session")
def reviewer(hub: RunningHub, tokens: dict[str, str]) -> str:
    tokens |= register(hub, [REVIEWER])
    return REVIEWER


@pytest.fixture
def staffed(world: World, reviewer: str) -> World:
    world.appoint(reviewers=[reviewer])
    return world


def refused(world: World, text: str, who: str) -> str:
    """The envelope of a proposal that the reviewer refuses; nobody who may append to the log has seen it."""
    number = world.propose([{"text": text}], who=who).number
    examined = show.examine(world.repository(REVIEWER), number)
    review.submit(examined, key_of(REVIEWER), approve=False)
    return examined.report.statement_digest


def test_every_refusal_under_all_proposals_becomes_leaves_in_one_commit(staffed: World) -> None:
    envelopes = {refused(staffed, "Vague.", "carl"), refused(staffed, "Vaguer.", STRANGER)}
    staffed.propose([{"text": "Waits for a word."}])
    closed = staffed.propose([{"text": "Closed by its author."}]).number
    staffed.repository("carl").close(closed, comment="Never mind.")
    calls: list[tuple[str, int, int]] = []
    before = len(staffed.repository().history("main"))
    swept = log.sweep(staffed.repository(), key_of(MAINTAINER), progress=lambda *step: calls.append(step))
    assert {refusal.envelope for refusal in swept.refusals} == envelopes
    assert swept.proposals == 4
    assert calls[-1] == ("Reading proposals", 4, 4)
    assert len(staffed.repository().history("main")) == before + 1
    assert all(check.ok for check in verify.verify(staffed.snapshot()).checks)
    assert log.sweep(staffed.repository(), key_of(MAINTAINER)).refusals == (), "they are there now"
    assert len(staffed.repository().history("main")) == before + 1


def test_a_key_that_may_not_append_is_told_before_anything_is_read(staffed: World) -> None:
    calls: list[Any] = []
    with pytest.raises(ProposalError) as caught:
        log.sweep(staffed.repository(), key_of(REVIEWER), progress=lambda *step: calls.append(step))
    assert caught.value.code == "not-a-maintainer"
    assert calls == []


def test_the_command_says_how_many_and_that_there_is_nothing_to_do(
    staffed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.sit_down(monkeypatch, staffed, MAINTAINER, tmp_path)
    refused(staffed, "Vague.", "carl")
    assert run(["log", "sweep"]) == 0
    assert "1 refusal went to the log, from 1 proposal." in capsys.readouterr().out
    assert run(["log", "sweep"]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert run(["log", "sweep", "--format", "quiet"]) == 0
    assert capsys.readouterr().out == "0\n"
