"""The people table: who is behind ids and keys, opened by salts, written in one way and read from every format."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.persons import account_of, opening_of, person_of

from commons.errors import LedgerError, PolicyError
from commons.governance import people
from commons.governance.people import SCHEMA, People, Person, PersonOpening, SignerIdentity
from commons.records import identity, shards

KEY_ID = "kk1" + "a" * 52
CONTRIBUTION = "kc1" + "a" * 52
ADA = Person(
    person_of("ada"),
    bytes.fromhex(opening_of("ada").salt),
    (account_of("ada"), "other.example/ada-l"),
    (KEY_ID, "kk1" + "b" * 52),
    (CONTRIBUTION,),
    "Ada",
    "0000-0001",
    "named in the citation",
)

texts = st.text(max_size=20)
persons = st.builds(
    Person,
    st.text("abcd", min_size=1, max_size=3),
    st.binary(min_size=32, max_size=32),
    *[st.lists(texts, max_size=3).map(tuple)] * 3,
    *[st.none() | texts] * 3,
)


class TestTheTable:
    @given(st.lists(persons, max_size=6))
    def test_it_is_written_in_one_order_and_read_back(self, some: list[Person]) -> None:
        table = People.of(some)
        data = table.to_bytes()
        assert People.parse(data) == table
        assert People.of(reversed(list(table.persons.values()))).to_bytes() == data

    def test_it_finds_persons_by_account_by_key_and_by_what_was_adopted(self) -> None:
        bo = Person(person_of("bo"), bytes(32), (account_of("bo"),), ("kk1" + "c" * 52,))
        table = People.of([ADA, bo])
        assert table.of_account("other.example/ada-l") == ADA
        assert table.of_account("other.example/ada") is None
        assert table.accounts() == {
            account_of("ada"): ADA.id,
            "other.example/ada-l": ADA.id,
            account_of("bo"): bo.id,
        }
        assert table.names() == {**dict.fromkeys([*ADA.keys, CONTRIBUTION], ADA), bo.keys[0]: bo}

    def test_a_person_is_shown_by_name_then_by_user(self) -> None:
        assert ADA.display() == "Ada"
        assert Person("kp1a", accounts=("huggingface.co/ada99", "b/c")).display() == "ada99"
        assert Person("kp1a").display() == "a contributor"

    def test_a_row_is_credited_to_who_proposed_it_then_to_who_signed_it_then_to_the_key(self) -> None:
        names = People.of([ADA, Person("kp1b", keys=("kk1b",), name="Bo")]).names()
        assert people.credited(names, "kk1b", CONTRIBUTION) == "Ada"
        assert people.credited(names, "kk1b", "kc1b") == "Bo"
        assert people.credited(names, "kk1c", "kc1b") == "kk1c"

    def test_a_person_who_stands_in_it_twice_makes_it_none(self) -> None:
        """Else the second row would hide the first from every check."""
        table = shards.read_table(People.of([ADA]).to_bytes(), SCHEMA)
        with pytest.raises(PolicyError, match="twice"):
            People.parse(shards.to_parquet(pa.concat_tables([table, table])))

    @pytest.mark.parametrize("name", ["person", "salt", "accounts", "keys", "adopted"])
    def test_a_row_with_an_empty_place_makes_it_none(self, name: str) -> None:
        (row,) = shards.read_table(People.of([ADA]).to_bytes(), SCHEMA).to_pylist()
        table = pa.Table.from_pylist([row | {name: None}], schema=SCHEMA)
        with pytest.raises(PolicyError, match=r"governance/people\.parquet"):
            People.parse(shards.to_parquet(table))

    @pytest.mark.parametrize("data", [b"", b"PAR1", b"{}", b"\xff" * 100])
    def test_what_is_no_table_is_refused(self, data: bytes) -> None:
        with pytest.raises(PolicyError):
            People.parse(data)

    def test_a_table_with_another_column_is_refused(self) -> None:
        table = shards.read_table(People.of([ADA]).to_bytes(), SCHEMA)
        more = table.append_column("email", pa.array(["ada@example.org"]))
        with pytest.raises(PolicyError):
            People.parse(shards.to_parquet(more))


class TestHowItGrows:
    def test_somebody_new_enters_with_what_opens_the_id(self) -> None:
        table = People().with_key(opening_of("ada"), person_of("ada"), KEY_ID)
        (ada,) = table.persons.values()
        assert (ada.id, ada.accounts, ada.keys) == (person_of("ada"), (account_of("ada"),), (KEY_ID,))
        assert identity.person_id(ada.salt, ada.accounts[0]) == ada.id

    def test_a_second_key_is_the_same_persons_and_the_same_key_stands_once(self) -> None:
        table = People.of([ADA]).with_key(None, ADA.id, "kk1new").with_key(opening_of("ada"), ADA.id, KEY_ID)
        assert table.persons[ADA.id].keys == (*ADA.keys, "kk1new")
        assert table.persons[ADA.id].accounts == ADA.accounts

    def test_nobody_enters_without_an_opening(self) -> None:
        assert People().with_key(None, person_of("ada"), KEY_ID) == People()

    def test_whose_proposal_was_adopted_is_known_from_then_on_by_one_id(self) -> None:
        once = People().with_adopted(account_of("eve"), CONTRIBUTION)
        twice = once.with_adopted(account_of("eve"), "kc1b")
        (eve,) = twice.persons.values()
        assert eve.adopted == (CONTRIBUTION, "kc1b")
        assert identity.person_id(eve.salt, account_of("eve")) == eve.id


class TestTheEarlierFormat:
    def test_a_golden_table_is_read_its_keys_being_its_persons(self) -> None:
        golden = Path(__file__).parents[1] / "golden" / "format-2-whole" / "governance" / "people.json"
        data = golden.read_bytes()
        table = People.parse_json(data)
        named = json.loads(data)
        assert {name: person.display() for name, person in table.names().items()} == {
            name: entry["hub_user"] for name, entry in named.items()
        }
        assert set(table.persons) == set(named)
        assert [person.adopted for person in table.persons.values() if person.adopted] == [
            ("kc1jhyxspp4b3sgd3giyt6i26hmb2sm6dd6oamiwuv37eekxkx3h5ka",)
        ]

    def test_its_names_are_read_too(self) -> None:
        data = json.dumps({KEY_ID: {"hub_user": "ada", "name": "Ada", "orcid": "0000-0001"}}).encode()
        (ada,) = People.parse_json(data).persons.values()
        assert (ada.display(), ada.user, ada.orcid, ada.keys) == ("Ada", "ada", "0000-0001", (KEY_ID,))

    @pytest.mark.parametrize(
        "data",
        [b"", b"[]", b"5", b'{"kk1a": {"email": "x"}}', b'{"kk1a": 5}', b"\xff", b'{"kk1a": {"hub_user": 5}}',
         b'{"kk1a": {"name": ["Ada"]}}', b"[" * 60_000],
    )  # fmt: skip
    def test_what_is_none_is_refused(self, data: bytes) -> None:
        with pytest.raises(PolicyError, match=r"governance/people\.json"):
            People.parse_json(data)


class TestOpenings:
    def test_an_id_is_a_promise(self) -> None:
        """The salt and the account alone make it, the same in every version."""
        assert (
            identity.person_id(bytes(32), "huggingface.co/ada")
            == "kp1fcd5crpwsn7tbexp6tii3dpko7jjynq3dvvedks5xwvbbqeaxaoq"
        )

    def test_a_new_one_opens_its_own_account_and_is_never_the_same(self) -> None:
        first, second = people.open_person("hub.example/ada"), people.open_person("hub.example/ada")
        assert first.person != second.person
        for opening in (first, second):
            assert people.parse_opening(opening.to_bytes()) == opening

    @pytest.mark.parametrize(
        "change", [{"account": account_of("eve")}, {"salt": "00" * 32}, {"person": person_of("eve")}], ids=str
    )
    def test_it_opens_no_other_account(self, change: dict[str, str]) -> None:
        other = PersonOpening(**{**opening_of("ada").model_dump(), **change})
        with pytest.raises(LedgerError) as caught:
            people.parse_opening(other.to_bytes())
        assert caught.value.code == "person-mismatch"

    @pytest.mark.parametrize(
        "change",
        [{"person": KEY_ID}, {"salt": "ab" * 16}, {"salt": 5}, {"account": "ada"}, {"account": "a b/c"},
         {"account": "hub.example/ad\u00e4"},
         {"account": "hub.example/" + "a" * 300}, {"email": "ada@example.org"}, {"account": "hub.example/ada\n"}],
        ids=str,
    )  # fmt: skip
    def test_what_is_none_is_malformed(self, change: dict[str, object]) -> None:
        data = json.dumps({**opening_of("ada").model_dump(), **change}).encode()
        assert _code(data) == "person-malformed"

    @pytest.mark.parametrize(
        "data",
        [b"", b"[]", b"{}", b"\xff", b"[" * 60_000, b"null", opening_of("ada").to_bytes() + b" " * 4096],
    )
    def test_bytes_that_are_none_are_malformed(self, data: bytes) -> None:
        assert _code(data) == "person-malformed"

    def test_it_travels_only_as_long_as_nobody_knows_the_person(self) -> None:
        opening = opening_of("ada")
        files = SignerIdentity(opening.person, opening).files
        assert files == {f"log/people/{opening.person}.json": opening.to_bytes()}
        assert SignerIdentity(opening.person).files == {}


def _code(data: bytes) -> str:
    with pytest.raises(LedgerError) as caught:
        people.parse_opening(data)
    return caught.value.code
