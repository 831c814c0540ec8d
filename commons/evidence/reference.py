"""References: what the ids in a text lead to, however they were pasted.

    references.in_text(catalogue, "see KR1… and kl1…")        what is here of the records, links and contributions it names
    references.of(catalogue, "kl1…").entries                  the two records that a link joins

A record's id leads to the record, a link's to the records at its ends, a contribution's to the records that came in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commons.errors import CommonsError, UsageError
from commons.evidence import hit as hits
from commons.evidence.harmless_text import visible
from commons.evidence.hit import Hit
from commons.governance.people import Person
from commons.records.catalogue import Catalogue, CatalogueEntry
from commons.records.identity import ids_in
from commons.records.schema import Link
from commons.records.states import RecordStates

_SHOWN_CHARACTERS = 80  # of what was pasted
_KINDS = {"kr1": "record", "kl1": "link", "kc1": "contribution"}


@dataclass(frozen=True)
class Reference:
    """An id and the records it leads to: of a link its subject before its object, as far as they are here."""

    id: str
    entries: tuple[CatalogueEntry, ...]
    title: str  # what it is, in one line
    link: Link | None = None  # where the id is a link's

    @property
    def kind(self) -> str:
        return kind_of(self.id)

    @property
    def is_record(self) -> bool:
        return self.kind == "record"

    def hits(self, people: Mapping[str, Person], states: RecordStates) -> list[Hit]:
        """The records, whatever their state; ``people`` and ``states`` are those of the catalogue's snapshot."""
        return [hits.of(entry, people, states.state(entry.record.id)) for entry in self.entries]


def id_in(pasted: str) -> str:
    """The one id that somebody pasted, as it is or in the address of its page.

    Raises:
        CommonsError: there is none (``record-missing``); UsageError: there are several.
    """
    named = ids_in(pasted)
    if len(named) > 1:
        raise UsageError("That names several rows.", hint="One at a time: " + " or ".join(named))
    if not named:
        raise no_id(pasted)
    return named[0]


def no_id(pasted: str) -> CommonsError:
    """What to say of something pasted that holds no id."""
    return CommonsError(
        f"{visible(pasted)[:_SHOWN_CHARACTERS]!r} is not the id of a record: it has kr1 and 52 letters and digits.",
        hint="commons search finds records.",
        code="record-missing",
    )


def kind_of(row_id: str) -> str:
    """Record, link or contribution: what an id is of."""
    return _KINDS[row_id[:3]]


def in_text(catalogue: Catalogue, text: str) -> list[Reference]:
    """The references of a text that lead somewhere, in its order."""
    return [reference for name in ids_in(text) if (reference := of(catalogue, name))]


def pasted(catalogue: Catalogue, text: str, commons: str) -> Reference:
    """The record, link or contribution whose id, or whose page's address, was pasted, whatever its state; ``commons``: its name in errors.

    Raises:
        CommonsError: there is none (``record-missing``), or more than one is named (``usage``).
    """
    named = id_in(text)
    reference = of(catalogue, named)
    if reference is None:
        raise CommonsError(
            f"{commons} has no {kind_of(named)} {named}.",
            hint="It may have been corrected or withdrawn since; commons search finds records by their words.",
            code="record-missing",
        )
    return reference


def of(catalogue: Catalogue, row_id: str) -> Reference | None:
    """What an id leads to, or None where nothing here has it."""
    match kind_of(row_id):
        case "link":
            return _of_link(row_id, catalogue)
        case "contribution":
            return _of_contribution(row_id, catalogue)
        case _:
            entry = catalogue.get(row_id)
            return Reference(row_id, (entry,), catalogue.titles([row_id])[row_id]) if entry else None


def _of_link(row_id: str, catalogue: Catalogue) -> Reference | None:
    link = catalogue.link(row_id)
    if link is None:
        return None
    ends = (link.subject, link.object)
    titles = catalogue.titles(ends)
    subject, other = (titles.get(end, end) for end in ends)
    return Reference(row_id, _entries(catalogue, ends), f"{subject} → {link.predicate} → {other}", link)


def _of_contribution(row_id: str, catalogue: Catalogue) -> Reference | None:
    """Its records; of one that brought links alone, the records that these join."""
    records, links = catalogue.contributed(row_id)
    if not records and not links:
        return None
    joined = tuple(end for link in links for end in (link.subject, link.object))
    counts = [
        f"{number:,} {noun}{'s' * (number != 1)}"
        for number, noun in ((len(records), "record"), (len(links), "link"))
        if number
    ]
    title = f"A contribution of {' and '.join(counts)}"
    return Reference(row_id, tuple(records) or _entries(catalogue, joined), title)


def _entries(catalogue: Catalogue, record_ids: tuple[str, ...]) -> tuple[CatalogueEntry, ...]:
    return tuple(entry for name in dict.fromkeys(record_ids) if (entry := catalogue.get(name)))
