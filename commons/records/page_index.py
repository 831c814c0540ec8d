"""The page index of a column, as it is where it is true: what readers skip pages by.

https://github.com/apache/parquet-format/blob/master/PageIndex.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from commons.errors import SchemaError
from commons.records.leaf_columns import LeafColumn
from commons.records.pages import ParquetPage
from commons.records.parquet_metadata import BoundaryOrder
from commons.records.thrift import Struct


def column_index(parts: Sequence[LeafColumn], claimed_order: int) -> Struct:
    """What a column index may say of pages that hold ``parts``; of several true orders, the one that is claimed."""
    statistics = [part.statistics() for part in parts]
    sizes = [part.size_statistics() for part in parts]
    bounds = [(page["min_value"], page["max_value"]) for page in statistics if "min_value" in page]
    return {
        "null_pages": ["min_value" not in page for page in statistics],
        "min_values": [page.get("min_value", b"") for page in statistics],
        "max_values": [page.get("max_value", b"") for page in statistics],
        "boundary_order": claimed_order
        if claimed_order in list(_orders(bounds))
        else BoundaryOrder.UNORDERED,
        "null_counts": [page["null_count"] for page in statistics],
        "repetition_level_histograms": _joined(sizes, "repetition_level_histogram"),
        "definition_level_histograms": _joined(sizes, "definition_level_histogram"),
    }


def offset_index(data_pages: Sequence[ParquetPage], parts: Sequence[LeafColumn]) -> Struct:
    """What an offset index may say of these pages.

    Raises:
        SchemaError: ``false-statistics``, for pages that no index can name: one begins within a row.
    """
    if not all(part.begins_a_row for part in parts):
        raise SchemaError("a page that an index names begins within a row", code="false-statistics")
    row, locations = 0, []
    for page, part in zip(data_pages, parts, strict=True):
        size = page.end - page.start
        locations.append({"offset": page.start, "compressed_page_size": size, "first_row_index": row})
        row += part.rows
    sizes = [part.size_statistics() for part in parts]
    name = "unencoded_byte_array_data_bytes"
    return {"page_locations": locations, name: [page[name] for page in sizes if name in page]}


def _orders(bounds: Sequence[tuple[bytes, bytes]]) -> Iterator[BoundaryOrder]:
    """The orders in which both the least and the greatest values of the pages stand."""
    yield BoundaryOrder.UNORDERED
    if all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(bounds)):
        yield BoundaryOrder.ASCENDING
    if all(a[0] >= b[0] and a[1] >= b[1] for a, b in pairwise(bounds)):
        yield BoundaryOrder.DESCENDING


def _joined(sizes: Sequence[Struct], name: str) -> list[int]:
    return [count for page in sizes for count in page[name]]
