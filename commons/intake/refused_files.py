"""Refused files: the rows that stay out, each as it was found with every reason, and how they come back when they were mended.

    refused_files.write(source, prepared, path)       notes.csv.refused.jsonl, and its mapping in notes.csv.refused.toml
    refused_files.unwrapped(raw, "notes.csv.refused.jsonl")          the row that was refused, as it reads now
    refused_files.mapping_beside(path)                what its columns held

Each line is an object with ``row`` and ``line``, where it stood; ``findings``; and ``data``, which is what one mends. The data of a link
that was dropped are the record that it belongs to, that record's licence, and the link.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Set
from pathlib import Path
from typing import Any

from commons.files import write_whole
from commons.intake import mapping_files
from commons.intake.candidates import LinkCandidate
from commons.intake.inputs import Input
from commons.intake.mapping_files import MappingFile
from commons.intake.prepared_rows import PreparedRows
from commons.intake.raw_rows import RawRow, UnreadableRow

_NAME = re.compile(r"(?P<of>.*)\.refused(?:-(?P<round>\d+))?\.jsonl")
_ENVELOPE = {"row", "line", "findings", "data"}
_LINK = {"record", "license", "link"}


def path_for(source: Input, folder: Path, taken: Set[Path] = frozenset()) -> Path:
    """Where what is left out of an input goes: never to one of ``taken``, nor to a file in which somebody has mended rows."""
    match = _NAME.fullmatch(source.label)
    of, number = (match["of"], int(match["round"] or 1) + 1) if match else (source.label, 1)
    while (path := folder / _name(of, number)).resolve() in taken or _is_mended(path):
        number += 1
    return path


def _name(of: str, number: int) -> str:
    return f"{of}.refused-{number}.jsonl" if number > 1 else f"{of}.refused.jsonl"


def write(source: Input, prepared: PreparedRows, path: Path) -> None:
    """Write the rows as JSON lines, and beside them the mapping that reads them; each whole or not at all."""
    rows = "".join(row.to_json() + "\n" for row in prepared.left_out(source)).encode("ascii")
    ids = prepared.local_ids.get(source, {}) if prepared.links.given else {}
    mapping = MappingFile(source.mapping, source.collection, prepared.columns.get(source, ()), ids)
    write_whole(path, rows)
    mapping_files.save(mapping, _mapping_path(path), comment=_as_written(rows))


def _as_written(rows: bytes) -> str:
    return f"rows as they were refused: sha256 {hashlib.sha256(rows).hexdigest()}"


def _is_mended(path: Path) -> bool:
    """Whether somebody has changed the rows since they were written."""
    try:
        return _as_written(path.read_bytes()).encode() not in _mapping_path(path).read_bytes()
    except FileNotFoundError:
        return path.exists()


def remove(path: Path) -> None:
    """Take away what an earlier run left: every row passes now."""
    path.unlink(missing_ok=True)
    _mapping_path(path).unlink(missing_ok=True)


def mapping_beside(path: Path) -> Path | None:
    """The mapping file that was written with the refused file ``path``; None where ``path`` is none, or stands alone."""
    beside = _mapping_path(path)
    return beside if _NAME.fullmatch(path.name) and beside.exists() else None


def _mapping_path(path: Path) -> Path:
    return path.with_suffix(".toml")


def is_refused_file(name: str) -> bool:
    return _NAME.fullmatch(Path(name).name) is not None


def unwrapped(raw: RawRow | UnreadableRow, name: str) -> RawRow | UnreadableRow:
    """What lies in a row of a refused file; a row of any other as it is."""
    if isinstance(raw, UnreadableRow) or not is_refused_file(name) or not raw.values.keys() <= _ENVELOPE:
        return raw
    data = raw.values.get("data")
    if isinstance(data, dict):
        return RawRow(raw.number, data, raw.line)
    reason = "its data is still the line as it was found; write it as an object with a value for each column"
    return UnreadableRow(raw.number, str(data), reason, raw.line)


def link_data(record_id: str, spdx: str, link: LinkCandidate) -> dict[str, Any]:
    """A link that was dropped, as data."""
    return {
        "record": record_id,
        "license": spdx,
        "link": {"predicate": link.predicate, "object": link.object},
    }


def link_in(data: Any) -> tuple[str, str, LinkCandidate] | None:
    """The record id, licence and link in data that is one; else None."""
    match data:
        case {
            "record": str(record_id),
            "license": str(spdx),
            "link": {"predicate": str(predicate), "object": str(target)},
        } if data.keys() == _LINK:
            return record_id, spdx, LinkCandidate(predicate, target)
        case _:
            return None
