"""What became of the rows of the inputs: each is offered, repeats what is there, or is refused; and each link is kept, or dropped with a
reason. So the account balances:

    rows read = offered + repeated + refused                  prepared.read, .accepted, .repeated_count, .refused_count
    links given = offered + repeated + dropped                   prepared.links
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from commons.gate import examine
from commons.gate.findings import Finding, RowPlace, Severity
from commons.intake.inputs import Input
from commons.layout import Kind
from commons.ledger.contributions import Group
from commons.records.schema import Row


@dataclass(frozen=True)
class RefusedRow:
    """A row, or a link of one, that stays out, as it was found, with every reason."""

    place: RowPlace
    findings: tuple[Finding, ...]
    data: Any

    @property
    def number(self) -> int:
        return self.place.row

    def to_json(self) -> str:
        reasons = [{"code": f.code, "message": f.message, "hint": f.hint} for f in self.findings]
        place = {"row": self.place.row} | ({"line": self.place.line} if self.place.line else {})
        row = {**place, "findings": reasons, "data": _as_json(self.data)}
        return json.dumps(row, ensure_ascii=True, allow_nan=False)


def _as_json(value: Any) -> Any:
    """Whatever a foreign row may hold, as JSON has it; what JSON lacks becomes text."""
    match value:
        case dict():
            return {str(name): _as_json(item) for name, item in value.items()}
        case list() | tuple():
            return [_as_json(item) for item in value]
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return str(value)


@dataclass
class LinkAccount:
    """What became of the links that the rows give; ``dropped`` counts by code."""

    given: int = 0
    offered: int = 0
    repeated: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass
class PreparedRows:
    """Every row of the inputs: accepted into ``groups``, repeated or refused, by input; its links; and what else to tell."""

    groups: dict[Group, list[Row]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[Input, list[RefusedRow]] = field(default_factory=lambda: defaultdict(list))
    repeated: dict[Input, list[RefusedRow]] = field(default_factory=lambda: defaultdict(list))
    dropped: dict[Input, list[RefusedRow]] = field(default_factory=lambda: defaultdict(list))  # links
    links: LinkAccount = field(default_factory=LinkAccount)
    places: dict[str, RowPlace] = field(default_factory=dict)  # row id -> where the row stands
    notes: list[Finding] = field(default_factory=list)
    read_as: dict[Input, str] = field(default_factory=dict)
    columns: dict[Input, tuple[str, ...]] = field(default_factory=dict)
    local_ids: dict[Input, dict[str, str]] = field(default_factory=dict)  # which links may name -> record id
    read: int = 0

    @property
    def accepted(self) -> int:
        """Rows that stay; links are parts of rows and not counted."""
        return sum(len(rows) for (kind, _, _), rows in self.groups.items() if kind is not Kind.LINK)

    @property
    def refused_count(self) -> int:
        return _count(self.refused)

    @property
    def repeated_count(self) -> int:
        return _count(self.repeated)

    @property
    def dropped_count(self) -> int:
        return _count(self.dropped)

    @property
    def stands_against(self) -> int:
        """How many rows and links need a decision before the others are offered; what repeats needs none."""
        return self.refused_count + self.dropped_count

    @property
    def is_empty(self) -> bool:
        """Nothing is left to offer, not even a link."""
        return not any(self.groups.values())

    @property
    def is_nothing_new(self) -> bool:
        """Every row, and there are some, repeats what is there."""
        return self.is_empty and not self.stands_against and self.repeated_count > 0

    def repetition(self, row: Row, name: str, known_ids: Set[str]) -> Finding | None:
        """Whether the row with this id says exactly what an accepted one does, or one that the commons holds."""
        if earlier := self.places.get(name):
            return Finding("duplicate-in-file", f"row {earlier.row} of {earlier.file} says the same")
        return examine.repetition(row, name, frozenset(), known_ids)

    def warnings(self) -> list[Finding]:
        """What a person should look at in rows that are offered; the report on them says it too."""
        return [note for note in self.notes if note.severity is Severity.WARN]

    def left_out(self, source: Input) -> list[RefusedRow]:
        """Everything of an input that is not offered, in its order."""
        rows = [*self.refused[source], *self.repeated[source], *self.dropped[source]]
        return sorted(rows, key=lambda row: row.number)


def _count(rows: dict[Input, list[RefusedRow]]) -> int:
    return sum(map(len, rows.values()))
