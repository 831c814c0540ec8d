"""C2SP signed notes: a text, and lines of signatures under it.

    key = SignerKey(name, SignatureType.ED25519, private_key)        or SignerKey.parse("PRIVATE+KEY+…")
    data = Note(text).with_signature(sign(text, key)).to_bytes()     what is published
    verify(parse(data), [VerifierKey.parse("example.org/log+…")])    who signed it, and when

The rules, from the specifications signed-note v1.0.0 and tlog-cosignature v1.0.1:

 1. A note is UTF-8 without control characters other than the newline: the text, which ends with a newline; an
    empty line, the last one; one or more signature lines ``— <name> <base64>``. A text may hold empty lines
    itself.
 2. The base64 is the standard alphabet with padding, and of its encodings only the one that an encoder
    writes. It holds four bytes of key id and the signature.
 3. A name is not empty and has neither spaces nor plus signs. Key id = SHA-256(name, newline, type, public
    key), first four bytes. Name and id together pick the key; that id is too short to trust and nothing rests
    on it alone.
 4. A signature of a key we do not know is ignored. One of a key we know must verify, or the whole note is
    refused. So is a note without any signature of a key we know: until then, the text is nobody's.
 5. Type 1 signs the text with Ed25519. Type 4, a witness's cosignature, signs it below the lines
    ``cosignature/v1`` and ``time <seconds>``, and the eight bytes of that time come before the signature. It
    does not sign the witness's name.
 6. However often a key signs, it is one signer; of its cosignatures the latest counts.

Not here: which keys to trust, how many signatures are enough (``checkpoints``), how private keys are kept
(``keys``).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commons.errors import LedgerError

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100  # the specification asks for 16 at least; the Go module database stops at 100 too
MAX_TIME_S = 2**63 - 1

_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # a str may hold lone surrogates, UTF-8 may not
_LINE_START = "— "
_SIGNER_KEY_START = "PRIVATE+KEY+"
_KEY_ID_BYTES = 4
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8


class MalformedNoteError(LedgerError):
    """Bytes that are not a signed note, or a text that cannot become one."""

    code = "malformed-note"


class MalformedKeyError(LedgerError):
    """A text that is not a verifier or signer key, or a key of a type we do not speak."""

    code = "malformed-key"


class UnknownSignerError(LedgerError):
    """A note that nobody we know has signed."""

    code = "unknown-signer"


class BadSignatureError(LedgerError):
    """A signature of a key we know that does not verify."""

    code = "bad-signature"


class SignatureType(IntEnum):
    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name and the type of its signatures; as text, a "vkey"."""

    name: str
    type: SignatureType
    public_key: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise MalformedKeyError(f"{self.name!r} cannot name a key: empty, or with spaces or plus signs.")
        if len(self.public_key) != _KEY_BYTES:
            raise MalformedKeyError(
                f"The public key of {self.name} has {len(self.public_key)} bytes, not {_KEY_BYTES}."
            )

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """The key that a "vkey" spells.

        Raises:
            MalformedKeyError: it is not ``<name>+<key id>+<base64>``, or the id is not the key's.
        """
        name, key_id, type_, public_key = _split_key(vkey, "verifier key")
        key = cls(name, type_, public_key)
        if key.key_id.hex() != key_id:
            raise MalformedKeyError(
                f"The verifier key of {name} says id {key_id}; its key has {key.key_id.hex()}."
            )
        return key

    @property
    def key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.type]) + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type]) + self.public_key)}"


@dataclass(frozen=True)
class SignerKey:
    """A private key with its name and the type of its signatures; ``str`` shows the public side only."""

    name: str
    type: SignatureType
    private_key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def parse(cls, skey: str) -> SignerKey:
        """The key that an "skey" spells.

        Raises:
            MalformedKeyError: it is not ``PRIVATE+KEY+<name>+<key id>+<base64>``, or the id is not the key's.
        """
        if not skey.startswith(_SIGNER_KEY_START):
            raise MalformedKeyError(f"A signer key starts with {_SIGNER_KEY_START}.")
        name, key_id, type_, seed = _split_key(skey.removeprefix(_SIGNER_KEY_START), "signer key")
        if len(seed) != _KEY_BYTES:
            raise MalformedKeyError(f"The signer key of {name} has {len(seed)} bytes, not {_KEY_BYTES}.")
        key = cls(name, type_, Ed25519PrivateKey.from_private_bytes(seed))
        if key.verifier.key_id.hex() != key_id:
            raise MalformedKeyError(f"The signer key of {name} says an id that its key does not have.")
        return key

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.type, self.private_key.public_key().public_bytes_raw())

    @property
    def skey(self) -> str:
        """The secret text form."""
        secret = encode_base64(bytes([self.type]) + self.private_key.private_bytes_raw())
        return f"{_SIGNER_KEY_START}{self.name}+{self.verifier.key_id.hex()}+{secret}"

    def __str__(self) -> str:
        return str(self.verifier)


@dataclass(frozen=True)
class Signature:
    """One signature line; ``blob`` is what follows the key id, to be understood by whoever knows the key."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def line(self) -> str:
        return f"{_LINE_START}{self.name} {encode_base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True)
class Note:
    """A text with signatures that nobody has checked yet."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def with_signature(self, signature: Signature) -> Note:
        """The note with one signature more, or with a newer one of the same key."""
        signer = (signature.name, signature.key_id)
        others = tuple(other for other in self.signatures if (other.name, other.key_id) != signer)
        return replace(self, signatures=(*others, signature))

    def to_bytes(self) -> bytes:
        return (self.text + "\n" + "".join(signature.line for signature in self.signatures)).encode()


@dataclass(frozen=True)
class VerifiedNote:
    """A key whose signature on a note verified; ``time_s`` is a cosignature's time, None for other types."""

    key: VerifierKey
    time_s: int | None


def parse(data: bytes) -> Note:
    """The note in ``data``, its signatures unchecked.

    Raises:
        MalformedNoteError: rules 1 to 3 do not hold.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedNoteError(f"A note of {len(data)} bytes; {MAX_NOTE_BYTES} are the most we read.")
    try:
        content = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedNoteError(f"The note is not UTF-8 at byte {error.start}.") from None
    _check_text(content)
    text, separator, signatures = content.rpartition("\n\n")
    if not separator:
        raise MalformedNoteError("The note has no empty line between its text and its signatures.")
    *lines, rest = signatures.split("\n")
    if rest or not lines:
        raise MalformedNoteError("The note has no signature lines.")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNoteError(
            f"The note has {len(lines)} signatures; {MAX_SIGNATURES} are the most we read."
        )
    return Note(text + "\n", tuple(_parse_line(line) for line in lines))


def sign(text: str, key: SignerKey) -> Signature:
    """A plain signature under ``text``, to be put on a note with ``Note.with_signature``.

    Raises:
        MalformedNoteError: the text cannot be a note's.
        MalformedKeyError: the key is not for this type of signature.
    """
    _check_signing(text, key, SignatureType.ED25519)
    return Signature(key.name, key.verifier.key_id, key.private_key.sign(text.encode()))


def cosign(text: str, key: SignerKey, time_s: int) -> Signature:
    """A witness's word: at ``time_s`` this was the largest tree of the log it had seen, and a consistent one.

    Raises:
        MalformedNoteError: the text cannot be a note's, or the time is not one.
        MalformedKeyError: the key is not for this type of signature.
    """
    _check_signing(text, key, SignatureType.COSIGNATURE_V1)
    if not 0 <= time_s <= MAX_TIME_S:
        raise MalformedNoteError(f"{time_s} is not a time a cosignature can carry.")
    signature = key.private_key.sign(_cosigned(text, time_s))
    return Signature(key.name, key.verifier.key_id, time_s.to_bytes(_TIME_BYTES, "big") + signature)


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifiedNote, ...]:
    """Who of ``keys`` signed the note, each once, in the order of the note.

    Raises:
        BadSignatureError: a signature of one of them does not verify.
        UnknownSignerError: there is none of any of them.
        MalformedKeyError: two of them have the same name and id, so that a signature cannot tell whose it is.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise MalformedKeyError(f"Two known keys are called {key.name} and have id {key.key_id.hex()}.")

    verified: dict[VerifierKey, VerifiedNote] = {}
    for signature in note.signatures:
        key_or_none = known.get((signature.name, signature.key_id))
        if key_or_none is None:
            continue
        new = _verify_signature(note.text, signature, key_or_none)
        known_before = verified.setdefault(new.key, new)
        if (new.time_s or 0) > (known_before.time_s or 0):
            verified[new.key] = new
    if not verified:
        signers = ", ".join(f"{signature.name!r:.100}" for signature in note.signatures[:5]) or "nobody"
        raise UnknownSignerError(
            f"None of the keys we know has signed this note; it is signed by {signers}.",
            hint="Check that this is the log you mean, and that you have its current key.",
        )
    return tuple(verified.values())


def decode_base64(text: str) -> bytes | None:
    """The bytes that ``text`` is the standard base64 of; None if no encoder would write it so."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if encode_base64(data) == text else None


def _verify_signature(text: str, signature: Signature, key: VerifierKey) -> VerifiedNote:
    time_s, message, blob = None, text.encode(), signature.blob
    if key.type == SignatureType.COSIGNATURE_V1:
        time_s, blob = int.from_bytes(blob[:_TIME_BYTES], "big"), blob[_TIME_BYTES:]
        message = _cosigned(text, time_s)
    try:
        if len(blob) != _SIGNATURE_BYTES or (time_s or 0) > MAX_TIME_S:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(blob, message)
    except (InvalidSignature, ValueError):
        raise BadSignatureError(
            f"The note carries a signature of {key.name} ({key.key_id.hex()}) that does not verify.",
            hint="The text was changed after it was signed, or the signature was made up.",
        ) from None
    return VerifiedNote(key, time_s)


def _cosigned(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def _parse_line(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_LINE_START).partition(" ")
    data = decode_base64(encoded)
    if not line.startswith(_LINE_START) or not _is_name(name) or data is None or len(data) <= _KEY_ID_BYTES:
        raise MalformedNoteError(f"{line!r:.200} is not a signature line.")
    return Signature(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


def _split_key(text: str, what: str) -> tuple[str, str, SignatureType, bytes]:
    # Base64 may hold plus signs, so only the first two divide. The text may be secret and is not repeated.
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = decode_base64(encoded)
    if not _is_name(name) or not data:
        raise MalformedKeyError(f"This is not a {what}: it should be <name>+<key id>+<base64>.")
    try:
        return name, key_id, SignatureType(data[0]), data[1:]
    except ValueError:
        raise MalformedKeyError(
            f"The {what} of {name} is of type {data[0]:#04x}; we speak 0x01 (Ed25519) and 0x04 (cosignature)."
        ) from None


def _check_signing(text: str, key: SignerKey, type_: SignatureType) -> None:
    _check_text(text)
    if key.type != type_:
        raise MalformedKeyError(
            f"The key {key.name} makes signatures of type {key.type:#04x}, not {type_:#04x}."
        )


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise MalformedNoteError("The note does not end with a newline.")
    if match := _FORBIDDEN.search(text):
        raise MalformedNoteError(f"The note has the character {match[0]!a}, which no note may have.")


def _is_name(name: str) -> bool:
    spaced = any(character.isspace() for character in name)
    return bool(name) and "+" not in name and not spaced and not _FORBIDDEN.search(name)


def encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
