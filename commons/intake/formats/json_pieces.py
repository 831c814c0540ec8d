"""One JSON document piece by piece, however large: the values one after another, the elements of an array, or an outline of an object.

    for piece in JsonPieces(file).elements(): piece.line, piece.text, piece.value, piece.fault

Only the piece that is being read is in memory. Behind a damaged place nobody can tell where a value ends: it is the last piece, with what
follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

_BLOCK_CHARACTERS = 256 * 1024
_SHOWN_CHARACTERS = 1024**2  # of what follows a damaged place
_BLANKS = re.compile(r"[ \t\n\r]*")
_BEHIND_NUMBERS = tuple(" \t\n\r,]}")  # in other places they may go on
_UNSURE_CHARACTERS = 32  # so close to the end of a block, a number, a word or an escape may go on
_MAX_NESTING = 20  # of objects in which lists are looked for


class DoubledKeyError(ValueError):
    """An object says one key twice, so one of the values would be lost."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} stands there twice, so one of its values would be lost")


@dataclass(frozen=True)
class JsonText:
    """One value, where it begins and how it is written; or what was found instead, and why that is no value."""

    line: int
    text: str
    value: Any = None
    fault: str = ""


@dataclass
class Outline:
    """What an object holds: the names of its members, and where lists of objects are in it, as paths (``results.bindings``)."""

    fields: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    doubled: str = ""  # a name that it or an object with lists says twice
    is_followed: bool = False  # by another object


class JsonValues:
    """Values of JSON from text, none with a key that stands there twice."""

    def __init__(self) -> None:
        self._doubled: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)

    def whole(self, text: str) -> Any:
        """The value that ``text`` is. Raises ValueError, DoubledKeyError or RecursionError."""
        self._doubled.clear()
        value = self._decoder.decode(text)
        self._refuse_doubled()
        return value

    def at(self, text: str, place: int) -> tuple[Any, int, str]:
        """The value that begins at a place of ``text``, where it ends, and a key that stands in it twice."""
        self._doubled.clear()
        value, end = self._decoder.raw_decode(text, place)
        return value, end, next(iter(self._doubled), "")

    def _refuse_doubled(self) -> None:
        if self._doubled:
            raise DoubledKeyError(self._doubled[0])

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) != len(pairs):
            keys = [key for key, _ in pairs]
            self._doubled.append(next(key for key in keys if keys.count(key) > 1))
        return values


class JsonPieces:
    """A document that is read once, from its beginning, in one of these ways."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._values = JsonValues()
        self._buffer, self._place, self._line = "", 0, 1
        self._is_at_end = self._is_damaged = False

    def values(self) -> Iterator[JsonText]:
        """Values one after another, with or without commas between them."""
        while self._next() and not self._is_damaged:
            yield self._value()
            self._take(",")

    def elements(self) -> Iterator[JsonText]:
        """The elements of an array, or of several one after another."""
        while self._take("["):
            yield from self._elements()
            self._take(",")
        if self._next() and not self._is_damaged:
            yield self._rest("nothing is expected after the array")

    def elements_at(self, path: str) -> Iterator[JsonText]:
        """The elements of the list that an ``Outline`` calls so."""
        self._take("{")
        for place in self._lists("", Outline(), 0):
            yield from self._elements() if place == path else ()
            if place == path:
                return
            self._pass_over()

    def outline(self) -> Outline | None:
        """What the object holds that the document begins with; None when it is none, or damaged before any list in it."""
        outline = Outline()
        if not self._take("{"):
            return None
        for path in self._lists("", outline, 0):
            outline.lists.append(path)
            self._pass_over()
        if not self._is_damaged:
            self._take(",")
            outline.is_followed = self._next() == "{"
        return None if self._is_damaged and not outline.lists else outline

    def _lists(self, prefix: str, outline: Outline, depth: int) -> Iterator[str]:
        """The path of each list of objects in an object that was opened; whoever takes one reads it to its end before the next."""
        members: set[str] = set()
        while not self._is_damaged and not self._take("}"):
            key = self._key()
            if key in members:
                outline.doubled = key
            members.add(key)
            if not depth:
                outline.fields.append(key)
            if depth < _MAX_NESTING and self._take("{"):
                yield from self._lists(f"{prefix}{key}.", outline, depth + 1)
            elif self._take("["):
                if self._next() == "{":
                    yield f"{prefix}{key}"
                else:
                    self._pass_over()
            else:
                self._value()
            self._is_damaged |= not self._take(",") and self._next() != "}"

    def _key(self) -> str:
        key = self._value().value
        if not isinstance(key, str) or not self._take(":"):
            self._is_damaged = True
        return str(key)

    def _pass_over(self) -> None:
        for _ in self._elements():
            pass

    def _elements(self) -> Iterator[JsonText]:
        """The elements of an array that was opened; one that is not closed ends with a damaged piece."""
        while not self._take("]"):
            if not self._next():
                yield self._rest("the file ends within a list")
                return
            yield self._value()
            if self._is_damaged:
                return
            if not self._take(",") and self._next() not in ("]", ""):
                yield self._rest("a comma is expected after an element")
                return

    def _value(self) -> JsonText:
        """The value that comes next, or all that follows as a damaged one."""
        self._next()
        size = _BLOCK_CHARACTERS
        while True:
            try:
                value, end, doubled = self._values.at(self._buffer, self._place)
            except json.JSONDecodeError as error:
                if self._is_at_end or self._is_sure(error):
                    return self._rest(f"not JSON: {error.msg}")
            except (ValueError, RecursionError) as error:  # a number of too many digits; too many brackets
                return self._rest(f"not JSON: {error}")
            else:
                is_whole = (
                    isinstance(value, dict | list | str) or self._buffer[end : end + 1] in _BEHIND_NUMBERS
                )
                if self._is_at_end or is_whole:
                    piece = JsonText(
                        self._line,
                        self._buffer[self._place : end],
                        value,
                        str(DoubledKeyError(doubled)) if doubled else "",
                    )
                    self._go_to(end)
                    return piece
            self._read(size)
            size *= 2  # a value of any length costs no more than its length

    def _is_sure(self, error: json.JSONDecodeError) -> bool:
        """Whether no further text could make a value of what was found."""
        return "Unterminated" not in error.msg and error.pos < len(self._buffer) - _UNSURE_CHARACTERS

    def _rest(self, fault: str) -> JsonText:
        self._is_damaged = True
        self._read(_SHOWN_CHARACTERS)
        text = self._buffer[self._place :][:_SHOWN_CHARACTERS]
        unread = len(self._buffer) - self._place - len(text)
        while block := self._file.read(_BLOCK_CHARACTERS):
            unread += len(block)
        self._buffer, self._place, self._is_at_end = "", 0, True
        more = f"; {unread:,} characters after these are not shown" if unread else ""
        return JsonText(self._line, text, fault=f"{fault}, so nothing from here on can be read{more}")

    def _take(self, sign: str) -> bool:
        """Go behind ``sign`` if it comes next, whatever blanks are before it."""
        if self._next() != sign:
            return False
        self._go_to(self._place + 1)
        return True

    def _next(self) -> str:
        """The character that comes next after blanks; empty at the end."""
        while True:
            blanks = _BLANKS.match(self._buffer, self._place)
            assert blanks  # noqa: S101  it matches nothing too
            self._go_to(blanks.end())
            if self._place < len(self._buffer):
                return self._buffer[self._place]
            if self._is_at_end:
                return ""
            self._read(_BLOCK_CHARACTERS)

    def _go_to(self, place: int) -> None:
        self._line += self._buffer.count("\n", self._place, place)
        self._place = place

    def _read(self, size: int) -> None:
        block = self._file.read(size)
        self._is_at_end = not block
        self._buffer, self._place = self._buffer[self._place :] + block, 0
