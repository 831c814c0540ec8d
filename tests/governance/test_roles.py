"""Roles and people: who may review, and who is behind a key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commons.errors import PolicyError
from commons.governance import roles
from commons.governance.roles import Person, RoleKey, Roles


def test_roles_are_written_and_read_back(key: Any) -> None:
    ann, bob, eve = (key(name).public for name in ("ann", "bob", "eve"))
    made = Roles(maintainers=(RoleKey.of(ann),), reviewers=(RoleKey.of(bob),))
    assert roles.parse_roles(made.to_bytes()) == made
    assert made.may_review(ann.key_id)
    assert made.may_review(bob.key_id)
    assert not made.may_review(eve.key_id)
    assert not made.may_review("")
    assert (made.is_maintainer(ann.key_id), made.is_maintainer(bob.key_id)) == (True, False)


def test_a_key_is_named_by_its_own_id_or_not_at_all(key: Any) -> None:
    ann, bob = key("ann").public, key("bob").public
    for public_key in (bob.raw.hex(), "", "00" * 32, "ff" * 32, "zz"):
        data = json.dumps({"reviewers": [{"key_id": ann.key_id, "public_key": public_key}]}).encode()
        with pytest.raises(PolicyError):
            roles.parse_roles(data)


def test_a_retired_key_hands_its_places_to_its_successor_or_to_nobody(key: Any) -> None:
    ann, bob, new = (RoleKey.of(key(name).public) for name in ("ann", "bob", "new"))
    made = Roles(maintainers=(ann, bob), reviewers=(ann,))
    assert made.after(ann.key_id, new) == Roles(maintainers=(new, bob), reviewers=(new,))
    assert made.after(ann.key_id, None) == Roles(maintainers=(bob,), reviewers=())
    assert made.after(ann.key_id, bob) == Roles(maintainers=(bob,), reviewers=(bob,))
    assert made.after(new.key_id, None) == made


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"owner": []}',
        b'{"maintainers": {}}',
        b'{"reviewers": [{"key_id": "a"}]}',
        b'{"reviewers": [{"key_id": "a", "public_key": "b", "name": "Ada"}]}',
        b'{"reviewers": ["kk1a"]}',
    ],
)
def test_roles_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(PolicyError, match=r"governance/roles\.json"):
        roles.parse_roles(data)


def test_people_are_written_in_one_order_and_read_back() -> None:
    people = {"kk1b": Person(name="Bo", orcid="0000-0001"), "kk1a": Person(hub_user="ada")}
    data = roles.people_bytes(people)
    assert roles.parse_people(data) == people
    assert roles.people_bytes(dict(reversed(people.items()))) == data


def test_a_person_is_shown_by_name_then_by_user() -> None:
    assert Person(name="Ada", hub_user="ada99").display() == "Ada"
    assert Person(hub_user="ada99").display() == "ada99"
    assert Person().display() == "a contributor"


@pytest.mark.parametrize("data", [b"", b"[]", b"5", b'{"kk1a": {"email": "x"}}', b'{"kk1a": 5}', b"\xff"])
def test_people_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(PolicyError, match=r"governance/people\.json"):
        roles.parse_people(data)
