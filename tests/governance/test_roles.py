"""Roles: which keys may review, land and build, and for whom they speak."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.persons import person_of

from commons.errors import PolicyError
from commons.governance import roles
from commons.governance.roles import RoleKey, Roles


@pytest.fixture
def role(key: Any) -> Any:
    """A function: name -> the role key of the person of that name; ``of``: of another person."""

    def named(name: str, of: str = "") -> RoleKey:
        return RoleKey.of(key(name).public, person_of(of or name))

    return named


def test_roles_are_written_and_read_back(key: Any, role: Any) -> None:
    ann, bob, box, eve = (key(name).public for name in ("ann", "bob", "box", "eve"))
    made = Roles(maintainers=(role("ann"),), reviewers=(role("bob"),), builders=(RoleKey.of(box),))
    assert roles.parse_roles(made.to_bytes()) == made
    assert made.may_review(ann.key_id)
    assert made.may_review(bob.key_id)
    assert not made.may_review(box.key_id)
    assert not made.may_review(eve.key_id)
    assert not made.may_review("")
    assert (made.is_maintainer(ann.key_id), made.is_maintainer(bob.key_id)) == (True, False)
    assert [made.may_build(name.key_id) for name in (ann, bob, box, eve)] == [True, False, True, False]


def test_members_are_persons_however_many_keys_they_have(key: Any, role: Any) -> None:
    made = Roles(maintainers=(role("ann"),), reviewers=(role("ann's phone", of="ann"), role("bob")))
    assert made.members == {person_of("ann"), person_of("bob")}
    assert made.person_of(key("ann's phone").public.key_id) == person_of("ann")
    eve = key("eve").public.key_id
    assert made.person_of(eve) == eve, "who holds no role is only a key here"


def test_a_builder_is_no_member_and_who_is_emeritus_no_longer(key: Any, role: Any) -> None:
    made = Roles(
        maintainers=(role("ann"), role("bob")),
        builders=(RoleKey.of(key("box").public),),
        emeritus=(person_of("bob"),),
    )
    assert made.members == {person_of("ann")}
    assert made.is_maintainer(key("bob").public.key_id), "the key still signs the log"
    assert roles.parse_roles(made.to_bytes()) == made


def test_roles_of_the_earlier_format_name_keys_alone_and_a_key_is_its_own_person(key: Any) -> None:
    golden = Path(__file__).parents[1] / "golden" / "format-2-whole" / "governance" / "roles.json"
    made = roles.parse_roles(golden.read_bytes())
    assert made.version == 1
    assert made.to_bytes() == golden.read_bytes(), "what was signed is what is written"
    assert made.members == {key("maya the second").public.key_id, key("rosa").public.key_id}


def _with_version(version: int, made: Roles) -> bytes:
    return json.dumps({**json.loads(made.to_bytes()), "version": version}).encode()


def test_a_version_says_whether_persons_are_named(key: Any, role: Any) -> None:
    """Reviewers as well as maintainers: a person that one version knows and the other drops would be two readings of one file."""
    nameless = RoleKey.of(key("ann").public)
    for made in (
        Roles(version=1, maintainers=(nameless,)),
        Roles(version=1, reviewers=(nameless,)),
    ):
        assert roles.parse_roles(made.to_bytes()) == made
        with pytest.raises(PolicyError, match="without a person"):
            roles.parse_roles(_with_version(2, made))
    for made in (
        Roles(maintainers=(role("ann"),)),
        Roles(reviewers=(role("ann"),)),
        Roles(builders=(nameless,)),
        Roles(emeritus=(person_of("ann"),)),
    ):
        with pytest.raises(PolicyError, match="knows neither persons nor builders"):
            roles.parse_roles(_with_version(1, made))


def test_a_key_speaks_for_one_person(role: Any) -> None:
    made = Roles(maintainers=(role("ann"),), reviewers=(role("ann"),)).to_bytes().decode()
    assert roles.parse_roles(made.encode())
    other = person_of("bob").join(made.rsplit(person_of("ann"), 1))
    with pytest.raises(PolicyError, match="two persons"):
        roles.parse_roles(other.encode())


def test_a_key_is_named_by_its_own_id_or_not_at_all(key: Any) -> None:
    ann, bob = key("ann").public, key("bob").public
    for public_key in (bob.raw.hex(), "", "00" * 32, "ff" * 32, "zz"):
        data = json.dumps({"reviewers": [{"key_id": ann.key_id, "public_key": public_key}]}).encode()
        with pytest.raises(PolicyError):
            roles.parse_roles(data)


def test_a_retired_key_hands_its_places_to_its_successor_or_to_nobody(key: Any, role: Any) -> None:
    ann, bob = role("ann"), role("bob")
    new, new_key = role("new", of="ann"), key("new").public
    made = Roles(maintainers=(ann, bob), reviewers=(ann,))
    assert made.after(ann.key_id, new_key) == Roles(maintainers=(new, bob), reviewers=(new,))
    assert made.after(ann.key_id, None) == Roles(maintainers=(bob,), reviewers=())
    assert made.after(new.key_id, None) == made
    box = Roles(builders=(RoleKey.of(key("box").public),))
    assert box.after(key("box").public.key_id, new_key) == Roles(builders=(RoleKey.of(new_key),))
    assert box.after(key("box").public.key_id, None) == Roles()


def test_a_successor_that_has_the_place_already_has_it_once(role: Any, key: Any) -> None:
    ann, phone = role("ann"), role("ann's phone", of="ann")
    made = Roles(maintainers=(ann, phone), reviewers=(ann,))
    assert made.after(ann.key_id, key("ann's phone").public) == Roles(
        maintainers=(phone,), reviewers=(phone,)
    )


def test_a_successor_that_is_somebody_elses_key_stays_theirs(role: Any, key: Any) -> None:
    """Else one key would stand for two persons, in a file that nobody could read any more."""
    ann, bob = role("ann"), role("bob")
    after = Roles(maintainers=(ann, bob), reviewers=(ann,)).after(ann.key_id, key("bob").public)
    assert after == Roles(maintainers=(bob,), reviewers=(bob,))
    assert roles.parse_roles(after.to_bytes()) == after


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
        b'{"version": 3}',
        b'{"version": "2"}',
        b'{"emeritus": [5]}',
        b'{"emeritus": ["ada"]}',
        b'{"maintainers": []}' + b" " * 200_000,
    ],
)
def test_roles_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(PolicyError, match=r"governance/roles\.json"):
        roles.parse_roles(data)
