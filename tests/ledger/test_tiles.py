from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger_vectors import load, tessera

from commons.errors import LedgerError
from commons.ledger import checkpoints, merkle, notes, tiles
from commons.ledger.tiles import ENTRIES, Tile, TileReader

HUGE = merkle.MAX_TREE_SIZE


@cache
def log_of(size: int) -> tiles.Append:
    return tiles.append(tiles.empty(), entries_of(size))


def entries_of(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def reader_of(size: int, files: dict[str, bytes] | None = None) -> TileReader:
    log = log_of(size)
    return TileReader((log.files if files is None else files).get, log.size, log.root)


class TestOtherPeoplesCases:
    def test_paths_and_widths_of_the_specification(self) -> None:
        examples = load("c2sp-examples.json")
        for index, path in examples["tile_index_paths"].items():
            assert Tile(0, int(index)).path == f"tile/0/{path}"
        for tree in examples["partial_tiles"]:
            written = tiles.tiles_written(0, tree["tree_size"])
            for level in range(3):
                full = [tile for tile in written if tile.level == level and tile.width == 256]
                partial = [tile.width for tile in written if tile.level == level and tile.width != 256]
                assert len(full) == tree.get(f"level{level}_full", 0)
                assert sum(partial) == tree.get(f"level{level}_partial", 0)

    def test_the_tessera_log_rebuilt_from_its_entries_gives_its_files_and_roots(self) -> None:
        key = notes.VerifierKey.parse((tessera("vkey.txt") or b"").decode().strip())
        entries = tiles.parse_entries(tessera("tile/entries/000.p/15") or b"", Tile(ENTRIES, 0, 15))
        log, files = tiles.empty(), {}
        for size in range(16):
            signed = tessera(f"checkpoint.{size}") or b""
            opened = checkpoints.open_signed(signed, origin=key.name, log_keys=[key])
            assert (opened.checkpoint.size, opened.checkpoint.root) == (size, log.root)
            if size < 15:
                added = tiles.append(log, entries[size : size + 1])
                assert added.files == {path: tessera(path) for path in added.files}
                files.update(added.files)
                log = TileReader(files.get, added.size, added.root)

    def test_the_tessera_log_proves_every_entry_and_every_pair_of_checkpoints(self) -> None:
        trees = []
        for size in range(16):
            signed = notes.parse(tessera(f"checkpoint.{size}") or b"")
            trees.append(checkpoints.parse_text(signed.text))
        for tree in trees:
            reader = TileReader(tessera, tree.size, tree.root)
            for index, entry in enumerate(reader.entries()):
                proof = merkle.inclusion_proof(reader.hash_at, index, tree.size)
                merkle.verify_inclusion(merkle.leaf_hash(entry), index, tree.size, proof, tree.root)
            for older in trees[: tree.size]:
                proof = merkle.consistency_proof(reader.hash_at, older.size, tree.size)
                checkpoints.check_extends(older, tree, proof)


class TestPaths:
    @given(st.integers(-1, 63), st.integers(0, HUGE), st.integers(1, 256))
    def test_a_path_read_back_is_the_tile(self, level: int, index: int, width: int) -> None:
        tile = Tile(level, index, width)
        assert tiles.parse_path(tile.path) == tile

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "tile/0/0",
            "tile/0/0000",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/entry/000",
            "tile/0/x000/001",
            "tile/0/001/x002",
            "tile/0/x1/002",
            "tile/0/x001/x002",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p/256",
            "tile/0/000.p/",
            "tile/0/000/",
            "tile/0/000\n",
            "/tile/0/000",
            "tile/0/٠٠١",
            "tile/0/" + "x999/" * 2000 + "999",
        ],
    )
    def test_what_is_not_written_the_one_way_is_refused(self, path: str) -> None:
        with pytest.raises(tiles.TilePathError):
            tiles.parse_path(path)


class TestTileSets:
    @given(st.integers(0, 10**6), st.integers(0, 3000))
    def test_an_append_writes_what_the_new_tree_has_and_the_old_had_not(self, size: int, added: int) -> None:
        before, after = set(tiles.tiles_written(0, size)), set(tiles.tiles_written(0, size + added))
        assert set(tiles.tiles_written(size, size + added)) == after - before

    @given(st.integers(0, HUGE), st.integers(1, 256))
    def test_a_small_append_touches_a_few_files_of_however_large_a_log(self, size: int, added: int) -> None:
        levels = 1 + max(size.bit_length() - 1, 8) // 8
        assert len(tiles.tiles_written(size, size + added)) <= 2 * (1 + levels)

    @given(st.integers(0, 10**6))
    def test_the_partial_tiles_are_the_last_of_their_levels(self, size: int) -> None:
        all_tiles = tiles.tiles_written(0, size)
        assert tiles.partial_tiles(size) == [tile for tile in all_tiles if tile.width < 256]

    def test_no_leaves_have_no_tiles(self) -> None:
        assert tiles.tiles_written(0, 0) == tiles.partial_tiles(0) == []


BAD_BUNDLES = {
    "nothing": b"",
    "half a length": b"\x00",
    "a length without its entry": b"\x00\x05abc",
    "one entry too many": b"\x00\x01a\x00\x01b",
    "rest after the entry": b"\x00\x01a\x00",
}


class TestBytes:
    @given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
    def test_entries_read_back_are_the_entries(self, entries: list[bytes]) -> None:
        bundle = Tile(ENTRIES, 0, len(entries))
        assert tiles.parse_entries(tiles.write_entries(entries), bundle) == entries

    @given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=256))
    def test_hashes_read_back_are_the_hashes(self, hashes: list[bytes]) -> None:
        assert tiles.parse_hashes(tiles.write_hashes(hashes), Tile(0, 0, len(hashes))) == hashes

    @pytest.mark.parametrize("data", BAD_BUNDLES.values(), ids=BAD_BUNDLES)
    def test_a_bundle_that_is_cut_or_padded_is_refused(self, data: bytes) -> None:
        with pytest.raises(tiles.MalformedTileError):
            tiles.parse_entries(data, Tile(ENTRIES, 0, 1))

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_a_tile_that_is_cut_or_padded_is_refused(self, length: int) -> None:
        with pytest.raises(tiles.MalformedTileError):
            tiles.parse_hashes(bytes(length), Tile(0, 0, 1))

    def test_the_longest_entry_fits_and_a_longer_one_is_refused(self) -> None:
        longest = bytes(tiles.MAX_ENTRY_BYTES)
        assert tiles.parse_entries(tiles.write_entries([longest]), Tile(ENTRIES, 0, 1)) == [longest]
        with pytest.raises(tiles.EntryTooLongError):
            tiles.append(tiles.empty(), [longest + b"!"])


class TestLogs:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 700), max_size=5))
    def test_however_a_log_grew_it_is_the_same_log(self, steps: list[int]) -> None:
        total = sum(steps)
        log, files = tiles.empty(), {}
        entries = entries_of(total)
        for step in steps:
            added = tiles.append(log, entries[log.size : log.size + step])
            assert set(added.files) == {tile.path for tile in tiles.tiles_written(log.size, added.size)}
            files.update(added.files)
            log = TileReader(files.get, added.size, added.root)
        assert log.root == merkle.root(entries)
        assert list(log.entries()) == entries
        assert log_of(total).files.items() <= files.items()

    @settings(max_examples=40, deadline=None)
    @given(st.integers(1, 66_000), st.data())
    def test_proofs_come_from_the_tiles_alone(self, size: int, data: st.DataObject) -> None:
        size = data.draw(st.sampled_from([size % 1000 + 1, 255, 256, 257, 65_536, 65_537]))
        index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
        log = reader_of(size)
        proof = merkle.inclusion_proof(log.hash_at, index, size)
        merkle.verify_inclusion(merkle.leaf_hash(b"entry %d" % index), index, size, proof, log.root)
        old_root = merkle.root_at(log.hash_at, old)
        assert old_root == merkle.root(entries_of(old))
        proof = merkle.consistency_proof(log.hash_at, old, size)
        merkle.verify_consistency(old, old_root, size, log.root, proof)

    def test_entries_are_given_in_any_range(self) -> None:
        log = reader_of(600)
        assert list(log.entries(250, 520)) == entries_of(600)[250:520]
        assert list(log.entries(256, 512)) == entries_of(600)[256:512]
        assert list(log.entries(600)) == []
        assert log.entry(599) == b"entry 599"

    @pytest.mark.parametrize(("start", "stop"), [(-1, 3), (4, 3), (0, 601), (601, 601)])
    def test_entries_that_are_not_there_are_refused(self, start: int, stop: int) -> None:
        with pytest.raises(merkle.OutsideTreeError):
            list(reader_of(600).entries(start, stop))

    @pytest.mark.parametrize(("level", "index"), [(-1, 0), (0, -1), (0, 600), (8, 2), (9, 1), (60, 0)])
    def test_nodes_that_are_not_there_are_refused(self, level: int, index: int) -> None:
        with pytest.raises(merkle.OutsideTreeError):
            reader_of(600).hash_at(level, index)

    def test_the_full_tile_stands_in_for_a_partial_one(self) -> None:
        grown = log_of(600).files
        old = log_of(500)
        without_partial = {path: data for path, data in grown.items() if ".p/" not in path}
        edge = {Tile(1, 0, 1).path: grown[Tile(1, 0, 2).path][:32]}
        log = TileReader((without_partial | edge).get, 500, old.root)
        assert list(log.entries()) == entries_of(500)

    def test_appending_nothing_writes_nothing(self) -> None:
        log = reader_of(300)
        assert tiles.append(log, []) == tiles.Append(300, log.root, {})


class TestTampering:
    """Size 70,000 needs every kind of file: full and partial tiles on three levels, full and partial bundles."""

    SIZE = 70_000
    KINDS = (
        Tile(0, 0), Tile(0, 272), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1),
        Tile(ENTRIES, 0), Tile(ENTRIES, 273, 112),
    )  # fmt: skip

    def read_all(self, files: dict[str, bytes]) -> None:
        for _ in reader_of(self.SIZE, files).entries():
            pass

    def test_an_untouched_log_is_read_to_its_end(self) -> None:
        assert {tile.path for tile in self.KINDS} <= log_of(self.SIZE).files.keys()
        self.read_all(log_of(self.SIZE).files)

    @pytest.mark.parametrize("tile", KINDS, ids=lambda tile: tile.path)
    @pytest.mark.parametrize("where", [2, -1], ids=["first", "last"])
    def test_a_changed_byte_is_noticed_and_the_file_named(self, tile: Tile, where: int) -> None:
        data = bytearray(log_of(self.SIZE).files[tile.path])
        data[where] ^= 1
        with pytest.raises(tiles.TileMismatchError, match=tile.path.replace(".", r"\.")):
            self.read_all(log_of(self.SIZE).files | {tile.path: bytes(data)})

    @pytest.mark.parametrize("tile", KINDS, ids=lambda tile: tile.path)
    def test_a_removed_file_is_noticed_and_named(self, tile: Tile) -> None:
        files = {path: data for path, data in log_of(self.SIZE).files.items() if path != tile.path}
        with pytest.raises(tiles.MissingTileError, match=tile.path.replace(".", r"\.")):
            self.read_all(files)

    @pytest.mark.parametrize("tile", KINDS, ids=lambda tile: tile.path)
    def test_a_cut_file_is_noticed_and_named(self, tile: Tile) -> None:
        cut = log_of(self.SIZE).files[tile.path][:-1]
        with pytest.raises(tiles.MalformedTileError, match=tile.path.replace(".", r"\.")):
            self.read_all(log_of(self.SIZE).files | {tile.path: cut})

    @pytest.mark.parametrize(
        ("tile", "other"),
        [(Tile(0, 3), Tile(0, 4)), (Tile(ENTRIES, 3), Tile(ENTRIES, 4)), (Tile(0, 0), Tile(1, 0))],
    )
    def test_swapped_files_are_noticed(self, tile: Tile, other: Tile) -> None:
        files = log_of(self.SIZE).files
        swapped = {tile.path: files[other.path], other.path: files[tile.path]}
        with pytest.raises(tiles.TileMismatchError):
            self.read_all(files | swapped)

    def test_a_log_of_another_root_or_size_is_refused_at_once(self) -> None:
        log = log_of(600)
        with pytest.raises(tiles.TileMismatchError):
            TileReader(log.files.get, 600, merkle.EMPTY_ROOT)
        with pytest.raises(LedgerError):
            TileReader(log.files.get, 599, log.root)
        with pytest.raises(tiles.TileMismatchError):
            TileReader(log.files.get, 0, log.root)

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_a_proof_never_comes_from_a_changed_tile(self, data: st.DataObject) -> None:
        size = data.draw(st.integers(1, 2000))
        files = log_of(size).files
        path = data.draw(st.sampled_from(sorted(path for path in files if "entries" not in path)))
        changed = bytearray(files[path])
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        index = data.draw(st.integers(0, size - 1))
        try:
            log = reader_of(size, files | {path: bytes(changed)})
            proof = merkle.inclusion_proof(log.hash_at, index, size)
        except tiles.TileMismatchError:
            return
        merkle.verify_inclusion(merkle.leaf_hash(b"entry %d" % index), index, size, proof, log.root)
