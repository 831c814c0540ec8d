"""C2SP tlog-proof: one file that shows an entry to be in a log, without the log.

    proof = Proof(index, path, checkpoint=signed_note_bytes, extra=what_the_reader_needs_to_rebuild_the_entry)
    opened = verify(parse(data), entry, origin=..., log_keys=..., witness_keys=..., quorum=...)

The rules:

 1. The lines are ``c2sp.org/tlog-proof@v1``; ``extra <base64>``, or nothing where there is no extra data;
    ``index <decimal>``; the hashes of the inclusion proof in base64, leaf's sibling first; an empty line.
    What follows is the signed checkpoint, byte for byte.
 2. A proof holds if the checkpoint opens (see ``checkpoints``) and the path leads from the entry to its root.
 3. Extra data proves nothing and nobody signed it. It may only serve to rebuild an entry that the proof is
    then tried on.

The format has no tag upstream yet (July 2026); should it move, this file stays the definition of what we
wrote.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from commons.errors import LedgerError
from commons.ledger import checkpoints, merkle, notes

HEADER = "c2sp.org/tlog-proof@v1"

_EXTRA = "extra "
_INDEX = "index "


class MalformedProofError(LedgerError):
    """Bytes that are not a proof file."""

    code = "malformed-proof"


@dataclass(frozen=True)
class Proof:
    """Leaf ``index``, its ``path`` to the root of a tree, and the signed note with that tree's checkpoint."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def to_bytes(self) -> bytes:
        lines = [HEADER]
        if self.extra:
            lines.append(_EXTRA + notes.encode_base64(self.extra))
        lines.append(f"{_INDEX}{self.index}")
        lines += map(notes.encode_base64, self.path)
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint


def parse(data: bytes) -> Proof:
    """The proof in ``data``, nothing of it verified.

    Raises:
        MalformedProofError, TooLargeError: rule 1 does not hold. The checkpoint is not looked at.
    """
    head, _, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise MalformedProofError("The proof has characters that no proof has.") from None
    if lines.pop(0) != HEADER:
        raise MalformedProofError(f"A proof starts with the line {HEADER}.")
    if not checkpoint:
        raise MalformedProofError("The proof has no checkpoint.")
    extra = b""
    if lines and lines[0].startswith(_EXTRA):
        extra = notes.decode_base64(lines.pop(0).removeprefix(_EXTRA)) or b""
        if not extra:
            raise MalformedProofError("The extra line of the proof is not data in base64.")
    if not lines or not lines[0].startswith(_INDEX):
        raise MalformedProofError("The proof does not say the index of its entry.")
    index = checkpoints.parse_decimal(lines.pop(0).removeprefix(_INDEX))
    if index is None:
        raise MalformedProofError("The index in the proof is not a decimal number.")
    path = tuple(notes.decode_base64(line) or b"" for line in lines)
    if any(len(sibling) != merkle.HASH_BYTES for sibling in path):
        raise MalformedProofError("The proof holds a line that is not a hash in base64.")
    return Proof(index, path, checkpoint, extra)


def verify(
    proof: Proof,
    entry: bytes,
    *,
    origin: str,
    log_keys: Collection[notes.VerifierKey],
    witness_keys: Collection[notes.VerifierKey] = (),
    quorum: int = 0,
) -> checkpoints.OpenedCheckpoint:
    """``entry`` is in the log, at ``proof.index`` of the tree of the checkpoint returned.

    Raises:
        InclusionError: the proof is not one of this entry.
        whatever ``checkpoints.open_signed`` raises: the checkpoint does not count for this log.
    """
    opened = checkpoints.open_signed(
        proof.checkpoint, origin=origin, log_keys=log_keys, witness_keys=witness_keys, quorum=quorum
    )
    tree = opened.checkpoint
    merkle.verify_inclusion(merkle.leaf_hash(entry), proof.index, tree.size, proof.path, tree.root)
    return opened
