"""Files that survive a crash: staged beside the place they go to, flushed, then renamed into it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def sync_file(path: Path) -> None:
    """Make the bytes of a finished file durable."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; renaming a file is only safe on disk after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents so that they are there after a crash."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)


def move_into_place(source: Path, target: Path) -> None:
    """Flush a finished file and rename it to where it belongs; both must be on one file system."""
    sync_file(source)
    make_folder(target.parent)
    source.rename(target)
    sync_folder(target.parent)


def place_new(source: Path, target: Path) -> bool:
    """The same for a name that must keep what it has: False, and nothing changed, if something is there already."""
    sync_file(source)
    make_folder(target.parent)
    try:
        os.link(source, target)  # unlike a rename this fails when somebody was faster
    except FileExistsError:
        sync_folder(target.parent)  # whoever was faster may not have come to this yet
        return False
    sync_folder(target.parent)
    source.unlink()
    return True


def write_file(target: Path, data: bytes) -> None:
    """Write a small file whole or not at all."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(data)
        move_into_place(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
