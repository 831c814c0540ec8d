"""Arrow's batches to raw rows, for every format that Arrow's library reads.

Dates and times become text, as ISO 8601 writes them and in UTC: Python's own know neither every year nor, without files of the system's,
every zone. Numbers that stand for the names of classes, as the ``datasets`` library writes them, become these names.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commons.errors import InputError, SchemaError, first_line
from commons.intake import column_names, raw_rows
from commons.intake.raw_rows import RawRow, ReadingOptions, UnreadableRow
from commons.records import bounds
from commons.records.bounds import Bounds

BATCH_ROWS = 1000
UNFOLDED_ROWS = 50  # at a time, because each may be as large as a value may be
# A file of one's own, or a Hub dataset's: larger than a contribution may be, so that what is too much can be said row by row.
TABLE = Bounds(
    rows=10_000_000,
    row_groups=100_000,
    values=100_000_000,
    decoded_bytes=raw_rows.MAX_DECODED_BYTES,
    value_bytes=16 * 1024**2,
    columns=10_000,
)
_UUID_BYTES = 16
Conversion = Callable[[Any], Any]  # of one value of a column


def rows(
    batches: Iterable[pa.RecordBatch],
    name: str,
    changes: Mapping[str, Conversion],
) -> Iterator[RawRow | UnreadableRow]:
    """The rows of these batches, measured before they are unfolded, so that a small file cannot fill the memory."""
    number = decoded = 0
    for batch in batches:
        left = replace(TABLE, decoded_bytes=TABLE.decoded_bytes - decoded)
        decoded += bounds.refuse_values(batch, left, PurePath(name).name)
        for start in range(0, batch.num_rows, UNFOLDED_ROWS):
            for row in _unfolded(batch.slice(start, UNFOLDED_ROWS), number):
                number += 1
                if isinstance(row, RawRow):
                    for column, change in changes.items():
                        row.values[column] = change(row.values[column])
                yield row


def _unfolded(batch: pa.RecordBatch, before: int) -> Iterator[RawRow | UnreadableRow]:
    batch = _without_times(batch)
    try:
        values = batch.to_pylist()
    except UnicodeDecodeError:
        yield from _one_by_one(batch, before)
        return
    for number, row in enumerate(values, start=before + 1):
        yield RawRow(number, row)


def _one_by_one(batch: pa.RecordBatch, before: int) -> Iterator[RawRow | UnreadableRow]:
    """Each row by itself, where some text is none."""
    for place in range(batch.num_rows):
        row = batch.slice(place, 1)
        try:
            yield RawRow(before + place + 1, row.to_pylist()[0])
        except UnicodeDecodeError as error:
            yield UnreadableRow(
                before + place + 1, _as_text(row), f"a text in it is not UTF-8: {first_line(error)}"
            )


def _as_text(row: pa.RecordBatch) -> str:
    values = {}
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            values[name] = column[0].as_py()
        except UnicodeDecodeError:
            with suppress(pa.ArrowException):
                values[name] = column.cast(pa.binary())[0].as_py().decode(errors="backslashreplace")
    return json.dumps(values, ensure_ascii=False, default=str)


def readable(
    names: Sequence[str], name: str, options: ReadingOptions, why_not: Callable[[str], str]
) -> tuple[list[str], str]:
    """The columns to decode, and in words those that are left out although everything is wanted.

    ``why_not`` says why a column cannot be decoded, or nothing.

    Raises:
        InputError: ``file-format`` for a needed column that stands there twice.
    """
    needed = [column for column in dict.fromkeys(names) if column_names.is_needed(column, options.wanted)]
    chosen, left_out = [], []
    for column in needed:
        must = options.wanted is not None or column_names.target_of(column)
        twice = names.count(column) > 1
        if twice and must:
            raise InputError(
                f"{name} has the column {column!r} twice.",
                hint="Rename one of the two, so that it can be said which is meant.",
                code="file-format",
            )
        if twice:
            left_out.append(f"{column!r}, which stands there twice")
        elif options.wanted is None and not must and (reason := why_not(column)):
            left_out.append(f"{column!r}, which cannot be decoded ({reason})")
        else:
            chosen.append(column)
    return chosen, f", without {', '.join(left_out)}" if left_out else ""


@contextmanager
def refusing_damage(name: str, kind: str, *, column: str = "") -> Iterator[None]:
    """What Arrow cannot read becomes an InputError, which calls damaged only what is: ``file-damaged``, ``file-format`` or a limit's."""
    where = f"{name}: its column {column!r}" if column else name
    try:
        yield
    except SchemaError as error:
        raise InputError(
            error.message, code=error.code, hint="Split the file, or write it with other settings."
        ) from error
    except (MemoryError, pa.ArrowMemoryError) as error:
        raise InputError(
            f"{where} needs more memory than it may have.", hint="Split the file.", code="check-limit"
        ) from error
    except pa.ArrowNotImplementedError as error:
        raise InputError(
            f"{where} is written in a way that the library that reads {kind} does not know: {first_line(error)}.",
            hint="Write the file again with other settings, or without this column if nothing needs it.",
            code="file-format",
        ) from error
    except pa.ArrowException as error:
        raise InputError(
            f"{where} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
        ) from error
    except (OSError, UnicodeDecodeError) as error:  # pyarrow's words for damaged pages
        raise InputError(f"{where} is damaged: {first_line(error)}", code="file-damaged") from error


# Values


def conversions(schema: pa.Schema, columns: Sequence[str]) -> dict[str, Conversion]:
    """What the values of these columns have to become, by what the schema says of them."""
    uuids = [name for name in columns if schema.field(name).type == pa.uuid()]
    known = dict.fromkeys(uuids, as_uuid) | _class_names(schema.metadata)
    return {column: convert for column, convert in known.items() if column in columns}


def _class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, Conversion]:
    """What turns numbers into the names of classes, by column, as ``datasets`` writes it into a schema."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        converters = {column: _of_feature(feature) for column, feature in features.items()}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}
    return {column: convert for column, convert in converters.items() if convert}


def _of_feature(feature: Any) -> Conversion | None:
    match feature:
        case {"_type": "ClassLabel", "names": list(names)}:
            return lambda value: _name_of(value, names)
        case {"feature": inner} | [inner]:
            return _each(_of_feature(inner))
        case {"_type": str()}:
            return None
        case dict():
            parts = {name: convert for name, part in feature.items() if (convert := _of_feature(part))}
            return (lambda value: _parts(value, parts)) if parts else None
        case _:
            return None


def _name_of(value: Any, names: list[Any]) -> Any:
    """The name of a class; -1 is how ``datasets`` writes that it is not known."""
    if value == -1:
        return None
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _each(convert: Conversion | None) -> Conversion | None:
    if convert is None:
        return None

    def converted(value: Any) -> Any:
        match value:
            case list():
                return [convert(part) for part in value]
            case dict():  # a list of structs, which `datasets` may store as a struct of lists
                return {name: convert({name: part})[name] for name, part in value.items()}
            case _:
                return value

    return converted


def _parts(value: Any, parts: Mapping[str, Conversion]) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _part(part, parts.get(name)) for name, part in value.items()}


def _part(value: Any, convert: Conversion | None) -> Any:
    if convert is None:
        return value
    return [convert(item) for item in value] if isinstance(value, list) else convert(value)


def as_uuid(value: Any) -> Any:
    """A UUID, or the sixteen bytes of one, as everybody writes them."""
    if isinstance(value, bytes) and len(value) == _UUID_BYTES:
        value = uuid.UUID(bytes=value)
    return str(value) if isinstance(value, uuid.UUID) else value


def _without_times(batch: pa.RecordBatch) -> pa.RecordBatch:
    for place, field in enumerate(batch.schema):
        values = batch.column(place)
        if pa.types.is_run_end_encoded(values.type):
            values = pc.run_end_decode(values)
        for step in (_zoneless, _textual):
            if step(values.type) != values.type:
                values = values.cast(step(values.type), safe=False)
        if pa.types.is_temporal(field.type) and pa.types.is_string(values.type):
            values = pc.replace_substring_regex(values, r"\.0+$", "")  # as Python writes a whole second
        if values.type != field.type:
            batch = batch.set_column(place, field.name, values)
    return batch


def _zoneless(kind: pa.DataType) -> pa.DataType:
    """The type with times as UTC, which is how they are stored; a zone is for showing them, and would be looked up in files."""
    if pa.types.is_dictionary(kind) and pa.types.is_temporal(kind.value_type):
        return _zoneless(kind.value_type)
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else _within(kind, _zoneless)


def _textual(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_duration(kind):
        return pa.int64()  # in its own unit
    return (
        pa.string()
        if pa.types.is_temporal(kind) and not pa.types.is_interval(kind)
        else _within(kind, _textual)
    )


def _within(kind: pa.DataType, step: Callable[[pa.DataType], pa.DataType]) -> pa.DataType:
    """A nested type whose parts were changed by ``step``; any other as it is."""
    if pa.types.is_struct(kind):
        return pa.struct([kind.field(n).with_type(step(kind.field(n).type)) for n in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(step(kind.key_type), step(kind.item_type))
    for is_kind, make in _LISTS:
        if is_kind(kind):
            return make(kind.value_field.with_type(step(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(step(kind.value_type)), kind.list_size)
    return kind


_LISTS = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_list_view, pa.list_view),
    (pa.types.is_large_list_view, pa.large_list_view),
)
