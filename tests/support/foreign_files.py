"""Files of strangers, read as everybody reads them: in a confined child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commons.intake import readers
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow


def read(
    folder: Path, name: str, data: bytes, **options: Any
) -> tuple[TableShape, list[RawRow | UnreadableRow]]:
    """The shape of the table in ``data`` under this name, and all its rows."""
    (folder / name).write_bytes(data)
    table = readers.read(folder / name, ReadingOptions(**options))
    return table.shape, list(table.rows)


def filled(row: RawRow | UnreadableRow) -> dict[str, Any]:
    """The values of a row, without those that are absent."""
    assert isinstance(row, RawRow)
    return {name: value for name, value in row.values.items() if value is not None}
