"""Who calls: users, organisations, memberships and tokens.

A token is shown once and kept only as its SHA-256 (tokens are 200 random bits, so a fast hash is as good as a slow one);
looking one up compares hashes inside an index, which tells an attacker nothing about the token itself.
What an identity may do to a repository is decided in ``access``.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import string
from dataclasses import dataclass

from .database import Database, moment, new_id
from .errors import BadRequest, Conflict, NotFound
from .paths import check_name

TOKEN_ROLES = ("read", "write", "fineGrained")  # fineGrained: may open pull requests and discuss, not more
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
        "models",
        "settings",
        "spaces",
        "static",
        "uploads",
        "v1",
        "xorbs",
    )
)
_ALPHABET = string.ascii_letters + string.digits


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

    def create_token(self, user: str, role: str = "write", name: str = "", *, value: str = "") -> str:
        """A new token for a user; this is the only time it can be read.

        Args:
            value: a token chosen by the caller, for test suites that bring their own.
        """
        if role not in TOKEN_ROLES:
            raise BadRequest(f"Unknown token role {role!r}; one of {', '.join(TOKEN_ROLES)}")
        account = self.get(user)
        if account.kind != "user":
            raise BadRequest("Only users have tokens")
        token = value or "hf_" + "".join(secrets.choice(_ALPHABET) for _ in range(34))
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO token VALUES (?, ?, ?, ?, ?)",
                (_token_hash(token), account.id, name or f"{account.name}-{role}", role, moment()),
            )
        return token

    def identify(self, token: str) -> Identity | None:
        """Whose token this is; ``None`` if nobody's."""
        row = self._database.one(
            "SELECT account.*, token.name AS token_name, role, token.created_at AS token_created_at "
            "FROM token JOIN account ON account.id = account_id WHERE hash = ?",
            _token_hash(token),
        )
        if row is None:
            return None
        memberships = self._database.all(
            "SELECT account.*, role FROM membership JOIN account ON account.id = org_id WHERE user_id = ?",
            row["id"],
        )
        return Identity(
            account=account_of(row),
            token_name=row["token_name"],
            role=row["role"],
            token_created_at=row["token_created_at"],
            memberships=tuple(Membership(account_of(each), each["role"]) for each in memberships),
        )

    def find(self, name: str) -> Account | None:
        row = self._database.one("SELECT * FROM account WHERE name = ?", name)
        return account_of(row) if row else None

    def get(self, name: str) -> Account:
        """Raises ``NotFound`` if nobody has the name."""
        account = self.find(name)
        if account is None:
            raise NotFound(f"No account is called {name}")
        return account

    def name_of(self, account_id: str) -> str:
        row = self._database.one("SELECT name FROM account WHERE id = ?", account_id)
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


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
