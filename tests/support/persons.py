"""Person ids that are the same in every run: each name has an account on a Hub that no test reaches."""

from __future__ import annotations

import hashlib

from commons.governance.people import PersonOpening
from commons.records import identity


def account_of(name: str) -> str:
    return f"hub.example/{name}"


def opening_of(name: str) -> PersonOpening:
    """What shows that the id is ``name``'s."""
    salt = hashlib.sha256(f"salt of {name}".encode()).digest()
    person = identity.person_id(salt, account_of(name))
    return PersonOpening(person=person, salt=salt.hex(), account=account_of(name))


def person_of(name: str) -> str:
    return opening_of(name).person
