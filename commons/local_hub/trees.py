"""Editing a tree: load what is touched, change it in memory, write only the folders that changed."""

from __future__ import annotations

import unicodedata

from .errors import Unprocessable
from .git_store import GitStore
from .object_batch import FOLDER_MODE, ObjectBatch

File = tuple[int, str]  # (mode, oid)


class TreeEditor:
    """A folder of a repository while it is being edited; subfolders are loaded when a path leads into them."""

    def __init__(self, store: GitStore, oid: str | None) -> None:
        self._store = store
        self._oid = oid
        self._items: dict[str, File | TreeEditor] | None = None if oid else {}
        self._shown: dict[str, str] | None = None

    def remove(self, path: str) -> bool:
        """Remove a file or a folder; False if nothing is there."""
        *parents, name = path.split("/")
        folder: File | TreeEditor | None = self
        for part in parents:
            folder = folder._child(part) if isinstance(folder, TreeEditor) else None
        if not isinstance(folder, TreeEditor) or not _exists(folder._child(name)):
            return False
        del folder._load()[name]
        return True

    def put(self, path: str, mode: int, oid: str) -> None:
        """Add or replace a file. Raises ``Unprocessable`` where a folder stands in its place, or a file in its way."""
        if not self.has_room_for(path):
            raise Unprocessable(f'Invalid path: "{path}" collides with a folder or file of that name')
        *parents, name = path.split("/")
        folder = self
        for part in parents:
            folder._check_case(part, path)
            child = folder._child(part)
            if not isinstance(child, TreeEditor):
                folder._load()[part] = child = TreeEditor(self._store, None)
            folder = child
        folder._check_case(name, path)
        folder._load()[name] = (mode, oid)

    def has_room_for(self, path: str) -> bool:
        """Could a file be put here: no folder in its place, and no file where one of its folders must be?"""
        *parents, name = path.split("/")
        folder = self
        for part in parents:
            child = folder._child(part)
            if child is None:
                return True
            if not isinstance(child, TreeEditor):
                return False
            folder = child
        child = folder._child(name)
        return not (isinstance(child, TreeEditor) and child._has_files())

    def write(self, batch: ObjectBatch) -> str:
        """The id of the edited tree, its objects added to the batch."""
        if self._items is None:
            assert self._oid is not None  # noqa: S101
            return self._oid
        items = []
        for name, item in self._items.items():
            if not isinstance(item, TreeEditor):
                items.append((name, *item))
            elif item._has_files():
                items.append((name, FOLDER_MODE, item.write(batch)))
        return batch.tree(items)

    def _load(self) -> dict[str, File | TreeEditor]:
        if self._items is None:
            assert self._oid is not None  # noqa: S101
            self._items = {name: (mode, oid) for name, mode, oid in self._store.tree_items(self._oid)}
        return self._items

    def _child(self, name: str) -> File | TreeEditor | None:
        items = self._load()
        item = items.get(name)
        if isinstance(item, tuple) and item[0] == FOLDER_MODE:
            item = items[name] = TreeEditor(self._store, item[1])
        return item

    def _check_case(self, name: str, path: str) -> None:
        """Refuse a name that a case-blind file system could not keep apart from one that is here."""
        items = self._load()
        if self._shown is None:
            self._shown = {_folded(each): each for each in items}
        other = self._shown.setdefault(_folded(name), name)
        if other == name:
            return
        if _exists(items.get(other)):
            raise Unprocessable(
                f'Invalid path: "{path}" differs from "{other}" only in the case of its letters'
            )
        self._shown[_folded(name)] = name

    def _has_files(self) -> bool:
        """Git knows no empty folders: one that lost its last file is gone."""
        if self._items is None:
            return True
        return any(not isinstance(item, TreeEditor) or item._has_files() for item in self._items.values())


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _exists(item: File | TreeEditor | None) -> bool:
    return item is not None and (not isinstance(item, TreeEditor) or item._has_files())
