"""From a foreign row to the fields of a record or a question, by a mapping the contributor gives.

A mapping says ``target = source``. A source is a column; a path into what a column holds, ``qa.answer``; or a template over both in braces,
``"{country}: {field}"``. A column that bears a target's own name maps to it without being asked (``column_names``). Targets are ``id`` (a
local key that links in the same contribution may use), ``title``, ``text``, ``lang``, ``topic``, ``license``, ``links``, the parts of a
source, and each predicate that a link may have; those of a question are ``question``, ``relevant``, ``lang`` and ``license``.

    mapping = Mapping({"text": "qa.answer"}, {"lang": "en"}, explode=("qa",))
    bound = mapping.bound(["qa", "Title "], file="notes.jsonl")
    for part in bound.parts(row): bound.apply(part)

``explode`` names columns or paths that hold lists, of which each element becomes a row of its own.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from commons import near_misses
from commons.errors import InputError, UsageError
from commons.intake.column_names import TARGETS, folded, target_of
from commons.layout import Kind
from commons.records import placeholders

_NAMES = {Kind.RECORD: "record", Kind.QUESTION: "question"}
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_NEXT_TARGET = re.compile(
    rf",(?=\s*(?:{'|'.join(sorted({re.escape(t) for targets in TARGETS.values() for t in targets}))})\s*=)"
)
_MAX_LISTED = 20
_TEXTS = ("id", "title", "text", "question", "relevant")  # where only its author knows what a word means
Values = dict[str, Any]
_Source = Callable[[Values], Any]


@dataclass(frozen=True)
class Mapping:
    """``columns``: target -> column, path or template; nothing says that no column is it, whatever its name. ``defaults``: target -> value
    for rows that have none.

    Raises:
        UsageError: a target that rows of this kind do not have.
    """

    columns: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    kind: Kind = Kind.RECORD
    explode: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for target in (*self.columns, *self.defaults):
            if target not in TARGETS[self.kind]:
                question = near_misses.sentence(target, TARGETS[self.kind])
                raise UsageError(
                    f"A {_NAMES[self.kind]} has no field {target!r}.",
                    hint=f"{question} Fields: {', '.join(TARGETS[self.kind])}.".lstrip(),
                )

    def needed(self) -> set[str]:
        """The columns and paths that the mapping names."""
        named = (_PLACEHOLDER.findall(source) or [source] for source in self.columns.values() if source)
        return {name for names in named for name in names} | set(self.explode)

    def bound(self, columns: Sequence[str], *, file: str) -> BoundMapping:
        """The mapping over a table with these columns.

        Raises:
            InputError: a column that the table lacks (``mapping-column``), or that stands there twice (``file-format``); or several that
                could be meant by one field (``mapping-ambiguous``).
        """
        return BoundMapping(self, tuple(columns), file)


class BoundMapping:
    """A mapping over the columns of one table. ``unused`` are those of which nothing becomes a row of ours."""

    def __init__(self, mapping: Mapping, columns: tuple[str, ...], file: str) -> None:
        self._columns = dict.fromkeys(columns)
        self._twice = {name for name, count in Counter(columns).items() if count > 1}
        self.file = file
        self._defaults = mapping.defaults
        self._paths: dict[str, tuple[str, ...]] = {}  # as it was named -> what it goes through
        self._explode = tuple(self._column_of(path)[1] for path in mapping.explode)
        self._used: set[str] = {path[0] for path in self._explode}
        self._sources = {target: self._source(text) for target, text in mapping.columns.items() if text}
        own = {target: column for target, column in self._own(mapping) if target not in mapping.columns}
        self._sources |= {target: self._source_of_column(column) for target, column in own.items()}
        self.own_columns = own

    @property
    def unused(self) -> list[str]:
        """In the order of the table."""
        return [column for column in self._columns if column not in self._used]

    @property
    def targets(self) -> set[str]:
        """What the mapping gives a value, or a default."""
        return {*self._sources, *self._defaults}

    def refuse_untrodden(self, rows: Iterable[Values]) -> None:
        """Raise InputError (``mapping-column``) for a path that leads to something in none of ``rows``, and there are some."""
        rows = list(rows)
        for name, path in self._paths.items():
            names: dict[str, None] = {}  # where the path ends too early, with what stands there
            if all(not _is_trodden(values, path, names) for values in rows):
                question = near_misses.sentence(path[-1], names)
                there = f"There are: {_listed(names)}." if names else ""
                raise InputError(
                    f"No row of {self.file} has {name!r}, which the mapping names.",
                    hint=" ".join(filter(None, (question, there))) or f"Look at what {path[0]} holds.",
                    code="mapping-column",
                )

    def parts(self, values: Values) -> Iterator[Values]:
        """The row, or where lists are exploded a row for each element; an empty list leaves one row without it."""
        rows = [values]
        for path in self._explode:
            rows = [part for row in rows for part in _exploded(row, path)]
        yield from rows

    def apply(self, values: Values) -> Values:
        """The mapped fields of one row: only targets that have a value."""
        mapped = dict(self._defaults)
        for target, source in self._sources.items():
            value = source(values)
            if not (value is None or value == "" or (target not in _TEXTS and _is_missing(value))):
                mapped[target] = value
        return mapped

    def _own(self, mapping: Mapping) -> Iterator[tuple[str, str]]:
        """Targets with the column that bears their name: the one that is spelt so, else the only one that folds to it."""
        bearers: dict[str, list[str]] = {}
        for column in self._columns:
            if (target := target_of(column)) in TARGETS[mapping.kind]:
                bearers.setdefault(target, []).append(column)
        for target, columns in bearers.items():
            if target in mapping.columns:
                continue
            exact = [column for column in columns if column == target]
            if not exact and len(columns) > 1:
                raise InputError(
                    f"{self.file} has several columns that could be the {target}: {_listed(columns)}.",
                    hint=f"Say which one: --map {shlex.quote(f'{target}={columns[0]}')}",
                    code="mapping-ambiguous",
                )
            yield target, (exact or columns)[0]

    def _source(self, text: str) -> _Source:
        if text in self._columns:
            return self._source_of_column(text)
        if names := _PLACEHOLDER.findall(text):
            return _template(text, {name: self._source_of_name(name) for name in names})
        return self._source_of_name(text)

    def _source_of_name(self, name: str) -> _Source:
        column, path = self._column_of(name)
        self._used.add(column)
        if len(path) > 1:
            self._paths[name] = path
        return self._source_of_column(column) if len(path) == 1 else lambda values: _at(values, path)

    def _source_of_column(self, column: str) -> _Source:
        if column in self._twice:
            raise InputError(
                f"{self.file} has the column {column!r} twice.",
                hint="Rename one of them in the file; nobody can tell which is meant.",
                code="file-format",
            )
        self._used.add(column)
        return lambda values: values.get(column)

    def _column_of(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The column that a name or path begins with, and the path from it. A name that folds to one column's is that column's."""
        known = self._columns
        if name in known:
            return name, (name,)
        first, *rest = name.split(".")
        for length in range(len(rest), 0, -1):  # a column's name may hold points itself
            column = ".".join([first, *rest[: length - 1]])
            if column in known:
                return column, (column, *rest[length - 1 :])
        same = [column for column in known if folded(column) == folded(name)]
        if len(same) == 1:
            return same[0], (same[0],)
        raise InputError(
            f"{self.file} has no column {name!r}, which the mapping names.",
            hint=" ".join(
                filter(None, (near_misses.sentence(name, known), f"Its columns: {_listed(known)}."))
            ),
            code="mapping-column",
        )


def _template(text: str, sources: AnyMapping[str, _Source]) -> _Source:
    def filled(values: Values) -> Any:
        filling = {name: source(values) for name, source in sources.items()}
        if any(value is None for value in filling.values()):
            return None
        return _PLACEHOLDER.sub(lambda match: str(filling[match[1]]), text)

    return filled


def _at(value: Any, path: Sequence[str]) -> Any:
    """What lies at ``path``; through a list, the list of what lies there in each element that has it."""
    for place, name in enumerate(path):
        value = _unfolded(value)
        if isinstance(value, list | tuple):
            inner = [_at(element, path[place:]) for element in value]
            return [element for element in inner if element is not None] or None
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _is_trodden(value: Any, path: Sequence[str], names: dict[str, None]) -> bool:
    """Whether ``path`` leads to something, be it empty; ``names`` gathers what stands where it ends too early."""
    value = _unfolded(value)
    if isinstance(value, list | tuple):
        return any(_is_trodden(element, path, names) for element in value)
    if not path:
        return True
    if not isinstance(value, dict):
        return False
    if path[0] not in value:
        names |= dict.fromkeys(value)
        return False
    return _is_trodden(value[path[0]], path[1:], names)


def _exploded(values: Values, path: tuple[str, ...]) -> Iterator[Values]:
    elements = _unfolded(_at(values, path))
    if not isinstance(elements, list | tuple):
        yield values
        return
    for element in elements or [None]:
        yield _replaced(values, path, element)


def _replaced(values: Values, path: Sequence[str], element: Any) -> Values:
    name, *rest = path
    if not rest:
        return {**values, name: element}
    inner = _unfolded(values.get(name))
    return {**values, name: _replaced(inner if isinstance(inner, dict) else {}, rest, element)}


def _unfolded(value: Any) -> Any:
    """A cell of a text table that holds a JSON list or object, as that; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _is_missing(value: Any) -> bool:
    """Whether it says that there is no value, as ``N/A`` does; then a default may say it."""
    return isinstance(value, str) and (not value.strip() or placeholders.is_placeholder(value))


def _listed(columns: Iterable[str]) -> str:
    names = list(columns)
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(names[:_MAX_LISTED]) + more


def parse(text: str) -> dict[str, str]:
    """``title=question,text=answer`` as given on the command line; a comma parts only where another target follows it."""
    columns: dict[str, str] = {}
    for part in _NEXT_TARGET.split(text):
        target, separator, column = part.partition("=")
        if not separator:
            raise UsageError(f"{part!r} is not a mapping.", hint="Write --map title=question,text=answer")
        columns[target.strip()] = column.strip()
    return columns
