"""A shard: the same rows give the same bytes, the bytes give the same rows, and nothing but the exact schema is read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.row_strategies import names, rows

from commons import digests
from commons.errors import SchemaError
from commons.layout import Kind
from commons.records import shards
from commons.records.bounds import Bounds
from commons.records.schema import OPENINGS, SCHEMAS, Record, Row, Source

RECORD = Record("kr1a", "T", "text", "en", ("science",), "MIT", (Source(title="s"),), "kk1b", "kc1c")


def table(kind: Kind = Kind.RECORD) -> pa.Table:
    return shards.read_table(shards.write(kind, [RECORD] if kind is Kind.RECORD else []), SCHEMAS[kind])


def parquet(of: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(of, sink, **options)
    return sink.getvalue()


def code_of(data: bytes, schema: pa.Schema = SCHEMAS[Kind.RECORD], **options: Any) -> str:
    with pytest.raises(SchemaError) as caught:
        shards.read_table(data, schema, **options)
    return caught.value.code


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=30)
@given(data=st.data())
def test_rows_read_back_equal_and_the_same_rows_give_the_same_bytes(kind: Kind, data: st.DataObject) -> None:
    some: list[Row] = data.draw(st.lists(rows[kind], max_size=8))
    written = shards.write(kind, some)
    assert shards.read(kind, written) == some
    assert shards.write(kind, shards.read(kind, written)) == written


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.none() | names), max_size=6))
@settings(max_examples=30)
def test_openings_read_back_equal_with_erased_rows_among_them(given: list[tuple[bytes, str | None]]) -> None:
    openings = [{"commitment": c, "id": name, "salt": name and c[:16]} for c, name in given]
    assert shards.read_openings(shards.write_openings(openings)) == openings


def test_the_columns_of_a_record_are_a_promise() -> None:
    assert [(field.name, str(field.type)) for field in SCHEMAS[Kind.RECORD]] == [
        ("id", "string"),
        ("title", "string"),
        ("text", "string"),
        ("lang", "string"),
        ("topic", "list<element: string>"),
        ("license", "string"),
        (
            "sources",
            "list<element: struct<title: string, url: string, author: string, license: string, retrieved: string>>",
        ),
        ("contributor", "string"),
        ("contribution", "string"),
    ]


def test_the_columns_of_links_and_questions_are_a_promise() -> None:
    assert SCHEMAS[Kind.LINK].names == [
        "subject",
        "predicate",
        "object",
        "license",
        "contributor",
        "contribution",
    ]
    assert SCHEMAS[Kind.QUESTION].names == [
        "question",
        "lang",
        "relevant",
        "license",
        "contributor",
        "contribution",
    ]
    assert [str(field.type) for field in OPENINGS] == [
        "fixed_size_binary[32]",
        "string",
        "fixed_size_binary[16]",
    ]


def test_a_shard_is_zstd_with_a_page_index_and_page_checksums() -> None:
    metadata = pq.ParquetFile(io.BytesIO(shards.write(Kind.RECORD, [RECORD] * 10)))
    column = metadata.metadata.row_group(0).column(2)
    assert column.compression == "ZSTD"
    assert column.has_column_index
    assert column.has_offset_index


def test_a_shard_is_read_from_a_file_as_from_bytes(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    path.write_bytes(shards.write(Kind.RECORD, [RECORD]))
    assert shards.read(Kind.RECORD, path) == [RECORD]
    assert shards.row_count(path) == 1


def test_a_shard_is_named_by_the_sha256_of_its_bytes() -> None:
    assert digests.sha256_hex(b"x") == hashlib.sha256(b"x").hexdigest()


def _cast(name: str, kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    def change(of: pa.Table) -> pa.Table:
        place = of.schema.get_field_index(name)
        return of.set_column(place, name, of[name].cast(kind))

    return change


def _other_source(of: pa.Table) -> pa.Table:
    place = of.schema.get_field_index("sources")
    column = pa.array([[{"title": "s", "url": "u"}]])
    return of.set_column(place, "sources", column)


WRONG_SCHEMAS: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    **{
        f"without {name}": (lambda of, name=name: of.drop_columns([name]), "column-missing")
        for name in SCHEMAS[Kind.RECORD].names
    },
    "with another column": (lambda of: of.append_column("score", pa.array([1])), "column-extra"),
    "with a column twice": (lambda of: of.append_column("text", pa.array(["x"])), "column-extra"),
    "with a column of another case": (
        lambda of: of.rename_columns(["ID", *of.column_names[1:]]),
        "column-missing",
    ),
    "text as bytes": (_cast("text", pa.binary()), "column-type"),
    "text as a large string": (
        lambda of: pa.table({n: of[n] if n != "lang" else pa.array([5]) for n in of.column_names}),
        "column-type",
    ),
    "topic as a string": (
        lambda of: pa.table({n: of[n] if n != "topic" else pa.array(["x"]) for n in of.column_names}),
        "column-type",
    ),
    "sources with fewer fields": (_other_source, "column-type"),
    "title never null but of type null": (
        lambda of: pa.table({n: of[n] if n != "title" else pa.nulls(1) for n in of.column_names}),
        "column-type",
    ),
    "columns in another order": (lambda of: of.select(of.column_names[::-1]), "column-order"),
}


@pytest.mark.parametrize("name", WRONG_SCHEMAS)
@pytest.mark.parametrize("store_schema", [True, False])
def test_a_shard_of_another_schema_is_refused(name: str, store_schema: bool) -> None:
    change, code = WRONG_SCHEMAS[name]
    assert code_of(parquet(change(table()), store_schema=store_schema)) == code


def test_the_refusal_names_the_column() -> None:
    with pytest.raises(SchemaError, match="'score'"):
        shards.read_table(
            parquet(table().append_column("score", pa.array([1]))), SCHEMAS[Kind.RECORD], name="x"
        )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "nothing"),
        (b"PAR1", "magic only"),
        (b"PAR1" * 4, "magic again and again"),
        (b"id,text\n1,x\n", "a CSV"),
        (shards.write(Kind.RECORD, [RECORD])[:-9], "cut at the end"),
        (shards.write(Kind.RECORD, [RECORD])[9:], "cut at the start"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_parquet_is_refused(data: bytes, name: str) -> None:
    assert code_of(data) == "unreadable-shard"


@settings(max_examples=150)
@given(place=st.integers(0, 10**6), value=st.integers(1, 255))
def test_a_shard_with_a_changed_byte_is_refused_or_read_as_rows_but_never_crashes(
    place: int, value: int
) -> None:
    good = bytearray(shards.write(Kind.RECORD, [RECORD] * 3))
    good[place % len(good)] ^= value
    try:
        shards.read(Kind.RECORD, bytes(good))
    except SchemaError as error:
        assert error.code.startswith(("unreadable", "column"))


def test_more_rows_than_allowed_are_refused_before_they_are_read() -> None:
    assert code_of(shards.write(Kind.RECORD, [RECORD] * 3), within=Bounds(rows=2)) == "limit-exceeded"


def test_text_that_is_not_utf8_is_refused() -> None:
    broken = table()
    place = broken.schema.get_field_index("text")
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")]
    )
    assert code_of(parquet(broken.set_column(place, "text", bad))) == "unreadable-shard"


def test_counting_the_rows_of_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        shards.row_count(tmp_path / "none.parquet")
    assert caught.value.code == "unreadable-shard"
