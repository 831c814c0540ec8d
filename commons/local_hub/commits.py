"""Commits that arrive over HTTP: newline-delimited JSON in, one git commit out.

The body is read from a staged file line by line, so a commit of any size needs the memory of its longest line. Contents
are written as they are read; a body that turns out to be wrong leaves nothing behind. Then, under the repository's lock,
the tip is compared with what the client expected and the ref moves once everything it needs is on disk.

A repeated commit is harmless: when the branch already holds exactly this commit on top of the expected parent (the first
answer was lost), the same commit is answered again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .accounts import Identity
from .discussions import Discussions
from .errors import BadRequest, EntryNotFound, Stale, TooLarge
from .git_store import LfsPointer, parse_pointer
from .object_batch import FILE_MODE, ObjectBatch
from .objects import check_sha256
from .paths import check_path
from .references import PULLS, STALE_TEXT, References
from .repositories import Repositories, StoredRepository
from .trees import TreeEditor
from .uploads import Uploads

MAX_LINE_BYTES = 96 * 2**20  # a file of 72 MiB in base64; larger ones go the way of large files
MAX_SUMMARY_CHARACTERS = 4096
MAX_DESCRIPTION_CHARACTERS = 2**18
MISSING_FILE_TEXT = "A file with this name doesn't exist"

# Bytes of a large file, by its sha256, as far as the author may know of it.
SizeOf = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Put:
    path: str
    oid: str
    pointer: LfsPointer | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    path: str


@dataclass(frozen=True, slots=True)
class CommitRequest:
    summary: str
    description: str
    parent: str | None
    puts: tuple[Put, ...]
    removals: tuple[Remove, ...]

    @property
    def message(self) -> str:
        return f"{self.summary}\n\n{self.description}".rstrip("\n") + "\n"


@dataclass(frozen=True, slots=True)
class CommitResult:
    oid: str
    pull_request: int | None = None


class Commits:
    def __init__(
        self,
        repositories: Repositories,
        references: References,
        discussions: Discussions,
        uploads: Uploads,
    ) -> None:
        self._repositories = repositories
        self._references = references
        self._discussions = discussions
        self._uploads = uploads

    def apply(
        self, repository: StoredRepository, revision: str, body: Path, author: Identity, *, create_pr: bool
    ) -> CommitResult:
        """Commit to a branch, or open a pull request against it. Raises ``Stale`` if the tip is not the expected one."""
        ref = self._references.writable(repository, revision)
        store = self._repositories.git(repository)
        with store.batch() as batch:
            request = read_request(
                body, batch, lambda sha256: self._uploads.size(repository, sha256, author.account.id)
            )
            batch.flush()  # contents first: other writers need not wait for them
            with self._repositories.lock(repository):
                self._check_still_stored(repository, request)
                tip = self._references.resolve(repository, ref)
                expected = self._expected(repository, request, tip)
                if expected not in (tip, *store.commit(tip).parents) and not create_pr:
                    raise Stale(STALE_TEXT)
                tree = self._edited_tree(repository, batch, expected, request)
                if expected != tip and not create_pr:
                    if self._is_repeat(repository, request, author, tip=tip, parent=expected, tree=tree):
                        return CommitResult(tip)
                    raise Stale(STALE_TEXT)
                if not create_pr and tree == store.commit(tip).tree:
                    return CommitResult(tip)
                oid = batch.commit(tree, [expected], author=author.name, message=request.message)
                batch.flush()
                with self._references.changing(repository) as change:
                    if create_pr:
                        num = self._discussions.open(
                            change,
                            author,
                            request.summary,
                            request.description,
                            base=ref,
                            status="open",
                            head=oid,
                        )
                        self._discussions.add_commit(change, num, author, oid, request.summary)
                        return CommitResult(oid, num)
                    change.move_ref(ref, old=tip, new=oid)
                    if ref.startswith(PULLS):
                        num = int(ref.removeprefix(PULLS))
                        self._discussions.add_commit(change, num, author, oid, request.summary)
                return CommitResult(oid)

    def _expected(self, repository: StoredRepository, request: CommitRequest, tip: str) -> str:
        """The commit to build on: the tip, or the parent the client names."""
        if request.parent is None or tip.startswith(request.parent):
            return tip
        parent = self._repositories.git(repository).expand(request.parent)
        if parent is None or not self._references.reaches(repository, parent):
            raise Stale(STALE_TEXT)
        return parent

    def _check_still_stored(self, repository: StoredRepository, request: CommitRequest) -> None:
        """Under the lock, under which large files are removed as well."""
        large_files = self._repositories.large_files(repository)
        for put in request.puts:
            if put.pointer and large_files.size(put.pointer.sha256) is None:
                raise BadRequest(f"The large file {put.pointer.sha256} was removed meanwhile; send it again")

    def _edited_tree(
        self, repository: StoredRepository, batch: ObjectBatch, parent: str, request: CommitRequest
    ) -> str:
        store = self._repositories.git(repository)
        editor = TreeEditor(store, store.commit(parent).tree)
        # All removals first: a file may become a folder, and a folder a file, within one commit.
        for removal in request.removals:
            if not editor.remove(removal.path):
                raise EntryNotFound(f'{MISSING_FILE_TEXT}: "{removal.path}"')
        for put in request.puts:
            editor.put(put.path, FILE_MODE, put.oid)
        return editor.write(batch)

    def _is_repeat(
        self,
        repository: StoredRepository,
        request: CommitRequest,
        author: Identity,
        *,
        tip: str,
        parent: str,
        tree: str,
    ) -> bool:
        """Did this very commit arrive before, and only its answer was lost?"""
        last = self._repositories.git(repository).commit(tip)
        return (
            last.parents[:1] == (parent,)
            and last.tree == tree
            and last.title == request.summary.split("\n")[0]
            and last.author == author.name
        )


def read_request(body: Path, batch: ObjectBatch, size_of: SizeOf) -> CommitRequest:
    """Read a commit's body, adding the contents it carries to ``batch``."""
    lines = _lines(body)
    header = next(lines, None)
    if header is None or header[0] != "header":
        raise BadRequest("The first line of a commit must be its header")
    summary = header[1].get("summary")
    description = header[1].get("description") or ""
    parent = header[1].get("parentCommit")
    if not isinstance(summary, str) or not summary.strip():
        raise BadRequest("The commit summary must not be empty")
    if not isinstance(description, str) or not isinstance(parent, str | None):
        raise BadRequest("description and parentCommit must be text")
    if len(summary) > MAX_SUMMARY_CHARACTERS or len(description) > MAX_DESCRIPTION_CHARACTERS:
        raise BadRequest("The commit summary or description is too long")
    if parent is not None and not (7 <= len(parent) <= 40 and set(parent) <= set("0123456789abcdef")):
        raise BadRequest("parentCommit must be a commit id of 7 to 40 digits")
    puts: dict[str, Put] = {}
    removals: dict[str, Remove] = {}
    for kind, value in lines:
        path = value.get("path")
        if kind in ("deletedFile", "deletedFolder"):
            path = path.rstrip("/") if isinstance(path, str) else path
            removals[check_path(path)] = Remove(check_path(path))
        elif kind == "file":
            content = _content(value)
            # Who reads the repository cannot tell a pointer that came as a small file's text from any other.
            pointer = parse_pointer(content)
            if pointer:
                _stored_size(pointer.sha256, pointer.size_bytes, size_of)
            puts[check_path(path)] = Put(check_path(path), batch.blob(content), pointer)
        elif kind == "lfsFile":
            pointer = _pointer(value, size_of)
            puts[check_path(path)] = Put(check_path(path), batch.blob(pointer.text()), pointer)
        else:
            raise BadRequest(f"Unknown commit operation {ascii(kind)[:60]}")
    _check_surrogates(summary, description)
    return CommitRequest(summary, description, parent, tuple(puts.values()), tuple(removals.values()))


def _check_surrogates(*texts: str) -> None:
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadRequest("Text is not valid Unicode") from None
        if "\0" in text:
            raise BadRequest("Text holds a NUL character")


def _content(value: dict[str, Any]) -> bytes:
    content = value.get("content")
    if not isinstance(content, str) or value.get("encoding", "base64") not in ("base64", "utf-8"):
        raise BadRequest("A file needs content, in base64")
    try:
        if value.get("encoding") == "utf-8":
            return content.encode()
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("A file's content is not valid base64") from None


def _pointer(value: dict[str, Any], size_of: SizeOf) -> LfsPointer:
    if value.get("algo", "sha256") != "sha256":
        raise BadRequest("Large files are named by sha256")
    sha256 = check_sha256(value.get("oid"))
    return LfsPointer(sha256, _stored_size(sha256, value.get("size"), size_of))


def _stored_size(sha256: str, claimed: object, size_of: SizeOf) -> int:
    stored = size_of(sha256)
    if stored is None:
        raise BadRequest(f"The large file {sha256} was not uploaded to this repository")
    if claimed not in (None, stored):
        raise BadRequest(f"The large file {sha256} has {stored} bytes, not {claimed}")
    return stored


def _lines(body: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with body.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES + 1):
            if len(line) > MAX_LINE_BYTES:
                raise TooLarge(
                    f"A line of the commit is longer than {MAX_LINE_BYTES} bytes; upload it as a large file"
                )
            if not line.strip():
                continue
            try:
                item = json.loads(line)
            except (ValueError, RecursionError):
                raise BadRequest("A line of the commit is not valid JSON") from None
            if not isinstance(item, dict) or not isinstance(item.get("value"), dict):
                raise BadRequest('Each line of a commit is an object with "key" and "value"')
            yield str(item.get("key")), item["value"]
