"""The structs of Parquet's metadata as pyarrow writes them for tables of ours: what is not here is foreign.

Names and numbers are those of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift; a field of None is
one that the format knows and we never write.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from commons.errors import SchemaError
from commons.records.thrift import Field, Fields, Struct, Wire

_BOOL, _I16, _I32, _I64, _BINARY = Wire.BOOL, Wire.I16, Wire.I32, Wire.I64, Wire.BINARY


class ValueEncoding(IntEnum):
    PLAIN = 0
    PLAIN_DICTIONARY = 2  # what files of version 1.0 call RLE_DICTIONARY, and the PLAIN of their dictionaries
    RLE = 3
    RLE_DICTIONARY = 8


class PageType(IntEnum):
    DATA = 0
    DICTIONARY = 2
    DATA_V2 = 3


class BoundaryOrder(IntEnum):
    UNORDERED = 0
    ASCENDING = 1
    DESCENDING = 2


ZSTD = 6  # of the codecs

_EMPTY: Fields = {}
_STATISTICS: Fields = {
    1: Field("statistics of the order that was given up", None),
    2: Field("statistics of the order that was given up", None),
    3: Field("null_count", _I64),
    4: Field("distinct_count", _I64),
    5: Field("max_value", _BINARY),
    6: Field("min_value", _BINARY),
    7: Field("is_max_value_exact", _BOOL),
    8: Field("is_min_value_exact", _BOOL),
}
_SIZE_STATISTICS: Fields = {
    1: Field("unencoded_byte_array_data_bytes", _I64),
    2: Field("repetition_level_histogram", [_I64]),
    3: Field("definition_level_histogram", [_I64]),
}

_SCHEMA_ELEMENT: Fields = {
    1: Field("type", _I32),
    2: Field("type_length", _I32),
    3: Field("repetition_type", _I32),
    4: Field("name", _BINARY, required=True),
    5: Field("num_children", _I32),
    6: Field("converted_type", _I32),
    7: Field("the scale of a decimal", None),
    8: Field("the precision of a decimal", None),
    9: Field("field ids", None),
    10: Field("logical_type", {1: Field("string", _EMPTY), 3: Field("list", _EMPTY)}),
}
_ENCODING_STATISTICS: Fields = {
    1: Field("page_type", _I32, required=True),
    2: Field("encoding", _I32, required=True),
    3: Field("count", _I32, required=True),
}
_COLUMN_METADATA: Fields = {
    1: Field("type", _I32, required=True),
    2: Field("encodings", [_I32], required=True),
    3: Field("path_in_schema", [_BINARY], required=True),
    4: Field("codec", _I32, required=True),
    5: Field("num_values", _I64, required=True),
    6: Field("total_uncompressed_size", _I64, required=True),
    7: Field("total_compressed_size", _I64, required=True),
    8: Field("key-value metadata of a column", None),
    9: Field("data_page_offset", _I64, required=True),
    10: Field("an index page", None),
    11: Field("dictionary_page_offset", _I64),
    12: Field("statistics", _STATISTICS),
    13: Field("encoding_stats", [_ENCODING_STATISTICS]),
    14: Field("a bloom filter", None),
    15: Field("a bloom filter", None),
    16: Field("size_statistics", _SIZE_STATISTICS),
    17: Field("geospatial statistics", None),
}
_COLUMN_CHUNK: Fields = {
    1: Field("a path to another file", None),
    2: Field("file_offset", _I64, required=True),
    3: Field("metadata", _COLUMN_METADATA, required=True),
    4: Field("offset_index_offset", _I64),
    5: Field("offset_index_length", _I32),
    6: Field("column_index_offset", _I64),
    7: Field("column_index_length", _I32),
    8: Field("encryption", None),
    9: Field("encryption", None),
}
_ROW_GROUP: Fields = {
    1: Field("columns", [_COLUMN_CHUNK], required=True),
    2: Field("total_byte_size", _I64, required=True),
    3: Field("num_rows", _I64, required=True),
    4: Field("sorting columns", None),
    5: Field("file_offset", _I64),
    6: Field("total_compressed_size", _I64),
    7: Field("ordinal", _I16),
}
FOOTER: Fields = {
    1: Field("version", _I32, required=True),
    2: Field("schema", [_SCHEMA_ELEMENT], required=True),
    3: Field("num_rows", _I64, required=True),
    4: Field("row_groups", [_ROW_GROUP], required=True),
    5: Field("key-value metadata", None),
    6: Field("created_by", _BINARY, required=True),
    7: Field("column_orders", [{1: Field("type_defined", _EMPTY)}], required=True),
    8: Field("encryption", None),
    9: Field("encryption", None),
}

_DATA_PAGE: Fields = {
    1: Field("num_values", _I32, required=True),
    2: Field("encoding", _I32, required=True),
    3: Field("definition_level_encoding", _I32, required=True),
    4: Field("repetition_level_encoding", _I32, required=True),
    5: Field("statistics", _STATISTICS),
}
_DICTIONARY_PAGE: Fields = {
    1: Field("num_values", _I32, required=True),
    2: Field("encoding", _I32, required=True),
    3: Field("is_sorted", _BOOL),
}
_DATA_PAGE_V2: Fields = {
    1: Field("num_values", _I32, required=True),
    2: Field("num_nulls", _I32, required=True),
    3: Field("num_rows", _I32, required=True),
    4: Field("encoding", _I32, required=True),
    5: Field("definition_levels_byte_length", _I32, required=True),
    6: Field("repetition_levels_byte_length", _I32, required=True),
    7: Field("is_compressed", _BOOL),
    8: Field("statistics", _STATISTICS),
}
PAGE_HEADER: Fields = {
    1: Field("type", _I32, required=True),
    2: Field("uncompressed_page_size", _I32, required=True),
    3: Field("compressed_page_size", _I32, required=True),
    4: Field("crc", _I32),
    5: Field("data", _DATA_PAGE),
    6: Field("an index page", None),
    7: Field("dictionary", _DICTIONARY_PAGE),
    8: Field("data_v2", _DATA_PAGE_V2),
}

COLUMN_INDEX: Fields = {
    1: Field("null_pages", [_BOOL], required=True),
    2: Field("min_values", [_BINARY], required=True),
    3: Field("max_values", [_BINARY], required=True),
    4: Field("boundary_order", _I32, required=True),
    5: Field("null_counts", [_I64]),
    6: Field("repetition_level_histograms", [_I64]),
    7: Field("definition_level_histograms", [_I64]),
}
_PAGE_LOCATION: Fields = {
    1: Field("offset", _I64, required=True),
    2: Field("compressed_page_size", _I32, required=True),
    3: Field("first_row_index", _I64, required=True),
}
OFFSET_INDEX: Fields = {
    1: Field("page_locations", [_PAGE_LOCATION], required=True),
    2: Field("unencoded_byte_array_data_bytes", [_I64]),
}


def refuse_untrue(claims: Struct, truth: Struct, where: str) -> None:
    """Refuse a claim that is not in ``truth`` or differs from it; what is not claimed is no lie.

    Raises:
        SchemaError: ``false-statistics``.
    """
    for name, value in claims.items():
        if name not in truth or truth[name] != value:
            raise SchemaError(f"{where} says another {name} than the rows give", code="false-statistics")


def some_of(struct: Struct, names: Iterable[str]) -> Struct:
    """The fields of these names, as far as there are."""
    return {name: struct[name] for name in names if name in struct}
