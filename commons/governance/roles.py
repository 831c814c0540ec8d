"""``governance/roles.json``: which keys may review, and ``governance/people.json``: who is behind a key, or behind an adopted contribution.

Roles name keys and public keys only. Names live in the people table, which may be erased without breaking a signature. What a reviewer
adopted was signed by the reviewer; whoever proposed it stands in the table under the id of the contribution.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from commons.errors import LedgerError, PolicyError
from commons.ledger.keys import PublicKey


class RoleKey(BaseModel):
    """One key that holds a role; ``public_key`` is the raw Ed25519 key in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key_id: str
    public_key: str

    @model_validator(mode="after")
    def _names_its_own_key(self) -> Self:
        if self.public.key_id != self.key_id:
            raise ValueError(f"{self.key_id} is not the id of that public key")
        return self

    @property
    def public(self) -> PublicKey:
        try:
            return PublicKey(bytes.fromhex(self.public_key))
        except (LedgerError, ValueError) as error:
            raise ValueError(f"{self.public_key[:80]!r} is no Ed25519 public key") from error

    @classmethod
    def of(cls, key: PublicKey) -> Self:
        return cls(key_id=key.key_id, public_key=key.raw.hex())


class Roles(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int = 1
    maintainers: tuple[RoleKey, ...] = ()
    reviewers: tuple[RoleKey, ...] = ()

    def may_review(self, key_id: str) -> bool:
        return any(key.key_id == key_id for key in (*self.maintainers, *self.reviewers))

    def is_maintainer(self, key_id: str) -> bool:
        return any(key.key_id == key_id for key in self.maintainers)

    def after(self, key_id: str, successor: RoleKey | None) -> Roles:
        """The roles when ``key_id`` is retired: its successor takes its places, or nobody does."""

        def changed(keys: tuple[RoleKey, ...]) -> tuple[RoleKey, ...]:
            followed = [successor if key.key_id == key_id else key for key in keys]
            return tuple(dict.fromkeys(key for key in followed if key))

        return Roles(
            version=self.version, maintainers=changed(self.maintainers), reviewers=changed(self.reviewers)
        )

    def to_bytes(self) -> bytes:
        return (json.dumps(self.model_dump(mode="json"), indent=2) + "\n").encode()


class Person(BaseModel):
    """What is known of a contributor. Display data: never signed, erasable."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    hub_user: str | None = None
    name: str | None = None
    orcid: str | None = None

    def display(self) -> str:
        return self.name or self.hub_user or "a contributor"


def parse_roles(data: bytes) -> Roles:
    try:
        return Roles.model_validate_json(data)
    except ValidationError as error:
        raise PolicyError(f"governance/roles.json: {error.errors()[0]['msg']}") from error


def parse_people(data: bytes) -> dict[str, Person]:
    """Key id, or id of an adopted contribution -> person."""
    try:
        return {key: Person.model_validate(value) for key, value in json.loads(data).items()}
    except (ValueError, ValidationError, AttributeError) as error:
        raise PolicyError(f"governance/people.json is not readable: {error}") from error


def credited(people: Mapping[str, Person], contributor: str, contribution: str) -> str:
    """The name to show as the author of a row: of who proposed an adopted contribution, else of who signed it."""
    person = people.get(contribution) or people.get(contributor)
    return person.display() if person else contributor


def people_bytes(people: dict[str, Person]) -> bytes:
    table = {key: people[key].model_dump(exclude_none=True) for key in sorted(people)}
    return (json.dumps(table, indent=2, ensure_ascii=False) + "\n").encode()
