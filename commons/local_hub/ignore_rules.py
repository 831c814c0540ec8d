"""Patterns in ``.gitattributes`` and ``.gitignore``: which files are large files, and which are left out.

The subset of git's rules that clients rely on: ``*``, ``?``, ``**``, character classes, a slash that ties a pattern to the
top, a trailing slash for folders, and ``!`` for exceptions. The last matching rule decides.
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_RULES = 5000


def large_by_attributes(attributes: str, path: str) -> bool:
    """Does ``.gitattributes`` send this path the way of large files?"""
    large = False
    for line in attributes.splitlines()[:MAX_RULES]:
        pattern, *values = line.split()[:20] or ("",)
        if not pattern or pattern.startswith("#"):
            continue
        filters = [each for each in values if each.lstrip("-!").startswith("filter")]
        if filters and _matches(pattern, path):
            large = filters[-1] == "filter=lfs"
    return large


def ignored(rules: str, path: str) -> bool:
    """Does ``.gitignore`` leave this path, or a folder it lies in, out?"""
    parts = path.split("/")
    return any(
        _ignored_here(rules, "/".join(parts[:depth]), is_folder=depth < len(parts))
        for depth in range(1, len(parts) + 1)
    )


def _ignored_here(rules: str, path: str, *, is_folder: bool) -> bool:
    left_out = False
    for line in rules.splitlines()[:MAX_RULES]:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        exception = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        if pattern.endswith("/") and not is_folder:
            continue
        if _matches(pattern.rstrip("/"), path):
            left_out = not exception
    return left_out


def _matches(pattern: str, path: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(path) is not None


@lru_cache(maxsize=2000)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern as a regular expression over whole paths; ``None`` for one that cannot be read."""
    tied = "/" in pattern.rstrip("/")
    rest = pattern.lstrip("/")
    out = "" if tied else "(?:.*/)?"
    while rest:
        if rest.startswith("**/"):
            out, rest = out + "(?:.*/)?", rest[3:]
        elif rest.startswith("**"):
            out, rest = out + ".*", rest.lstrip("*")
        elif rest[0] == "*":
            out, rest = out + "[^/]*", rest[1:]
        elif rest[0] == "?":
            out, rest = out + "[^/]", rest[1:]
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inside = rest[1:end].replace("\\", "\\\\").replace("[", "\\[")
            inside = "^" + inside[1:] if inside[0] in "!^" else inside
            out, rest = f"{out}(?!/)[{inside}]", rest[end + 1 :]
        else:
            literal, rest = (rest[1:2] or "\\", rest[2:]) if rest[0] == "\\" else (rest[0], rest[1:])
            out += re.escape(literal)
    try:
        return re.compile(out)
    except re.error:
        return None
