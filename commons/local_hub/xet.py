"""Xet: how current clients upload large files, as far as a Hub for one machine needs it.

A client cuts files into chunks, packs chunks into xorbs, uploads xorbs and then a shard that says how files are made of
them. Nothing of this is believed: the name of a xorb is computed from the chunks in it, and each file of a shard is put
together and must have the SHA-256 and the Xet hash that the shard gives it, before it is kept as an ordinary large file
(see ``objects``) and before anybody is told how to put it together. What is here already is never replaced.

The xorbs are kept as well, because clients remember what they have sent and will not send it again. Each repository has
its own CAS address, so that nobody can refer to chunks of a repository they do not know, and a new store never answers
under the address of an old one. Throwing all chunks away begins another *generation*, with another address and folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from .byte_ranges import parse_range
from .database import Database
from .durable import place_new
from .errors import BadRequest, EntryNotFound, NotFound, Unprocessable
from .objects import LargeFiles, check_sha256
from .repositories import Repositories, StoredRepository
from .staging import Intake, StagedFile, StagingArea
from .uploads import Uploads
from .xet_format import Chunk, ShardFile, Term, read_chunk_table, read_content, read_shard
from .xet_hashes import NamedChunk, file_name, name_chunk, range_name, text, xorb_name

MAX_SHARD_BYTES = 64 * 2**20
MAX_FILE_BYTES = 2**40
_MAX_SQL_VALUES = 500
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive chunks of one xorb, and where they lie in its file (``end_byte`` exclusive)."""

    xorb: str
    first_chunk: int
    end_chunk: int
    first_byte: int
    end_byte: int
    content_bytes: int


@dataclass(frozen=True, slots=True)
class ReconstructionPlan:
    pieces: tuple[Piece, ...]
    skip_bytes: int  # of the first piece's content, to come to the asked range

    def spans(self) -> dict[str, list[Piece]]:
        """What to fetch: for each xorb the stretches that its pieces cover, merged, so that every piece lies in exactly one.

        A repetitive file names the same chunks many times; a client looks up the one stretch that holds a piece.
        """
        merged: dict[str, list[Piece]] = {}
        for piece in sorted(self.pieces, key=lambda piece: (piece.first_chunk, piece.end_chunk)):
            spans = merged.setdefault(piece.xorb, [])
            if spans and piece.first_chunk <= spans[-1].end_chunk:
                last = spans[-1]
                spans[-1] = replace(
                    last,
                    end_chunk=max(last.end_chunk, piece.end_chunk),
                    end_byte=max(last.end_byte, piece.end_byte),
                )
            else:
                spans.append(piece)
        return merged


def check_hash(value: str) -> str:
    if not _HASH.fullmatch(value):
        raise BadRequest(f"Not a xet hash: {ascii(value)[:100]}")
    return value


class Xet:
    def __init__(
        self, database: Database, repositories: Repositories, staging: StagingArea, uploads: Uploads
    ) -> None:
        self._database = database
        self._repositories = repositories
        self._staging = staging
        self._uploads = uploads

    def xorb_path(self, repository: StoredRepository, xorb: str) -> Path:
        return self._repositories.chunk_folder(repository) / xorb[:2] / xorb

    def add_xorb(self, repository: StoredRepository, claimed: str, staged: StagedFile) -> bool:
        """Keep an uploaded xorb; False if it was here already. Raises ``Unprocessable`` if that is not its name."""
        chunks = read_chunk_table(staged.path)
        computed = text(xorb_name([name_chunk(content) for content in read_content(staged.path, chunks)]))
        if computed != claimed:
            raise Unprocessable(f"The xorb's chunks make it {computed}, it was sent as {claimed}")
        os.truncate(staged.path, chunks[-1].end)  # what follows the chunks was not looked at
        return place_new(staged.path, self.xorb_path(repository, claimed))

    def add_shard(self, repository: StoredRepository, data: bytes, account_id: str) -> None:
        """Register the files of a shard: rebuild, verify and store each of them."""
        large_files = self._repositories.large_files(repository)
        tables: dict[str, list[Chunk]] = {}
        for file in read_shard(data):
            sha256 = check_sha256(file.sha256 or "")
            size = self._check_terms(repository, file, tables)
            self._put_together(repository, file, sha256, size, large_files, tables)
            self._register(repository, file, sha256, size)
            self._uploads.record(repository, sha256, account_id)

    def shown_as(self, repository: StoredRepository, file_hash: str) -> str:
        """The sha256 of a file that was registered under a Xet hash. Raises ``EntryNotFound``."""
        row = self._database.row(
            "SELECT sha256 FROM xet_file WHERE repository_id = ? AND file_hash = ?", repository.id, file_hash
        )
        if row is None:
            raise EntryNotFound(f"No file {file_hash}")
        return str(row["sha256"])

    def file_hashes(self, repository: StoredRepository, sha256s: list[str]) -> dict[str, str]:
        """The Xet names of those large files that came through Xet, by sha256; of several the first, which stays."""
        hashes: dict[str, str] = {}
        for start in range(0, len(sha256s), _MAX_SQL_VALUES):
            some = sha256s[start : start + _MAX_SQL_VALUES]
            marks = ", ".join("?" * len(some))
            rows = self._database.all(
                f"SELECT sha256, file_hash FROM xet_file WHERE repository_id = ? AND sha256 IN ({marks}) "  # noqa: S608
                "ORDER BY rowid DESC",
                repository.id,
                *some,
            )
            hashes |= {row["sha256"]: row["file_hash"] for row in rows}
        return hashes

    def terms(self, repository: StoredRepository, file_hash: str) -> list[Term]:
        """How a file is made of xorbs. Raises ``EntryNotFound``."""
        row = self._database.row(
            "SELECT terms FROM xet_file WHERE repository_id = ? AND file_hash = ?", repository.id, file_hash
        )
        if row is None:
            raise EntryNotFound(f"No file {file_hash}")
        return [Term(*fields) for fields in json.loads(row["terms"])]

    def plan(self, repository: StoredRepository, file_hash: str, asked: str | None) -> ReconstructionPlan:
        """How to rebuild a file, or the byte range of it that is asked for, from stored xorbs.

        Raises ``EntryNotFound``, and ``BadRange`` past the end.
        """
        terms = self.terms(repository, file_hash)
        part = parse_range(asked, sum(term.content_bytes for term in terms))
        pieces: list[Piece] = []
        skip_bytes, at = 0, 0
        for term in terms:
            start, end = max(part.start - at, 0), min(part.end - at, term.content_bytes)
            at += term.content_bytes
            if start >= end:
                continue
            path = self.xorb_path(repository, term.xorb)
            if not path.exists():
                raise EntryNotFound(f"The chunks of {file_hash} were thrown away")
            chunks = read_chunk_table(path)[term.first_chunk : term.end_chunk]
            piece, before = _cut(term, chunks, start, end)
            if not pieces:
                skip_bytes = start - before
            pieces.append(piece)
        return ReconstructionPlan(tuple(pieces), skip_bytes)

    def _check_terms(
        self, repository: StoredRepository, file: ShardFile, tables: dict[str, list[Chunk]]
    ) -> int:
        """Do the terms name chunks that are here, with the lengths they have? The size of the whole."""
        size = sum(term.content_bytes for term in file.terms)
        if size > MAX_FILE_BYTES:
            raise BadRequest(f"A file of the shard claims {size} bytes")
        for term in file.terms:
            if term.xorb not in tables:
                path = self.xorb_path(repository, term.xorb)
                if not path.exists():
                    raise BadRequest(f"The shard names the xorb {term.xorb}, which was not uploaded")
                tables[term.xorb] = read_chunk_table(path)
            chunks = tables[term.xorb]
            if term.end_chunk > len(chunks):
                raise BadRequest(f"The shard names chunks past the end of the xorb {term.xorb}")
            length = sum(chunk.content_bytes for chunk in chunks[term.first_chunk : term.end_chunk])
            if length != term.content_bytes:
                raise BadRequest(f"A term of the shard has {length} bytes, not {term.content_bytes}")
        return size

    def _put_together(
        self,
        repository: StoredRepository,
        file: ShardFile,
        sha256: str,
        size: int,
        large_files: LargeFiles,
        tables: dict[str, list[Chunk]],
    ) -> None:
        """Read the file as its terms say, and keep it if it is not here. Raises ``Unprocessable`` if it is another."""
        if file.range_hashes is None:
            raise BadRequest(
                "The shard does not show that its sender has the chunks: verification is missing"
            )
        stored = large_files.size(sha256) is not None
        digest, named = hashlib.sha256(), list[NamedChunk]()
        with self._staging.start(limit_bytes=0 if stored else size) as intake:
            for term, claimed in zip(file.terms, file.range_hashes, strict=True):
                chunks = tables[term.xorb][term.first_chunk : term.end_chunk]
                before = len(named)
                for content in read_content(self.xorb_path(repository, term.xorb), chunks):
                    named.append(name_chunk(content))
                    _take(content, digest, None if stored else intake)
                if text(range_name(named[before:])) != claimed:
                    raise Unprocessable("A verification hash of the shard is not that of the chunks it names")
            if digest.hexdigest() != sha256:
                raise Unprocessable(f"The terms make a file of sha256 {digest.hexdigest()}, not {sha256}")
            if text(file_name(named)) != file.file_hash:
                raise Unprocessable(f"The terms make the file {text(file_name(named))}, not {file.file_hash}")
            if not stored:
                large_files.adopt(intake.finish(), sha256, size)

    def _register(self, repository: StoredRepository, file: ShardFile, sha256: str, size: int) -> None:
        with self._database.write() as connection:
            now = connection.execute(
                "SELECT xet_generation FROM repository WHERE id = ?", (repository.id,)
            ).fetchone()
            if now is None or now[0] != repository.xet_generation:
                raise NotFound("The chunks of this repository were thrown away meanwhile; start again")
            connection.execute(
                "INSERT OR IGNORE INTO xet_file VALUES (?, ?, ?, ?, ?)",
                (repository.id, file.file_hash, sha256, size, _dump_terms(file.terms)),
            )


def _take(content: bytes, digest: hashlib._Hash, intake: Intake | None) -> None:
    digest.update(content)
    if intake is not None:
        intake.write(content)


def _cut(term: Term, chunks: list[Chunk], start: int, end: int) -> tuple[Piece, int]:
    """The chunks of a term that hold its content from ``start`` to ``end``; and how much comes before them."""
    first, before = 0, 0
    while before + chunks[first].content_bytes <= start:
        before += chunks[first].content_bytes
        first += 1
    last, covered = first, before + chunks[first].content_bytes
    while covered < end:
        last += 1
        covered += chunks[last].content_bytes
    piece = Piece(
        xorb=term.xorb,
        first_chunk=term.first_chunk + first,
        end_chunk=term.first_chunk + last + 1,
        first_byte=chunks[first].offset,
        end_byte=chunks[last].end,
        content_bytes=covered - before,
    )
    return piece, before


def _dump_terms(terms: tuple[Term, ...]) -> str:
    return json.dumps([[term.xorb, term.content_bytes, term.first_chunk, term.end_chunk] for term in terms])
