"""One column of a row group as it lies in a Parquet file: its pages, its dictionary, its page index, and what is said of them.

for start, end in column_chunks.spans(data, chunk, leaf, kind): …       each checked before it is given
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from commons.errors import SchemaError
from commons.records import leaf_columns, page_index, pages, parquet_metadata, thrift
from commons.records.leaf_columns import LeafColumn
from commons.records.pages import ParquetPage
from commons.records.parquet_metadata import ZSTD, PageType, ValueEncoding, refuse_untrue, some_of
from commons.records.thrift import Struct

Span = tuple[int, int]  # (start, end) in the file


def start_of(column: Struct) -> int:
    """Where the pages of a column begin, by its metadata."""
    first = "dictionary_page_offset" if "dictionary_page_offset" in column else "data_page_offset"
    return int(column[first])


def spans(data: bytes, chunk: Struct, leaf: LeafColumn, kind: int) -> Iterator[Span]:
    """The spans of the file that a column of this Parquet type takes, which holds ``leaf``.

    Raises:
        SchemaError: ``foreign-metadata``, ``foreign-encoding``, ``bytes-outside-pages`` or ``false-statistics``.
    """
    column, where = chunk["metadata"], ".".join(leaf.path)
    start = start_of(column)
    end = start + column["total_compressed_size"]
    if not 0 <= start <= end <= len(data):
        raise SchemaError(f"{where} points out of the file", code="bytes-outside-pages")
    all_pages = list(pages.walk(data, start, end))
    _refuse_other_encoding(column, all_pages)
    dictionary = all_pages[0] if all_pages and all_pages[0].type is PageType.DICTIONARY else None
    data_pages = all_pages[1:] if dictionary else all_pages
    parts = list(_parts(data_pages, leaf))
    for page, part in zip(data_pages, parts, strict=True):
        _refuse_untrue_header(page, part)
        pages.refuse_slack(page, part)
    if dictionary:
        _check_dictionary(dictionary, data_pages, parts)
    elif "dictionary_page_offset" in column or any(page.is_dictionary_encoded for page in data_pages):
        raise _foreign(f"{where} has no dictionary where one is named")
    truth = {
        "type": kind,
        "path_in_schema": [name.encode() for name in leaf.path],
        "num_values": len(leaf),
        "total_uncompressed_size": sum(page.uncompressed_bytes for page in all_pages),
        "data_page_offset": data_pages[0].start if data_pages else 0,
    }
    refuse_untrue(some_of(column, truth), truth, where)
    refuse_untrue(some_of(chunk, ["file_offset"]), {"file_offset": 0}, where)
    refuse_untrue(column.get("statistics", {}), leaf.statistics(), where)
    refuse_untrue(column.get("size_statistics", {}), leaf.size_statistics(), where)
    yield start, end
    yield from _indexes(data, chunk, data_pages, parts)


def _parts(data_pages: Sequence[ParquetPage], leaf: LeafColumn) -> Iterator[LeafColumn]:
    """What of ``leaf`` each page holds."""
    place = 0
    for page in data_pages:
        count = page.head["num_values"]
        if page.type is PageType.DICTIONARY:
            raise _foreign("a dictionary stands among the pages")
        if not 0 <= count <= len(leaf) - place:  # Arrow may write a page of nothing
            raise _false("its pages count other values than it has")
        yield leaf.part(place, place + count)
        place += count
    if place != len(leaf):
        raise _false("its pages count other values than it has")


def _refuse_untrue_header(page: ParquetPage, part: LeafColumn) -> None:
    refuse_untrue(page.head.get("statistics", {}), part.statistics(), "a page")
    if page.type is PageType.DATA_V2:
        if not part.begins_a_row:
            raise _false("a page begins within a row")
        truth = {"num_nulls": part.null_count, "num_rows": part.rows}
        refuse_untrue(some_of(page.head, truth), truth, "a page")


def _refuse_other_encoding(column: Struct, all_pages: Sequence[ParquetPage]) -> None:
    """The codec is ours, and the encodings are those that the pages have."""
    levels = {
        page.head[f"{name}_level_encoding"]
        for page in all_pages
        if page.type is PageType.DATA
        for name in ("definition", "repetition")
    }
    if column["codec"] != ZSTD or not levels <= {ValueEncoding.RLE}:
        raise _other("it is compressed or encoded as no writer of ours does")
    # Arrow counts data pages of both versions as those of the first.
    of_pages = Counter(
        (PageType.DICTIONARY if page.type is PageType.DICTIONARY else PageType.DATA, page.head["encoding"])
        for page in all_pages
    )
    encodings = sorted({ValueEncoding.RLE, *(encoding for _, encoding in of_pages)})
    counts = sorted((*kind, count) for kind, count in of_pages.items())
    stated = sorted(
        (entry["page_type"], entry["encoding"], entry["count"]) for entry in column.get("encoding_stats", [])
    )
    if sorted(column["encodings"]) != encodings or ("encoding_stats" in column and stated != counts):
        raise _other("its pages are encoded otherwise than its footer says")


def _check_dictionary(
    dictionary: ParquetPage, data_pages: Sequence[ParquetPage], parts: Sequence[LeafColumn]
) -> None:
    pairs = zip(data_pages, parts, strict=True)
    values = [part.present for page, part in pairs if page.is_dictionary_encoded]
    distinct = pc.unique(pa.chunked_array(values, pa.binary()))
    width = parts[0].width if parts else 0
    pages.refuse_dictionary_slack(dictionary, len(distinct), leaf_columns.plain_bytes(distinct, width))


def _indexes(
    data: bytes, chunk: Struct, data_pages: Sequence[ParquetPage], parts: Sequence[LeafColumn]
) -> Iterator[Span]:
    """The spans of the column's page index, where it has one."""
    if span := _span(chunk, "column_index"):
        claims = thrift.read_all(data, *span, parquet_metadata.COLUMN_INDEX)
        refuse_untrue(claims, page_index.column_index(parts, claims["boundary_order"]), "a column index")
        yield span
    if span := _span(chunk, "offset_index"):
        claims = thrift.read_all(data, *span, parquet_metadata.OFFSET_INDEX)
        refuse_untrue(claims, page_index.offset_index(data_pages, parts), "an offset index")
        yield span


def _span(chunk: Struct, name: str) -> Span | None:
    start, length = f"{name}_offset", f"{name}_length"
    if (start in chunk) != (length in chunk):
        raise _foreign(f"half of a {name} is named")
    return (chunk[start], chunk[start] + chunk[length]) if start in chunk else None


def _foreign(fault: str) -> SchemaError:
    return SchemaError(fault, code="foreign-metadata")


def _other(fault: str) -> SchemaError:
    return SchemaError(fault, code="foreign-encoding")


def _false(fault: str) -> SchemaError:
    return SchemaError(fault, code="false-statistics")
