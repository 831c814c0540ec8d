"""The inventory: every published file with its size and digest, in parts that are signed through the log.

    parts = split("openings", {path: InventoryEntry(size, sha256), …})     part -> entries, none above 1,000 files
    data = encode(parts["openings"])                                       bytes of log/inventory/openings.json, with a fresh salt
    changed = update(before, changes)                                      what a commit has to write anew, and the digest of every part

Rules:
1. a part is RFC 8785 JSON of ``{"salt": 32 random bytes in hex, "files": {path: {"size": …, "sha256": …}}}``; the salt is drawn anew at
   each writing, because a part's digest stands in the log for ever and must not confirm a guess of what a file once held;
2. ``layout`` names the part of a path; a part of more than 1,000 files is split by the first hex digits of the SHA-256 of the path, as many
   as it takes;
3. a commit writes only the parts it touches; its last leaf is an inventory statement with the digests of all;
4. in no part: tiles, checkpoint and envelopes, which the log names itself, the inventory, and the host's own file.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import rfc8785
from pydantic import ConfigDict, Field, ValidationError

from commons import digests, layout
from commons.closed_model import ClosedModel
from commons.errors import LedgerError
from commons.ledger.fields import Salt, Sha256

MAX_PART_FILES = 1000
_SALT_BYTES = 32


class InventoryEntry(ClosedModel):
    """One published file."""

    model_config = ConfigDict(strict=True)
    size: int = Field(ge=0)
    sha256: Sha256

    @classmethod
    def of(cls, content: bytes | Path) -> InventoryEntry:
        if isinstance(content, bytes):
            return cls(size=len(content), sha256=digests.sha256_hex(content))
        return cls(size=content.stat().st_size, sha256=digests.sha256_of(content))


class _Part(ClosedModel):
    model_config = ConfigDict(strict=True)
    salt: Salt
    files: dict[str, InventoryEntry]


Entries = Mapping[str, InventoryEntry]  # path -> what is there


@dataclass(frozen=True)
class InventoryChange:
    """Files of the inventory to write and to delete, and part -> SHA-256 (hex) of all parts afterwards."""

    files: dict[str, bytes]
    removed: tuple[str, ...]
    parts: dict[str, str]


def encode(entries: Entries) -> bytes:
    """The bytes of a part, under a new salt."""
    files = {path: entry.model_dump() for path, entry in entries.items()}
    return rfc8785.dumps({"salt": secrets.token_hex(_SALT_BYTES), "files": files})


def parse(data: bytes, name: str) -> dict[str, InventoryEntry]:
    """The entries of the part ``name``.

    Raises:
        LedgerError: ``inventory-malformed``: not the one way to write a part, or a file that belongs into another part.
    """
    try:
        part = _Part.model_validate_json(data)
        canonical = rfc8785.dumps(json.loads(data)) == data
    except (ValidationError, ValueError, RecursionError) as error:
        raise _malformed(name, "is not a list of files") from error
    if not canonical:
        raise _malformed(name, "is not in canonical form")
    for path in part.files:
        whole = layout.part_of(path)
        if not whole or not _is_part_of(name, whole, path):
            raise _malformed(name, f"lists {path[:200]!r}, which does not belong into it")
    return part.files


def split(whole: str, entries: Entries) -> dict[str, dict[str, InventoryEntry]]:
    """The parts that the files of one kind are listed in; none when there are none."""
    if not entries:
        return {}
    places = {path: _place_of(path) for path in entries}
    digits = 0
    while max(Counter(place[:digits] for place in places.values()).values()) > MAX_PART_FILES:
        digits += 1
    parts: dict[str, dict[str, InventoryEntry]] = {}
    for path, entry in entries.items():
        name = f"{whole}/{places[path][:digits]}" if digits else whole
        parts.setdefault(name, {})[path] = entry
    return parts


def update(
    parts: Mapping[str, str],
    read: Callable[[str], bytes],
    changes: Mapping[str, InventoryEntry | None],
) -> InventoryChange:
    """The inventory after a commit. ``parts``: the digests before; ``read``: a part's bytes; ``changes``: path -> entry, None: gone.

    Raises:
        LedgerError: a part that is read has other bytes than its digest (``inventory-changed``) or is malformed.
    """
    after = dict(parts)
    files: dict[str, bytes] = {}
    removed: list[str] = []
    by_whole: dict[str, dict[str, InventoryEntry | None]] = {}
    for path, change in changes.items():
        if whole := layout.part_of(path):
            by_whole.setdefault(whole, {})[path] = change
    for whole, changed in by_whole.items():
        names = list(parts_of(parts, whole))
        before: dict[str, InventoryEntry] = {}
        for name in names:
            before.update(parse(_proved(read(name), parts[name], name), name))
        entries = {path: entry for path, entry in {**before, **changed}.items() if entry is not None}
        new = split(whole, entries)
        for name in names:
            if name not in new:
                removed.append(layout.inventory_path(name))
                del after[name]
        old = split(whole, before)
        for name, content in new.items():
            if name in parts and old.get(name) == content:
                continue
            data = encode(content)
            files[layout.inventory_path(name)] = data
            after[name] = digests.sha256_hex(data)
    return InventoryChange(files, tuple(removed), dict(sorted(after.items())))


def parts_of(parts: Mapping[str, str], whole: str) -> dict[str, str]:
    """Those of ``parts`` (name -> digest) that list the files of ``whole``: itself, or what it was split into."""
    return {name: digest for name, digest in parts.items() if _whole_of(name, whole)}


def entry_of(parts: Mapping[str, str], read: Callable[[str], bytes], path: str) -> InventoryEntry | None:
    """What is signed of the file at ``path``; None where it is listed nowhere.

    Raises:
        LedgerError: as ``update``.
    """
    whole = layout.part_of(path)
    for name, sha256 in parts_of(parts, whole).items():
        if _is_part_of(name, whole, path):
            return parse(_proved(read(name), sha256, name), name).get(path)
    return None


def changes_of(
    files: Mapping[str, bytes | Path], removed: Iterable[str] = ()
) -> dict[str, InventoryEntry | None]:
    """What writing ``files`` and deleting ``removed`` changes."""
    gone: dict[str, InventoryEntry | None] = dict.fromkeys(removed)
    return {**gone, **{path: InventoryEntry.of(data) for path, data in files.items()}}


def _proved(data: bytes, sha256: str, name: str) -> bytes:
    if digests.sha256_hex(data) != sha256:
        raise LedgerError(
            f"{layout.inventory_path(name)} has other bytes than the log signed.", code="inventory-changed"
        )
    return data


def _place_of(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


def _whole_of(name: str, whole: str) -> bool:
    """Whether the part ``name`` is ``whole`` or one that it was split into."""
    return name == whole or (
        name.startswith(f"{whole}/") and set(name[len(whole) + 1 :]) <= set("0123456789abcdef")
    )


def _is_part_of(name: str, whole: str, path: str) -> bool:
    return _whole_of(name, whole) and _place_of(path).startswith(name[len(whole) + 1 :])


def _malformed(name: str, what: str) -> LedgerError:
    return LedgerError(f"{layout.inventory_path(name)} {what}.", code="inventory-malformed")
