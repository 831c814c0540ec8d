"""The three kinds of row and their exact columns (format version 1).

A shard whose columns differ in name, order or type from these is not one of ours. Rows travel through the program as
``Record``, ``Link`` and ``Question``: frozen, built once at the door, trusted afterwards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import pyarrow as pa

from commons.layout import Kind

MAX_TITLE_CHARACTERS = 300
MAX_TEXT_BYTES = 8192
MAX_SOURCE_FIELD_CHARACTERS = 2000
MAX_RELEVANT = 1000  # records that answer one question; what more records answer is a topic


@dataclass(frozen=True)
class Source:
    """Where a record comes from; at least a title or a url."""

    title: str | None = None
    url: str | None = None
    author: str | None = None
    license: str | None = None
    retrieved: str | None = None  # ISO 8601 date


@dataclass(frozen=True)
class Record:
    """One piece of knowledge. ``core`` is what its id and signature cover."""

    id: str
    title: str | None
    text: str
    lang: str
    topic: tuple[str, ...]
    license: str
    sources: tuple[Source, ...]
    contributor: str = ""
    contribution: str = ""

    def core(self) -> dict[str, Any]:
        return {
            "schema": "knowledge-record/v1",
            "title": self.title,
            "text": self.text,
            "lang": self.lang,
            "license": self.license,
            "sources": [asdict(source) for source in self.sources],
            "topic": list(self.topic),
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        return cls(
            **{
                **row,
                "topic": tuple(row["topic"]),
                "sources": tuple(Source(**source) for source in row["sources"]),
            }
        )


@dataclass(frozen=True)
class Link:
    """A typed edge from a record to a record or to an outside IRI."""

    subject: str
    predicate: str
    object: str
    license: str
    contributor: str = ""
    contribution: str = ""

    def core(self) -> dict[str, Any]:
        return {
            "schema": "knowledge-link/v1",
            "subject": self.subject,
            "predicate": self.predicate,
            "object": self.object,
            "license": self.license,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        return cls(**row)


@dataclass(frozen=True)
class Question:
    """A retrieval test: the records that answer it, or none when the commons should say it does not know.

    ``relevant`` is sorted, so that the same question has one id.
    """

    question: str
    lang: str
    relevant: tuple[str, ...]
    license: str
    contributor: str = ""
    contribution: str = ""

    def core(self) -> dict[str, Any]:
        return {
            "schema": "knowledge-question/v1",
            "question": self.question,
            "lang": self.lang,
            "relevant": list(self.relevant),
            "license": self.license,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        return cls(**{**row, "relevant": tuple(row["relevant"])})


Row = Record | Link | Question

ROW_TYPES: dict[Kind, type[Record] | type[Link] | type[Question]] = {
    Kind.RECORD: Record,
    Kind.LINK: Link,
    Kind.QUESTION: Question,
}


# Parquet names the items of a list "element"; naming them so here keeps a schema equal to itself after a round trip.
def _list_of(value: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", value))


_SOURCE = pa.struct([(name, pa.string()) for name in ("title", "url", "author", "license", "retrieved")])
_SIGNED_BY = [("contributor", pa.string()), ("contribution", pa.string())]

SCHEMAS: dict[Kind, pa.Schema] = {
    Kind.RECORD: pa.schema(
        [
            ("id", pa.string()),
            ("title", pa.string()),
            ("text", pa.string()),
            ("lang", pa.string()),
            ("topic", _list_of(pa.string())),
            ("license", pa.string()),
            ("sources", _list_of(_SOURCE)),
            *_SIGNED_BY,
        ]
    ),
    Kind.LINK: pa.schema(
        [(name, pa.string()) for name in ("subject", "predicate", "object", "license")] + _SIGNED_BY
    ),
    Kind.QUESTION: pa.schema(
        [
            ("question", pa.string()),
            ("lang", pa.string()),
            ("relevant", _list_of(pa.string())),
            ("license", pa.string()),
            *_SIGNED_BY,
        ]
    ),
}

# What people asked and nobody knew; no operation writes any yet.
WISHES = pa.schema(
    [
        ("question", pa.string()),
        ("lang", pa.string()),
        ("topic", _list_of(pa.string())),
        ("license", pa.string()),
        *_SIGNED_BY,
    ]
)

OPENINGS = pa.schema([("commitment", pa.binary(32)), ("id", pa.string()), ("salt", pa.binary(16))])
