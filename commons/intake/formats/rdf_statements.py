"""RDF as statements by subject: Turtle, N-Triples and RDF/XML, with a statement that is none in the place of what ended there.

    statements = rdf_statements.read(data, "animals.ttl", properties)
    statements.of["https://example.org/cat"], statements.broken

What the statements mean is the work of ``rdf``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, cast

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

from commons.errors import InputError, first_line
from commons.intake import raw_rows
from commons.intake.formats import Data
from commons.intake.raw_rows import UnreadableRow

_BASE = "http://this-file.invalid/"  # what relative addresses are relative to, and shown without
_NAMES = {RdfFormat.TURTLE: "Turtle", RdfFormat.N_TRIPLES: "N-Triples", RdfFormat.RDF_XML: "RDF/XML"}
_HOPELESS = 100  # statements that are none before the first that is one

Node = str  # an IRI, or "_:" and the name of a blank node


@dataclass(frozen=True)
class LiteralText:
    """What a literal says, and in which language; the tag in lower case as RDF compares it, empty where it has none."""

    text: str
    lang: str = ""


@dataclass
class Statements:
    """What a file says with the properties that matter here, by subject; and the statements that could not be read."""

    syntax: str
    of: dict[Node, dict[str, dict[Node | LiteralText, None]]] = field(default_factory=dict)
    broken: list[UnreadableRow] = field(default_factory=list)

    def add(self, subject: Node, predicate: str, value: Node | LiteralText) -> None:
        self.of.setdefault(subject, {}).setdefault(predicate, {})[value] = None


def read(data: Data, name: str, properties: Set[str]) -> Statements:
    """All statements of the file that have one of these properties. Raises InputError (``file-damaged``, ``limit-exceeded``)."""
    syntax = _syntax(data, name)
    statements = Statements(_NAMES[syntax])
    count, left = 0, raw_rows.MAX_DECODED_BYTES
    try:
        for triple in _parsed(data, syntax):
            if isinstance(triple, UnreadableRow):
                statements.broken.append(triple)
                if not count and len(statements.broken) >= _HOPELESS:
                    break
                continue
            count += 1
            predicate = triple.predicate.value
            if predicate in properties:
                value = _value(triple.object)
                left -= len(value.text if isinstance(value, LiteralText) else value)
                if left < 0:
                    raise raw_rows.too_large(name, f"{raw_rows.MAX_DECODED_BYTES:,} characters")
                statements.add(_node(triple.subject), predicate, value)
    except SyntaxError as error:
        raise _damaged(name, first_line(error)) from error
    if statements.broken and not count:
        raise _damaged(name, statements.broken[0].reason)
    return statements


def _damaged(name: str, reason: str) -> InputError:
    return InputError(f"{name} is damaged or not what its name says: {reason}", code="file-damaged")


def _parsed(data: Data, syntax: RdfFormat) -> Iterator[Any]:
    """The triples of the file, and in the place of a statement that is none the lines that hold it.

    The parser would go on by itself, but behind the next full stop, and what stands before that would be lost. So another one begins where
    the statement seems to end. Raises SyntaxError for RDF/XML, which cannot be read on.
    """
    source = io.BytesIO(data)
    head, first, start = b"", 1, 0  # what the next parser is told, and the line and byte it begins with
    while True:
        source.seek(start)
        text = cast(IO[bytes], _Continued(head, source))
        triples = pyoxigraph.parse(text, syntax, base_iri=_BASE, lenient=True)
        try:
            yield from triples
            return
        except SyntaxError as error:
            if syntax == RdfFormat.RDF_XML:
                raise
            reason, place = error.msg, max((error.lineno or 1) - (1 if head else 0), 1)
            prefixes = "".join(f"@prefix {name}: <{iri}> . " for name, iri in triples.prefixes.items())
            head = f"{prefixes}\n".encode() if syntax == RdfFormat.TURTLE else b""
        source.seek(start)
        start += sum(map(len, islice(source, place - 1)))
        lines = list(_broken_lines(source, syntax))
        yield UnreadableRow(
            0, b"".join(lines).decode(errors="backslashreplace").strip(), _reason(reason), first + place - 1
        )
        first, start = first + place - 1 + len(lines), start + sum(map(len, lines))


def _broken_lines(source: io.BytesIO, syntax: RdfFormat) -> Iterator[bytes]:
    """The lines from here to one that ends a statement."""
    for line in source:
        yield line
        if syntax == RdfFormat.N_TRIPLES or line.rstrip().endswith(b"."):
            return


def _reason(message: str) -> str:
    """What the parser says without where it says so, for it counts lines from where it began."""
    return f"no statement: {message.partition(': ')[2] or message}"


class _Continued:
    """A file that begins with ``head`` and goes on where ``source`` stands."""

    def __init__(self, head: bytes, source: io.BytesIO) -> None:
        self._head, self._source = head, source

    def read(self, size: int = -1) -> bytes:
        part, self._head = (self._head, b"") if size < 0 else (self._head[:size], self._head[size:])
        return part or self._source.read(size)


def _syntax(data: Data, name: str) -> RdfFormat:
    """By how it begins: files that are called .owl or .rdf are written in any."""
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<!DOCTYPE", b"<!--", b"<rdf:RDF")):
        return RdfFormat.RDF_XML
    return RdfFormat.N_TRIPLES if name.lower().removesuffix(".gz").endswith(".nt") else RdfFormat.TURTLE


def _value(term: Any) -> Node | LiteralText:
    return (
        LiteralText(term.value, (term.language or "").lower()) if isinstance(term, Literal) else _node(term)
    )


def _node(term: Any) -> Node:
    match term:
        case NamedNode():
            return term.value.removeprefix(_BASE)
        case BlankNode():
            return f"_:{term.value}"
        case _:
            return str(term)  # a statement about a statement


def is_named(node: Node | LiteralText) -> bool:
    return isinstance(node, str) and not node.startswith("_:")
