"""Patterns in ``.gitattributes`` and ``.gitignore``: which files are large files, and which are left out.

git's own rules (gitignore(5); ``wildmatch.c`` where the manual is silent), on bytes as git does it. The last matching rule
decides, and nothing comes back below a folder that is left out.

Why not a library: rules come with the request of anybody who may open a pull request, so matching must take time in
proportion to their length. ``pathspec`` makes the same backtracking expressions that stood here before: one of eleven
characters, ``*a*a*a*a*ab``, held the whole process for half a minute. Compared with git on random rules it was right as
often, and it raises on some that git merely never matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .errors import BadRequest

MAX_RULES = 5000
MAX_PATTERN_BYTES = 2048  # longer than any path that is stored
MAX_COMPARISONS = 2_000_000  # of a path or a folder of it with a rule, in one request: a second or two

_STARS = re.compile(rb"\*\*+")
_POSIX = {
    b"alnum": b"0-9A-Za-z", b"alpha": b"A-Za-z", b"blank": b" \t", b"cntrl": b"\x00-\x1f\x7f", b"digit": b"0-9",
    b"graph": b"!-~", b"lower": b"a-z", b"print": b" -~", b"punct": rb"!-/:-@\[-`{-~", b"space": b" \t\n\r\f\v",
    b"upper": b"A-Z", b"xdigit": b"0-9A-Fa-f",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[bytes]
    exception: bool
    folders_only: bool


class IgnoreRules:
    """What one ``.gitignore`` says."""

    def __init__(self, text: str) -> None:
        lines = text.encode("utf-8", "replace").split(b"\n")[:MAX_RULES]
        self._rules = [rule for rule in map(_rule, lines) if rule]

    def __len__(self) -> int:
        return len(self._rules)

    def leaves_out(self, path: str) -> bool:
        """Is this file, or a folder it lies in, left out?"""
        parts = path.encode("utf-8", "replace").split(b"/")
        return any(
            self._leaves_out(b"/".join(parts[:depth]), is_folder=depth < len(parts))
            for depth in range(1, len(parts) + 1)
        )

    def _leaves_out(self, path: bytes, *, is_folder: bool) -> bool:
        for rule in reversed(self._rules):
            if (is_folder or not rule.folders_only) and rule.pattern.fullmatch(path):
                return not rule.exception
        return False


class Attributes:
    """What one ``.gitattributes`` says of large files."""

    def __init__(self, text: str) -> None:
        lines = text.encode("utf-8", "replace").split(b"\n")[:MAX_RULES]
        self._rules = [rule for rule in map(_filter, lines) if rule]

    def __len__(self) -> int:
        return len(self._rules)

    def makes_large(self, path: str) -> bool:
        """Does it send this path the way of large files?"""
        raw = path.encode("utf-8", "replace")
        return next((large for pattern, large in reversed(self._rules) if pattern.fullmatch(raw)), False)


def check_effort(rules: IgnoreRules, attributes: Attributes, paths: list[str]) -> None:
    """Raises ``BadRequest`` for more comparisons than anybody needs."""
    parts = sum(path.count("/") + 1 for path in paths)
    if parts * len(rules) + len(paths) * len(attributes) > MAX_COMPARISONS:
        raise BadRequest("So many rules cannot be applied to so many files at once; ask about fewer files")


def _rule(line: bytes) -> _Rule | None:
    line = _without_trailing_spaces(line.removesuffix(b"\r"))
    if not line or line.startswith(b"#"):
        return None
    exception = line.startswith(b"!")
    pattern = line.removeprefix(b"!")
    folders_only = pattern.endswith(b"/")
    compiled = _compiled(pattern.removesuffix(b"/"))
    return _Rule(compiled, exception, folders_only) if compiled else None


def _filter(line: bytes) -> tuple[re.Pattern[bytes], bool] | None:
    pattern, *values = line.split()[:20] or (b"",)
    if not pattern or pattern.startswith((b"#", b"[attr]")):
        return None
    filters = [each for each in values if each.lstrip(b"-!").startswith(b"filter")]
    compiled = _compiled(pattern) if filters else None
    return (compiled, filters[-1] == b"filter=lfs") if compiled else None


def _without_trailing_spaces(line: bytes) -> bytes:
    """Spaces at the end do not count unless a backslash is before them."""
    bare = line.rstrip(b" ")
    backslashes = len(bare) - len(bare.rstrip(b"\\"))
    return bare + b" " if backslashes % 2 and len(bare) < len(line) else bare


@lru_cache(maxsize=2000)
def _compiled(pattern: bytes) -> re.Pattern[bytes] | None:
    """A pattern as an expression over whole paths; ``None`` for one that matches nothing.

    Between two stars the first place where the rest fits is as good as any other, so nothing is tried twice: the parts are
    atomic groups, and matching takes time in proportion to pattern times path.
    """
    if not pattern or len(pattern) > MAX_PATTERN_BYTES:
        return None
    tied = b"/" in pattern
    segments = pattern.removeprefix(b"/").split(b"/")
    if not tied and _STARS.fullmatch(pattern):
        segments = [b"*"]  # two stars without a slash are one
    runs = _runs(segments if tied else [b"**", *segments])
    try:
        parts = [b"/".join(map(_segment, run)) for run in runs]
    except ValueError:
        return None
    return re.compile(_joined(parts), re.DOTALL)


def _runs(segments: list[bytes]) -> list[list[bytes]]:
    """The segments between those of two or more stars, which stand for any number of folders."""
    runs: list[list[bytes]] = [[]]
    for segment in segments:
        if _STARS.fullmatch(segment):
            runs.append([])
        else:
            runs[-1].append(segment)
    return runs


def _joined(parts: list[bytes]) -> bytes:
    """Runs of segments with any number of folders between them; an empty first or last one leaves that end open."""
    first, *others = parts
    if not others:
        return first
    out = first + b"/" if first else b""
    for part in others[:-1]:
        if part:
            out += rb"(?>(?:[^/]*/)*?" + part + b"/)"
    return out + (rb"(?:[^/]*/)*?" + others[-1] if others[-1] else b".+")


def _segment(segment: bytes) -> bytes:
    """One name between slashes. Raises ``ValueError`` for what git never matches."""
    pieces, rest = [b""], segment
    while rest:
        if rest.startswith(b"*"):
            pieces.append(b"")
            rest = rest.lstrip(b"*")
            continue
        piece, rest = _one_byte(rest)
        pieces[-1] += piece
    first, *others = pieces
    if not others:
        return first
    inner = b"".join(rb"(?>[^/]*?" + each + b")" for each in others[:-1])
    return first + inner + rb"[^/]*" + others[-1]


def _one_byte(rest: bytes) -> tuple[bytes, bytes]:
    """An expression for what stands for exactly one byte, and what follows."""
    if rest.startswith(b"?"):
        return b"[^/]", rest[1:]
    if rest.startswith(b"["):
        return _class(rest)
    if rest.startswith(b"\\"):
        if len(rest) == 1:
            raise ValueError("a backslash with nothing after it")
        rest = rest[1:]
    return re.escape(rest[:1]), rest[1:]


def _class(rest: bytes) -> tuple[bytes, bytes]:
    at = 1
    negated = rest[at : at + 1] in (b"!", b"^")
    at += negated
    inside, start = b"", at
    while True:
        if at >= len(rest):
            raise ValueError("a class without end")
        if rest[at : at + 1] == b"]" and at > start:
            break
        if rest.startswith(b"[:", at) and b":]" in rest[at + 2 :]:
            end = rest.index(b":]", at + 2)
            inside += _POSIX[rest[at + 2 : end]] if rest[at + 2 : end] in _POSIX else _unknown()
            at = end + 2
            continue
        low, at = _member(rest, at)
        high = low
        if rest[at : at + 1] == b"-" and rest[at + 1 : at + 2] not in (b"]", b""):
            high, at = _member(rest, at + 1)
        if low <= high:
            inside += re.escape(low) + b"-" + re.escape(high)
    body = (
        b"(?!/)[" + (b"^" if negated else b"") + inside + b"]"
        if inside
        else (b"[^/]" if negated else b"(?!)")
    )
    return body, rest[at + 1 :]


def _member(rest: bytes, at: int) -> tuple[bytes, int]:
    if rest[at : at + 1] == b"\\":
        at += 1
    if at >= len(rest):
        raise ValueError("a class without end")
    return rest[at : at + 1], at + 1


def _unknown() -> bytes:
    raise ValueError("a class of an unknown name")
