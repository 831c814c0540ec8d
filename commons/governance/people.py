"""``governance/people.parquet``: who stands behind person ids, keys and adopted contributions. Erasable; never signed by itself.

    table = People.parse(data)
    table.of_account("huggingface.co/ada")          Person or None
    table.names()["kk1…"].display()                 what a page shows for a key, or for an adopted contribution
    opening = open_person("huggingface.co/ada")     a new id, with the salt that opens it

A person id is a salted hash of the first account, so statements name nobody; whoever holds the salt can show which account it was. One
person has one id in a commons: that is what makes "not by the author" and counting by person possible on any copy.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from pydantic import Field, TypeAdapter, ValidationError

from commons import layout
from commons.closed_model import ClosedModel
from commons.errors import LedgerError, PolicyError, SchemaError
from commons.ledger.fields import PersonId, Salt
from commons.records import identity, shards
from commons.records.bounds import Bounds

_NAMES = pa.list_(pa.field("element", pa.string()))
SCHEMA = pa.schema(
    [
        ("person", pa.string()),
        ("salt", pa.binary(identity.PERSON_SALT_BYTES)),
        ("accounts", _NAMES),
        ("keys", _NAMES),
        ("adopted", _NAMES),
        ("name", pa.string()),
        ("orcid", pa.string()),
        ("consent", pa.string()),
    ]
)
_MAX_PEOPLE = 1_000_000
_MAX_OPENING_BYTES = 4096


@dataclass(frozen=True)
class Person:
    """``accounts`` are ``host/user``, the first opens the id; ``adopted`` are contributions that somebody else signed for them."""

    id: str
    salt: bytes = b""
    accounts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()
    name: str | None = None
    orcid: str | None = None
    consent: str | None = None  # to what the person agreed, in words

    @property
    def user(self) -> str | None:
        """The user name of the first account."""
        return self.accounts[0].rpartition("/")[2] if self.accounts else None

    def display(self) -> str:
        return self.name or self.user or "a contributor"


class PersonOpening(ClosedModel):
    """What shows that a person id is an account's."""

    person: PersonId
    salt: Salt
    account: str = Field(min_length=3, max_length=300, pattern=r"^[!-~]+/[!-~]+$")

    def to_bytes(self) -> bytes:
        return (json.dumps(self.model_dump(), indent=2) + "\n").encode()

    def refuse_other_account(self) -> None:
        """Raise LedgerError (``person-mismatch``) unless the id is the salted hash of the account."""
        if identity.person_id(bytes.fromhex(self.salt), self.account) != self.person:
            raise LedgerError(f"{self.person} is not an id of {self.account}.", code="person-mismatch")


@dataclass(frozen=True)
class SignerIdentity:
    """As whom a key signs in one commons; ``opening`` travels with what is offered as long as the people table has no such person."""

    person: str
    opening: PersonOpening | None = None

    @property
    def files(self) -> dict[str, bytes]:
        """What a proposal has to bring along."""
        return {layout.person_path(self.person): self.opening.to_bytes()} if self.opening else {}


def passing_identity() -> SignerIdentity:
    """Somebody who is not there: for a check that goes nowhere."""
    return SignerIdentity(open_person("nowhere/nobody").person)


def open_person(account: str) -> PersonOpening:
    """A new id for an account that has none."""
    salt = secrets.token_bytes(identity.PERSON_SALT_BYTES)
    return PersonOpening(person=identity.person_id(salt, account), salt=salt.hex(), account=account)


def parse_opening(data: bytes) -> PersonOpening:
    """Raises LedgerError (``person-malformed``, ``person-mismatch``)."""
    try:
        if len(data) > _MAX_OPENING_BYTES:
            raise LedgerError("The file that opens the person id is too long.", code="person-malformed")
        opening = PersonOpening.model_validate_json(data)
    except (ValidationError, RecursionError) as error:
        raise LedgerError(
            "The file that opens the person id cannot be read.", code="person-malformed"
        ) from error
    opening.refuse_other_account()
    return opening


class _EntryOfFormat2(ClosedModel):
    hub_user: str | None = None
    name: str | None = None
    orcid: str | None = None


_TABLE_OF_FORMAT_2 = TypeAdapter(dict[str, _EntryOfFormat2])


@dataclass(frozen=True)
class People:
    """The whole table."""

    persons: Mapping[str, Person] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> People:
        """Raises PolicyError for anything but a table of ours."""
        try:
            table = shards.read_table(
                data, SCHEMA, name="governance/people.parquet", within=Bounds(rows=_MAX_PEOPLE)
            )
        except SchemaError as error:
            raise PolicyError(error.message, code=error.code) from error
        return of_rows(table.to_pylist())

    @classmethod
    def of(cls, persons: Iterable[Person]) -> People:
        return cls({person.id: person for person in persons})

    @classmethod
    def parse_json(cls, data: bytes) -> People:
        """The table of format 2: key id, or id of an adopted contribution, -> user, name, orcid. Its keys are its persons."""
        try:
            entries = _TABLE_OF_FORMAT_2.validate_json(data)
        except (ValidationError, RecursionError) as error:
            raise PolicyError(f"governance/people.json is not readable: {error}") from error
        return cls.of(_of_format_2(name, entry) for name, entry in entries.items())

    def to_bytes(self) -> bytes:
        """The same table always gives the same bytes."""
        rows = [_row(self.persons[name]) for name in sorted(self.persons)]
        return shards.to_parquet(pa.Table.from_pylist(rows, schema=SCHEMA))

    def of_account(self, account: str) -> Person | None:
        return next((person for person in self.persons.values() if account in person.accounts), None)

    def names(self) -> dict[str, Person]:
        """Key id, or id of an adopted contribution -> person."""
        by_name = {key: person for person in self.persons.values() for key in person.keys}
        return by_name | {
            contribution: person for person in self.persons.values() for contribution in person.adopted
        }

    def accounts(self) -> dict[str, str]:
        """Account -> person id."""
        return {account: person.id for person in self.persons.values() for account in person.accounts}

    def keys(self) -> dict[str, str]:
        """Key id -> person id."""
        return {key: person.id for person in self.persons.values() for key in person.keys}

    def with_person(self, person: Person) -> People:
        return People({**self.persons, person.id: person})

    def with_key(self, opening: PersonOpening | None, person: str, key_id: str) -> People:
        """The table when ``person`` has signed with a key; ``opening`` is of somebody new."""
        known = self.persons.get(person)
        if known is None and opening is not None:
            known = Person(person, bytes.fromhex(opening.salt), (opening.account,))
        if known is None:
            return self
        keys = tuple(dict.fromkeys((*known.keys, key_id)))
        return self.with_person(replace(known, keys=keys))

    def with_adopted(self, account: str, contribution: str) -> People:
        """The table when somebody adopted what the owner of ``account`` proposed."""
        known = self.of_account(account)
        if known is None:
            opening = open_person(account)
            known = Person(opening.person, bytes.fromhex(opening.salt), (account,))
        return self.with_person(replace(known, adopted=(*known.adopted, contribution)))


def of_rows(rows: Iterable[Mapping[str, Any]]) -> People:
    """The table with these rows, as Parquet holds them.

    Raises:
        PolicyError: a row with an empty place, or a person who stands in it twice.
    """
    persons = [_person(row) for row in rows]
    table = People.of(persons)
    if len(table.persons) != len(persons):
        raise PolicyError("governance/people.parquet has a person twice.")
    return table


def credited(people: Mapping[str, Person], contributor: str, contribution: str) -> str:
    """The name to show as the author of a row: of who proposed an adopted contribution, else of who signed it."""
    person = people.get(contribution) or people.get(contributor)
    return person.display() if person else contributor


def _row(person: Person) -> dict[str, Any]:
    return {
        "person": person.id,
        "salt": person.salt,
        "accounts": list(person.accounts),
        "keys": list(person.keys),
        "adopted": list(person.adopted),
        "name": person.name,
        "orcid": person.orcid,
        "consent": person.consent,
    }


def _person(row: Mapping[str, Any]) -> Person:
    if any(row[name] is None for name in ("person", "salt", "accounts", "keys", "adopted")):
        raise PolicyError("governance/people.parquet has a row with an empty place.")
    return Person(
        row["person"],
        row["salt"],
        tuple(row["accounts"]),
        tuple(row["keys"]),
        tuple(row["adopted"]),
        row["name"],
        row["orcid"],
        row["consent"],
    )


def _of_format_2(name: str, entry: _EntryOfFormat2) -> Person:
    adopted = name.startswith("kc1")
    return Person(
        name,
        accounts=(f"/{entry.hub_user}",) if entry.hub_user else (),
        keys=() if adopted else (name,),
        adopted=(name,) if adopted else (),
        name=entry.name,
        orcid=entry.orcid,
    )
