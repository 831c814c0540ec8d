"""C2SP tlog-tiles: a log as static files that any host can serve and any copy can prove from.

    tree = TileReader(read, checkpoint.size, checkpoint.root)    read(path) -> bytes, None if there is no file
    added = append(tree, entries)                                added.files: path -> bytes, to be written
    merkle.inclusion_proof(tree.hash_at, index, tree.size)
    for entry in tree.entries(): ...                             every entry, proved

The rules:

 1. ``tile/<L>/<N>`` holds 256 hashes, nodes of level 8 * L from index 256 * N on; ``tile/entries/<N>`` the
    entries of the leaves in ``tile/0/<N>``, each after its length as big-endian uint16. N is written in
    groups of three digits, all but the last after an x: 1234067 is ``x001/x234/067``.
 2. The last tile of a level may be partial: ``.p/<W>`` follows its path and it holds W hashes, 1 to 255. The
    width follows from the size of the tree, so a tree has exactly one set of tiles, and a path that is not
    written this one way names nothing.
 3. A tile is never rewritten. A growing log writes a wider partial tile beside the narrower one, and the full
    tile in the end; whoever misses a partial tile may cut the full one to its width.
 4. Only a full tile has a hash in the level above. The partial tiles, at most one a level, make up the root.
 5. Nothing is taken from a tile before the tile is proved: the partial tiles by hashing to the checkpoint's
    root, each full tile by hashing to its place in the level above, each bundle of entries by hashing to its
    level-0 tile. So what a TileReader gives away is what the checkpoint's signer signed, whoever served the
    files.

Appending n entries writes about n / 128 full files and at most one partial file a level: for a small n no more
than 2 * log(size) / log(256) + 3 files, and mostly two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from commons.errors import LedgerError
from commons.ledger import merkle

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
ENTRIES = -1  # the "level" of entry bundles, one below the leaf hashes
MAX_ENTRY_BYTES = 2**16 - 1  # what the length before an entry can say
CACHED_TILES = 64  # 256 hashes and the nodes over them, about 40 kB each

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)

Read = Callable[[str], bytes | None]
_Levels = list[list[bytes]]  # merkle.levels of one tile


class TilePathError(LedgerError):
    """Not the path of a tile."""

    code = "malformed-tile-path"


class MalformedTileError(LedgerError):
    """A tile or bundle whose bytes are not what its path promises."""

    code = "malformed-tile"


class MissingTileError(LedgerError):
    """A tile that the tree needs is not there."""

    code = "missing-tile"


class TileMismatchError(LedgerError):
    """A well-formed tile or bundle that is not the one the checkpoint vouches for."""

    code = "tile-mismatch"


class EntryTooLongError(LedgerError):
    """An entry that does not fit into a bundle."""

    code = "entry-too-long"


@dataclass(frozen=True, order=True, slots=True)
class Tile:
    """One file of hashes, or of entries at level ``ENTRIES``."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        level = "entries" if self.level == ENTRIES else str(self.level)
        *leading, last = (group.zfill(3) for group in f"{self.index:,}".split(","))
        number = "".join(f"x{group}/" for group in leading) + last
        return f"tile/{level}/{number}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")


@dataclass(frozen=True)
class Append:
    """What an append makes of a log: the new size and root, and every file it writes."""

    size: int
    root: bytes
    files: dict[str, bytes]


def parse_path(path: str) -> Tile:
    """The tile that ``path`` names.

    Raises:
        TilePathError: it names none.
    """
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        tile = Tile(level, int(re.sub("[x/]", "", match["index"])), int(match["width"] or TILE_WIDTH))
        if tile.path == path:
            return tile
    raise TilePathError(f"{path!r:.200} is not the path of a tile.")


def tiles_written(old_size: int, new_size: int) -> list[Tile]:
    """The bundles, then level by level the tiles, that a log writes when it grows; from 0, all it has."""
    tiles = []
    level = ENTRIES
    while new_count := new_size >> _shift(level):
        old_count = old_size >> _shift(level)
        if new_count > old_count:
            full, partial = divmod(new_count, TILE_WIDTH)
            tiles += [Tile(level, index) for index in range(old_count // TILE_WIDTH, full)]
            if partial:
                tiles.append(Tile(level, full, partial))
        level += 1
    return tiles


def partial_tiles(size: int) -> list[Tile]:
    """The partial bundle and tiles of a tree: what a writer needs to go on. It may delete them once full."""
    tiles = []
    level = ENTRIES
    while count := size >> _shift(level):
        if width := count % TILE_WIDTH:
            tiles.append(Tile(level, count // TILE_WIDTH, width))
        level += 1
    return tiles


def write_hashes(hashes: Iterable[bytes]) -> bytes:
    return b"".join(hashes)


def parse_hashes(data: bytes, tile: Tile) -> list[bytes]:
    """The ``tile.width`` hashes of a tile.

    Raises:
        MalformedTileError: there are more or fewer.
    """
    if len(data) != tile.width * merkle.HASH_BYTES:
        raise MalformedTileError(
            f"{tile.path} holds {len(data)} bytes; {tile.width} hashes are {tile.width * merkle.HASH_BYTES}."
        )
    return [data[at : at + merkle.HASH_BYTES] for at in range(0, len(data), merkle.HASH_BYTES)]


def write_entries(entries: Iterable[bytes]) -> bytes:
    """The bundle of ``entries``.

    Raises:
        EntryTooLongError: an entry has more than ``MAX_ENTRY_BYTES``.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise EntryTooLongError(
                f"An entry of {len(entry)} bytes does not fit into the log; {MAX_ENTRY_BYTES} do."
            )
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def parse_entries(data: bytes, tile: Tile) -> list[bytes]:
    """The ``tile.width`` entries of a bundle.

    Raises:
        MalformedTileError: there are more or fewer, or one is cut off.
    """
    entries = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data):
        raise MalformedTileError(f"{tile.path} ends in the middle of an entry.")
    if len(entries) != tile.width:
        raise MalformedTileError(f"{tile.path} holds {len(entries)} entries, not {tile.width}.")
    return entries


class TileReader:
    """The tree of one checkpoint, read from static files; rule 5 holds for all it returns.

    ``read`` gets a path as in rule 1 and returns the file's bytes, or None where there is no such file; errors name it below ``folder``.
    Proofs for smaller trees come from the same reader; the partial tiles of older checkpoints are not needed.
    """

    def __init__(self, read: Read, size: int, root: bytes, *, folder: str = "") -> None:
        """Read and prove the partial tiles.

        Raises:
            MissingTileError, MalformedTileError: a partial tile is not there or not a tile.
            TileMismatchError: the partial tiles do not hash to ``root``.
        """
        self.size = size
        self.root = root
        self._read = read
        self._folder = folder
        self._full = lru_cache(maxsize=CACHED_TILES)(self._load_full)
        partial = [tile for tile in partial_tiles(size) if tile.level != ENTRIES]
        self._edge = {tile.level: merkle.levels(self._load(tile, parse_hashes)) for tile in partial}
        if _root_of_edge(self._edge, size) != root:
            raise TileMismatchError(
                f"The root of {size} leaves is not the one that the checkpoint signs; it is made of"
                f" {', '.join(folder + tile.path for tile in partial) or 'no tiles'}.",
                hint="Fetch the log again, or from another copy.",
            )

    def hash_at(self, level: int, index: int) -> bytes:
        """The node over the 2**level leaves from index * 2**level on, for the functions of ``merkle``.

        Raises:
            OutsideTreeError: the tree does not have all these leaves.
            MissingTileError, MalformedTileError, TileMismatchError: the tile with the node does not stand.
        """
        if min(level, index) < 0 or (index + 1) << level > self.size:
            raise merkle.OutsideTreeError(
                f"A tree of {self.size} leaves has no node {index} of level {level}."
            )
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << height, TILE_WIDTH)
        return self._levels(tile_level, tile_index)[height][offset >> height]

    def entry(self, index: int) -> bytes:
        """Entry ``index``; raises like ``entries``."""
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Entries ``start`` to ``stop`` in order. Reading all of them proves every file of the tree.

        Raises:
            OutsideTreeError: the tree does not have these entries.
            MissingTileError, MalformedTileError, TileMismatchError: a bundle or tile does not stand.
        """
        stop = self.size if stop is None else stop
        if not 0 <= start <= stop <= self.size:
            raise merkle.OutsideTreeError(f"A log of {self.size} entries has no entries {start} to {stop}.")
        for index in range(start // TILE_WIDTH, -(-stop // TILE_WIDTH)):
            first = index * TILE_WIDTH
            yield from self._bundle(index)[max(start - first, 0) : stop - first]

    def _bundle(self, index: int) -> list[bytes]:
        bundle = Tile(ENTRIES, index, min(self.size - index * TILE_WIDTH, TILE_WIDTH))
        entries = self._load(bundle, parse_entries)
        for offset, (entry, leaf) in enumerate(zip(entries, self._levels(0, index)[0], strict=True)):
            if merkle.leaf_hash(entry) != leaf:
                raise TileMismatchError(
                    f"Entry {index * TILE_WIDTH + offset} in {self._folder}{bundle.path} is not the one that was logged."
                )
        return entries

    def _levels(self, level: int, index: int) -> _Levels:
        is_partial = index == self.size >> _shift(level + 1)
        return self._edge[level] if is_partial else self._full(level, index)

    def _load_full(self, level: int, index: int) -> _Levels:
        tile = Tile(level, index)
        levels = merkle.levels(self._load(tile, parse_hashes))
        if levels[-1][0] != self.hash_at(TILE_HEIGHT * (level + 1), index):
            raise TileMismatchError(
                f"{self._folder}{tile.path} does not hash to its place in the level above.",
                hint="Fetch the log again, or from another copy.",
            )
        return levels

    def _load(self, tile: Tile, parse: Callable[[bytes, Tile], list[bytes]]) -> list[bytes]:
        full = Tile(tile.level, tile.index)
        for present in dict.fromkeys((tile, full)):
            if (data := self._read(present.path)) is None:
                continue
            try:
                return parse(data, present)[: tile.width]
            except MalformedTileError as error:
                raise MalformedTileError(f"{self._folder}{error.message}") from error
        raise MissingTileError(
            f"{self._folder}{tile.path} is not there, and a tree of {self.size} leaves needs it.",
            hint="Fetch the whole log again, or from another copy.",
        )


def empty() -> TileReader:
    """The log before its first entry, of which there is no file."""
    return TileReader(lambda _path: None, 0, merkle.EMPTY_ROOT)


def append(tree: TileReader, entries: Iterable[bytes]) -> Append:
    """What ``tree`` becomes when ``entries`` are added to it.

    Raises:
        EntryTooLongError: an entry does not fit.
        MissingTileError, MalformedTileError, TileMismatchError: the tree's last bundle does not stand.
    """
    entries = list(entries)
    files: dict[str, bytes] = {}
    size = tree.size + len(entries)

    index, offset = divmod(tree.size, TILE_WIDTH)
    unfilled = list(tree.entries(tree.size - offset)) if entries else []
    for bundle, chunk in _fill(ENTRIES, index, unfilled + entries):
        files[bundle.path] = write_entries(chunk)

    edge = dict(tree._edge)
    level, added = 0, [merkle.leaf_hash(entry) for entry in entries]
    while added:
        index, offset = divmod(tree.size >> _shift(level), TILE_WIDTH)
        unfilled = tree._edge[level][0] if offset else []
        completed = []
        for tile, chunk in _fill(level, index, unfilled + added):
            files[tile.path] = write_hashes(chunk)
            levels = merkle.levels(chunk)
            if tile.width == TILE_WIDTH:
                completed.append(levels[-1][0])
            else:
                edge[level] = levels
        level, added = level + 1, completed
    return Append(size, _root_of_edge(edge, size), files)


def _fill(level: int, index: int, items: list[bytes]) -> Iterator[tuple[Tile, list[bytes]]]:
    """``items`` spread over the tiles of a level from ``index`` on."""
    for number, at in enumerate(range(0, len(items), TILE_WIDTH), index):
        chunk = items[at : at + TILE_WIDTH]
        yield Tile(level, number, len(chunk)), chunk


def _root_of_edge(edge: dict[int, _Levels], size: int) -> bytes:
    """Rule 4: the complete subtrees that a root is folded from all lie in the partial tiles."""

    def hash_at(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        return edge[tile_level][height][((index << height) % TILE_WIDTH) >> height]

    return merkle.root_at(hash_at, size)


def _shift(level: int) -> int:
    """A tree of s leaves has s >> shift items at this level of tiles."""
    return TILE_HEIGHT * max(level, 0)
