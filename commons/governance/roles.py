"""``governance/roles.json``: which keys of which persons may review, land and build.

Roles name persons by their ids and keys by their bytes; who that is stands in the people table, which may be erased. In repositories of
format 2 roles name keys only, and a key is its own person.
"""

from __future__ import annotations

import json
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from commons.errors import LedgerError, PolicyError
from commons.ledger.fields import PersonId
from commons.ledger.keys import PublicKey

ROLES_VERSION = 2  # the one that is written
_MAX_BYTES = 192 * 1024  # what its statement can hold


class RoleKey(BaseModel):
    """One key that holds a role; ``public_key`` is the raw Ed25519 key in hex, ``person`` is None for a builder, who is a machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key_id: str
    public_key: str
    person: PersonId | None = None

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
    def of(cls, key: PublicKey, person: str | None = None) -> Self:
        return cls(key_id=key.key_id, public_key=key.raw.hex(), person=person)


class Roles(BaseModel):
    """``version`` 2 names persons and builders; ``emeritus`` are persons whose keys hold their roles without a word in decisions."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int = Field(default=ROLES_VERSION, ge=1, le=ROLES_VERSION, strict=True)
    maintainers: tuple[RoleKey, ...] = ()
    reviewers: tuple[RoleKey, ...] = ()
    builders: tuple[RoleKey, ...] = ()
    emeritus: tuple[PersonId, ...] = ()

    @model_validator(mode="after")
    def _is_of_its_version(self) -> Self:
        members = (*self.maintainers, *self.reviewers)
        if self.version == 1 and (self.builders or self.emeritus or any(key.person for key in members)):
            raise ValueError("version 1 of the roles knows neither persons nor builders")
        if self.version == 2 and not all(key.person for key in members):
            raise ValueError("a maintainer or reviewer without a person")
        return self

    @model_validator(mode="after")
    def _gives_each_key_one_person(self) -> Self:
        for key in (*self.maintainers, *self.reviewers):
            if key.person and key.person != self.person_of(key.key_id):
                raise ValueError(f"{key.key_id} stands for two persons")
        return self

    def may_review(self, key_id: str) -> bool:
        return any(key.key_id == key_id for key in (*self.maintainers, *self.reviewers))

    def is_maintainer(self, key_id: str) -> bool:
        return any(key.key_id == key_id for key in self.maintainers)

    def may_build(self, key_id: str) -> bool:
        return any(key.key_id == key_id for key in (*self.maintainers, *self.builders))

    def person_of(self, key_id: str) -> str:
        """The person of a key that may review; where roles name none, or the key holds no role, the key itself."""
        named = (key.person for key in (*self.maintainers, *self.reviewers) if key.key_id == key_id)
        return next(named, None) or key_id

    @property
    def members(self) -> frozenset[str]:
        """The persons with a word in decisions."""
        persons = {self.person_of(key.key_id) for key in (*self.maintainers, *self.reviewers)}
        return frozenset(persons - set(self.emeritus))

    def after(self, key_id: str, successor: PublicKey | None) -> Roles:
        """The roles when ``key_id`` is retired: its successor takes its places for the same person, or nobody does.

        A successor that holds a role already stays its own person's.
        """
        persons = {key.key_id: key.person for key in (*self.maintainers, *self.reviewers)}

        def followed(key: RoleKey) -> RoleKey | None:
            if key.key_id != key_id:
                return key
            return RoleKey.of(successor, persons.get(successor.key_id, key.person)) if successor else None

        def changed(keys: tuple[RoleKey, ...]) -> tuple[RoleKey, ...]:
            return tuple(dict.fromkeys(key for key in map(followed, keys) if key))

        return self.model_copy(
            update={
                "maintainers": changed(self.maintainers),
                "reviewers": changed(self.reviewers),
                "builders": changed(self.builders),
            }
        )

    def to_bytes(self) -> bytes:
        left_out = {"builders", "emeritus"} if self.version == 1 else set()
        return (
            json.dumps(self.model_dump(mode="json", exclude=left_out, exclude_none=True), indent=2) + "\n"
        ).encode()


def parse_roles(data: bytes) -> Roles:
    """Raises PolicyError."""
    if len(data) > _MAX_BYTES:
        raise PolicyError("governance/roles.json is longer than any statement of it could be.")
    try:
        return Roles.model_validate_json(data)
    except ValidationError as error:
        raise PolicyError(f"governance/roles.json: {error.errors()[0]['msg']}") from error
