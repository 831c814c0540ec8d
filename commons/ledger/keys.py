"""Ed25519 keys: making, keeping and naming them.

A key is named by its bytes (``kk1…``), so a statement that carries its public key needs no registry to be checked. The file is a
PKCS#8 PEM readable by its owner only, encrypted when a passphrase is given.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commons.errors import LedgerError
from commons.records.identity import base32_lower

_FIELD_PRIME = 2**255 - 19
# y coordinates of the eight points of order 1, 2, 4 and 8, two points sharing most of them. Under such a key one signature fits
# many messages, and OpenSSL accepts them (C2SP/CCTV, ed25519 edge cases), so they are refused here.
_LOW_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        int.from_bytes(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
        ),
        int.from_bytes(
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
        ),
    }
)


@dataclass(frozen=True)
class PublicKey:
    """A raw Ed25519 public key, 32 bytes, known to be canonical and not of low order."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise LedgerError("An Ed25519 public key has 32 bytes.", code="key-malformed")
        y = int.from_bytes(self.raw, "little") & ((1 << 255) - 1)
        if y >= _FIELD_PRIME:
            raise LedgerError("This public key is not canonically encoded.", code="key-not-canonical")
        if y in _LOW_ORDER_Y:
            raise LedgerError(
                "This public key has low order; anybody could sign for it.", code="key-low-order"
            )

    @property
    def key_id(self) -> str:
        """``kk1`` and the base32 of a domain-separated SHA-256: 55 characters."""
        return "kk1" + base32_lower(hashlib.sha256(b"knowledge-key/v1\n" + self.raw).digest())

    @property
    def crypto(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)


@dataclass(frozen=True)
class SigningKey:
    """A private key in memory; never printed."""

    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.public.key_id})"

    @property
    def public(self) -> PublicKey:
        raw = self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return PublicKey(raw)


def create(path: Path, passphrase: str = "") -> SigningKey:
    """Make a new key and keep it at ``path``, which must not exist.

    Raises:
        LedgerError: there is a key already (``key-exists``).
    """
    key = Ed25519PrivateKey.generate()
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise LedgerError(
            f"There is a key at {path} already.",
            hint="commons key show prints it; move the file away to make another.",
            code="key-exists",
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # A half-written key would stand in the way of the next attempt.
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return SigningKey(key)


def load(path: Path, passphrase: str = "") -> SigningKey:
    """The key at ``path``.

    Raises:
        LedgerError: no file (``key-missing``), a wrong or missing passphrase (``key-locked``), or not an Ed25519 key.
    """
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise LedgerError(
            f"There is no readable key at {path}: {error.strerror}.",
            hint="commons key new",
            code="key-missing",
        ) from error
    return parse(pem, passphrase, name=str(path))


def parse(pem: bytes, passphrase: str = "", *, name: str = "the key") -> SigningKey:
    """A private key from PEM: PKCS#8, or OpenSSH as ``ssh-keygen -t ed25519`` writes it."""
    is_openssh = b"OPENSSH PRIVATE KEY" in pem
    read = serialization.load_ssh_private_key if is_openssh else serialization.load_pem_private_key
    try:
        key = read(pem, passphrase.encode() or None)
    except TypeError as error:
        raise LedgerError(
            f"A passphrase is needed for {name}.", hint="export COMMONS_PASSPHRASE=…", code="key-locked"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise LedgerError(
            f"{name} cannot be opened: wrong passphrase, or not a private key.", code="key-locked"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"{name} is not an Ed25519 key.", hint="commons key new", code="key-malformed")
    return SigningKey(key)
