"""C2SP tlog-checkpoint: the signed sentence "the log <origin> has <size> entries, and this is their root".

    checkpoint = Checkpoint(origin, size, root)
    data = sign(checkpoint, log_key).to_bytes()
    opened = open_signed(data, origin=origin, log_keys=[...], witness_keys=[...], quorum=2)
    check_extends(last_seen, opened.checkpoint, proof)

The rules:

 1. The text of a checkpoint is the origin, the size in decimal, the root in base64, and any number of
    extension lines, one line each, none empty. Sizes above 2**53 and roots of another length than 32 bytes
    are refused.
 2. A checkpoint counts for a log if it says that log's origin and a key of the log signed it. Every signature
    of a key we know must verify; those of others are ignored.
 3. A witness counts once, whatever names its public key goes by, and only by a cosignature: that is the kind
    which says that the witness checked the log against what it had seen. Fewer witnesses than the quorum, no
    checkpoint.
 4. A checkpoint smaller than the last one seen is refused. One of the same size must have the same root. A
    larger one must come with a proof that its tree begins with the last one's; to the empty tree any proof is
    superfluous.
 5. We write no extension lines: nobody can audit them. Those of others are kept, since signatures cover them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from commons.errors import LedgerError
from commons.ledger import merkle, notes

_DECIMAL = re.compile(r"0|[1-9][0-9]*")


class MalformedCheckpointError(LedgerError):
    """A note whose text is not a checkpoint."""

    code = "malformed-checkpoint"


class TooLargeError(LedgerError):
    """A size or index above 2**53."""

    code = "size-too-large"


class WrongOriginError(LedgerError):
    """A checkpoint of another log."""

    code = "wrong-origin"


class TooFewWitnessesError(LedgerError):
    """A checkpoint that fewer witnesses have cosigned than were asked for."""

    code = "too-few-witnesses"


class RollbackError(LedgerError):
    """A checkpoint smaller than one already seen: entries were taken away, or an old state is served."""

    code = "checkpoint-rollback"


class ForkError(LedgerError):
    """Two checkpoints of one size with different roots: the log says different things to different people."""

    code = "checkpoint-fork"


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        lines = (self.origin, str(self.size), notes.encode_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class OpenedCheckpoint:
    """A checkpoint that its log signed; ``witnesses`` are the known ones that cosigned, each once."""

    checkpoint: Checkpoint
    note: notes.Note
    witnesses: tuple[notes.VerifiedNote, ...]


def parse_text(text: str) -> Checkpoint:
    """The checkpoint that the text of a note says; who signed the note is for ``open_signed`` to ask.

    Raises:
        MalformedCheckpointError, TooLargeError: rule 1 does not hold.
    """
    *lines, rest = text.split("\n")
    if rest or len(lines) < 3 or not all(lines):
        raise MalformedCheckpointError(
            "A checkpoint is at least three lines, origin, size and root, and none is empty."
        )
    origin, decimal, encoded, *extensions = lines
    size = parse_decimal(decimal)
    if size is None:
        raise MalformedCheckpointError(f"The checkpoint's size {decimal!r:.40} is not a decimal number.")
    root = notes.decode_base64(encoded)
    if root is None or len(root) != merkle.HASH_BYTES:
        raise MalformedCheckpointError(f"The checkpoint's root {encoded!r:.100} is not 32 bytes in base64.")
    return Checkpoint(origin, size, root, tuple(extensions))


def parse_decimal(text: str) -> int | None:
    """The size or index that ``text`` is the shortest decimal of, None if it is not.

    Raises:
        TooLargeError: it is above 2**53.
    """
    if not _DECIMAL.fullmatch(text):
        return None
    if len(text) > len(str(merkle.MAX_TREE_SIZE)) or int(text) > merkle.MAX_TREE_SIZE:
        raise TooLargeError(f"{text[:40]} is above 2**53, more entries than a log here can have.")
    return int(text)


def sign(checkpoint: Checkpoint, key: notes.SignerKey) -> notes.Note:
    """The log's own note; it must never sign two checkpoints that do not extend each other.

    Raises:
        MalformedCheckpointError, TooLargeError, MalformedNoteError: the checkpoint could not be read back.
        MalformedKeyError: the key is not for log signatures.
    """
    if parse_text(checkpoint.text) != checkpoint:
        raise MalformedCheckpointError("The origin or an extension line of the checkpoint has a line break.")
    return notes.Note(checkpoint.text).with_signature(notes.sign(checkpoint.text, key))


def open_signed(
    data: bytes,
    *,
    origin: str,
    log_keys: Collection[notes.VerifierKey],
    witness_keys: Collection[notes.VerifierKey] = (),
    quorum: int = 0,
) -> OpenedCheckpoint:
    """The checkpoint in ``data``, after checking who signed it.

    Raises:
        MalformedNoteError, MalformedCheckpointError, TooLargeError: it is not a checkpoint.
        WrongOriginError: it is another log's.
        UnknownSignerError: no key of the log has signed it.
        BadSignatureError: the signature of a known key does not verify.
        TooFewWitnessesError: the quorum is not met.
    """
    note = notes.parse(data)
    verified = notes.verify(note, {*log_keys, *witness_keys})
    checkpoint = parse_text(note.text)
    if checkpoint.origin != origin:
        raise WrongOriginError(
            f"This checkpoint is of the log {checkpoint.origin!r:.200}, not of {origin!r}.",
            hint="Check which repository or mirror it came from.",
        )
    if not any(signer.key in log_keys for signer in verified):
        raise notes.UnknownSignerError(f"Witnesses have signed this checkpoint, but not the log {origin!r}.")
    witnesses = _witnesses(signer for signer in verified if signer.key in witness_keys)
    if len(witnesses) < quorum:
        raise TooFewWitnessesError(
            f"{len(witnesses)} witnesses we know have cosigned this checkpoint; {quorum} are asked for.",
            hint="Wait for the witnesses, or fetch the checkpoint from a mirror that collects cosignatures.",
        )
    return OpenedCheckpoint(checkpoint, note, witnesses)


def check_extends(last_seen: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """The log of ``new`` is the log of ``last_seen``, as it was or with entries added.

    ``proof`` is ``merkle.consistency_proof(hash_at, last_seen.size, new.size)``.

    Raises:
        WrongOriginError: they are checkpoints of two logs.
        RollbackError: the new one is smaller.
        ForkError: they have the same size and different roots.
        ConsistencyError: the new one is larger, and the proof does not show that it begins with the last one.
    """
    if new.origin != last_seen.origin:
        raise WrongOriginError(f"The log {new.origin!r:.200} cannot follow the log {last_seen.origin!r}.")
    if new.size < last_seen.size:
        raise RollbackError(
            f"The log {new.origin!r} had {last_seen.size} entries when last seen, and now shows {new.size}.",
            hint="An old copy, or entries were removed. Ask other mirrors and witnesses what they have seen.",
        )
    if new.size == last_seen.size and new.root != last_seen.root:
        raise ForkError(
            f"The log {new.origin!r} has two different trees of {new.size} entries.",
            hint="Keep both checkpoints: together they are proof that the log, or its key, is not honest.",
        )
    if last_seen.size in (0, new.size):
        if proof:
            raise merkle.ConsistencyError("There is nothing to prove here, so the proof must be empty.")
        return
    merkle.verify_consistency(last_seen.size, last_seen.root, new.size, new.root, proof)


def _witnesses(signers: Iterable[notes.VerifiedNote]) -> tuple[notes.VerifiedNote, ...]:
    """Rule 3: the type-4 signers, one for each public key."""
    by_key: dict[bytes, notes.VerifiedNote] = {}
    for signer in signers:
        if signer.time_s is not None:
            by_key.setdefault(signer.key.public_key, signer)
    return tuple(by_key.values())
