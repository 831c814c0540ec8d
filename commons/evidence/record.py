"""What stands around a record: its corrections, by whom and when, and the links from and to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from commons.errors import CommonsError
from commons.evidence.hit import Hit
from commons.governance import people as people_files
from commons.ledger import landings
from commons.records.catalogue import Catalogue
from commons.records.schema import Link
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class Replacement:
    """One correction, seen from either end: the record at the other one, who brought it, and when it landed (None: nobody can say here)."""

    id: str
    title: str
    contributor: str  # a name to show
    key: str
    contribution: str
    landed: datetime | None

    def words(self) -> str:
        """By whom, and when."""
        return f"by {self.contributor}" + (f" on {self.landed:%Y-%m-%d}" if self.landed else "")


@dataclass(frozen=True)
class RecordHistory:
    """What replaced a record, and what it replaced itself; ``newest`` is its own id where it is live."""

    newest: str
    replaced_by: tuple[Replacement, ...]
    replaces: tuple[Replacement, ...]


def history(snapshot: Snapshot, catalogue: Catalogue, hit: Hit) -> RecordHistory:
    """The corrections of a record by one step in each direction; ``catalogue`` is the snapshot's."""
    state = hit.state
    return RecordHistory(
        state.newest,
        tuple(_replacements(snapshot, catalogue, ((link, link.subject) for link in state.replaced_by))),
        tuple(_replacements(snapshot, catalogue, ((link, link.object) for link in state.replaces))),
    )


def _replacements(
    snapshot: Snapshot, catalogue: Catalogue, links: Iterable[tuple[Link, str]]
) -> Iterable[Replacement]:
    for link, other in links:
        yield Replacement(
            other,
            catalogue.titles([other]).get(other, other),
            people_files.credited(snapshot.people, link.contributor, link.contribution),
            link.contributor,
            link.contribution,
            _landed(snapshot, link.contribution),
        )


def _landed(snapshot: Snapshot, contribution: str) -> datetime | None:
    try:
        return landings.time_of(snapshot.log(), snapshot.fetch_all, contribution)
    except CommonsError:  # the Hub is away, or the log does not hold, of which verify speaks
        return None
