"""Mapped rows: what a file holds, with each row's columns as the fields of ours; what cannot be read as a row is refused here.

for row in mapped_rows.read(source, prepared, progress): row.values
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from commons import layout
from commons.errors import UsageError
from commons.gate.findings import Finding, RowPlace
from commons.intake import columns, refused_files
from commons.intake.inputs import Input
from commons.intake.mapping import BoundMapping
from commons.intake.prepared_rows import PreparedRows, RefusedRow
from commons.intake.raw_rows import RawRow, UnreadableRow
from commons.progress import Progress

OnTable = Callable[[Input, int], None]
_MAX_UNUSED_NAMED = 10
_PROGRESS_ROWS = 500
_SHOWN_ROWS = 50  # of which a mapping is proposed


@dataclass(frozen=True)
class MappedRow:
    """The mapped fields of a row, where it stands, and as which data it was found."""

    place: RowPlace
    values: dict[str, Any]
    data: dict[str, Any]


def read(
    source: Input, prepared: PreparedRows, progress: Progress, on_table: OnTable | None = None
) -> Iterator[MappedRow]:
    """The rows of one input; a line that cannot be read as one is refused, and what nothing maps to is noted.

    ``on_table`` is told how many rows a file has before any of them is looked at.

    Raises:
        InputError: a file that cannot be read at all, or a mapping that names a column it lacks; UsageError: no name for a collection.
    """
    if not layout.is_slug(source.collection):
        raise UsageError(
            f"{source.collection!r} is not a collection name.",
            hint="Use a-z, 0-9 and hyphens: --collection my-notes",
        )
    table = source.table()
    prepared.read_as[source] = table.shape.read_as
    raws = [refused_files.unwrapped(raw, source.label) for raw in table.rows]
    if on_table:
        on_table(source, len(raws))
    names = _columns(source, table.shape.columns, raws)
    prepared.columns[source] = tuple(names)
    mapping = source.mapping.bound(names, file=source.label)
    if not source.columns:  # rows that were refused need not have all that their table has
        mapping.refuse_untrodden([raw.values for raw in raws if isinstance(raw, RawRow)])
    first = [raw.values for raw in raws[:_SHOWN_ROWS] if isinstance(raw, RawRow) and not _is_lone_link(raw)]
    if source.must_say_all and first:
        columns.refuse_incomplete(mapping, source.mapping, names, first, read_as=table.shape.read_as)
    _note_unused(mapping, source, prepared)
    for done, raw in enumerate(raws, start=1):
        if done % _PROGRESS_ROWS == 0 or done == len(raws):
            progress(f"Checking {source.label}", done, len(raws))
        place = RowPlace(source.label, raw.number, raw.line)
        if isinstance(raw, UnreadableRow):
            prepared.read += 1
            unreadable = Finding("unreadable-row", raw.reason)
            prepared.refused[source].append(RefusedRow(place, (unreadable,), raw.text))
            continue
        for values in mapping.parts(raw.values):
            prepared.read += 1
            yield MappedRow(place, mapping.apply(values), values)


def _columns(source: Input, shape: tuple[str, ...], raws: list[RawRow | UnreadableRow]) -> list[str]:
    """Those of the table, and of rows that name their own; a link that was dropped has none."""
    rows = [raw for raw in raws if isinstance(raw, RawRow) and not _is_lone_link(raw)]
    named = {name: None for raw in rows for name in raw.values}
    known = source.columns if refused_files.is_refused_file(source.label) else shape
    return [*known, *(name for name in named if name not in set(known))]


def _is_lone_link(raw: RawRow) -> bool:
    return refused_files.link_in(raw.values) is not None


def _note_unused(mapping: BoundMapping, source: Input, prepared: PreparedRows) -> None:
    if unused := mapping.unused:
        more = f" and {len(unused) - _MAX_UNUSED_NAMED} more" if len(unused) > _MAX_UNUSED_NAMED else ""
        message = f"nothing maps to {', '.join(unused[:_MAX_UNUSED_NAMED])}{more}"
        prepared.notes.append(Finding("unused-column", message, source.label))
