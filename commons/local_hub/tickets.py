"""Signed addresses: permission to do one thing until a moment, for requests that arrive without a token.

Large-file uploads and Xet chunks are requested by code that sends no credentials, so the address itself proves that
somebody who was allowed asked for it. Whether they still are is asked again when it is used, in ``routes.admission``. The
key lives in the database and survives restarts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from .database import Database
from .errors import Unauthorized


class Tickets:
    def __init__(self, database: Database) -> None:
        self._key = bytes.fromhex(remembered(database, "ticket-key", lambda: secrets.token_hex(32)))

    def issue(self, purpose: str, *, valid_s: int, **facts: Any) -> str:
        """A ticket that ``facts`` can be read back from, for one purpose only."""
        body = json.dumps([purpose, int(time.time()) + valid_s, facts], separators=(",", ":")).encode()
        return _encode(body) + "." + _encode(self._sign(body))

    def redeem(self, purposes: str | tuple[str, ...], ticket: str) -> dict[str, Any]:
        """The facts of a ticket. Raises ``Unauthorized`` if it is not ours, not for this, or too old."""
        body_text, _, signature = ticket.partition(".")
        try:
            body = _decode(body_text)
            genuine = hmac.compare_digest(self._sign(body), _decode(signature))
        except ValueError:
            genuine = False
        if not genuine:
            raise Unauthorized("Invalid credentials in Authorization header")
        meant_for, expires, facts = json.loads(body)
        if meant_for not in ((purposes,) if isinstance(purposes, str) else purposes):
            raise Unauthorized("This address was made for something else")
        if expires < time.time():
            raise Unauthorized("This address has expired; ask for a new one")
        return dict(facts)

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)


def remembered(database: Database, name: str, make: Any) -> str:
    """A value made once and kept for the life of the store."""
    with database.write() as connection:
        connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", (name, make()))
        return str(connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()[0])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
