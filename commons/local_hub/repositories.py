"""Repositories: their names, owners and settings, and the folder each one lives in.

A repository is one row in the database and one folder on disk::

    repositories/<id>/git/               bare git repository
    repositories/<id>/lfs/               large files by sha256 (see ``objects``)
    repositories/<id>/parts/             parts of large files under way
    repositories/<id>/xet/<generation>/  uploaded chunks (see ``xet``)

Nothing is shared between folders, so knowing the hash of somebody's private file gives nobody its content, and deleting
a repository is removing a folder. Refs and commits are the business of ``references`` and ``commits``.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .accounts import Account
from .database import Database, moment, new_id
from .durable import make_folder
from .errors import BadRequest, Conflict, RepoNotFound
from .git_store import GitStore
from .object_batch import FILE_MODE
from .objects import LargeFiles
from .paths import check_name
from .webhooks import WebhookEvent, Webhooks

TYPES = ("model", "dataset", "space")

# What the public Hub writes into a new repository, so that the same files become large files here and there.
_LARGE_SUFFIXES = """
7z arrow avro bin bz2 ckpt ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot parquet pb pickle pkl pt pth
rar safetensors tar tflite tgz wasm xz zip zst
"""
_LARGE_MEDIA = """
pcm sam raw aac flac mp3 ogg wav bmp gif png tiff jpg jpeg webp mp4 webm
"""


def default_attributes(repository_type: str) -> bytes:
    suffixes = _LARGE_SUFFIXES.split() + (_LARGE_MEDIA.split() if repository_type == "dataset" else [])
    patterns = [f"*.{each}" for each in suffixes] + ["saved_model/**/*", "*.tar.*", "*tfevents*"]
    return "".join(f"{each} filter=lfs diff=lfs merge=lfs -text\n" for each in patterns).encode()


def default_space_card(repository: StoredRepository) -> bytes:
    return f"---\ntitle: {repository.name}\nsdk: {repository.sdk or 'static'}\n---\n".encode()


@dataclass(frozen=True, slots=True)
class StoredRepository:
    id: str
    type: str
    owner_id: str
    owner: str
    name: str
    private: bool
    gated: str | None
    sdk: str | None
    created_at: str
    updated_at: str
    xet_generation: int = 0  # counted up when uploaded chunks are thrown away

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def web_path(self) -> str:
        """Where it is on the web; models have no prefix."""
        return self.full_name if self.type == "model" else f"{self.type}s/{self.full_name}"

    @property
    def api_path(self) -> str:
        return f"api/{self.type}s/{self.full_name}"


class Repositories:
    def __init__(self, database: Database, folder: Path, webhooks: Webhooks) -> None:
        self._database = database
        self._webhooks = webhooks
        self._folder = folder / "repositories"
        make_folder(self._folder)
        self._stores: dict[str, GitStore] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._opening = threading.Lock()

    # finding -----------------------------------------------------------------------------------------------------

    def find(self, type_: str, full_name: str) -> StoredRepository | None:
        owner, _, name = full_name.partition("/")
        row = self._database.row(
            f"{_SELECT} WHERE type = ? AND account.name = ? AND repository.name = ?", type_, owner, name
        )
        return repository_of(row) if row else None

    def moved_to(self, type_: str, old_name: str) -> StoredRepository | None:
        row = self._database.row(
            f"{_SELECT} JOIN moved_repository AS moved ON moved.repository_id = repository.id "
            "WHERE moved.type = ? AND old_id = ?",
            type_,
            old_name,
        )
        return repository_of(row) if row else None

    def by_id(self, repository_id: str) -> StoredRepository:
        row = self._database.row(f"{_SELECT} WHERE repository.id = ?", repository_id)
        if row is None:
            raise RepoNotFound
        return repository_of(row)

    def all(self, type_: str, *, owner: str = "", search: tuple[str, ...] = ()) -> list[StoredRepository]:
        sql, values = f"{_SELECT} WHERE type = ?", [type_]
        if owner:
            sql, values = f"{sql} AND account.name = ?", [*values, owner]
        for word in search:
            sql, values = (
                f"{sql} AND instr(lower(account.name || '/' || repository.name), lower(?))",
                [*values, word],
            )
        return [
            repository_of(row)
            for row in self._database.all(f"{sql} ORDER BY repository.created_at DESC", *values)
        ]

    def owned_by(self, account: Account) -> list[StoredRepository]:
        rows = self._database.all(f"{_SELECT} WHERE owner_id = ? ORDER BY updated_at DESC", account.id)
        return [repository_of(row) for row in rows]

    # where things are ----------------------------------------------------------------------------------------------

    def folder(self, repository: StoredRepository) -> Path:
        return self._folder / repository.id

    def git(self, repository: StoredRepository) -> GitStore:
        store = self._stores.get(repository.id)
        if store is None:
            with self._opening:
                store = self._stores.get(repository.id) or GitStore(self.folder(repository) / "git")
                self._stores[repository.id] = store
        return store

    def large_files(self, repository: StoredRepository) -> LargeFiles:
        return LargeFiles(self.folder(repository) / "lfs")

    def chunk_folder(self, repository: StoredRepository) -> Path:
        return self.folder(repository) / "xet" / str(repository.xet_generation)

    def stored_bytes(self, repository: StoredRepository) -> int:
        """Disk space of its large files."""
        return sum(path.stat().st_size for path in self.large_files(repository).all())

    def lock(self, repository: StoredRepository) -> threading.RLock:
        """Held by whoever changes the refs or discussions of one repository; others do not wait for it."""
        with self._opening:
            return self._locks.setdefault(repository.id, threading.RLock())

    # changing ------------------------------------------------------------------------------------------------------

    def create(
        self, type_: str, owner: Account, name: str, *, creator: str, private: bool, sdk: str | None = None
    ) -> StoredRepository:
        """Make a repository whose branch ``main`` holds ``.gitattributes``. Raises ``Conflict`` if it exists."""
        if type_ not in TYPES:
            raise BadRequest(f"Unknown repository type {type_!r}; one of {', '.join(TYPES)}")
        check_name(name)
        now = moment()
        made = StoredRepository(new_id(), type_, owner.id, owner.name, name, private, None, sdk, now, now)
        folder = self.folder(made)
        try:
            first = self._first_commit(folder / "git", made, creator)
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO repository VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                    (made.id, type_, owner.id, name, private, None, sdk, now, now),
                )
                connection.execute("INSERT INTO ref VALUES (?, 'refs/heads/main', ?, NULL)", (made.id, first))
                connection.execute(
                    "DELETE FROM moved_repository WHERE type = ? AND old_id = ?", (type_, made.full_name)
                )
                self.announce(connection, made, WebhookEvent("create", "repo"))
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, sqlite3.IntegrityError):
                raise Conflict(f"You already created this {type_} repo: {made.full_name}") from None
            raise
        return made

    def delete(self, repository: StoredRepository) -> None:
        with self.lock(repository), self._database.write() as connection:
            self.announce(connection, repository, WebhookEvent("delete", "repo"))
            connection.execute("DELETE FROM repository WHERE id = ?", (repository.id,))
        with self._opening:
            self._stores.pop(repository.id, None)
            self._locks.pop(repository.id, None)
        shutil.rmtree(self.folder(repository), ignore_errors=True)

    def move(self, repository: StoredRepository, owner: Account, name: str) -> StoredRepository:
        """Give it another name; the old one leads to it from now on. Raises ``Conflict`` if the name is taken."""
        check_name(name)
        target = f"{owner.name}/{name}"
        try:
            with self.lock(repository), self._database.write() as connection:
                connection.execute(
                    "UPDATE repository SET owner_id = ?, name = ? WHERE id = ?",
                    (owner.id, name, repository.id),
                )
                connection.execute(
                    "DELETE FROM moved_repository WHERE type = ? AND old_id = ?", (repository.type, target)
                )
                connection.execute(
                    "INSERT OR REPLACE INTO moved_repository VALUES (?, ?, ?)",
                    (repository.type, repository.full_name, repository.id),
                )
                moved_to = {"name": target, "owner": {"id": owner.id}}
                self.announce(connection, repository, WebhookEvent("move", "repo", {"movedTo": moved_to}))
        except sqlite3.IntegrityError:
            raise Conflict(f"A {repository.type} repository called {target} already exists") from None
        return self.by_id(repository.id)

    def configure(
        self, repository: StoredRepository, *, private: bool | None = None, gated: str | bool | None = None
    ) -> StoredRepository:
        """Change settings; ``gated=False`` opens a gated repository, ``None`` leaves a setting as it is."""
        if gated not in (None, False, "auto", "manual"):
            raise BadRequest("gated is one of 'auto', 'manual' or false")
        with self._database.write() as connection:
            if private is not None:
                connection.execute("UPDATE repository SET private = ? WHERE id = ?", (private, repository.id))
            if gated is not None:
                connection.execute(
                    "UPDATE repository SET gated = ? WHERE id = ?", (gated or None, repository.id)
                )
            self.announce(connection, repository, WebhookEvent("update", "repo.config"))
        return self.by_id(repository.id)

    def announce(
        self, connection: sqlite3.Connection, repository: StoredRepository, event: WebhookEvent
    ) -> None:
        """Tell the webhooks that watch this repository, in the transaction in which it happens."""
        address = self._webhooks.address
        main = connection.execute(
            "SELECT commit_oid FROM ref WHERE repository_id = ? AND name = 'refs/heads/main'",
            (repository.id,),
        ).fetchone()
        described: dict[str, Any] = {
            "type": repository.type,
            "name": repository.full_name,
            "id": repository.id,
            "private": repository.private,
            "url": {"web": f"{address}/{repository.web_path}", "api": f"{address}/{repository.api_path}"},
            "owner": {"id": repository.owner_id},
        }
        if main and event.domain == "repo":
            described["headSha"] = main[0]
        self._webhooks.announce(connection, described, event)

    def remove_leftovers(self) -> None:
        """Delete folders that no repository owns, and chunks of former generations: something was cut short."""
        known = {
            row["id"]: str(row["xet_generation"])
            for row in self._database.all("SELECT id, xet_generation FROM repository")
        }
        for folder in self._folder.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            for chunks in (folder / "xet").glob("*"):
                if chunks.name != known[folder.name]:
                    shutil.rmtree(chunks, ignore_errors=True)

    def _first_commit(self, folder: Path, repository: StoredRepository, creator: str) -> str:
        store = GitStore.create(folder)
        with store.batch() as batch:
            files = {".gitattributes": default_attributes(repository.type)}
            if repository.type == "space":
                files["README.md"] = default_space_card(repository)
            tree = batch.tree((path, FILE_MODE, batch.blob(data)) for path, data in files.items())
            first = batch.commit(tree, [], author=creator, message="initial commit")
            batch.flush()
        store.mirror_refs({"refs/heads/main": first})
        return first


_SELECT = "SELECT repository.*, account.name AS owner FROM repository JOIN account ON account.id = repository.owner_id"


def repository_of(row: sqlite3.Row) -> StoredRepository:
    return StoredRepository(
        id=row["id"],
        type=row["type"],
        owner_id=row["owner_id"],
        owner=row["owner"],
        name=row["name"],
        private=bool(row["private"]),
        gated=row["gated"],
        sdk=row["sdk"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        xet_generation=row["xet_generation"],
    )
