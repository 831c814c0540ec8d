"""RFC 6962 Merkle trees: hashes, roots and proofs. Where the hashes are kept is not known here.

    root(entries)                                  one hash that stands for all entries in their order
    proof = inclusion_proof(hash_at, index, size)
    verify_inclusion(leaf_hash(entry), index, size, proof, root)

The rules, and nothing below does more than follow them:

 1. A leaf hashes to SHA-256(0x00 || entry), a node to SHA-256(0x01 || left || right), no leaves at all to
    SHA-256("").
 2. A tree over n > 1 leaves is the node over its first k leaves and the rest, k the largest power of two
    below n.
 3. ``hash_at(level, index)`` is the node over the 2**level leaves from index * 2**level on. It exists once
    all those leaves do, and never changes again; every root and every proof is made of such nodes.
 4. An inclusion proof holds the sibling of each node from the leaf to the root, lowest first: exactly those.
 5. A consistency proof from m to n > m leaves is checked by rebuilding both roots from the same hashes. From
    no leaves to any there is nothing to prove, so the proof is empty and a verifier that is asked for one
    refuses.
 6. [start, end) is a subtree if start is a multiple of the smallest power of two not below end - start.
    Proofs work the same below a subtree's root; the whole tree is the subtree [0, size). [n, n), no leaves
    at all, is a subtree of every tree of n leaves or more.
 7. A proof with a hash too many, too few, or of another length than 32 bytes is refused, never cut or padded.
 8. A proof does not prove the size: some sizes share their paths. Take sizes from where they are signed.

The algorithms are those of RFC 9162, section 2.1, and for subtrees draft-ietf-plants-merkle-tree-certs,
section 4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from commons.errors import LedgerError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# The largest tree we talk about. The formats allow 2**64, but above 2**53 many JSON readers silently see
# another number than the one that was signed.
MAX_TREE_SIZE = 2**53

HashAt = Callable[[int, int], bytes]


class InclusionError(LedgerError):
    """The proof does not show that this leaf is at this place of this tree."""

    code = "inclusion-refused"


class ConsistencyError(LedgerError):
    """The proof does not show that the newer tree begins with the older one."""

    code = "consistency-refused"


class OutsideTreeError(LedgerError):
    """Somebody asked about leaves that the tree does not have."""

    code = "outside-tree"


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(entries: Iterable[bytes]) -> bytes:
    """Root of the tree over ``entries``, in memory that does not grow with their number."""
    return root_of_hashes(map(leaf_hash, entries))


def root_of_hashes(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root of the tree over entries of which only the leaf hashes are known."""
    tree = CompactRange()
    for leaf in leaf_hashes:
        tree.append(leaf)
    return tree.root()


def root_at(hash_at: HashAt, size: int) -> bytes:
    """Root of the tree over the first ``size`` leaves."""
    return _subtree_root(hash_at, 0, size)


class CompactRange:
    """A tree that can grow but not be looked into: only the roots of its complete subtrees are kept.

    Appending costs one hash on average, and the whole state of a million leaves is twenty hashes.
    """

    def __init__(self, size: int = 0, subtrees: Iterable[bytes] = ()) -> None:
        """``subtrees``: the roots of the complete subtrees of a tree of ``size``, from the left."""
        self.size = size
        self.subtrees = list(subtrees)
        if len(self.subtrees) != size.bit_count():
            raise OutsideTreeError(
                f"A tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(self.subtrees)}."
            )

    def append(self, leaf: bytes) -> None:
        grown, size = leaf, self.size
        while size & 1:
            grown, size = node_hash(self.subtrees.pop(), grown), size >> 1
        self.subtrees.append(grown)
        self.size += 1

    def root(self) -> bytes:
        if not self.subtrees:
            return EMPTY_ROOT
        *larger, result = self.subtrees
        for subtree in reversed(larger):
            result = node_hash(subtree, result)
        return result


def levels(leaf_hashes: Sequence[bytes]) -> list[list[bytes]]:
    """All complete nodes over ``leaf_hashes``: ``[level][index]`` of it is rule 3's ``hash_at``."""
    result = [list(leaf_hashes)]
    while len(result[-1]) > 1:
        below = result[-1]
        pairs = zip(below[::2], below[1::2], strict=False)  # an odd last node waits for its sibling
        # node_hash, written out: this line is most of what building a large log costs.
        result.append([hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return result


def in_memory(leaf_hashes: Sequence[bytes]) -> HashAt:
    """``hash_at`` for a tree small enough to be held, such as the rows of one contribution."""
    nodes = levels(leaf_hashes)
    return lambda level, index: nodes[level][index]


def inclusion_proof(hash_at: HashAt, index: int, size: int) -> list[bytes]:
    """The path from leaf ``index`` to the root of the tree over the first ``size`` leaves.

    Raises:
        OutsideTreeError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise OutsideTreeError(f"There is no leaf {index} in a tree of {size}.")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree_root(hash_at, middle, end))
            end = middle
        else:
            path.append(_subtree_root(hash_at, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(hash_at: HashAt, old_size: int, new_size: int) -> list[bytes]:
    """What shows that the tree of ``new_size`` leaves begins with that of ``old_size``; empty from size 0.

    Raises:
        OutsideTreeError: the newer tree is the smaller one.
    """
    if not 0 <= old_size <= new_size:
        raise OutsideTreeError(f"A tree of {new_size} leaves cannot begin with a tree of {old_size}.")
    if old_size == 0:
        return []
    proof = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(_subtree_root(hash_at, middle, end))
            end = middle
        else:
            proof.append(_subtree_root(hash_at, start, middle))
            start = middle
    if start > 0:  # the verifier knows the old root; it needs this node only where it is not that root
        proof.append(_subtree_root(hash_at, start, end))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Leaf hash ``leaf`` is leaf ``index`` of the tree of ``size`` leaves with ``root``.

    Raises:
        InclusionError: it is not, or the proof does not show it.
    """
    verify_subtree_inclusion(leaf, index, proof, root, start=0, end=size)


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """The tree of ``new_size`` leaves begins with the tree of ``old_size``.

    Raises:
        ConsistencyError: it does not, or the proof does not show it; always, from size 0 (rule 5).
    """
    if old_size == 0:
        raise ConsistencyError("Every tree begins with the empty tree, so a proof from size 0 shows nothing.")
    verify_subtree_consistency(old_root, new_size, new_root, proof, start=0, end=old_size)


def verify_subtree_inclusion(
    leaf: bytes, index: int, proof: Sequence[bytes], root: bytes, *, start: int, end: int
) -> None:
    """Leaf hash ``leaf`` is leaf ``index`` of a tree whose subtree [start, end) has ``root``.

    Raises:
        InclusionError: it is not, or the proof does not show it.
    """
    if not _is_subtree(start, end) or not start <= index < end:
        raise InclusionError(f"There is no leaf {index} in a tree over leaves {start} to {end}.")
    result, *siblings = _hashes_of([leaf, *proof], InclusionError)
    node, last = index - start, end - start - 1
    for sibling in siblings:
        if last == 0:
            raise InclusionError(f"The inclusion proof of leaf {index} has too many hashes.")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise InclusionError(f"The inclusion proof of leaf {index} has too few hashes.")
    if result != root:
        raise InclusionError(f"The inclusion proof of leaf {index} does not lead to the root of the tree.")


def verify_subtree_consistency(
    subtree_root: bytes, size: int, root: bytes, proof: Sequence[bytes], *, start: int, end: int
) -> None:
    """The tree of ``size`` leaves with ``root`` has ``subtree_root`` over its leaves [start, end).

    Raises:
        ConsistencyError: it does not, or the proof does not show it.
    """
    if not _is_subtree(start, end) or end > size:
        raise ConsistencyError(f"A tree of {size} leaves cannot contain a tree over leaves {start} to {end}.")
    hashes = _hashes_of(proof, ConsistencyError)
    if start == end:
        if subtree_root != EMPTY_ROOT or hashes:
            raise ConsistencyError("The empty subtree has its own root and needs no proof.")
        return

    first, node, last = start, end - 1, size - 1
    while first != node and (node == last or node & 1):
        first, node, last = first >> 1, node >> 1, last >> 1
    if first != node:
        if not hashes:
            raise ConsistencyError(f"The consistency proof from {end} to {size} leaves is empty.")
        old = new = hashes.pop(0)
    else:
        old = new = subtree_root
    for sibling in hashes:
        if last == 0:
            raise ConsistencyError(f"The consistency proof from {end} to {size} leaves has too many hashes.")
        if node & 1 or node == last:
            if first < node:
                old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not node & 1:
                first, node, last = first >> 1, node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        first, node, last = first >> 1, node >> 1, last >> 1
    if last != 0:
        raise ConsistencyError(f"The consistency proof from {end} to {size} leaves has too few hashes.")
    if old != subtree_root:
        raise ConsistencyError(f"The consistency proof does not lead to the root of the older {end} leaves.")
    if new != root:
        raise ConsistencyError(f"The consistency proof does not lead to the root of the newer {size} leaves.")


def _split(size: int) -> int:
    """The largest power of two below ``size``: where rule 2 divides."""
    return 1 << ((size - 1).bit_length() - 1)


def _is_subtree(start: int, end: int) -> bool:
    if not 0 <= start <= end:
        return False
    return start == end or start % (1 << (end - start - 1).bit_length()) == 0


def _subtree_root(hash_at: HashAt, start: int, end: int) -> bytes:
    """Root over [start, end), folded from its complete subtrees, smallest (rightmost) first."""
    result = b""
    size = end - start
    while size:
        level = (size & -size).bit_length() - 1
        size &= size - 1
        node = hash_at(level, (start + size) >> level)
        result = node_hash(node, result) if result else node
    return result or EMPTY_ROOT


def _hashes_of(hashes: Sequence[bytes], error: type[LedgerError]) -> list[bytes]:
    # A node over 31 and 33 bytes would hash like one over 32 and 32: lengths first.
    if any(len(each) != HASH_BYTES for each in hashes):
        raise error(f"The proof holds a hash that is not {HASH_BYTES} bytes long.")
    return list(hashes)
