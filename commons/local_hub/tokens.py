"""Tokens: made, listed, expired, revoked, and recognised again.

A token is shown once and kept only as its SHA-256 (tokens are 200 random bits, so a fast hash is as good as a slow one);
looking one up compares hashes inside an index, which tells an attacker nothing about the token itself. What people revoke it
by is its id, which is no secret. A ticket (see ``tickets``) carries that id and is worth what the token is worth *now*.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .accounts import Accounts, Identity
from .database import Database, moment
from .errors import BadRequest, Conflict, NotFound

ROLES = ("read", "write", "fineGrained")  # fineGrained: may open pull requests and discuss, not more
# As people say it. The Hub's own word for the third tells nobody what such a token may do here.
ROLE_WORDS = {"read": "read", "write": "write", "propose": "fineGrained"}
MAX_DAYS = 3650
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Token:
    """What may be told of a token: everything but the token."""

    id: str
    user: str
    name: str
    role: str
    created_at: str
    expires_at: str | None

    @property
    def expired(self) -> bool:
        return _is_past(self.expires_at)

    @property
    def role_word(self) -> str:
        return next((word for word, role in ROLE_WORDS.items() if role == self.role), self.role)

    @property
    def end(self) -> str:
        """When it ends, in words."""
        if self.expires_at is None:
            return "until revoked"
        return f"{'expired' if self.expired else 'until'} {self.expires_at[:16].replace('T', ' ')}"


class Tokens:
    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    def create(
        self,
        user: str,
        role: str = "write",
        name: str = "",
        *,
        value: str = "",
        expires_days: int | None = None,
    ) -> str:
        """A new token for a user; this is the only time it can be read. Raises ``NotFound`` if nobody has the name.

        Args:
            value: a token chosen by the caller, for test suites that bring their own.
        """
        if role not in ROLES:
            raise BadRequest(f"Unknown token role {role!r}; one of {', '.join(ROLES)}")
        if expires_days is not None and not 0 < expires_days <= MAX_DAYS:
            raise BadRequest(f"A token lives 1 to {MAX_DAYS} days, or until it is revoked")
        account = self._accounts.get(user)
        if account.kind != "user":
            raise BadRequest("Only users have tokens")
        token = value or "hf_" + "".join(secrets.choice(_ALPHABET) for _ in range(34))
        expires_at = (
            None if expires_days is None else moment(datetime.now(UTC) + timedelta(days=expires_days))
        )
        try:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO token (id, hash, account_id, name, role, created_at, expires_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        secrets.token_hex(6),
                        _hash(token),
                        account.id,
                        name or f"{account.name}-{role}",
                        role,
                        moment(),
                        expires_at,
                    ),
                )
        except sqlite3.IntegrityError:
            raise Conflict("This token is in use already") from None
        return token

    def all(self, user: str = "") -> list[Token]:
        """Every token, expired ones too, oldest first; of one user, if named. Raises ``NotFound``."""
        account = self._accounts.get(user) if user else None
        rows = self._database.all(
            "SELECT token.*, account.name AS user FROM token JOIN account ON account.id = account_id "
            "WHERE ? IS NULL OR account_id = ? ORDER BY token.created_at, token.rowid",
            account.id if account else None,
            account.id if account else None,
        )
        return [
            Token(row["id"], row["user"], row["name"], row["role"], row["created_at"], row["expires_at"])
            for row in rows
        ]

    def revoke(self, token_id: str) -> None:
        """From now on it is nobody's, and so is every ticket that was given out for it. Raises ``NotFound``."""
        with self._database.write() as connection:
            gone = connection.execute("DELETE FROM token WHERE id = ?", (token_id,)).rowcount
        if not gone:
            raise NotFound(f"No token has the id {ascii(token_id)[1:60]}")

    def identify(self, token: str) -> Identity | None:
        """Whose token this is; ``None`` if nobody's, or no longer."""
        return self._identity(self._database.row("SELECT * FROM token WHERE hash = ?", _hash(token)))

    def identify_again(self, token_id: str) -> Identity | None:
        """The same for a token that was shown before."""
        return self._identity(self._database.row("SELECT * FROM token WHERE id = ?", token_id))

    def _identity(self, row: sqlite3.Row | None) -> Identity | None:
        if row is None or _is_past(row["expires_at"]):
            return None
        account = self._accounts.by_id(row["account_id"])
        return Identity(
            account=account,
            token_id=row["id"],
            token_name=row["name"],
            role=row["role"],
            token_created_at=row["created_at"],
            memberships=self._accounts.memberships(account),
        )


def _is_past(expires_at: str | None) -> bool:
    return expires_at is not None and expires_at <= moment()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
