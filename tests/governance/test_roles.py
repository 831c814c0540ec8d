"""Roles and people: who may review, and who is behind a key."""

from __future__ import annotations

import pytest

from commons.errors import PolicyError
from commons.governance import roles
from commons.governance.roles import Person, RoleKey, Roles


def test_roles_are_written_and_read_back() -> None:
    made = Roles(
        maintainers=(RoleKey(key_id="kk1a", public_key="00"),),
        reviewers=(RoleKey(key_id="kk1b", public_key="11"),),
    )
    assert roles.parse_roles(made.to_bytes()) == made
    assert made.may_review("kk1a")
    assert made.may_review("kk1b")
    assert not made.may_review("kk1c")
    assert not made.may_review("")


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
