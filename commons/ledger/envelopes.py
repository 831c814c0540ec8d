"""DSSE envelopes: bytes in, a verified payload out.

Rules, in order; the first that fails names the reason:
1. an envelope is JSON with exactly ``payload``, ``payloadType`` and ``signatures``, each once, a signature with exactly ``keyid``
   and ``sig``;
2. the payload type is in-toto's;
3. both base64 alphabets are read, nothing else is;
4. signatures are over the very bytes that are parsed afterwards (DSSE PAE);
5. unique keys are counted, never signatures.

The canonical form of an envelope is RFC 8785; its SHA-256 is its address in the log.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

from commons import digests
from commons.errors import LedgerError
from commons.ledger.keys import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_ENVELOPE_BYTES = 256 * 1024  # statements are small at any number of rows; an inventory names its parts


@dataclass(frozen=True)
class OpenedEnvelope:
    """An envelope that has the right shape; nothing in it is verified yet."""

    payload: bytes
    signatures: dict[str, bytes]  # key id -> raw signature
    sha256_hex: str
    canonical: bool  # whether its bytes are the one form that ``sign`` writes


def sign(payload: bytes, *keys: SigningKey) -> bytes:
    """The canonical envelope bytes around ``payload``, signed by each key."""
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    for key in keys:
        envelope.sign(CryptoSigner(key.private, _as_library_key(key.public)))
    return rfc8785.dumps(envelope.to_dict())


def open_envelope(data: bytes) -> OpenedEnvelope:
    """Take an envelope apart (rules 1 to 3).

    Raises:
        LedgerError: ``envelope-malformed`` with the reason.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise _malformed(f"it has {len(data)} bytes, more than {MAX_ENVELOPE_BYTES}")
    try:
        envelope = json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise _malformed(str(error)) from error
    _require_members(envelope, {"payload", "payloadType", "signatures"})
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise _malformed(f"its payload type is not {PAYLOAD_TYPE}")
    if not isinstance(envelope["signatures"], list) or not envelope["signatures"]:
        raise _malformed("it carries no signature")
    signatures: dict[str, bytes] = {}
    for entry in envelope["signatures"]:
        _require_members(entry, {"keyid", "sig"})
        if not isinstance(entry["keyid"], str) or entry["keyid"] in signatures:
            raise _malformed("a key id is missing or stands twice")
        signatures[entry["keyid"]] = _decode(entry["sig"])
    payload = _decode(envelope["payload"])
    return OpenedEnvelope(payload, signatures, digests.sha256_hex(data), _form(payload, signatures) == data)


def _form(payload: bytes, signatures: Mapping[str, bytes]) -> bytes:
    """The one way to write an envelope; nothing where there is none, because a key id is no Unicode text."""
    listed = [{"keyid": key_id, "sig": _encode(signature)} for key_id, signature in signatures.items()]
    form: dict[str, Any] = {
        "payload": _encode(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": listed,
    }
    try:
        return rfc8785.dumps(form)
    except rfc8785.CanonicalizationError:
        return b""


def refuse_other_form(opened: OpenedEnvelope) -> None:
    """Refuse what says the same in another way, for whatever is to enter a log.

    Anybody can spell an envelope differently without its key, so that one statement would have many digests; and two parsers that
    differ on a repeated member would read two statements under one signature.

    Raises:
        LedgerError: ``envelope-not-canonical``, or ``statement-malformed`` for a payload that is not RFC 8785.
    """
    if not opened.canonical:
        raise LedgerError("The envelope is not in its one RFC 8785 form.", code="envelope-not-canonical")
    try:
        same = rfc8785.dumps(json.loads(opened.payload, object_pairs_hook=_no_duplicates)) == opened.payload
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        same = False
    if not same:
        raise LedgerError("The statement is not in RFC 8785 form.", code="statement-malformed")


def refuse_other_signatures(opened: OpenedEnvelope, signers: Sequence[PublicKey]) -> None:
    """Refuse any but the signatures of ``signers``, in this order: whoever adds one without their keys makes another digest of the same.

    Raises:
        LedgerError: ``envelope-not-canonical``.
    """
    if list(opened.signatures) != [signer.key_id for signer in signers]:
        raise LedgerError(
            "The envelope carries other signatures than its statement needs.", code="envelope-not-canonical"
        )


def is_signed_by(opened: OpenedEnvelope, key: PublicKey) -> bool:
    """Whether ``key`` signed exactly these payload bytes."""
    signature = opened.signatures.get(key.key_id)
    if signature is None:
        return False
    envelope = Envelope(opened.payload, PAYLOAD_TYPE, {})
    try:
        _as_library_key(key).verify_signature(Signature(key.key_id, signature.hex()), envelope.pae())
    except UnverifiedSignatureError:
        return False
    return True


def _as_library_key(key: PublicKey) -> SSlibKey:
    return SSlibKey.from_crypto(key.crypto, keyid=key.key_id)


def _decode(text: Any) -> bytes:
    if not isinstance(text, str):
        raise _malformed("a base64 field is not a string")
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("a field is not base64") from error


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _require_members(value: Any, names: set[str]) -> None:
    if not isinstance(value, dict) or set(value) != names:
        raise _malformed(f"it must have exactly the members {', '.join(sorted(names))}")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a member stands twice")
    return result


def _malformed(reason: str) -> LedgerError:
    return LedgerError(f"This is not a DSSE envelope: {reason}.", code="envelope-malformed")
