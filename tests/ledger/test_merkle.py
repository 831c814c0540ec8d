from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.ledger_vectors import load, merkle_cases

from commons.errors import LedgerError
from commons.ledger import merkle

entries = st.lists(st.binary(max_size=40), max_size=80)
sizes = st.integers(1, 1200)


def tree_of(size: int) -> tuple[list[bytes], merkle.HashAt]:
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    return hashes, merkle.in_memory(hashes)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def refuses(verify: Any, *args: Any, **kwargs: Any) -> bool:
    """Whether ``verify`` refuses with one of our errors; any other exception fails the test."""
    try:
        verify(*args, **kwargs)
    except LedgerError as error:
        assert error.code in {"inclusion-refused", "consistency-refused"}
        return True
    return False


class TestOtherPeoplesCases:
    @pytest.mark.parametrize(("kind", "count"), [("inclusion", 98), ("subtreeinclusion", 204)])
    def test_inclusion_proofs(self, kind: str, count: int) -> None:
        cases = merkle_cases(kind)
        assert len(cases) == count
        for name, case in cases:
            leaf, index, proof, root = case["leafHash"], case["leafIdx"], case["proof"], case["root"]
            if kind == "inclusion":
                refused = refuses(merkle.verify_inclusion, leaf, index, case["treeSize"], proof, root)
            else:
                subtree = {"start": case["start"], "end": case["end"]}
                refused = refuses(merkle.verify_subtree_inclusion, leaf, index, proof, root, **subtree)
            assert refused == case["wantErr"], name

    @pytest.mark.parametrize(("kind", "count"), [("consistency", 98), ("subtreeconsistency", 118)])
    def test_consistency_proofs(self, kind: str, count: int) -> None:
        cases = merkle_cases(kind)
        assert len(cases) == count
        for name, case in cases:
            old_root, new_root, proof = case["root1"], case["root2"], case["proof"]
            if kind == "consistency":
                old, new = case["size1"], case["size2"]
                refused = refuses(merkle.verify_consistency, old, old_root, new, new_root, proof)
            else:
                verify, subtree = (
                    merkle.verify_subtree_consistency,
                    {"start": case["start"], "end": case["end"]},
                )
                refused = refuses(verify, old_root, case["size"], new_root, proof, **subtree)
            assert refused == case["wantErr"], name

    def test_the_reference_tree(self) -> None:
        tree = load("reference-tree.json")
        inputs = [bytes.fromhex(text) for text in tree["leaf_inputs"]]
        hashes = [merkle.leaf_hash(entry) for entry in inputs]
        nodes = [[node.hex() for node in level] for level in merkle.levels(hashes)]
        assert nodes == tree["node_hashes_by_level"]
        for size, root in enumerate(tree["roots_by_tree_size"]):
            assert merkle.root(inputs[:size]).hex() == root
            assert merkle.root_at(merkle.in_memory(hashes), size).hex() == root


class TestRoots:
    def test_no_entries_have_the_empty_root(self) -> None:
        assert merkle.root([]) == merkle.EMPTY_ROOT == merkle.root_at(lambda level, index: b"", 0)

    @given(entries)
    def test_the_root_is_the_definition_of_the_rfc(self, entries: list[bytes]) -> None:
        hashes = [merkle.leaf_hash(entry) for entry in entries]
        assert merkle.root(entries) == by_definition(entries)
        assert merkle.root_of_hashes(hashes) == merkle.root(entries)
        assert merkle.root_at(merkle.in_memory(hashes), len(hashes)) == merkle.root(entries)

    @given(entries, st.data())
    def test_order_matters(self, entries: list[bytes], data: st.DataObject) -> None:
        other = data.draw(st.permutations(entries))
        assert (merkle.root(other) == merkle.root(entries)) == (other == entries)

    @given(sizes, st.integers(0, 1200))
    def test_a_compact_range_goes_on_where_another_stopped(self, size: int, first: int) -> None:
        hashes, _ = tree_of(size)
        half = merkle.CompactRange()
        for leaf in hashes[:first]:
            half.append(leaf)
        rest = merkle.CompactRange(half.size, half.subtrees)
        for leaf in hashes[first:]:
            rest.append(leaf)
        assert rest.root() == merkle.root_of_hashes(hashes)

    def test_a_compact_range_of_the_wrong_shape_is_refused(self) -> None:
        with pytest.raises(merkle.OutsideTreeError):
            merkle.CompactRange(3, [merkle.EMPTY_ROOT])


class TestInclusion:
    @given(sizes, st.data())
    def test_a_leafs_proof_fits_no_other_leaf_or_place(self, size: int, data: st.DataObject) -> None:
        hashes, hash_at = tree_of(size)
        root = merkle.root_at(hash_at, size)
        index = data.draw(st.integers(0, size - 1))
        proof = merkle.inclusion_proof(hash_at, index, size)
        merkle.verify_inclusion(hashes[index], index, size, proof, root)

        other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index)) if size > 1 else 0
        if size > 1:
            assert refuses(merkle.verify_inclusion, hashes[other], index, size, proof, root)
            assert refuses(merkle.verify_inclusion, hashes[index], other, size, proof, root)
        assert refuses(merkle.verify_inclusion, hashes[index], index + size, size, proof, root)
        assert refuses(merkle.verify_inclusion, hashes[index], -1, size, proof, root)
        assert refuses(merkle.verify_inclusion, hashes[index], index, size, [*proof, root], root)
        assert refuses(merkle.verify_inclusion, hashes[index], index, size, proof[:-1], root) or not proof

    @given(sizes.filter(lambda size: size > 1), st.data())
    def test_a_flipped_bit_is_noticed(self, size: int, data: st.DataObject) -> None:
        hashes, hash_at = tree_of(size)
        root = merkle.root_at(hash_at, size)
        index = data.draw(st.integers(0, size - 1))
        proof = merkle.inclusion_proof(hash_at, index, size)
        assert refuses(merkle.verify_inclusion, hashes[index], index, size, flipped(proof, data), root)

    def test_hashes_cannot_lend_each_other_bytes(self) -> None:
        """A node over 31 and 33 bytes has the same hash as over 32 and 32, so lengths must be looked at."""
        (left, right), hash_at = tree_of(2)
        root = merkle.root_at(hash_at, 2)
        merkle.verify_inclusion(left, 0, 2, [right], root)
        assert refuses(merkle.verify_inclusion, left + right[:1], 0, 2, [right[1:]], root)

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
    def test_no_proof_is_made_of_what_is_not_there(self, index: int, size: int) -> None:
        with pytest.raises(merkle.OutsideTreeError):
            merkle.inclusion_proof(tree_of(4)[1], index, size)


class TestConsistency:
    @settings(max_examples=200)
    @given(sizes, sizes, st.data())
    @example(1, 1, None).via("the smallest tree")
    @example(512, 1024, None).via("an old root that is a node of the new tree")
    def test_every_proof_verifies_and_none_with_a_flipped_bit(
        self, size: int, other_size: int, data: st.DataObject | None
    ) -> None:
        old, new = sorted((size, other_size))
        _, hash_at = tree_of(new)
        old_root, new_root = merkle.root_at(hash_at, old), merkle.root_at(hash_at, new)
        proof = merkle.consistency_proof(hash_at, old, new)
        merkle.verify_consistency(old, old_root, new, new_root, proof)
        assert (proof == []) == (old == new)

        assert refuses(merkle.verify_consistency, old, old_root, new, new_root, [*proof, new_root])
        if old != new:
            assert refuses(merkle.verify_consistency, old, new_root, new, new_root, proof)
            assert refuses(merkle.verify_consistency, old, old_root, new, old_root, proof)
            assert refuses(merkle.verify_consistency, new, new_root, old, old_root, proof)
            assert refuses(merkle.verify_consistency, old, old_root, new, new_root, proof[:-1])
            if data is not None:
                wrong = flipped(proof, data)
                assert refuses(merkle.verify_consistency, old, old_root, new, new_root, wrong)

    def test_from_size_0_a_proof_is_empty_and_proves_nothing(self) -> None:
        _, hash_at = tree_of(5)
        assert merkle.consistency_proof(hash_at, 0, 5) == []
        root = merkle.root_at(hash_at, 5)
        assert refuses(merkle.verify_consistency, 0, merkle.EMPTY_ROOT, 5, root, [])
        assert refuses(merkle.verify_consistency, 0, merkle.EMPTY_ROOT, 0, merkle.EMPTY_ROOT, [])

    def test_a_smaller_tree_is_not_a_newer_one(self) -> None:
        with pytest.raises(merkle.OutsideTreeError):
            merkle.consistency_proof(tree_of(4)[1], 4, 3)


class TestSubtrees:
    """The published cases hold no accepted proof of a subtree that starts after leaf 0, so here are all small ones."""

    SIZE = 20

    def test_every_subtree_is_shown_to_be_part_of_every_tree_that_has_it(self) -> None:
        hashes, hash_at = tree_of(self.SIZE)
        for start, end in subtrees(self.SIZE):
            root = merkle.root_of_hashes(hashes[start:end])
            for size in range(end, self.SIZE + 1):
                proof = subtree_proof(hashes[:size], start, end)
                whole = merkle.root_at(hash_at, size)
                verify = merkle.verify_subtree_consistency
                verify(root, size, whole, proof, start=start, end=end)
                assert refuses(verify, root, size, whole, [*proof, root], start=start, end=end)
                assert refuses(verify, b"\0" * 32, size, whole, proof, start=start, end=end)
                assert refuses(verify, root, size, b"\0" * 32, proof, start=start, end=end)
                for at in range(len(proof)):
                    assert refuses(
                        verify, root, size, whole, proof[:at] + proof[at + 1 :], start=start, end=end
                    )
                    bent = [*proof[:at], b"\0" * 32, *proof[at + 1 :]]
                    assert refuses(verify, root, size, whole, bent, start=start, end=end)

    def test_every_leaf_is_shown_to_be_in_every_subtree_that_has_it(self) -> None:
        hashes, _ = tree_of(self.SIZE)
        for start, end in subtrees(self.SIZE):
            hash_at, root = merkle.in_memory(hashes[start:end]), merkle.root_of_hashes(hashes[start:end])
            for index in range(start, end):
                proof = merkle.inclusion_proof(hash_at, index - start, end - start)
                merkle.verify_subtree_inclusion(hashes[index], index, proof, root, start=start, end=end)


def subtrees(size: int) -> list[tuple[int, int]]:
    """Rule 6, by trying every power of two."""
    powers = [2**exponent for exponent in range(size.bit_length() + 1)]
    pairs = ((start, end) for start in range(size) for end in range(start + 1, size + 1))
    return [(start, end) for start, end in pairs if start % min(p for p in powers if p >= end - start) == 0]


def subtree_proof(hashes: list[bytes], start: int, end: int, known: bool = True) -> list[bytes]:
    """SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs, section 4.4.1, as it stands there."""
    size = len(hashes)
    if (start, end) == (0, size):
        return [] if known else [merkle.root_of_hashes(hashes)]
    k = 2 ** ((size - 1).bit_length() - 1)
    left, right = hashes[:k], hashes[k:]
    if end <= k:
        return [*subtree_proof(left, start, end, known), merkle.root_of_hashes(right)]
    if k <= start:
        return [*subtree_proof(right, start - k, end - k, known), merkle.root_of_hashes(left)]
    return [*subtree_proof(right, 0, end - k, False), merkle.root_of_hashes(left)]


def flipped(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """``proof`` with one bit changed."""
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    return [*proof[:at], changed, *proof[at + 1 :]]
