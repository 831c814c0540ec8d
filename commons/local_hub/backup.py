"""A copy of a Hub that can be opened like the Hub itself, made while it runs.

The database is copied first, as of one moment; then the files. Objects are only ever added, so a later copy of them holds
everything the database of that moment speaks of. (Files that are removed for good in between are missing, as they should
be.) Running it again into the same folder copies what is new.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from .database import new_id
from .durable import make_folder, sync_file, sync_folder


@dataclass(frozen=True, slots=True)
class BackupSummary:
    files: int
    size_bytes: int


def back_up(folder: Path, target: Path) -> BackupSummary:
    """Copy the Hub in ``folder``; raises ``FileNotFoundError`` if there is none."""
    database = folder / "hub.sqlite3"
    if not database.is_file():
        raise FileNotFoundError(f"{folder} holds no local Hub")
    make_folder(target)
    _copy_database(database, target / "hub.sqlite3")
    known = _repository_ids(target / "hub.sqlite3")
    files = size_bytes = 0
    for repository in sorted(known):
        for source in (folder / "repositories" / repository).rglob("*"):
            if source.is_file() and not source.name.startswith("tmp_"):
                copied = _copy_new(source, target / source.relative_to(folder))
                files, size_bytes = files + (copied > 0), size_bytes + copied
    os.sync()  # one flush for all; a copy is only worth something when it is on the disk
    return BackupSummary(files, size_bytes)


def _copy_database(source: Path, target: Path) -> None:
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    reading, writing = sqlite3.connect(source), sqlite3.connect(temporary)
    try:
        reading.backup(writing)
        # Clients remember what they sent to a store and will not send it again. The copy lacks what comes after it, so
        # it must not pass for the same store.
        writing.execute("UPDATE setting SET value = ? WHERE name = 'store-id'", (new_id(),))
        writing.commit()
    finally:
        reading.close()
        writing.close()
    sync_file(temporary)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    temporary.replace(target)
    sync_folder(target.parent)


def _repository_ids(database: Path) -> set[str]:
    connection = sqlite3.connect(database)
    try:
        return {row[0] for row in connection.execute("SELECT id FROM repository")}
    finally:
        connection.close()


def _copy_new(source: Path, target: Path) -> int:
    """Copy a file unless it is there; the bytes copied."""
    try:
        facts = source.stat()
        if target.exists() and target.stat().st_size == facts.st_size and "refs" not in source.parts:
            return 0
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"tmp_{secrets.token_hex(8)}")
        shutil.copyfile(source, temporary)
        os.utime(temporary, (facts.st_atime, facts.st_mtime))
        temporary.replace(target)
    except FileNotFoundError:  # removed since it was listed
        return 0
    return facts.st_size
