"""Review: a signed word that binds to exactly the head that was read, and what of such words counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.reviews_by_hand import post, signed

from commons.errors import CommonsError, ProposalError
from commons.governance.decision import Outcome
from commons.operations import review, show
from commons.proposals.examination import Examination

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


def comments(world: World, number: int) -> list[str]:
    return [comment.text for comment in world.repository().proposal(number).comments]


@pytest.fixture(scope="module")
def proposal(shared: World) -> int:
    """A good proposal that nobody has spoken on; the tests post to it what must not count."""
    return shared.propose([{"text": "Something to review."}], "reviewed").number


class TestSubmitting:
    def test_an_approval_accepts_and_a_comment_carries_its_envelope(self, world: World, key: Any) -> None:
        number = world.propose([{"text": "x"}]).number
        examined = show.examine(world.repository(), number)
        decision = review.submit(examined, key("maya"), approve=True, reason="Good")
        assert decision.outcome is Outcome.ACCEPT
        again = show.examine(world.repository(), number)
        assert again.decision.outcome is Outcome.ACCEPT
        (found,) = again.reviews
        assert found.bound
        assert (found.vote.key_id, found.vote.approve) == (key("maya").public.key_id, True)

    def test_a_refusal_closes_the_proposal_with_the_reason(self, world: World, key: Any) -> None:
        number = world.propose([{"text": "x"}]).number
        examined = show.examine(world.repository(), number)
        decision = review.submit(examined, key("maya"), approve=False, reason="Not <b>ours</b>")
        assert decision.outcome is Outcome.REFUSE
        closed = world.repository().proposal(number)
        assert closed.status == "closed"
        said = "\n".join(comment.text for comment in closed.comments)
        assert "Not accepted" in said
        assert "ours" in said

    def test_a_refused_licence_is_answered_on_the_proposal(self, world: World, key: Any) -> None:
        number = world.propose([{"text": "x", "license": "cc-by-nc-4.0"}], keep_refused_licenses=True).number
        examined = show.examine(world.repository(), number)
        assert {finding.code for finding in examined.report.findings} == {"license-refused"}
        review.submit(examined, key("maya"), approve=False)
        closed = world.repository().proposal(number)
        assert not closed.is_open
        assert "commercial" in "\n".join(comment.text for comment in closed.comments)

    def refuse_code(self, world: World, examined: Examination, key: Any, approve: bool = True) -> str:
        before = comments(world, examined.proposal.number)
        with pytest.raises(CommonsError) as caught:
            review.submit(examined, key, approve=approve)
        assert comments(world, examined.proposal.number) == before, "nothing is said when nothing is signed"
        return caught.value.code

    def test_only_keys_with_a_role_review(self, shared: World, proposal: int, key: Any) -> None:
        examined = show.examine(shared.repository(), proposal)
        assert self.refuse_code(shared, examined, key("eve")) == "not-a-reviewer"

    def test_what_the_gate_refuses_cannot_be_approved(self, shared: World, key: Any) -> None:
        number = shared.propose_files({"data/x.txt": b"x"}).number
        examined = show.examine(shared.repository(), number)
        assert self.refuse_code(shared, examined, key("maya")) == "gate-refuses"

    def test_a_head_that_moved_since_it_was_examined_is_not_reviewed(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "moving"}], "moving").number
        examined = show.examine(shared.repository(), number)
        shared.push(number, {"data/notes.txt": b"x"})
        assert self.refuse_code(shared, examined, key("maya")) == "head-moved"

    def test_a_closed_proposal_is_not_reviewed(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "closed"}], "closed").number
        shared.repository().close(number, comment="Never mind.")
        examined = show.examine(shared.repository(), number)
        assert self.refuse_code(shared, examined, key("maya")) == "proposal-closed"


class TestWhatCounts:
    """Who signs says something, and from whose account; the words around an envelope are nobody's."""

    def decision(self, world: World, number: int) -> tuple[Outcome, list[bool]]:
        examined = show.examine(world.repository(), number)
        return examined.decision.outcome, [one.bound for one in examined.reviews]

    def test_a_reviewers_envelope_counts_from_her_own_account_alone(self, shared: World) -> None:
        """A key that was stolen says nothing by itself; nor does an envelope that somebody copied."""
        number = shared.propose([{"text": "carried"}], "carried").number
        envelope = signed(shared, show.examine(shared.repository(), number), "maya")
        post(shared, number, envelope, who="eve")
        assert self.decision(shared, number) == (Outcome.WAIT, [False])
        (carried,) = show.examine(shared.repository(), number).reviews
        assert carried.unbound == "posted from an account that is not its signer's"
        with pytest.raises(ProposalError) as caught:
            shared.land(number)
        assert "Not counted: 1 posted from an account that is not its signer's." in caught.value.message
        post(shared, number, envelope, who="maya")
        assert self.decision(shared, number) == (Outcome.ACCEPT, [True])

    def test_a_reviewers_key_in_the_name_of_another_person_does_not_count(self, shared: World) -> None:
        number = shared.propose([{"text": "renamed"}], "renamed").number
        examined = show.examine(shared.repository(), number)
        eve = shared.identity("eve").person
        post(shared, number, signed(shared, examined, "maya", person=eve))
        (renamed,) = show.examine(shared.repository(), number).reviews
        assert renamed.unbound == "in the name of another person than the key's"
        assert self.decision(shared, number)[0] is Outcome.WAIT

    def test_the_last_word_of_a_person_is_by_the_log_that_was_seen_not_by_the_clock(
        self, found_commons: Any
    ) -> None:
        world: World = found_commons({"veto = 1": "veto = 2"})
        number = world.propose([{"text": "x"}]).number
        examined = show.examine(world.repository(), number)
        seen, now = examined.snapshot.rules.size, datetime.now(UTC)
        refusal = signed(world, examined, "maya", approve=False, size=seen, now=now - timedelta(days=300))
        approval = signed(world, examined, "maya", size=seen - 1, now=now)
        for envelope in (refusal, approval):
            post(world, number, envelope)
        assert self.decision(world, number) == (Outcome.WAIT, [True, True])

    @pytest.mark.parametrize(
        "name",
        ["not JSON", "a changed payload", "a strangers signature", "a key id of another", "another commons"],
    )
    def test_a_forged_envelope_is_no_review(self, name: str, shared: World, proposal: int, key: Any) -> None:
        examined = show.examine(shared.repository(), proposal)
        good = signed(shared, examined, "maya", approve=False)
        refusal, approval = good, signed(shared, examined, "maya")
        by_eve = signed(shared, examined, "eve")
        forged = {
            "not JSON": b"{nonsense}",
            "a changed payload": _with_payload_of(refusal, approval),
            "a strangers signature": by_eve.replace(
                key("eve").public.key_id.encode(), key("maya").public.key_id.encode()
            ),
            "a key id of another": approval.replace(b'"keyid":"kk1', b'"keyid":"kk2'),
            "another commons": signed(shared, examined, "maya", origin="knowledge-commons/another/1"),
        }[name]
        post(shared, proposal, forged)
        outcome, _ = self.decision(shared, proposal)
        assert outcome is Outcome.WAIT

    @pytest.mark.parametrize("wrong", ["head", "contribution", "envelope"])
    def test_a_review_of_something_else_is_shown_but_does_not_count(
        self, wrong: str, shared: World, proposal: int, key: Any
    ) -> None:
        examined = show.examine(shared.repository(), proposal)
        other = {"head": "0" * 40, "contribution": "kc1" + "a" * 52, "envelope": "0" * 64}[wrong]
        post(shared, proposal, signed(shared, examined, "maya", **{wrong: other}))
        outcome, bound = self.decision(shared, proposal)
        assert outcome is Outcome.WAIT
        assert not any(bound)

    def test_an_approval_from_another_proposal_does_not_count_here(
        self, shared: World, proposal: int, key: Any
    ) -> None:
        other = shared.propose([{"text": "another"}], "another").number
        examined = show.examine(shared.repository(), other)
        post(shared, proposal, signed(shared, examined, "maya"))
        assert self.decision(shared, proposal)[0] is Outcome.WAIT

    def test_a_strangers_or_the_authors_approval_is_a_review_without_weight(
        self, shared: World, proposal: int, key: Any
    ) -> None:
        examined = show.examine(shared.repository(), proposal)
        for who in ("eve", "carl"):
            post(shared, proposal, signed(shared, examined, who), who=who)
        assert self.decision(shared, proposal)[0] is Outcome.WAIT

    def test_an_approval_does_not_outlive_a_push(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "pushed over"}], "pushed").number
        shared.approve(number)
        assert self.decision(shared, number) == (Outcome.ACCEPT, [True])
        shared.push(number, {"data/x.txt": b"x"})
        examined = show.examine(shared.repository(), number)
        assert examined.decision.outcome is Outcome.REFUSE
        assert [one.bound for one in examined.reviews] == [False]

    def test_the_same_key_twice_is_one_voice(self, found_commons: Any, key: Any) -> None:
        world: World = found_commons({"approve = 1 ": "approve = 2 "})
        number = world.propose([{"text": "x"}]).number
        for _ in range(2):
            examined = world.approve(number)
        assert show.examine(world.repository(), number).decision.outcome is Outcome.WAIT
        post(world, number, signed(world, examined, "maya"))
        assert show.examine(world.repository(), number).decision.outcome is Outcome.WAIT

    def test_posting_an_old_approval_again_does_not_undo_a_later_refusal(
        self, found_commons: Any, key: Any
    ) -> None:
        """Anybody can copy an envelope; the order is that of signing, not of posting."""
        world: World = found_commons({"veto = 1": "veto = 2"})
        number = world.propose([{"text": "x"}]).number
        examined = show.examine(world.repository(), number)
        now = datetime.now(UTC)
        approval = signed(world, examined, "maya", now=now - timedelta(hours=1))
        refusal = signed(world, examined, "maya", approve=False, now=now)
        for envelope in (approval, refusal, approval):
            post(world, number, envelope)
        outcome, bound = self.decision(world, number)
        assert outcome is Outcome.WAIT
        assert bound == [True, True], "each envelope once"

    def test_the_same_approval_in_other_spellings_is_not_one_review_more(
        self, shared: World, key: Any
    ) -> None:
        """Blanks, order and alphabet of an envelope are nobody's to choose, or a stranger could fill the log."""
        number = shared.propose([{"text": "spelt"}], "spelt").number
        examined = show.examine(shared.repository(), number)
        envelope = signed(shared, examined, "maya")
        value = json.loads(envelope)
        for spelling in (
            envelope,
            json.dumps(value).encode(),
            json.dumps(dict(reversed(value.items()))).encode(),
            json.dumps({**value, "payload": value["payload"].rstrip("=") + "=="}).encode(),
        ):
            post(shared, number, spelling)
        assert self.decision(shared, number) == (Outcome.ACCEPT, [True])

    def test_the_reason_of_a_refusal_is_not_the_words_of_whoever_posts_it_again(
        self, found_commons: Any, key: Any
    ) -> None:
        world: World = found_commons({"veto = 1": "veto = 2"})
        number = world.propose([{"text": "x"}]).number
        examined = show.examine(world.repository(), number)
        envelope = signed(world, examined, "maya", approve=False)
        post(world, number, envelope, reason="Too short")
        post(world, number, envelope, who="eve", reason="The maintainers are corrupt")
        (found,) = show.examine(world.repository(), number).reviews
        assert "corrupt" not in found.vote.reason


def _with_payload_of(envelope: bytes, other: bytes) -> bytes:
    return json.dumps({**json.loads(envelope), "payload": json.loads(other)["payload"]}).encode()
