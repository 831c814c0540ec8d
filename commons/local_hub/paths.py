"""Names that come from outside: repository ids, account names, paths inside a repository, ref names.

Everything here either returns the name it was given or raises; nothing is repaired in silence. The rules for paths are
stricter than git's, because the files end on other people's disks: no name that a file system of theirs could read as a
step upwards, a device of git itself, or as another name than the one shown.
"""

from __future__ import annotations

import re
import unicodedata

from .errors import BadRequest, Unprocessable

MAX_PATH_BYTES = 1024
MAX_PATH_PART_BYTES = 255  # what ext4, APFS and NTFS can hold
MAX_NAME_CHARACTERS = 96

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
# git check-ref-format: no control characters, space or any of ~^:?*[\
_REF_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]")
_COMMIT_ID = re.compile(r"[0-9a-f]{40}")
_DRIVE = re.compile(r"^[A-Za-z]:")


def check_name(name: object) -> str:
    """An account's or repository's own name, without namespace."""
    if not isinstance(name, str) or not name:
        raise BadRequest("A name is missing")
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadRequest(f"Name is longer than {MAX_NAME_CHARACTERS} characters: {name[:100]!r}")
    if (
        not _NAME.fullmatch(name)
        or "--" in name
        or ".." in name
        or name.lower().endswith((".git", ".ipynb"))
        or name[0] in "-."
        or name[-1] in "-."
    ):
        raise BadRequest(
            f"Invalid name {name!r}: use letters, digits, '-', '_' and '.'; no '--' or '..', no leading or trailing "
            "'-' or '.', and not ending in '.git'"
        )
    return name


def check_path(path: object) -> str:
    """A file path inside a repository."""
    if not isinstance(path, str) or not path:
        raise Unprocessable("A path is missing")
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        raise Unprocessable("Invalid path: not valid Unicode") from None
    shown = ascii(path[:120])
    if len(raw) > MAX_PATH_BYTES:
        raise Unprocessable(f"Invalid path {shown}: longer than {MAX_PATH_BYTES} bytes")
    if "\\" in path or _DRIVE.match(path):
        raise Unprocessable(f"Invalid path {shown}: backslashes and drive letters are not allowed")
    for character in path:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            raise Unprocessable(f"Invalid path {shown}: holds the invisible character U+{ord(character):04X}")
    for part in path.split("/"):
        if part in ("", ".", ".."):
            raise Unprocessable(f"Invalid path {shown}: empty, '.' and '..' parts are not allowed")
        if len(part.encode()) > MAX_PATH_PART_BYTES:
            raise Unprocessable(f"Invalid path {shown}: a part is longer than {MAX_PATH_PART_BYTES} bytes")
        if part.lower().rstrip(". ") in (".git", "git~1"):
            raise Unprocessable(f"Invalid path {shown}: '.git' is not allowed")
    return path


def check_ref_part(name: object, *, what: str) -> str:
    """A branch or tag name, without ``refs/heads/``; the rules are those of ``git check-ref-format``."""
    if not isinstance(name, str) or not name:
        raise BadRequest(f"The {what} name is missing")
    if (
        _REF_FORBIDDEN.search(name)
        or ".." in name
        or "@{" in name
        or "//" in name
        or name == "@"
        or name.startswith(("/", "-"))
        or name.endswith(("/", "."))
        or any(part.startswith(".") or part.endswith(".lock") for part in name.split("/"))
        or len(name.encode()) > MAX_PATH_PART_BYTES
        or _COMMIT_ID.fullmatch(name)  # would stand for a commit that somebody else pinned
    ):
        raise BadRequest(f"Invalid {what} name: {name[:120]!a}")
    return name
