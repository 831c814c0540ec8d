"""OBO, in which biology writes its ontologies, to raw rows: one a term.

    id                    title  text                     skos:broader    dcterms:isPartOf    synonyms …
    PO:0000003            name   definition, unquoted     is_a            relationship        …

Other relationships and tags keep their own names. A term that ``replaced_by`` gives a successor becomes the ``dcterms:replaces`` of that.

Why no library: the format is lines of ``tag: value`` (https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html), and files in use
take liberties with it. fastobo 0.14 refuses a whole file for 10 of the 23 that ``tests/intake/formats/test_obo.py`` lists; here a line
that is none costs its term.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TextIO

from commons.intake import column_names, raw_rows
from commons.intake.formats import Data, encodings
from commons.intake.formats.encodings import TextEncoding, refusing_foreign_text
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

_EMPTY_HINT = "An OBO file has a stanza for each term, which begins with a line [Term]."
_PART_OF = frozenset({"part_of", "BFO:0000050", "OBO_REL:part_of"})
_BROADER, _IS_PART_OF, _REPLACES = "skos:broader", "dcterms:isPartOf", "dcterms:replaces"
_COLUMNS = ("id", "title", "text", "definition_xrefs", "synonyms", "namespace", "comment", "xref", "subset",
            "alt_id", _BROADER, _IS_PART_OF, _REPLACES, "deprecated")  # fmt: skip
_ALWAYS = ("id", "title", "text")  # also where no term has one
# tag -> the column of ours that its values are listed in
_LISTED = {"is_a": _BROADER, "xref": "xref", "subset": "subset", "alt_id": "alt_id"}
_SYNONYM = re.compile(r"(exact_|narrow_|broad_|related_)?synonym")
_SINGLE = {"namespace": "namespace", "comment": "comment"}
_OBSOLETE = "is_obsolete"

_STANZA = re.compile(r"\[(\w[\w ]*)\]\s*(?:!.*)?$")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(.*)$', re.DOTALL)
_AFTER_QUOTED = re.compile(r"\s*(?:[\w:]+\s+)*(?:\[.*\])?\s*$", re.DOTALL)
_XREFS_BEGIN = re.compile(r'"\s*(?:[\w:]+\s+)*\[')
_XREF = re.compile(r'(?:[^,"\\]|\\.|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "W": " "}


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    with refusing_foreign_text(name, options.encoding):
        encoding = encodings.find(data, name, options)
        outline = _outline(_stanzas(data, encoding))
        terms = _terms(_stanzas(data, encoding), outline)
        yield from raw_rows.refuse_empty(_table(outline, encoding, terms), name, hint=_EMPTY_HINT)


# Stanzas


@dataclass(frozen=True)
class _Stanza:
    """``kind`` is "Term" for what stands under [Term], and empty for the lines above the first stanza."""

    kind: str
    line: int
    clauses: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def _stanzas(data: Data, encoding: TextEncoding) -> Iterator[_Stanza]:
    stanza = _Stanza("", 1)
    for number, read_line in _whole_lines(encoding.opened(data, newline=None)):
        line = read_line
        if fault := encoding.fault(line):
            line = encoding.shown(line)
            stanza.problems.append(f"line {number}: {fault}")
        if head := _STANZA.match(line):
            yield stanza
            stanza = _Stanza(head[1], number)
        elif line.strip() and not line.lstrip().startswith("!"):
            stanza.lines.append(line)
            tag, colon, value = line.partition(":")
            if colon and tag.strip():
                stanza.clauses.append((tag.strip(), value.strip()))
            else:
                stanza.problems.append(f"line {number} is no tag with a value")
    yield stanza


def _whole_lines(text: TextIO) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; one that ends in a backslash goes on in the next."""
    pieces: list[str] = []
    began = 0
    for number, line in enumerate(text, start=1):
        bare = line.rstrip("\r\n")
        if pieces and _STANZA.match(bare):  # the backslash before it was a slip
            yield began, "".join(pieces)
            pieces, began = [], 0
        began = began or number
        backslashes = len(bare) - len(bare.rstrip("\\"))
        pieces.append(bare[:-1] if backslashes % 2 else bare)
        if backslashes % 2 == 0:
            yield began, "".join(pieces)
            pieces, began = [], 0
    if pieces:
        yield began, "".join(pieces)


@dataclass
class _Outline:
    """What has to be known of a whole file before its first term becomes a row."""

    ontology: str = ""
    namespace: str | None = None
    terms: int = 0
    others: int = 0
    columns: dict[str, None] = field(default_factory=dict)
    replaced: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        """Ours of which some term says something, and then those of other tags and relationships."""
        used = {*_ALWAYS, *self.columns}
        used |= {"namespace"} if self.namespace else set()
        used |= {_REPLACES} if self.replaced else set()
        return (*(column for column in _COLUMNS if column in used), *self._others)

    @property
    def _others(self) -> tuple[str, ...]:
        return tuple(column for column in self.columns if column not in _COLUMNS)


def _outline(stanzas: Iterable[_Stanza]) -> _Outline:
    outline = _Outline()
    for stanza in stanzas:
        if stanza.kind == "Term":
            outline.terms += 1
            _note(outline, stanza)
        elif stanza.kind:
            outline.others += 1
        else:
            header = dict(reversed(stanza.clauses))
            outline.ontology = _plain(header.get("ontology", ""))
            outline.namespace = _plain(header.get("default-namespace", "")) or None
    return outline


def _note(outline: _Outline, stanza: _Stanza) -> None:
    own, is_named = "", False
    for tag, value in stanza.clauses:
        if tag == "id":
            own = own or _plain(value)
        elif tag == "replaced_by":
            outline.replaced[_plain(value)].append(own)
        elif tag == "name" and is_named:
            outline.columns.setdefault("synonyms")
        is_named = is_named or tag == "name"
        outline.columns.update(dict.fromkeys(_columns_of(tag, value)))


def _table(
    outline: _Outline, encoding: TextEncoding, terms: Iterable[RawRow | UnreadableRow]
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    name = f" of the ontology {outline.ontology!r}" if outline.ontology else ""
    others = f", without {_counted(outline.others, 'stanza')} of other kinds" if outline.others else ""
    columns = outline.all_columns
    words = f"OBO, {_counted(outline.terms, 'term')}{name}{others}"
    yield TableShape(columns, ", ".join(filter(None, (words, encoding.description))))
    yield from terms


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# Terms


def _terms(stanzas: Iterable[_Stanza], outline: _Outline) -> Iterator[RawRow | UnreadableRow]:
    number = 0
    for stanza in stanzas:
        if stanza.kind != "Term":
            continue
        number += 1
        values = _values(stanza, outline)
        problems = stanza.problems or ([] if values["id"] else ["the term has no id"])
        if problems:
            text = "\n".join(("[Term]", *stanza.lines))
            yield UnreadableRow(number, text, "; ".join(problems), stanza.line)
        else:
            yield RawRow(number, values, stanza.line)


def _values(stanza: _Stanza, outline: _Outline) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(outline.all_columns)
    if outline.namespace:
        values["namespace"] = outline.namespace
    for tag, value in stanza.clauses:
        if tag == "id":
            values["id"] = values["id"] or _plain(value)
        elif tag == "name" and values["title"] is None:
            values["title"] = _plain(value)
        elif tag == "name":
            _add(values, "synonyms", _plain(value))
        elif tag == "def":
            text, after = _quoted(value)
            values["text"] = f"{values['text']}\n\n{text}" if values["text"] else text
            for xref in _xrefs(after):
                _add(values, "definition_xrefs", xref)
        elif _SYNONYM.fullmatch(tag):
            _add(values, "synonyms", _quoted(value)[0])
        elif tag in _SINGLE:
            values[_SINGLE[tag]] = _quoted(value)[0] or None
        elif tag in _LISTED:
            _add(values, _LISTED[tag], _plain(value))
        elif tag == _OBSOLETE:
            values["deprecated"] = _plain(value).casefold() == "true"
        elif tag == "relationship" and _relation(value)[0] in _PART_OF:
            _add(values, _IS_PART_OF, _relation(value)[1])
        elif column := _other_column(tag, value):
            _add(values, column, _relation(value)[1] if tag == "relationship" else _quoted(value)[0])
    if values["id"] in outline.replaced:
        values[_REPLACES] = outline.replaced[values["id"]]
    return values


def _add(values: dict[str, Any], column: str, value: str) -> None:
    if value and values[column] is None:
        values[column] = [value]
    elif value:
        values[column].append(value)


def _columns_of(tag: str, value: str) -> tuple[str, ...]:
    """The columns that a clause says something in, beside a term's id and title."""
    if tag in ("id", "name"):
        return ()
    if tag == "def":
        return ("text", "definition_xrefs")
    if _SYNONYM.fullmatch(tag):
        return ("synonyms",)
    if tag == _OBSOLETE:
        return ("deprecated",)
    if tag == "relationship" and _relation(value)[0] in _PART_OF:
        return (_IS_PART_OF,)
    return (_LISTED.get(tag) or _SINGLE.get(tag) or _other_column(tag, value),)


def _other_column(tag: str, value: str) -> str:
    """The column of a tag or relationship that has none of ours."""
    if tag in ("id", "name", "def", _OBSOLETE) or tag in _LISTED or tag in _SINGLE or _SYNONYM.fullmatch(tag):
        return ""
    own = tag
    if tag == "relationship":
        own = _relation(value)[0]
        if own in _PART_OF:
            return ""
    is_ours = own in _COLUMNS or column_names.target_of(own)
    return f"{tag}:{own}" if is_ours else own


def _relation(value: str) -> tuple[str, str]:
    kind, _, target = _plain(value).partition(" ")
    return kind, target.strip()


# Values


def _plain(value: str) -> str:
    """What a line says, without the comment and the modifiers at its end."""
    return _unescaped(_bare(value))


def _bare(value: str) -> str:
    return _without_modifiers(value.partition(" !")[0])


def _without_modifiers(value: str) -> str:
    """The value without ``{source="…"}`` at its end."""
    value = value.strip()
    before, brace, modifiers = value.rpartition("{")
    is_modified = brace and value.endswith("}") and "=" in modifiers and before.endswith((" ", "\t"))
    return before.strip() if is_modified else value


def _quoted(value: str) -> tuple[str, str]:
    """The text between quotes and what stands behind it; a value without quotes is all text.

    Quotes within the text should be escaped. Where they are not, the text ends before the last that a list of references follows.
    """
    if not value.startswith('"'):
        return _unescaped(_without_modifiers(value)), ""
    for spelling in (_without_modifiers(value), _bare(value)):
        quoted = _QUOTED.match(spelling)
        if quoted and _AFTER_QUOTED.match(quoted[2]):
            return _unescaped(quoted[1]).strip(), quoted[2]
    bare = _without_modifiers(value)
    ends = list(_XREFS_BEGIN.finditer(bare, 1)) if bare.endswith("]") else []
    if ends:
        return _unescaped(bare[1 : ends[-1].start()]).strip(), bare[ends[-1].end() - 1 :]
    return _unescaped(bare[1:].removesuffix('"')).strip(), ""


def _xrefs(after: str) -> list[str]:
    """The references in ``[PMID:1, http://example.org/a\\,b "a, b"]``, behind the scope of a synonym or not."""
    _, _, inner = after.partition("[")
    parts = _XREF.findall(inner.rstrip().removesuffix("]"))
    return [text for part in parts if (text := _unescaped(part.strip()))]


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text) if "\\" in text else text


def load() -> None:
    """See ``formats.ReadableFormat``."""
    encodings.load()
    list(rows(b'[Term]\nid: X:1\nname: x\ndef: "x \\"y\\"" [X:2 "z"]\n', "sample", ReadingOptions()))
