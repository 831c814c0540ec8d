"""The founding phase: a founder alone lands her own work, which everybody can see, and from the third member on she cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.world import MAINTAINER, REVIEWER, SECOND_MAINTAINER, key_of

from commons.errors import CommonsError, ProposalError
from commons.governance.decision import Outcome
from commons.ledger import signed_statements
from commons.ledger.statements import DecisionStatement, StatementKind
from commons.operations import review, show, verify
from commons.proposals import report_comment

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

WORDS = "founding phase: 1 of 3 members, so a maintainer's own work counts as approved by her"


def last_decision(world: World) -> DecisionStatement:
    snapshot = world.snapshot()
    envelopes = [leaf.envelope for leaf in snapshot.log().leaves() if leaf.kind is StatementKind.DECISION]
    origin = snapshot.policy.commons.origin
    return signed_statements.verify(
        snapshot.envelope(envelopes[-1]), DecisionStatement, commons=origin
    ).statement


def problems(world: World) -> list[str]:
    return [problem for check in verify.verify(world.snapshot()).checks for problem in check.problems]


def test_a_founder_alone_lands_her_own_work_and_the_log_says_why(world: World) -> None:
    number = world.propose([{"text": "Somebody has to begin."}], who=MAINTAINER).number
    examined = show.examine(world.repository(), number)
    assert WORDS in examined.decision.reasons
    report_comment.publish(examined)
    said = "\n".join(comment.text for comment in world.repository().proposal(number).comments)
    assert f"F{WORDS[1:]}." in said
    world.land(number)
    decided = last_decision(world)
    assert (decided.predicate.founding, decided.reviews) == (True, [])
    assert problems(world) == []


def test_what_others_propose_waits_for_her_as_ever(world: World) -> None:
    number = world.propose([{"text": "Carl's."}]).number
    with pytest.raises(ProposalError) as caught:
        world.land(number)
    assert caught.value.code == "not-accepted"
    report_comment.publish(show.examine(world.repository(), number))
    said = "\n".join(comment.text for comment in world.repository().proposal(number).comments)
    assert "ounding phase" not in said
    world.approve(number)
    world.land(number)
    assert last_decision(world).predicate.founding is False
    assert problems(world) == []


def test_a_founders_work_that_another_founder_refuses_does_not_land(world: World) -> None:
    world.appoint(maintainers=(MAINTAINER, SECOND_MAINTAINER))
    number = world.propose([{"text": "Not so fast."}], who=MAINTAINER).number
    examined = show.examine(world.repository(SECOND_MAINTAINER), number)
    refused = review.submit(examined, key_of(SECOND_MAINTAINER), approve=False)
    assert refused.decision.outcome is Outcome.REFUSE
    with pytest.raises(ProposalError) as caught:
        world.land(number)
    assert caught.value.code == "not-accepted"
    assert problems(world) == []


def test_from_the_third_member_on_it_is_her_own_proposal(world: World) -> None:
    waiting = world.propose([{"text": "Proposed while alone."}], who=MAINTAINER).number
    world.appoint(maintainers=(MAINTAINER, SECOND_MAINTAINER), reviewers=(REVIEWER,))
    later = world.propose([{"text": "Proposed in company."}], "later", who=MAINTAINER).number
    for number in (waiting, later):
        with pytest.raises(CommonsError) as caught:
            world.approve(number, MAINTAINER)
        assert caught.value.code == "own-proposal"
        with pytest.raises(ProposalError) as refused:
            world.land(number)
        assert (refused.value.code, "0 of 1 approvals" in refused.value.message) == ("not-accepted", True)
        world.approve(number, REVIEWER)
        world.land(number)
        assert last_decision(world).predicate.founding is False
    assert problems(world) == []


def test_a_commons_that_asks_for_it_knows_no_founding_phase(found_commons: Any) -> None:
    world: World = found_commons({"members = 3": "members = 0"})
    number = world.propose([{"text": "Mine."}], who=MAINTAINER).number
    with pytest.raises(ProposalError) as caught:
        world.land(number)
    assert "0 of 1 approvals" in caught.value.message
