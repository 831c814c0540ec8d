"""Tables of the commons as somebody else hands them out: the rows of many Parquet files, read in a confined child, a batch at a time.

    for name, batch in foreign_tables.read_rows({"data/open/x/01.parquet": (Kind.RECORD, path), …}):
        batch                       a list of rows, or the SchemaError that ends this file

One child reads many files, for starting one costs more than most files do. A file that breaks its child is named, and another child goes on
behind it. As a program this is that child.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeVar

from commons.errors import PolicyError, SchemaError
from commons.governance import people
from commons.governance.people import People
from commons.layout import Kind
from commons.records import shards
from commons.records.bounds import Bounds
from commons.records.schema import OPENINGS, ROW_TYPES, SCHEMAS, Row
from commons.sandbox import confinement
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits, wall_clock_s

_R = TypeVar("_R")
_OPENINGS, _PEOPLE = "openings", "people"
_ABOUT = "about"  # the file that says of each other what it is; the others are numbered
_SCHEMAS = {
    **{kind.value: schema for kind, schema in SCHEMAS.items()},
    _OPENINGS: OPENINGS,
    _PEOPLE: people.SCHEMA,
}
_BATCH_ROWS = 512
_FILES_A_CHILD = 64
_BYTES_A_CHILD = 256 * MIB
# What a file may unfold to and cost, by its own size; real texts unfold to a tenth of it, in a tenth of the time.
_LEAST_DECODED_BYTES, _DECODED_PER_BYTE = 16 * MIB, 64
_LEAST_CPU_S, _CPU_S_PER_MIB = 5, 3
_LEAST_ROWS = 10_000  # and one a byte
_START_CPU_S = 10
_JSON_PER_BYTE = 3  # of text: escapes, names of fields


def read_rows(files: Mapping[str, tuple[Kind, Path]]) -> Iterator[tuple[str, list[Row] | SchemaError]]:
    """The rows of every file, in the order of ``files``: (name, batch), for each that can be read at least one batch, if an empty one.

    A SchemaError in the place of a batch ends its file and says why: as ``shards.read`` would; ``check-limit`` for one that unfolds to too
    much, costs too much or breaks the process that reads it; ``unreadable-shard`` for a path that cannot be opened.

    Raises:
        OutOfBoundsError: the child died before it began with a file.
        UnconfinedError: see ``confinement.stream``.
    """
    tables = [_table(name, kind.value, path) for name, (kind, path) in files.items()]
    for name, batch in _batches(tables):
        yield name, _rows(name, files[name][0], batch)


def read_contributions(
    openings: Mapping[str, Path], files: Mapping[str, tuple[Kind, Path]]
) -> Iterator[tuple[str, list[dict[str, Any]] | list[Row] | SchemaError]]:
    """``read_openings`` and then ``read_rows``, in the same child as far as one reaches."""
    tables = [_table(name, _OPENINGS, path) for name, path in openings.items()]
    tables += [_table(name, kind.value, path) for name, (kind, path) in files.items()]
    for name, batch in _batches(tables):
        if name in openings:
            yield name, _made(name, _opening, batch)
        else:
            yield name, _rows(name, files[name][0], batch)


def read_people(path: Path, name: str) -> People:
    """The people table at ``path``; a table that is damaged or out of bounds is a PolicyError."""
    rows: list[dict[str, Any]] = []
    for _, batch in _batches([_table(name, _PEOPLE, path)]):
        made = _made(name, _person, batch)
        if isinstance(made, SchemaError):
            raise PolicyError(made.message, code=made.code)
        rows += made
    return people.of_rows(rows)


def read_openings(files: Mapping[str, Path]) -> Iterator[tuple[str, list[dict[str, Any]] | SchemaError]]:
    """The openings of every file, as ``shards.read_openings`` gives them; otherwise as ``read_rows``."""
    for name, batch in _batches([_table(name, _OPENINGS, path) for name, path in files.items()]):
        yield name, _made(name, _opening, batch)


_Columns = Mapping[str, Sequence[Any]]  # name -> values


def _made(
    name: str, make: Callable[[dict[str, Any]], _R], batch: _Columns | SchemaError
) -> list[_R] | SchemaError:
    if isinstance(batch, SchemaError):
        return batch
    try:
        return [make(dict(zip(batch, row, strict=True))) for row in zip(*batch.values(), strict=True)]
    except (KeyError, TypeError, ValueError) as error:
        return _broken(name, f"what came out of the sandbox is no row ({error})")


def _rows(name: str, kind: Kind, batch: _Columns | SchemaError) -> list[Row] | SchemaError:
    return _made(name, ROW_TYPES[kind].from_row, batch)


def _opening(row: dict[str, Any]) -> dict[str, Any]:
    salt = row["salt"]
    return {
        "commitment": bytes.fromhex(row["commitment"]),
        "id": row["id"],
        "salt": None if salt is None else bytes.fromhex(salt),
    }


def _person(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "salt": bytes.fromhex(row["salt"] or "")}


def _broken(name: str, why: str) -> SchemaError:
    return SchemaError(f"{name} cannot be read within bounds: {why}.", code=OutOfBoundsError.code)


@dataclass(frozen=True)
class _Table:
    """One file: what errors call it, which schema it should have, where it is, how many bytes it has, and why it cannot be opened."""

    name: str
    schema: str
    path: Path
    size: int = 0
    problem: str = ""


def _table(name: str, schema: str, path: Path) -> _Table:
    try:
        if not path.is_file():
            return _Table(name, schema, path, problem="there is no such file")
        with path.open("rb") as file:
            return _Table(name, schema, path, os.fstat(file.fileno()).st_size)
    except OSError as error:
        return _Table(name, schema, path, problem=error.strerror or str(error))


def _batches(tables: Sequence[_Table]) -> Iterator[tuple[str, _Columns | SchemaError]]:
    for group in _groups(tables):
        left = group
        while left:
            begun = 0
            try:
                for message in _messages(left):
                    match message:
                        case {"file": int(place)} if begun == place < len(left):
                            begun += 1
                        case {"refused": {"message": str(text), "code": str(code)}} if begun:
                            yield left[begun - 1].name, SchemaError(text, code=code)
                        case {"batch": dict() as columns} if begun:
                            yield left[begun - 1].name, columns
                        case _:
                            raise OutOfBoundsError("what came out of the sandbox is no table")
                break
            except OutOfBoundsError as error:
                if not begun:
                    raise
                name = left[begun - 1].name
                yield name, _broken(name, error.message)
                left = left[begun:]


def _groups(tables: Sequence[_Table]) -> Iterator[list[_Table]]:
    """Files in their order, as many as one child reads."""
    group: list[_Table] = []
    size = 0
    for table in tables:
        if group and (len(group) == _FILES_A_CHILD or size + table.size > _BYTES_A_CHILD):
            yield group
            group, size = [], 0
        group.append(table)
        size += table.size
    if group:
        yield group


def _messages(tables: Sequence[_Table]) -> Iterator[Any]:
    """What a child says of these files: ``{"file": 0}``, and then each batch or what it is refused for."""
    about = [[table.name, table.schema, table.problem] for table in tables]
    files: dict[str, bytes | Path] = {
        _ABOUT: json.dumps(about).encode(),
        **{str(place): b"" if table.problem else table.path for place, table in enumerate(tables)},
    }
    cpu_s = math.ceil(_START_CPU_S + sum(_most_cpu_s(table.size) for table in tables))
    limits = ProcessLimits(
        cpu_s=cpu_s,
        wall_clock_s=wall_clock_s(cpu_s),
        answer_bytes=_JSON_PER_BYTE * sum(_bounds(table.size).decoded_bytes for table in tables),
    )
    return confinement.stream(__name__, files, limits=limits)


def _bounds(size: int) -> Bounds:
    return Bounds(
        rows=_LEAST_ROWS + size,
        row_groups=1_000,
        values=50_000_000,
        decoded_bytes=_LEAST_DECODED_BYTES + _DECODED_PER_BYTE * size,
    )


def _most_cpu_s(size: int) -> float:
    return _LEAST_CPU_S + _CPU_S_PER_MIB * size / MIB


# In the child


def _read(files: Mapping[str, BinaryIO]) -> NoReturn:
    for place, (name, schema, problem) in enumerate(json.loads(files[_ABOUT].read())):
        confinement.send({"file": place})
        try:
            if problem:
                raise SchemaError(f"{name} cannot be read: {problem}.", code="unreadable-shard")
            for batch in _plain_batches(confinement.as_memory(files[str(place)]), schema, name):
                text = json.dumps({"batch": batch}, ensure_ascii=False, default=bytes.hex)
                confinement.send_json(text)
        except SchemaError as error:
            confinement.send({"refused": {"message": error.message, "code": error.code}})
    confinement.finish()


def _plain_batches(source: bytes | mmap, schema: str, name: str) -> Iterator[_Columns]:
    """The columns of the file in plain values, batch by batch, until it has cost too much; a file without rows has one empty batch."""
    until_s = time.process_time() + _most_cpu_s(len(source))
    batch = None
    for batch in shards.batches(
        source, _SCHEMAS[schema], name=name, within=_bounds(len(source)), rows=_BATCH_ROWS
    ):
        if schema not in (_OPENINGS, _PEOPLE):
            shards.refuse_nulls(batch, name)
        columns = batch.to_pydict()
        if schema == _OPENINGS:
            shards.refuse_malformed_openings(batch.to_pylist(), name)
        yield columns
        if time.process_time() > until_s:
            raise SchemaError(
                f"{name} costs more time than a file of its size may.", code=OutOfBoundsError.code
            )
    if batch is None:
        yield {column: [] for column in _SCHEMAS[schema].names}


def _load() -> None:
    """Read a table of each schema, for a process that can open nothing afterwards."""
    for name, schema in _SCHEMAS.items():
        sample = shards.to_parquet(schema.empty_table())
        list(_plain_batches(sample, name, name))
        with suppress(SchemaError):
            list(_plain_batches(b"PAR1", name, name))


if __name__ == "__main__":
    _read(confinement.enter(_load))
