"""What is signed is what was seen: a review is of the head that its reviewer was shown, and of nothing that came after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import terminal
from support.world import MAINTAINER, World

from commons.cli import run
from commons.errors import ProposalError
from commons.operations import review, show
from commons.proposals.shown_heads import ShownHeads


@pytest.fixture
def maya(shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A maintainer at her terminal."""
    terminal.sit_down(monkeypatch, shared, MAINTAINER, tmp_path)
    return shared


def test_a_push_after_it_was_shown_is_not_approved_unseen(maya: World, capsys: Any) -> None:
    number = maya.propose([{"text": "Water is wet, says the first text."}]).number
    assert run(["show", str(number), "--quick"]) == 0
    maya.push_instead(number, [{"text": "Water is dry, says the second text."}])
    assert run(["review", str(number), "--approve", "--quick"]) == 1
    said = capsys.readouterr().err
    assert "head-moved" in said
    assert "added" in said and "removed" in said
    assert show.examine(maya.repository(), number).reviews == ()
    assert run(["show", str(number), "--quick"]) == 0
    assert run(["review", str(number), "--approve", "--quick"]) == 0
    assert "Water is dry" in capsys.readouterr().err  # a sample stands there before the signature
    (signed,) = show.examine(maya.repository(), number).reviews
    assert signed.bound


def test_what_was_never_shown_is_not_signed(maya: World, capsys: Any) -> None:
    number = maya.propose([{"text": "Nobody has looked at this."}]).number
    assert run(["review", str(number), "--approve", "--quick"]) == 64
    assert f"commons show {number}" in capsys.readouterr().err


def test_what_was_not_printed_was_not_shown(maya: World, capsys: Any) -> None:
    number = maya.propose([{"text": "Nobody has read this either."}]).number
    assert run(["show", str(number), "--quick", "--format", "quiet"]) == 0
    assert run(["review", str(number), "--approve", "--quick"]) == 64


def test_a_head_is_named_whole(maya: World, capsys: Any) -> None:
    number = maya.propose([{"text": "Named by a part of its commit."}]).number
    head = maya.head(f"refs/pr/{number}")
    assert run(["review", str(number), "--approve", "--quick", "--head", head[:12]]) == 64
    assert run(["show", str(number), "--quick"]) == 0
    assert head in capsys.readouterr().out


def test_a_head_that_was_seen_elsewhere_is_named(maya: World) -> None:
    number = maya.propose([{"text": "Seen on the web page."}]).number
    head = maya.head(f"refs/pr/{number}")
    assert run(["review", str(number), "--approve", "--head", "0" * 40, "--quick"]) == 1
    assert run(["review", str(number), "--approve", "--head", head, "--quick"]) == 0


def test_a_review_of_a_closed_proposal_changes_nothing_under_it(shared: World, key: Any) -> None:
    number = shared.propose([{"text": "Landed already."}]).number
    shared.approve(number)
    shared.land(number)
    before = shared.repository().proposal(number)
    with pytest.raises(ProposalError) as caught:
        review.examine(shared.repository(), number, key(MAINTAINER), head=before.head, approve=True)
    assert caught.value.code == "proposal-closed"
    assert shared.repository().proposal(number).comments == before.comments


def test_what_was_shown_is_remembered_for_each_commons_and_proposal(shared: World, tmp_path: Path) -> None:
    shown = ShownHeads(tmp_path)
    proposal = shared.propose([{"text": "Remember me."}])
    assert shown.head_of(proposal.number, shared.repository()) == ""
    shown.remember(proposal, shared.repository())
    assert shown.head_of(proposal.number, shared.repository()) == proposal.head
    assert shown.head_of(proposal.number + 1, shared.repository()) == ""
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(b"\xff\xfe")
    assert shown.head_of(proposal.number, shared.repository()) == ""
