"""The log of a commons: every statement that took effect, in order, append-only.

    log = open_log(read, origin=policy.origin, keys=maintainers)         read("log/checkpoint") -> bytes or None
    grown = append(log, [Leaf(StatementKind.CONTRIBUTION, digest), …], key)          grown.files to write, grown.removed to delete
    log.leaves()                                                         every one, proved

A leaf is the RFC 8785 bytes of ``{"v":1,"kind":…,"envelope":"<sha256>"}``: one a statement, never one a record, and nothing but a hash of
what was signed. Maintainers' and builders' keys sign checkpoints: who commits signs what is left behind. Tiles, proofs and notes are
``tiles``, ``merkle`` and ``checkpoints``, and ``layout`` says where they lie; this file says what a leaf is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import rfc8785

from commons.errors import DISTRIBUTION, LedgerError
from commons.layout import CHECKPOINT, LOG
from commons.ledger import checkpoints, notes, tiles
from commons.ledger.checkpoints import Checkpoint
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.notes import SignatureType, SignerKey, VerifierKey
from commons.ledger.statements import StatementKind
from commons.ledger.tiles import TileReader

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z-]{0,40}")

Read = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Leaf:
    """One statement: its kind and the SHA-256 (hex) of its envelope."""

    kind: StatementKind
    envelope: str

    def to_bytes(self) -> bytes:
        return rfc8785.dumps({"v": 1, "kind": self.kind.value, "envelope": self.envelope})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises LedgerError: ``leaf-malformed`` for anything but the one way to write a leaf, ``log-newer`` for a kind of later days."""
        try:
            value = json.loads(data)
            if _KIND.fullmatch(value["kind"]) and value["kind"] not in {kind.value for kind in StatementKind}:
                raise LedgerError(
                    f"This log needs a newer commons: it has an entry of the kind {value['kind']!r}.",
                    hint=f"pip install --upgrade {DISTRIBUTION}",
                    code="log-newer",
                )
            leaf = cls(StatementKind(value["kind"]), value["envelope"])
            well_formed = _DIGEST.fullmatch(leaf.envelope) and leaf.to_bytes() == data
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise LedgerError(f"A log entry is not a leaf: {data[:80]!r}.", code="leaf-malformed") from error
        if not well_formed:
            raise LedgerError(f"A log entry is not a leaf: {data[:80]!r}.", code="leaf-malformed")
        return leaf


@dataclass(frozen=True)
class Log:
    """An opened log: its checkpoint is signed, and whatever is read from it is proved against that."""

    checkpoint: Checkpoint
    signed_checkpoint: bytes
    tree: TileReader

    def leaves(self) -> Iterator[Leaf]:
        """Every leaf in order; reading them all proves every tile."""
        return (Leaf.parse(entry) for entry in self.tree.entries())

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether this key's signature is among those on the checkpoint."""
        try:
            return bool(notes.verify(notes.parse(self.signed_checkpoint), [key]))
        except LedgerError:
            return False


@dataclass(frozen=True)
class LogGrowth:
    """What an append changes in the repository: files to write, and partial tiles that wider ones replace."""

    checkpoint: Checkpoint
    files: dict[str, bytes]
    removed: tuple[str, ...]


def open_log(read: Read, *, origin: str, keys: Collection[PublicKey]) -> Log:
    """The log of ``origin``, its checkpoint signed by one of ``keys``.

    Raises:
        LedgerError: ``log-missing``, or what ``checkpoints`` and ``tiles`` find wrong with it.
    """
    data = read(CHECKPOINT)
    if data is None:
        raise LedgerError(
            f"There is no {CHECKPOINT}.", hint="This is a copy without its log.", code="log-missing"
        )
    try:
        opened = checkpoints.open_signed(
            data, origin=origin, log_keys={verifier(origin, key) for key in keys}
        )
    except LedgerError as error:
        raise type(error)(f"{CHECKPOINT}: {error.message}", hint=error.hint, code=error.code) from error
    checkpoint = opened.checkpoint
    tree = TileReader(lambda path: read(LOG + path), checkpoint.size, checkpoint.root, folder=LOG)
    return Log(checkpoint, data, tree)


def create(origin: str, leaves: Sequence[Leaf], key: SigningKey) -> LogGrowth:
    """The first checkpoint of a new log."""
    return _grow(tiles.empty(), origin, leaves, key)


def append(log: Log, leaves: Sequence[Leaf], key: SigningKey) -> LogGrowth:
    """``log`` with more leaves, signed by ``key``."""
    return _grow(log.tree, log.checkpoint.origin, leaves, key)


def _grow(tree: TileReader, origin: str, leaves: Sequence[Leaf], key: SigningKey) -> LogGrowth:
    added = tiles.append(tree, [leaf.to_bytes() for leaf in leaves])
    checkpoint = Checkpoint(origin, added.size, added.root)
    signer = SignerKey(origin, SignatureType.ED25519, key.private)
    files = {LOG + path: data for path, data in added.files.items()}
    files[CHECKPOINT] = checkpoints.sign(checkpoint, signer).to_bytes()
    remaining = {tile.path for tile in tiles.partial_tiles(added.size)}
    removed = tuple(LOG + tile.path for tile in tiles.partial_tiles(tree.size) if tile.path not in remaining)
    return LogGrowth(checkpoint, files, removed)


def verifier(origin: str, key: PublicKey) -> VerifierKey:
    """A maintainer's or builder's key as signer of this log."""
    return VerifierKey(origin, SignatureType.ED25519, key.raw)


def verifier_text(origin: str, key: PublicKey) -> str:
    """The same as a C2SP "vkey", for other people's tools."""
    return str(verifier(origin, key))
