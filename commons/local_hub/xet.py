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
from dataclasses import dataclass, replace
from pathlib import Path

from .byte_ranges import parse_range
from .database import Database
from .durable import move_into_place
from .errors import BadRequest, EntryNotFound, Unprocessable
from .objects import LargeFiles
from .repositories import Repositories, Repository
from .staging import StagedFile, StagingArea
from .xet_format import Chunk, ShardFile, Term, read_chunk_table, read_content, read_shard

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
class Plan:
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

    def file_hashes(self, repository: Repository, sha256s: list[str]) -> dict[str, str]:
        """The Xet names of those large files that came through Xet, by sha256."""
        found: dict[str, str] = {}
        for start in range(0, len(sha256s), _MAX_SQL_VALUES):
            some = sha256s[start : start + _MAX_SQL_VALUES]
            marks = ", ".join("?" * len(some))
            rows = self._database.all(
                f"SELECT sha256, file_hash FROM xet_file WHERE repository_id = ? AND sha256 IN ({marks})",  # noqa: S608
                repository.id,
                *some,
            )
            found |= {row["sha256"]: row["file_hash"] for row in rows}
        return found

    def terms(self, repository: Repository, file_hash: str) -> list[Term]:
        """How a file is made of xorbs. Raises ``EntryNotFound``."""
        row = self._database.one(
            "SELECT terms FROM xet_file WHERE repository_id = ? AND file_hash = ?", repository.id, file_hash
        )
        if row is None:
            raise EntryNotFound(f"No file {file_hash}")
        return [Term(*fields) for fields in json.loads(row["terms"])]

    def plan(self, repository: Repository, file_hash: str, asked: str | None) -> Plan:
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
        return Plan(tuple(pieces), skip_bytes)

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
