"""Who may offer what was signed: the person behind the account that proposes it, and nobody who copied it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from support.persons import account_of, opening_of, person_of

from commons import digests, layout
from commons.gate import examine
from commons.gate.commons_state import CommonsState
from commons.gate.findings import CODES, Severity
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance.people import PersonOpening
from commons.governance.policy import Policy
from commons.layout import Kind
from commons.ledger import contributions, envelopes
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.records.schema import Record

Files = dict[str, bytes]


def opening(name: str) -> Files:
    return {layout.person_path(person_of(name)): opening_of(name).to_bytes()}


def knowing(*names: str) -> CommonsState:
    """A commons where these have landed something before."""
    return CommonsState(accounts={account_of(name): person_of(name) for name in names})


@dataclass(frozen=True)
class SignedOffer:
    """What carl signed, as anybody may offer it; ``statement`` is a key statement of his."""

    policy: Policy
    key: SigningKey
    files: Files
    statement: Files

    def report(self, files: Files, by: str, state: CommonsState = CommonsState()) -> Report:
        """The gate's, when ``by`` proposes it; empty: nobody has yet."""
        offer = Offer.of({**self.files, **files}, account_of(by) if by else "")
        return examine.contribution(offer, self.policy, state)

    def codes(self, files: Files, by: str, state: CommonsState = CommonsState()) -> list[str]:
        return [finding.code for finding in self.report(files, by, state).findings]


@pytest.fixture(scope="module")
def offer(policy: Policy, key: Any, make_record: Callable[..., Record]) -> SignedOffer:
    sealed = contributions.seal(
        {(Kind.RECORD, "open", "notes"): [make_record()]},
        key("carl"),
        commons=policy.commons.origin,
        person=person_of("carl"),
    )
    registered = Signer(key("carl"), policy.commons.origin).key_action(
        "register", key("carl").public, person=person_of("carl")
    )
    statement = {layout.envelope_path(digests.sha256_hex(registered)): registered}
    return SignedOffer(policy, key("carl"), sealed.files, statement)


class TestTheAuthor:
    def test_offers_with_what_opens_the_id_the_first_time(self, offer: SignedOffer) -> None:
        report = offer.report(opening("carl"), "carl")
        assert report.findings == ()
        assert report.author_person == person_of("carl")
        assert report.author_key_id == offer.key.public.key_id

    def test_offers_without_it_once_he_is_known(self, offer: SignedOffer) -> None:
        assert offer.codes({}, "carl", knowing("carl")) == []

    def test_may_bring_it_again(self, offer: SignedOffer) -> None:
        """Two proposals made one after the other bring one opening each, and both can land."""
        assert offer.codes(opening("carl"), "carl", knowing("carl")) == []

    def test_offers_from_any_account_of_his(self, offer: SignedOffer) -> None:
        state = CommonsState(
            accounts={account_of("carl"): person_of("carl"), "other.example/c": person_of("carl")}
        )
        offered = Offer.of(offer.files, "other.example/c")
        assert examine.contribution(offered, offer.policy, state).findings == ()

    def test_need_not_be_known_to_check_at_home(self, offer: SignedOffer) -> None:
        assert offer.codes({}, "") == []

    @pytest.mark.parametrize("files", [{}, opening("carl")], ids=["known", "new"])
    def test_speaks_for_a_key_in_the_same_way(self, files: Files, offer: SignedOffer) -> None:
        state = CommonsState() if files else knowing("carl")
        offered = Offer.of({**offer.statement, **files}, account_of("carl"))
        report = examine.contribution(offered, offer.policy, state)
        assert report.findings == ()
        assert report.author_person == person_of("carl")


def _altered(**changes: str) -> Files:
    other = PersonOpening(**{**opening_of("carl").model_dump(), **changes})
    return {layout.person_path(person_of("carl")): other.to_bytes()}


# code -> what must be answered with it: (what comes along, who proposes it, the commons)
WRONG: dict[str, list[tuple[str, Files, str, CommonsState]]] = {
    "person-mismatch": [
        ("copied, with the copier's own opening", opening("eve"), "eve", CommonsState()),
        ("copied, with the author's opening", opening("carl"), "eve", CommonsState()),
        ("copied, when the author is known", {}, "eve", knowing("carl")),
        ("copied whole, when the author is known", opening("carl"), "eve", knowing("carl")),
        ("two openings", {**opening("carl"), **opening("eve")}, "carl", CommonsState()),
        ("two openings, when the author is known", {**opening("carl"), **opening("eve")}, "carl", knowing("carl")),
        ("two openings, checked at home", {**opening("carl"), **opening("eve")}, "", CommonsState()),
        ("another's opening beside one's own statement", opening("eve"), "carl", knowing("carl")),
        (
            "one's own opening under another's name",
            {layout.person_path(person_of("eve")): opening_of("carl").to_bytes()},
            "carl",
            CommonsState(),
        ),
        (
            "the id of another in one's own opening",
            {layout.person_path(person_of("carl")): opening_of("eve").to_bytes()},
            "eve",
            CommonsState(),
        ),
        ("an account that the salt does not open", _altered(account=account_of("eve")), "eve", CommonsState()),
        ("a salt that does not open it", _altered(salt="00" * 32), "carl", CommonsState()),
    ],
    "person-known": [
        ("a second id for one account", {}, "eve", knowing("eve")),
        ("a copy by somebody who is known", opening("carl"), "eve", knowing("eve")),
        ("a copy of somebody known by somebody known", {}, "eve", knowing("eve", "carl")),
    ],
    "person-unknown": [
        ("no opening", {}, "carl", CommonsState()),
        ("no opening, by somebody else", {}, "eve", CommonsState()),
        ("no opening, when others are known", {}, "carl", knowing("dora")),
    ],
    "person-malformed": [
        ("no JSON", {layout.person_path(person_of("carl")): b"PAR1"}, "carl", CommonsState()),
        ("no JSON, when the author is known", {layout.person_path(person_of("carl")): b""}, "carl", knowing("carl")),
        ("lists in lists", {layout.person_path(person_of("carl")): b"[" * 60_000}, "carl", CommonsState()),
        (
            "a field more",
            {layout.person_path(person_of("carl")): opening_of("carl").to_bytes().replace(b"{", b'{"email": "c@x",')},
            "carl",
            CommonsState(),
        ),
    ],
}  # fmt: skip
CASES = {f"{code}: {case[0]}": (code, *case[1:]) for code, cases in WRONG.items() for case in cases}


@pytest.mark.parametrize("name", CASES)
def test_who_is_not_the_author_is_refused(name: str, offer: SignedOffer) -> None:
    code, files, by, state = CASES[name]
    report = offer.report(files, by, state)
    assert [finding.code for finding in report.findings] == [code]
    assert report.verdict is Severity.REFUSE
    assert (report.author_person, report.statement_digest) == ("", ""), "nobody stands behind it"


def test_a_key_statement_that_was_copied_is_refused_too(offer: SignedOffer) -> None:
    offered = Offer.of({**offer.statement, **opening("eve")}, account_of("eve"))
    report = examine.contribution(offered, offer.policy, CommonsState())
    assert [finding.code for finding in report.findings] == ["person-mismatch"]


def test_the_key_of_somebody_else_is_no_key_of_ones_own(offer: SignedOffer) -> None:
    """Whoever has stolen it would be shown as the author of what its owner signed."""
    key_id = offer.key.public.key_id
    known = CommonsState(keys={key_id: person_of("dora")})
    assert offer.codes(opening("carl"), "carl", known) == ["person-mismatch"]
    assert offer.codes(opening("carl"), "carl", CommonsState(keys={key_id: person_of("carl")})) == []


def test_nobody_hands_a_key_over_to_somebody_elses(key: Any, offer: SignedOffer) -> None:
    rotation = Signer(offer.key, offer.policy.commons.origin).rotation(key("dora"), person=person_of("carl"))
    files = {layout.envelope_path(digests.sha256_hex(rotation)): rotation, **opening("carl")}
    for keys, codes in (
        ({key("dora").public.key_id: person_of("dora")}, ["person-mismatch"]),
        ({}, []),
    ):
        report = examine.contribution(
            Offer.of(files, account_of("carl")), offer.policy, CommonsState(keys=keys)
        )
        assert [finding.code for finding in report.findings] == codes


def test_an_opening_alone_offers_nothing(offer: SignedOffer) -> None:
    report = examine.contribution(Offer.of(opening("carl"), account_of("carl")), offer.policy, CommonsState())
    assert {finding.code for finding in report.findings} == {"unsigned"}


def test_a_statement_in_the_form_of_an_earlier_format_is_told_so(offer: SignedOffer) -> None:
    """Of a key here, of contributions in the golden repositories: their signatures hold, and are of another time."""
    (envelope,) = offer.statement.values()
    payload = envelopes.open_envelope(envelope).payload
    person = f'"person":"{person_of("carl")}",'.encode()
    earlier = envelopes.sign(payload.replace(person, b"").replace(b":v2", b":v1"), offer.key)
    offered = Offer.of({layout.envelope_path(digests.sha256_hex(earlier)): earlier}, account_of("carl"))
    report = examine.contribution(offered, offer.policy, knowing("carl"))
    assert [finding.code for finding in report.findings] == ["statement-outdated"]


def test_the_very_statement_that_was_refused_is_told_so_and_no_other(offer: SignedOffer) -> None:
    """It is a warning: one approval more may still land it."""
    (envelope,) = (layout.parse_envelope(path) for path in offer.files if layout.parse_envelope(path))
    assert envelope is not None
    report = offer.report(opening("carl"), "carl", CommonsState(refused=frozenset({envelope})))
    assert [finding.code for finding in report.findings] == ["refused-before"]
    assert report.verdict is Severity.WARN
    assert offer.codes(opening("carl"), "carl", CommonsState(refused=frozenset({"0" * 64}))) == []


def test_every_code_of_persons_refuses() -> None:
    assert {code for code in CODES if code.startswith("person-")} == set(WRONG)
    assert all(CODES[code][0] is Severity.REFUSE for code in WRONG)
