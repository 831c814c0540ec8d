"""Cursors: where a long answer goes on, as a word that is handed back unread.

    digest = cursor.question_digest({"record": "kr1…", "hops": 2})
    written = cursor.encode(revision, digest, 50)             after the first fifty
    cursor.decode(written, revision, digest)                  50; of another revision or question it is refused

It is base64url, without padding, of JSON with the revision, the digest of the question, the place, and a checksum over these. The checksum
is no secret: it tells what was cut or changed on the way. Who makes one up reads from another place of an answer that is theirs anyway.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from commons import digests
from commons.errors import UsageError

MAX_OFFSET = 10_000_000
_MAX_CHARACTERS = 1000
_DIGEST_CHARACTERS = 16  # to tell questions apart, not to withstand anybody
_START_AGAIN = "Ask again without a cursor."


def question_digest(question: Mapping[str, Any]) -> str:
    """Of all that shapes an answer but the place in it and the length of a page; plain JSON values."""
    written = json.dumps(question, sort_keys=True, separators=(",", ":"))
    return digests.sha256_hex(written.encode())[:_DIGEST_CHARACTERS]


def encode(revision: str, question: str, offset: int) -> str:
    """The cursor for what comes after ``offset`` results; ``question`` is its digest."""
    fields = {"o": offset, "q": question, "r": revision}
    signed = {**fields, "c": _checksum(fields)}
    written = json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(written).decode("ascii").rstrip("=")


def decode(cursor: str, revision: str, question: str) -> int:
    """How many results come before it.

    Raises:
        UsageError: it is none, or one of another question or revision (``cursor-invalid``).
    """
    fields = _fields(cursor)
    offset = fields.get("o")
    if type(offset) is not int or not 0 <= offset <= MAX_OFFSET:
        raise _invalid("That is no cursor of ours.")
    if fields.get("q") != question:
        raise _invalid("The cursor belongs to another question.")
    if fields.get("r") != revision:
        raise _invalid("The cursor belongs to another revision: the commons has changed since.")
    if encode(revision, question, offset) != cursor:
        raise _invalid("The cursor was changed on the way.")
    return offset


def _fields(cursor: str) -> dict[str, Any]:
    if len(cursor) > _MAX_CHARACTERS:
        raise _invalid("That is no cursor of ours.")
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        fields = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        raise _invalid("That is no cursor of ours.") from None
    if not isinstance(fields, dict):
        raise _invalid("That is no cursor of ours.")
    return fields


def _checksum(fields: Mapping[str, Any]) -> str:
    return question_digest({"cursor": 1, **fields})


def _invalid(message: str) -> UsageError:
    return UsageError(message, hint=_START_AGAIN, code="cursor-invalid")
