"""Who else has a word in a commons: people get a role and a place in the people table, as a maintainer signs it."""

from __future__ import annotations

from collections.abc import Iterable

from support.world import MAINTAINER, World, key_of

from commons import digests, layout
from commons.governance import people
from commons.governance.people import People
from commons.governance.roles import RoleKey, Roles
from commons.layout import Need
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.snapshots import sealed_commit


def appoint(
    world: World,
    *,
    reviewers: Iterable[str] = (),
    maintainers: Iterable[str] = (),
    emeritus: Iterable[str] = (),
) -> None:
    """The founder stays a maintainer; whoever has no person here yet gets one."""
    snapshot = world.snapshot(need=Need.LANDING)
    table, roles = snapshot.people_table, snapshot.roles

    def role_key(name: str) -> RoleKey:
        nonlocal table
        account, key_id = world.repository().account(name), key_of(name).public.key_id
        known = table.of_account(account)
        opening = None if known else people.open_person(account)
        person = known.id if known else opening.person if opening else ""
        table = table.with_key(opening, person, key_id)
        return RoleKey.of(key_of(name).public, person)

    roles = Roles(
        maintainers=(*roles.maintainers, *map(role_key, maintainers)),
        reviewers=(*roles.reviewers, *map(role_key, reviewers)),
        emeritus=tuple(role_key(name).person or "" for name in emeritus),
    )
    _sign(world, table, roles)


def _sign(world: World, table: People, roles: Roles) -> None:
    snapshot = world.snapshot(need=Need.LANDING)
    policy, key = snapshot.policy_bytes, key_of(MAINTAINER)
    statement = Signer(key, snapshot.policy.commons.origin).policy(
        policy,
        digests.sha256_hex(policy),
        roles.to_bytes(),
        serial=snapshot.rules.serial + 1,
        replaces=snapshot.rules.policy_sha256,
    )
    sealed_commit.commit(
        snapshot,
        key,
        {layout.ROLES: roles.to_bytes(), layout.PEOPLE: table.to_bytes()},
        statements=[(StatementKind.POLICY, statement)],
        message="Other roles",
    )
