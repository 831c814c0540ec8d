"""Xet: how current clients upload large files, as far as a Hub for one machine needs it.

A client cuts files into chunks, packs chunks into xorbs, uploads xorbs and then a shard that says how files are made of
them. Here the shard is the moment of truth: each file in it is put together from the xorbs, compared with its SHA-256 and
kept as an ordinary large file (see ``objects``). Downloads therefore never depend on a xorb.

The xorbs are kept as well, because clients remember what they have sent and will not send it again. Each repository has
its own CAS address, so that nobody can refer to chunks of a repository they do not know, and a new store never answers
under the address of an old one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from .database import Database
from .durable import move_into_place
from .errors import BadRequest, EntryNotFound, Unprocessable
from .objects import LargeFiles
from .repositories import Repositories, Repository
from .staging import StagedFile, StagingArea
from .xet_format import Chunk, ShardFile, Term, read_chunk_table, read_content, read_shard

MAX_SHARD_BYTES = 64 * 2**20
MAX_FILE_BYTES = 2**40
_HASH = re.compile(r"[0-9a-f]{64}")


def check_hash(value: str) -> str:
    if not _HASH.fullmatch(value):
        raise BadRequest(f"Not a xet hash: {ascii(value)[:100]}")
    return value


class Xet:
    def __init__(self, database: Database, repositories: Repositories, staging: StagingArea) -> None:
        self._database = database
        self._repositories = repositories
        self._staging = staging

    def xorb_path(self, repository: Repository, xorb: str) -> Path:
        return self._repositories.folder(repository) / "xet" / xorb[:2] / xorb

    def add_xorb(self, repository: Repository, xorb: str, staged: StagedFile) -> bool:
        """Keep an uploaded xorb; False if it was here already."""
        target = self.xorb_path(repository, xorb)
        if target.exists():
            return False
        read_chunk_table(staged.path)
        move_into_place(staged.path, target)
        return True

    def add_shard(self, repository: Repository, data: bytes) -> None:
        """Register the files of a shard: rebuild, verify and store each of them."""
        large_files = self._repositories.large_files(repository)
        tables: dict[str, list[Chunk]] = {}
        for file in read_shard(data):
            if file.sha256 is None:
                raise BadRequest("A file of the shard has no sha256")
            size = self._materialise(repository, file, large_files, tables)
            with self._database.write() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO xet_file VALUES (?, ?, ?, ?, ?)",
                    (repository.id, file.file_hash, file.sha256, size, _dump_terms(file.terms)),
                )

    def file_hash(self, repository: Repository, sha256: str) -> str | None:
        """The Xet name of a large file that came through Xet."""
        row = self._database.one(
            "SELECT file_hash FROM xet_file WHERE repository_id = ? AND sha256 = ?", repository.id, sha256
        )
        return row["file_hash"] if row else None

    def terms(self, repository: Repository, file_hash: str) -> list[Term]:
        """How a file is made of xorbs. Raises ``EntryNotFound``."""
        row = self._database.one(
            "SELECT terms FROM xet_file WHERE repository_id = ? AND file_hash = ?", repository.id, file_hash
        )
        if row is None:
            raise EntryNotFound(f"No file {file_hash}")
        return [Term(*fields) for fields in json.loads(row["terms"])]

    def _materialise(
        self, repository: Repository, file: ShardFile, large_files: LargeFiles, tables: dict[str, list[Chunk]]
    ) -> int:
        size = sum(term.content_bytes for term in file.terms)
        if size > MAX_FILE_BYTES:
            raise BadRequest(f"A file of the shard claims {size} bytes")
        for term in file.terms:
            if term.xorb not in tables:
                path = self.xorb_path(repository, term.xorb)
                if not path.exists():
                    raise BadRequest(f"The shard names the xorb {term.xorb}, which was not uploaded")
                tables[term.xorb] = read_chunk_table(path)
            if term.end_chunk > len(tables[term.xorb]):
                raise BadRequest(f"The shard names chunks past the end of the xorb {term.xorb}")
        sha256 = file.sha256 or ""
        stored = large_files.size(sha256)
        if stored is not None:
            if stored != size:
                raise Unprocessable(f"The file {sha256} has {stored} bytes, the shard says {size}")
            return size
        with self._staging.start(limit_bytes=size) as intake:
            for term in file.terms:
                chunks = tables[term.xorb][term.first_chunk : term.end_chunk]
                for piece in read_content(self.xorb_path(repository, term.xorb), chunks):
                    intake.write(piece)
            large_files.adopt(intake.finish(), sha256, size)
        return size


def _dump_terms(terms: tuple[Term, ...]) -> str:
    return json.dumps([[term.xorb, term.content_bytes, term.first_chunk, term.end_chunk] for term in terms])
