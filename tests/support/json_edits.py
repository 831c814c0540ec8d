"""Every small edit of a JSON value: leaves changed, entries removed, repeated or exchanged, keys lost, renamed, added or reordered."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class JsonEdit:
    """``place`` in dots, what was done there, and the whole value after it."""

    place: str
    change: str
    value: Any

    def __str__(self) -> str:
        return f"{self.place or 'the whole'}: {self.change}"


def edits_of(whole: Any) -> Iterator[JsonEdit]:
    for place, value in _values(whole, ()):
        for change, other in _others(value):
            yield JsonEdit(".".join(map(str, place)), change, _replaced(whole, place, other))


def _values(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """(place, value) of the whole and of everything in it."""
    yield place, value
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in children:
        yield from _values(child, (*place, name))


def _others(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case bool():
            yield "the other", not value
        case int():
            yield from (("one more", value + 1), ("twice", value * 2 or 7))
        case float():
            yield ("a quarter less", value - 0.25) if value > 0.25 else ("a quarter more", value + 0.25)
        case str():
            yield from (("longer", value + "x"), ("nothing", "" if value else "y"))
        case None:
            yield from (("a number", 1), ("a text", "x"))
        case list():
            yield from _other_lists(value)
        case dict():
            yield from _other_objects(value)


def _other_lists(value: list[Any]) -> Iterator[tuple[str, Any]]:
    for number in range(len(value)):
        yield f"without entry {number}", value[:number] + value[number + 1 :]
        yield f"entry {number} twice", value[: number + 1] + value[number:]
        if value[number : number + 1] != value[number + 1 : number + 2] and number + 1 < len(value):
            exchanged = [value[number + 1], value[number]]
            yield f"entry {number} after the next", value[:number] + exchanged + value[number + 2 :]


def _other_objects(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in value:
        yield f"without {name}", {key: child for key, child in value.items() if key != name}
        yield f"{name} renamed", {f"{key}x" if key == name else key: child for key, child in value.items()}
    yield "one key more", {**value, "more": 1}
    if len(value) > 1:
        yield "the keys in another order", dict(reversed(value.items()))


def _replaced(whole: Any, place: tuple[str | int, ...], other: Any) -> Any:
    if not place:
        return other
    changed = copy.deepcopy(whole)
    parent = changed
    for name in place[:-1]:
        parent = parent[name]
    parent[place[-1]] = other
    return changed
