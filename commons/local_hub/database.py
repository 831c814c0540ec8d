"""The database: everything that is not file content.

One SQLite file in WAL mode with ``synchronous=FULL``: a transaction that returned is on disk. Refs live here too, not in
git's own files: a ref moves, its pull request changes status and the webhook is queued in *one* transaction, so a kill
at any moment leaves the old state or the new one and nothing needs repair. ``git_store`` mirrors refs into the bare
repository for people who clone.

Several processes may open the file (the ``user`` command beside a running server).
Leaves every meaning of the tables to ``accounts``, ``repositories``, ``references`` and ``discussions``.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_BUSY_TIMEOUT_S = 30.0

# One script a version: the database is at version N when the first N scripts have run.
_MIGRATIONS = (
    """
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

    CREATE TABLE account (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('user', 'org')),
        fullname TEXT NOT NULL,
        private_by_default INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL
    );
    CREATE TABLE membership (
        org_id TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('admin', 'write', 'contributor', 'read')),
        PRIMARY KEY (org_id, user_id)
    );
    CREATE TABLE token (
        hash TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('read', 'write', 'fineGrained')),
        created_at TEXT NOT NULL
    );

    CREATE TABLE repository (
        id TEXT PRIMARY KEY,
        type TEXT NOT NULL CHECK (type IN ('model', 'dataset', 'space')),
        owner_id TEXT NOT NULL REFERENCES account(id),
        name TEXT NOT NULL COLLATE NOCASE,
        private INTEGER NOT NULL DEFAULT 0,
        gated TEXT,
        sdk TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        UNIQUE (type, owner_id, name)
    );
    CREATE TABLE moved_repository (
        type TEXT NOT NULL,
        old_id TEXT NOT NULL COLLATE NOCASE,
        repository_id TEXT NOT NULL REFERENCES repository(id) ON DELETE CASCADE,
        PRIMARY KEY (type, old_id)
    );
    CREATE TABLE ref (
        repository_id TEXT NOT NULL REFERENCES repository(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        commit_oid TEXT NOT NULL,
        tag_oid TEXT,
        PRIMARY KEY (repository_id, name)
    ) WITHOUT ROWID;

    CREATE TABLE discussion (
        repository_id TEXT NOT NULL REFERENCES repository(id) ON DELETE CASCADE,
        num INTEGER NOT NULL,
        title TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('draft', 'open', 'closed', 'merged')),
        is_pull_request INTEGER NOT NULL,
        author_id TEXT NOT NULL REFERENCES account(id),
        base TEXT,
        merge_commit_oid TEXT,
        created_at TEXT NOT NULL,
        PRIMARY KEY (repository_id, num)
    );
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        repository_id TEXT NOT NULL,
        num INTEGER NOT NULL,
        type TEXT NOT NULL,
        author_id TEXT NOT NULL REFERENCES account(id),
        created_at TEXT NOT NULL,
        data TEXT NOT NULL,
        FOREIGN KEY (repository_id, num) REFERENCES discussion(repository_id, num) ON DELETE CASCADE
    );
    CREATE INDEX event_of_discussion ON event (repository_id, num, seq);

    CREATE TABLE xet_file (
        repository_id TEXT NOT NULL REFERENCES repository(id) ON DELETE CASCADE,
        file_hash TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        terms TEXT NOT NULL,
        PRIMARY KEY (repository_id, file_hash)
    );
    CREATE INDEX xet_file_by_sha256 ON xet_file (repository_id, sha256);
    """,
    """
    CREATE TABLE webhook (
        id TEXT PRIMARY KEY,
        owner_id TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE,
        url TEXT NOT NULL,
        watched TEXT NOT NULL,
        domains TEXT NOT NULL,
        secret TEXT,
        disabled INTEGER NOT NULL
    );
    CREATE TABLE delivery (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        webhook_id TEXT NOT NULL REFERENCES webhook(id) ON DELETE CASCADE,
        payload TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_at REAL NOT NULL,
        created_at TEXT NOT NULL
    );
    CREATE INDEX delivery_of_webhook ON delivery (webhook_id, seq);

    ALTER TABLE repository ADD COLUMN xet_generation INTEGER NOT NULL DEFAULT 0;
    """,
    """
    ALTER TABLE token ADD COLUMN id TEXT NOT NULL DEFAULT '';
    ALTER TABLE token ADD COLUMN expires_at TEXT;
    UPDATE token SET id = lower(hex(randomblob(6)));
    CREATE UNIQUE INDEX token_by_id ON token (id);

    -- Who brought the bytes of which large file: they may commit it, others only once the repository shows it
    CREATE TABLE upload (
        repository_id TEXT NOT NULL REFERENCES repository(id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        account_id TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE,
        PRIMARY KEY (repository_id, sha256, account_id)
    ) WITHOUT ROWID;

    -- Chunks that came before their names were computed from their content are not served any more
    DELETE FROM xet_file;
    UPDATE repository SET xet_generation = xet_generation + 1;
    """,
)


def new_id() -> str:
    """A fresh 24-digit hexadecimal id, the form the Hub uses for repositories, accounts and events."""
    return os.urandom(12).hex()


def moment(at: datetime | None = None) -> str:
    """The form in which dates are stored and sent: ISO 8601 in UTC, with milliseconds and ``Z``."""
    at = at or datetime.now(UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Database:
    """Connections to one SQLite file; each call borrows one, a transaction keeps one for its thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._of_thread = threading.local()
        self._writing = threading.Lock()
        self.committed = threading.Event()  # set after every transaction, for whoever waits for news
        self._migrate()

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._borrowed() as connection:
            return connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._borrowed() as connection:
            row: sqlite3.Row | None = connection.execute(sql, values).fetchone()
            return row

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed to disk when the block ends, undone when it raises.

        Reads of the same thread inside the block see what it wrote.
        """
        # One writer at a time in this process, so that threads queue here instead of polling SQLite's lock.
        with self._writing, self._borrowed() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._of_thread.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
                self.committed.set()
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._of_thread.connection = None

    def close(self) -> None:
        with self._writing:
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is not None:
            yield connection
            return
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open()
        try:
            yield connection
        finally:
            self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _migrate(self) -> None:
        with self.write() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
                for statement in script.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
