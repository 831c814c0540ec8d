"""Which keys were good when: a key is good up to the leaf that retires it, and for ever before."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.persons import person_of

from commons.errors import LedgerError
from commons.ledger import key_history, signed_statements
from commons.ledger.key_history import KeyHistory
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import SignedStatement, Signer
from commons.ledger.statements import KeyStatement

ORIGIN = "knowledge-commons/tests/keys"


def key_of(name: str) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def id_of(name: str) -> str:
    return key_of(name).public.key_id


def statement(by: str, action: str, about: str = "", successor: str = "") -> SignedStatement[KeyStatement]:
    """A statement that ``by`` signed, about its own key unless another is named."""
    signer = Signer(key_of(by), ORIGIN)
    if action == "rotate":
        envelope = signer.rotation(key_of(successor), person=person_of(by))
    elif action == "revoke":
        envelope = signer.key_action("revoke", key_of(about or by).public, person=person_of(by))
    else:
        envelope = signer.key_action("register", key_of(about or by).public, person=person_of(by))
    return signed_statements.verify(envelope, KeyStatement, commons=ORIGIN)


class TestWhoIsGoodWhen:
    def test_a_key_nobody_spoke_of_is_good(self) -> None:
        assert KeyHistory().was_good(id_of("carl"), 0)
        assert KeyHistory().retired == frozenset()

    def test_registering_retires_nobody(self) -> None:
        history = KeyHistory()
        history.take(3, statement("carl", "register"))
        assert history.was_good(id_of("carl"), 1000)
        assert history.retired == frozenset()

    @pytest.mark.parametrize("action", ["revoke", "rotate"])
    def test_a_key_is_good_up_to_the_leaf_that_retires_it(self, action: str) -> None:
        """The leaf itself included: it was signed by the key that it retires."""
        history = KeyHistory()
        history.take(5, statement("carl", action, successor="carl the second"))
        assert [history.was_good(id_of("carl"), index) for index in (0, 4, 5, 6, 1000)] == [
            True,
            True,
            True,
            False,
            False,
        ]
        assert history.retired == {id_of("carl")}

    def test_a_successor_is_known_and_good(self) -> None:
        history = KeyHistory()
        history.take(5, statement("carl", "rotate", successor="carl the second"))
        assert history.successors == {id_of("carl"): id_of("carl the second")}
        assert history.was_good(id_of("carl the second"), 6)

    def test_a_maintainers_revocation_retires_the_other_key_not_the_maintainers(self) -> None:
        history = KeyHistory()
        history.take(2, statement("maya", "revoke", "carl"))
        assert history.retired == {id_of("carl")}

    def test_a_second_revocation_does_not_give_back_the_time_between(self) -> None:
        history = KeyHistory()
        history.take(2, statement("maya", "revoke", "carl"))
        history.take(9, statement("maya", "revoke", "carl"))
        assert not history.was_good(id_of("carl"), 5)

    def test_registering_again_does_not_bring_a_key_back(self) -> None:
        history = KeyHistory()
        history.take(2, statement("carl", "revoke"))
        history.take(9, statement("carl", "register"))
        assert not history.was_good(id_of("carl"), 10)

    @given(
        actions=st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from(["register", "revoke"])), max_size=12
        )
    )
    def test_a_key_that_is_retired_stays_retired(self, actions: list[tuple[str, str]]) -> None:
        history = KeyHistory()
        gone: dict[str, int] = {}
        for index, (name, action) in enumerate(actions):
            history.take(index, statement(name, action))
            if action == "revoke":
                gone.setdefault(name, index)
        for name in "abc":
            for index in range(len(actions) + 1):
                assert history.was_good(id_of(name), index) == (index <= gone.get(name, index))


class TestWhoMaySpeak:
    @pytest.mark.parametrize("action", ["register", "revoke", "rotate"])
    def test_a_key_for_itself(self, action: str) -> None:
        key_history.refuse_unentitled(statement("carl", action, successor="c2"), maintainers=())

    def test_a_maintainer_may_revoke_any_key(self) -> None:
        key_history.refuse_unentitled(statement("maya", "revoke", "carl"), maintainers={id_of("maya")})

    @pytest.mark.parametrize("maintainers", [(), {id_of("maya")}])
    def test_a_stranger_may_not(self, maintainers: set[str]) -> None:
        with pytest.raises(LedgerError) as caught:
            key_history.refuse_unentitled(statement("eve", "revoke", "carl"), maintainers=maintainers)
        assert caught.value.code == "key-not-entitled"
        assert id_of("eve") in caught.value.message

    def test_a_maintainer_may_not_register_anothers_key(self) -> None:
        with pytest.raises(LedgerError) as caught:
            key_history.refuse_unentitled(statement("maya", "register", "carl"), maintainers={id_of("maya")})
        assert caught.value.code == "key-not-entitled"
