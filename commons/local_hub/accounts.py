"""Who calls: users, organisations and memberships.

By what they are recognised is the business of ``tokens``; what an identity may do to a repository is decided in ``access``.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from .database import Database, moment, new_id
from .errors import BadRequest, Conflict, NotFound
from .paths import check_name

MEMBER_ROLES = ("admin", "write", "contributor", "read")
# First segments of our own addresses.
_RESERVED = frozenset(
    (
        "api",
        "cas",
        "datasets",
        "git",
        "health",
        "kernels",
        "lfs",
        "login",
        "models",
        "settings",
        "spaces",
        "static",
        "uploads",
        "v1",
        "xorbs",
    )
)


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    kind: str
    fullname: str
    private_by_default: bool
    created_at: str


@dataclass(frozen=True, slots=True)
class Membership:
    organization: Account
    role: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as one token shows them."""

    account: Account
    token_id: str
    token_name: str
    role: str  # of the token: how far it reaches
    token_created_at: str
    memberships: tuple[Membership, ...]

    @property
    def name(self) -> str:
        return self.account.name

    def role_in(self, account_id: str) -> str | None:
        """The role in the namespace of an account: a user is the admin of their own."""
        if account_id == self.account.id:
            return "admin"
        return next((each.role for each in self.memberships if each.organization.id == account_id), None)


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create_user(self, name: str, fullname: str = "") -> Account:
        """Make a user. Raises ``Conflict`` if the name is taken."""
        return self._create(name, "user", fullname, private_by_default=False)

    def create_organization(
        self, name: str, fullname: str = "", *, private_by_default: bool = False
    ) -> Account:
        """Make an organisation. Raises ``Conflict`` if the name is taken."""
        return self._create(name, "org", fullname, private_by_default=private_by_default)

    def add_member(self, organization: str, user: str, role: str = "write") -> None:
        if role not in MEMBER_ROLES:
            raise BadRequest(f"Unknown role {role!r}; one of {', '.join(MEMBER_ROLES)}")
        org, member = self.get(organization), self.get(user)
        if org.kind != "org" or member.kind != "user":
            raise BadRequest("Members are users, and only organisations have members")
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO membership VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role",
                (org.id, member.id, role),
            )

    def memberships(self, account: Account) -> tuple[Membership, ...]:
        rows = self._database.all(
            "SELECT account.*, role FROM membership JOIN account ON account.id = org_id WHERE user_id = ?",
            account.id,
        )
        return tuple(Membership(account_of(each), each["role"]) for each in rows)

    def find(self, name: str) -> Account | None:
        row = self._database.row("SELECT * FROM account WHERE name = ?", name)
        return account_of(row) if row else None

    def get(self, name: str) -> Account:
        """Raises ``NotFound`` if nobody has the name."""
        account = self.find(name)
        if account is None:
            raise NotFound(f"No account is called {name}")
        return account

    def by_id(self, account_id: str) -> Account:
        row = self._database.row("SELECT * FROM account WHERE id = ?", account_id)
        if row is None:
            raise NotFound(f"No account has the id {account_id}")
        return account_of(row)

    def name_of(self, account_id: str) -> str:
        row = self._database.row("SELECT name FROM account WHERE id = ?", account_id)
        return row["name"] if row else "ghost"

    def _create(self, name: str, kind: str, fullname: str, *, private_by_default: bool) -> Account:
        if check_name(name).lower() in _RESERVED:
            raise BadRequest(f"The name {name} is reserved")
        account = Account(new_id(), name, kind, fullname or name, private_by_default, moment())
        try:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?)",
                    (account.id, name, kind, account.fullname, private_by_default, account.created_at),
                )
        except sqlite3.IntegrityError:
            raise Conflict(f"The name {name} is taken") from None
        return account


def account_of(row: sqlite3.Row) -> Account:
    return Account(
        row["id"],
        row["name"],
        row["kind"],
        row["fullname"],
        bool(row["private_by_default"]),
        row["created_at"],
    )
