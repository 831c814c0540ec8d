"""What is told of a file as a whole once its rows are judged: what was repaired, rewritten or parted, and which sources name nobody.

notes = FileNotes("notes.csv")
notes.add(place, candidate.repairs, candidate.values, record.sources)      for each row that is offered
notes.findings()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commons.gate.findings import Finding, RowPlace
from commons.gate.wording import amount
from commons.intake import canonical_values
from commons.intake.repairs import Repairs, RepairTally
from commons.records.schema import Source


@dataclass
class FileNotes:
    """The notes on one file; ``parted`` counts texts that became several."""

    label: str
    parted: int = 0
    _repairs: RepairTally = field(default_factory=RepairTally)
    _rewritten: dict[tuple[str, str, str], None] = field(default_factory=dict)
    _unnamed: int = 0

    def add(
        self, place: RowPlace, repairs: Repairs, values: Mapping[str, Any], sources: Sequence[Source] = ()
    ) -> None:
        """A row that is offered: what was repaired in it, its fields as they were written, and the sources of its record."""
        self._repairs.add(place, repairs)
        self._rewritten.update(dict.fromkeys(canonical_values.rewritten(values)))
        self._unnamed += any(not (source.title or source.author) for source in sources)

    def findings(self) -> Iterator[Finding]:
        yield from self._repairs.findings(self.label)
        yield from canonical_values.notes(self._rewritten, self.label)
        if self._unnamed:
            message = f"{amount(self._unnamed, 'row')} with a source of neither title nor author; its address alone can be credited"
            yield Finding("source-unnamed", message, self.label)
        if self.parted:
            message = f"parted {amount(self.parted, 'text')} longer than a record's may be"
            yield Finding("text-parted", message, self.label)
