"""The published list of protected benchmark sets: what must not slip into training data by way of the commons.

``protected_sets.parquet`` holds, for each item of each set, hashes of its terms and nothing of its text; ``protected_sets.toml`` says in
words which sets they are, in which version, under which licence and from where. Both are made by ``scripts/protected_sets.py``. Which of
the sets a commons protects is its own choice, in ``governance/policy.toml``.
"""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from commons.records import shards
from commons.records.likeness.words import terms

PATH = Path(__file__).with_name("protected_sets.parquet")
_STEM_CHARACTERS = 5  # "sprints" and "sprinting" are one mark; measured best of 4, 5, 6 and whole words
# 23 bits of hash keep the list small; a foreign word meets one of the list's by chance in 0.3 %.
_MARK_BITS = 0xFFFFFE
_NUMBER = np.uint32(1)  # the lowest bit of a mark says that it is a number's

_SCHEMA = pa.schema(
    [("set", pa.string()), ("item", pa.string()), ("marks", pa.list_(pa.field("element", pa.uint32())))]
)


@dataclass(frozen=True)
class Item:
    """One item of a set and the marks of its text."""

    set: str
    item: str
    marks: npt.NDArray[np.uint32]


@dataclass(frozen=True)
class ProtectedSet:
    """What the list says of a set in words."""

    title: str
    version: str
    license: str
    url: str


def marks(text: str) -> npt.NDArray[np.uint32]:
    """The different marks of a text, sorted: a hash for each number and for the first letters of each word."""
    return np.array(sorted({_mark(term) for term in terms(text)}), np.uint32)


@functools.lru_cache(maxsize=100_000)
def _mark(term: str) -> int:
    number = term[0].isdigit()
    stem = term if number else term[:_STEM_CHARACTERS]
    value = int.from_bytes(
        hashlib.blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little"
    )
    return value & _MARK_BITS | number


def is_number(text_marks: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which marks are those of numbers."""
    return (text_marks & _NUMBER).astype(bool)


def to_bytes(items: Sequence[Item]) -> bytes:
    columns = [[i.set for i in items], [i.item for i in items], [i.marks for i in items]]
    return shards.to_parquet(
        pa.Table.from_arrays(
            [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)],
            schema=_SCHEMA,
        )
    )


@functools.cache
def descriptions() -> dict[str, ProtectedSet]:
    """Name -> what the list says of the set."""
    tables = tomllib.loads(PATH.with_suffix(".toml").read_text("utf-8"))
    return {name: ProtectedSet(**table) for name, table in tables.items()}


def read(names: Iterable[str]) -> list[Item]:
    """The items of the named sets; a name the list does not know has none."""
    wanted = set(names)
    rows = shards.read_table(PATH, _SCHEMA, name=PATH.name).to_pylist()
    return [
        Item(row["set"], row["item"], np.array(row["marks"], np.uint32))
        for row in rows
        if row["set"] in wanted
    ]
