"""Canonical bytes and what is computed from them: ids and commitments.

Every hash starts with a domain line, so that bytes meant for one purpose never verify for another. Canonical JSON is RFC 8785
(JCS) through ``rfc8785``; hashed values hold strings, lists, objects and null only, never floats.

    record.id  == record_id(record.core())            "kr1…", 55 characters
    commitment(salt, record.core())                   32 bytes; the salt keeps an erased text from being guessed
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import unquote

import rfc8785

from commons.records.schema import Link, Question, Record, Row

# Ids of records, links and contributions; no word of any language is spelt so.
_PASTED_ID = re.compile(r"(?<![a-z0-9])k[rlc]1[a-z2-7]{52}(?![a-z0-9])", re.IGNORECASE | re.ASCII)
SALT_BYTES = 16
PERSON_SALT_BYTES = 32


def base32_lower(digest: bytes) -> str:
    """RFC 4648 base32 in lower case without padding: 52 characters for 32 bytes."""
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def _named_hash(prefix: str, domain: str, payload: bytes) -> str:
    return prefix + base32_lower(hashlib.sha256(domain.encode("ascii") + b"\n" + payload).digest())


def canonical(core: dict[str, Any]) -> bytes:
    """RFC 8785 bytes of ``core``."""
    return rfc8785.dumps(core)


def record_id(core: dict[str, Any]) -> str:
    return _named_hash("kr1", "knowledge-record/v1", canonical(core))


def link_id(core: dict[str, Any]) -> str:
    return _named_hash("kl1", "knowledge-link/v1", canonical(core))


def question_id(core: dict[str, Any]) -> str:
    return _named_hash("kq1", "knowledge-question/v1", canonical(core))


def row_id(row: Row) -> str:
    """The id recomputed from what the row says, whatever its ``id`` column claims."""
    match row:
        case Record():
            return record_id(row.core())
        case Link():
            return link_id(row.core())
        case Question():
            return question_id(row.core())


def commitment(salt: bytes, core: dict[str, Any]) -> bytes:
    """SHA-256 that binds a row without revealing it, 32 bytes."""
    return hashlib.sha256(b"knowledge-commitment/v1\n" + salt + canonical(core)).digest()


def contribution_id(key_id: str, root: bytes) -> str:
    """Names a contribution by its signer and the Merkle root over its row commitments."""
    return _named_hash("kc1", "knowledge-contribution/v1", key_id.encode("ascii") + root)


def person_id(salt: bytes, account: str) -> str:
    """A pseudonym in one commons; ``account`` is ``host/user`` of the first account, and the salt keeps it from being guessed."""
    return _named_hash("kp1", "knowledge-person/v1", salt + account.encode())


def ids_in(text: str) -> tuple[str, ...]:
    """The ids of records, links and contributions that a text holds, in its order and each once.

    They are known in upper case, between quotes or brackets, in the middle of a sentence, and in an address, percent-encoded or not.
    """
    return tuple(dict.fromkeys(match.lower() for match in _PASTED_ID.findall(unquote(text))))


def is_nothing_but_ids(text: str) -> bool:
    """Whether a text is an id, or several, or their addresses, and says nothing else."""
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    return bool(words) and all(map(ids_in, words))


def is_record_id(text: str) -> bool:
    return (
        len(text) == 55
        and text.startswith("kr1")
        and set(text[3:]) <= set("abcdefghijklmnopqrstuvwxyz234567")
    )
