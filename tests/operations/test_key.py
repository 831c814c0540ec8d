"""Keys: registered, rotated and revoked by signed statements that land like anything else, and believed up to that leaf."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785

from commons import digests, layout
from commons.cli import run
from commons.errors import CommonsError, LedgerError, ProposalError
from commons.gate import examine, snapshot_state
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.hub.repository import Proposal
from commons.layout import Need
from commons.ledger import envelopes, keys
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.signed_statements import Signer
from commons.operations import key, land, review, show, verify

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

LOW_ORDER = {
    "the neutral point": "01" + "00" * 31,
    "order 2": "ec" + "ff" * 30 + "7f",
    "order 4": "00" * 32,
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 4, the other sign": "00" * 31 + "80",
}


def held(world: World) -> dict[str, list[str]]:
    """What verify has against the commons: nothing."""
    verdict = verify.verify(world.snapshot())
    return {check.name: check.problems for check in verdict.checks if not check.ok}


def landed(world: World, proposal: Proposal, signer: SigningKey) -> land.Landing:
    """Key statements need no approval by the founding policy, but a maintainer to land them."""
    return land.land(world.repository(), proposal.number, signer)


def origin_of(world: World) -> str:
    return world.snapshot(need=Need.GOVERNANCE).policy.commons.origin


def registered(world: World, who: str, signer: SigningKey) -> Proposal:
    snapshot = world.snapshot(need=Need.GOVERNANCE)
    return key.register(world.repository(who), snapshot, signer, world.identity(who))


def rotated(world: World, who: str, old: SigningKey, new: SigningKey) -> Proposal:
    snapshot = world.snapshot(need=Need.GOVERNANCE)
    return key.rotate(world.repository(who), snapshot, old, new, world.identity(who))


def revoked(world: World, who: str, signer: SigningKey, key_to_revoke: PublicKey) -> Proposal:
    snapshot = world.snapshot(need=Need.GOVERNANCE)
    return key.revoke(world.repository(who), snapshot, signer, key_to_revoke, world.identity(who))


def registration(world: World, signer: SigningKey, of: PublicKey | None = None, *, origin: str = "") -> bytes:
    """A signed registration that nobody has proposed yet, in Carl's name."""
    person = world.identity("carl").person
    return Signer(signer, origin or origin_of(world)).key_action(
        "register", of or signer.public, person=person
    )


def rotation(world: World, old: SigningKey, new: SigningKey) -> bytes:
    return Signer(old, origin_of(world)).rotation(new, person=world.identity("carl").person)


def codes(world: World, proposal: Proposal) -> list[str]:
    """What the gate says of it."""
    return [finding.code for finding in show.examine(world.repository(), proposal.number).report.findings]


def by_hand(world: World, envelope: bytes) -> Proposal:
    files = {layout.envelope_path(digests.sha256_hex(envelope)): envelope}
    return world.propose_files({**files, **world.identity().files})


def judged(world: World, envelope: bytes, **more: bytes) -> Report:
    """What the gate would say of a proposal with this statement, without making one."""
    snapshot = world.snapshot(need=Need.CHECKING)
    files = {layout.envelope_path(digests.sha256_hex(envelope)): envelope, **more}
    return examine.contribution(Offer.of(files), snapshot.policy, snapshot_state.of(snapshot))


def judged_codes(world: World, envelope: bytes) -> list[str]:
    return [finding.code for finding in judged(world, envelope).findings]


def signed(world: World, *signers: SigningKey, **predicate: Any) -> bytes:
    """A key statement as somebody writes it who does not use our client; the subject is the first signer unless named."""
    subject = predicate.pop("subject", signers[0].public.raw.hex())
    name = predicate.pop("name", signers[0].public.key_id)
    key_hex = predicate.pop("key", signers[0].public.raw.hex())
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"ed25519": subject}}],
        "predicateType": "urn:knowledge-commons:key:v2",
        "predicate": {
            "commons": origin_of(world),
            "nonce": "0" * 32,
            "key": key_hex,
            "time": "2026-01-01T00:00:00Z",
            "person": world.identity().person,
            **predicate,
        },
    }
    return envelopes.sign(rfc8785.dumps(statement), *signers)


class TestRegistering:
    def test_a_key_is_registered_by_landing_its_own_statement(self, world: World, key_of_: Any) -> None:
        proposal = registered(world, "carl", key_of_("carl"))
        assert proposal.title == f"Register the key {key_of_('carl').public.key_id}"
        landing = landed(world, proposal, key_of_("maya"))
        assert (landing.kind, landing.contribution) == ("key", key_of_("carl").public.key_id)
        assert world.repository().proposal(proposal.number).status == "closed"
        assert held(world) == {}
        leaves = [leaf.kind for leaf in world.snapshot().log().leaves()]
        assert leaves == ["policy", "inventory", "key", "decision", "inventory"]

    def test_a_registered_key_contributes_like_any_other(self, world: World, key_of_: Any) -> None:
        landed(world, registered(world, "carl", key_of_("carl")), key_of_("maya"))
        world.add([{"text": "By a registered key."}])
        assert held(world) == {}

    @pytest.mark.parametrize("name", LOW_ORDER)
    def test_a_key_that_anybody_could_sign_for_is_refused(
        self, name: str, shared: World, key_of_: Any
    ) -> None:
        """As the signer of the statement, as the key it is about, and as a successor."""
        eve, weak = key_of_("eve"), LOW_ORDER[name]
        for envelope in (
            signed(shared, eve, action="register", key=weak),
            signed(shared, eve, action="register", subject=weak),
            signed(shared, eve, action="rotate", successor=weak),
        ):
            assert judged_codes(shared, envelope) == ["key-low-order"]

    def test_such_a_key_does_not_land(self, shared: World, key_of_: Any) -> None:
        before = shared.head()
        proposal = by_hand(shared, signed(shared, key_of_("eve"), action="register", subject="00" * 32))
        with pytest.raises(ProposalError) as caught:
            landed(shared, proposal, key_of_("maya"))
        assert "low order" in caught.value.message
        assert shared.head() == before

    def test_a_key_that_is_not_canonical_is_refused(self, shared: World, key_of_: Any) -> None:
        odd = "ee" + "ff" * 30 + "7f"
        assert codes(
            shared, by_hand(shared, signed(shared, key_of_("eve"), action="register", subject=odd))
        ) == ["key-not-canonical"]

    def test_nobody_registers_anothers_key(self, shared: World, key_of_: Any) -> None:
        carl = key_of_("carl").public
        for signer in ("eve", "maya"):
            envelope = registration(shared, key_of_(signer), carl)
            assert judged_codes(shared, envelope) == ["key-not-entitled"]

    def test_a_statement_lands_once(self, world: World, key_of_: Any) -> None:
        envelope = registration(world, key_of_("carl"))
        first, second = by_hand(world, envelope), by_hand(world, envelope)
        landed(world, first, key_of_("maya"))
        before = world.head()
        with pytest.raises(ProposalError):
            landed(world, second, key_of_("maya"))
        assert world.head() == before

    def test_a_statement_for_another_commons_is_refused(self, shared: World, key_of_: Any) -> None:
        envelope = registration(shared, key_of_("carl"), origin="another/commons")
        assert judged_codes(shared, envelope) == ["wrong-commons"]

    MALFORMED: dict[str, dict[str, Any]] = {  # noqa: RUF012  (a table of the test below)
        "an unknown action": {"action": "bless"},
        "no action": {},
        "a successor where there is none": {"action": "register", "successor": "ab" * 32},
        "a rotation without successor": {"action": "rotate"},
        "a member more": {"action": "register", "because": "x"},
        "another key's name": {"action": "register", "name": "kk1" + "a" * 52},
        "a name that is none": {"action": "register", "name": "me"},
        "a short key": {"action": "register", "subject": "ab"},
        "a nonce that is none": {"action": "register", "nonce": ""},
        "no time": {"action": "register", "time": "2026-99-99T99:99:99Z"},
    }

    @pytest.mark.parametrize("name", MALFORMED)
    def test_a_statement_that_is_malformed_is_refused_in_words(
        self, name: str, shared: World, key_of_: Any
    ) -> None:
        report = judged(shared, signed(shared, key_of_("carl"), **self.MALFORMED[name]))
        assert [finding.code for finding in report.findings] == ["signature-invalid"]
        assert report.findings[0].message.endswith(".")

    def test_a_statement_comes_alone(self, shared: World, key_of_: Any) -> None:
        envelope = registration(shared, key_of_("carl"))
        files = shared.seal([{"text": "Along with a key."}]).files
        both = {**files, layout.envelope_path(digests.sha256_hex(envelope)): envelope}
        assert "unsigned" in codes(shared, shared.propose_files(both))

    def test_a_statement_not_named_by_its_digest_is_refused(self, shared: World, key_of_: Any) -> None:
        envelope = registration(shared, key_of_("carl"))
        proposal = shared.propose_files({layout.envelope_path("ab" * 32): envelope})
        assert codes(shared, proposal) == ["digest-mismatch"]


class TestRotating:
    def test_both_keys_sign_and_the_new_one_goes_on(self, world: World, key_of_: Any) -> None:
        world.add([{"text": "By the old key."}])
        old, new = key_of_("carl"), key_of_("carl the second")
        landed(world, rotated(world, "carl", old, new), key_of_("maya"))
        assert held(world) == {}, "what the old key signed stays signed"
        people = world.snapshot(need=Need.GOVERNANCE).people
        assert people[old.public.key_id] == people[new.public.key_id], "one person holds both"

        world.add([{"text": "By the new key."}], key=new)
        assert held(world) == {}

    def test_the_old_key_is_refused_from_then_on(self, world: World, key_of_: Any) -> None:
        old, new = key_of_("carl"), key_of_("carl the second")
        landed(world, rotated(world, "carl", old, new), key_of_("maya"))
        proposal = world.propose([{"text": "By the old key."}])
        assert codes(world, proposal) == ["key-retired"]

    @pytest.mark.parametrize("missing", ["old", "new"])
    def test_one_signature_is_not_enough(self, missing: str, shared: World, key_of_: Any) -> None:
        old, new = key_of_("carl"), key_of_("carl the second")
        envelope = json.loads(rotation(shared, old, new))
        out = {"old": old, "new": new}[missing].public.key_id
        envelope["signatures"] = [one for one in envelope["signatures"] if one["keyid"] != out]
        report = judged(shared, rfc8785.dumps(envelope))
        assert [finding.code for finding in report.findings] == ["signature-invalid"]
        assert f"No valid signature by {out}" in report.findings[0].message

    def test_a_successors_signature_over_other_words_is_not_enough(self, shared: World, key_of_: Any) -> None:
        old, new = key_of_("carl"), key_of_("carl the second")
        one, two = (json.loads(rotation(shared, old, new)) for _ in range(2))
        for entry in one["signatures"]:
            if entry["keyid"] == new.public.key_id:
                (entry["sig"],) = [e["sig"] for e in two["signatures"] if e["keyid"] == new.public.key_id]
        assert judged_codes(shared, rfc8785.dumps(one)) == ["signature-invalid"]

    def test_a_maintainers_successor_is_maintainer_and_lands_with_the_new_key(
        self, world: World, key_of_: Any
    ) -> None:
        old, new = key_of_("maya"), key_of_("maya the second")
        proposal = rotated(world, "maya", old, new)
        with pytest.raises(ProposalError) as caught:
            landed(world, proposal, old)
        assert caught.value.code == "not-a-maintainer"
        landed(world, proposal, new)
        assert held(world) == {}
        assert [one.key_id for one in world.snapshot().roles.maintainers] == [new.public.key_id]

        number = world.propose([{"text": "After the rotation."}]).number
        examined = show.examine(world.repository(), number)
        with pytest.raises(CommonsError):
            review.submit(examined, old, approve=True)
        review.submit(examined, new, approve=True)
        with pytest.raises(ProposalError):
            land.land(world.repository(), number, old)
        land.land(world.repository(), number, new)
        assert held(world) == {}

    def test_a_key_does_not_rotate_twice(self, world: World, key_of_: Any) -> None:
        carl = key_of_("carl")
        landed(
            world,
            rotated(world, "carl", carl, key_of_("c2")),
            key_of_("maya"),
        )
        again = rotated(world, "carl", carl, key_of_("c3"))
        assert codes(world, again) == ["key-retired"]

    def test_a_retired_key_is_nobodys_successor(self, world: World, key_of_: Any) -> None:
        """It would be retired and in force at once."""
        carl, second = key_of_("carl"), key_of_("c2")
        landed(world, rotated(world, "carl", carl, second), key_of_("maya"))
        assert codes(world, rotated(world, "carl", second, carl)) != []

    def test_a_key_is_not_its_own_successor(self, shared: World, key_of_: Any) -> None:
        carl = key_of_("carl")
        envelope = signed(shared, carl, action="rotate", successor=carl.public.raw.hex())
        assert judged_codes(shared, envelope) != []


class TestRevoking:
    def test_a_key_revokes_itself(self, world: World, key_of_: Any) -> None:
        world.add([{"text": "Signed while it was good."}])
        carl = key_of_("carl")
        landed(world, revoked(world, "carl", carl, carl.public), key_of_("maya"))
        assert held(world) == {}
        proposal = world.propose([{"text": "Signed too late."}])
        assert codes(world, proposal) == ["key-retired"]
        with pytest.raises(ProposalError):
            world.land(proposal.number)

    def test_a_maintainer_revokes_any_key(self, world: World, key_of_: Any) -> None:
        carl = key_of_("carl").public
        landed(world, revoked(world, "maya", key_of_("maya"), carl), key_of_("maya"))
        assert held(world) == {}
        assert codes(world, world.propose([{"text": "Too late."}])) == ["key-retired"]

    def test_a_stranger_revokes_no_key(self, shared: World, key_of_: Any) -> None:
        for of in ("carl", "maya"):
            proposal = revoked(shared, "eve", key_of_("eve"), key_of_(of).public)
            with pytest.raises(ProposalError) as caught:
                landed(shared, proposal, key_of_("maya"))
            assert "may not speak for" in caught.value.message

    def test_a_proposal_from_before_the_revocation_does_not_land_after_it(
        self, world: World, key_of_: Any
    ) -> None:
        carl = key_of_("carl")
        number = world.propose([{"text": "In time, but not landed in time."}]).number
        world.approve(number)
        landed(world, revoked(world, "carl", carl, carl.public), key_of_("maya"))
        with pytest.raises(ProposalError) as caught:
            world.land(number)
        assert "has been retired" in caught.value.message
        assert held(world) == {}

    def test_a_revoked_reviewer_counts_no_more_not_even_what_was_said_before(
        self, world: World, key_of_: Any
    ) -> None:
        maya, rita = key_of_("maya"), key_of_("rita")
        world.appoint(reviewers=("rita",))
        number = world.propose([{"text": "Rita read it."}], "one").number
        later = world.propose([{"text": "Rita read this as well."}], "two").number
        world.approve(number, "rita")
        world.approve(later, "rita")
        world.land(number)
        landed(world, revoked(world, "maya", maya, rita.public), maya)
        assert held(world) == {}
        with pytest.raises(ProposalError) as caught:
            world.land(later)
        assert "0 of 1 approvals" in caught.value.message
        with pytest.raises(CommonsError) as refused:
            world.approve(later, "rita")
        assert refused.value.code == "not-a-reviewer"
        world.approve(later)
        world.land(later)
        assert held(world) == {}

    def test_the_last_maintainer_cannot_lock_the_door_from_outside(self, world: World, key_of_: Any) -> None:
        """Nobody could ever sign the log again; a rotation is the way."""
        maya = key_of_("maya")
        proposal = revoked(world, "maya", maya, maya.public)
        with pytest.raises(ProposalError) as caught:
            landed(world, proposal, maya)
        assert caught.value.code == "not-a-maintainer"
        assert held(world) == {}
        world.add([{"text": "Life goes on."}])

    def test_a_revoked_maintainer_neither_reviews_nor_lands(self, world: World, key_of_: Any) -> None:
        maya, mona = key_of_("maya"), key_of_("mona")
        world.appoint(maintainers=("maya", "mona"))
        number = world.propose([{"text": "Who lands it?"}]).number
        world.approve(number)
        landed(world, revoked(world, "mona", mona, maya.public), mona)
        assert held(world) == {}
        with pytest.raises(ProposalError):
            world.land(number)
        world.approve(number, "mona")
        land.land(world.repository(), number, mona)
        assert held(world) == {}

    def test_a_revocation_by_a_maintainer_who_has_left_still_stands(self, world: World, key_of_: Any) -> None:
        """The roles of its day judge it, not today's; and nothing that follows is held up."""
        mona, carl = key_of_("mona"), key_of_("carl")
        world.appoint(maintainers=("maya", "mona"))
        landed(world, revoked(world, "mona", mona, carl.public), mona)
        world.appoint()
        assert held(world) == {}
        assert codes(world, world.propose([{"text": "Still too late."}])) == ["key-retired"]

    def test_a_revoked_key_does_not_come_back_by_registering(self, world: World, key_of_: Any) -> None:
        carl = key_of_("carl")
        landed(world, revoked(world, "carl", carl, carl.public), key_of_("maya"))
        assert codes(world, registered(world, "carl", carl)) == ["key-retired"]

    def test_a_landing_of_a_key_killed_before_it_closed_the_proposal_is_finished_by_the_next(
        self, world: World, key_of_: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proposal = registered(world, "carl", key_of_("carl"))

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("commons.hub.repository.Repository.close", die)
            with pytest.raises(KeyboardInterrupt):
                landed(world, proposal, key_of_("maya"))
        after = world.head()
        with pytest.raises(ProposalError) as caught:
            landed(world, proposal, key_of_("maya"))
        assert caught.value.code == "proposal-closed"
        assert not world.repository().proposal(proposal.number).is_open
        assert (world.head(), held(world)) == (after, {})


@pytest.fixture(scope="session")
def key_of_(key: Callable[[str], SigningKey]) -> Callable[[str], SigningKey]:
    """``key`` of conftest; here that word is the module under test."""
    return key


class TestTheCommands:
    @pytest.fixture
    def me(self, shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Carl at his terminal."""
        monkeypatch.delenv("COMMONS_KEY", raising=False)
        monkeypatch.setenv("COMMONS_KEY_FILE", str(tmp_path / "key.pem"))
        monkeypatch.setenv("COMMONS_REPO", shared.repo_id)
        monkeypatch.setenv("COMMONS_ENDPOINT", shared.url)
        monkeypatch.setenv("HF_TOKEN", shared.tokens["carl"])
        return tmp_path

    def said(self, capsys: pytest.CaptureFixture[str]) -> str:
        return capsys.readouterr().out.strip()

    def test_new_show_register_rotate_revoke(
        self, me: Path, shared: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["key", "new"]) == 0
        made = self.said(capsys)
        assert run(["key", "show", "--format", "quiet"]) == 0
        assert self.said(capsys) == made
        assert run(["key", "register"]) == 0
        assert "is open" in self.said(capsys)
        assert run(["key", "new", "--file", str(me / "new.pem")]) == 0
        assert run(["key", "rotate", "--to", str(me / "new.pem")]) == 0
        assert run(["key", "revoke"]) == 0
        titles = [proposal.title for proposal in shared.repository().proposals()]
        assert {f"Register the key {made}", f"Revoke the key {made}"} <= set(titles)
        assert any(title.startswith(f"Rotate the key {made} to kk1") for title in titles)

    def test_a_key_is_made_once_and_readable_by_its_owner_only(
        self, me: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["key", "new"]) == 0
        assert (me / "key.pem").stat().st_mode & 0o077 == 0
        before = (me / "key.pem").read_bytes()
        assert run(["key", "new"]) == 1
        assert "key-exists" in capsys.readouterr().err
        assert (me / "key.pem").read_bytes() == before

    def test_a_key_with_a_passphrase_opens_with_it_only(
        self, me: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("COMMONS_PASSPHRASE", "correct horse")
        assert run(["key", "new"]) == 0
        assert b"ENCRYPTED" in (me / "key.pem").read_bytes()
        assert run(["key", "show"]) == 0
        for wrong in ("", "wrong horse"):
            monkeypatch.setenv("COMMONS_PASSPHRASE", wrong)
            assert run(["key", "show"]) == 1
            assert "key-locked" in capsys.readouterr().err

    @pytest.mark.parametrize("asked", ["zz", "ab", "é", "00" * 32, "ff" * 32])
    def test_a_key_to_revoke_that_is_none_is_refused_in_words(
        self, asked: str, me: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["key", "new"]) == 0
        assert run(["key", "revoke", "--ed25519", asked]) in (1, 64)
        assert "Traceback" not in capsys.readouterr().err

    def test_without_a_key_it_says_how_to_make_one(
        self, me: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for command in (["show"], ["revoke"], ["rotate", "--to", str(me / "none.pem")]):
            assert run(["key", *command]) == 1
            assert "commons key new" in capsys.readouterr().err

    def test_a_bot_may_hand_its_key_in_the_environment(
        self, me: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = keys.create(me / "bot.pem")
        monkeypatch.setenv("COMMONS_KEY", (me / "bot.pem").read_text())
        assert run(["key", "show", "--format", "json"]) == 0
        assert json.loads(self.said(capsys)) == {
            "key_id": made.public.key_id,
            "ed25519": made.public.raw.hex(),
        }
        monkeypatch.setenv("COMMONS_KEY", "not a key")
        assert run(["key", "show"]) == 1
        assert "key-locked" in capsys.readouterr().err


def test_low_order_keys_are_refused_wherever_a_key_is_made() -> None:
    for raw in LOW_ORDER.values():
        with pytest.raises(LedgerError) as caught:
            PublicKey(bytes.fromhex(raw))
        assert caught.value.code == "key-low-order"
