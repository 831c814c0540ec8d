"""Cite: records as references, for a text, a reference manager or a prompt.

    citations = cite.cite(snapshot, catalogue, ["kr1…", "https://…/record/kr1…"], style="bibtex")
    citations.text                     the list, in that style
    citations.notes                    what whoever cites should know: what was replaced, what is disputed

What was asked for is what is cited, at the snapshot's revision, whatever became of it since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from commons import near_misses
from commons.errors import CommonsError, UsageError
from commons.evidence import bibliography, permalink, results
from commons.evidence import hit as hits
from commons.evidence import reference as references
from commons.evidence.bibliography import BibliographicReference, Style
from commons.evidence.citation import citation
from commons.evidence.harmless_text import visible_line
from commons.evidence.hit import Hit
from commons.records.catalogue import Catalogue
from commons.records.identity import ids_in
from commons.snapshots.snapshot import Snapshot

STYLES = tuple(style.value for style in Style)
MAX_RECORDS = 1000


@dataclass(frozen=True)
class Citations:
    """References in the order in which they were asked for, each record once."""

    style: Style
    references: tuple[BibliographicReference, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return bibliography.written(self.references, self.style)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences."""
        replaced = [
            f"{each.id} was replaced: the newest in its place is {each.replaced_by}."
            for each in self.references
            if each.replaced_by
        ]
        return (
            *replaced,
            *(f"{each.id} is disputed by other records." for each in self.references if each.disputed),
        )

    def to_json(self) -> list[dict[str, Any]]:
        """Items of CSL-JSON, whatever the style."""
        return [bibliography.csl(each) for each in self.references]


def cite(snapshot: Snapshot, catalogue: Catalogue, ids: Iterable[str], *, style: str = "text") -> Citations:
    """References to the records whose ids, or whose pages' addresses, are given; ``catalogue`` is the snapshot's.

    Raises:
        CommonsError: one of them names no record, or one that is not here (``record-missing``).
        UsageError: no such style (``style-unknown``), the id of a link or a contribution, more than ``MAX_RECORDS``, or none.
    """
    chosen = _style(style)
    names = _names(ids)
    return Citations(chosen, tuple(_reference(snapshot, _hit(snapshot, catalogue, name)) for name in names))


def _style(written: str) -> Style:
    if written not in STYLES:
        meant = near_misses.question(written, STYLES)
        raise UsageError(
            f"There is no style {written!r}{f'; {meant}' if meant else '.'}",
            hint=f"Styles: {', '.join(STYLES)}.",
            code="style-unknown",
        )
    return Style(written)


def _names(ids: Iterable[str]) -> list[str]:
    names: dict[str, None] = {}
    for pasted in ids:
        here = ids_in(pasted)
        if not here:
            raise references.no_id(pasted)
        names.update(dict.fromkeys(here))
    if not names:
        raise UsageError("Nothing to cite was named.", hint="Give ids of records: commons cite kr1…")
    if len(names) > MAX_RECORDS:
        raise UsageError(f"{len(names):,} records were named; {MAX_RECORDS:,} can be cited at once.")
    return list(names)


def _hit(snapshot: Snapshot, catalogue: Catalogue, name: str) -> Hit:
    if (kind := references.kind_of(name)) != "record":
        raise UsageError(
            f"{name} is the id of a {kind}, and what is cited are records.",
            hint=f"commons record {name} shows its records.",
        )
    entry = catalogue.get(name)
    if entry is None:
        raise CommonsError(
            f"{snapshot.public_name} has no record {name}.",
            hint="It may have been withdrawn since; commons search finds records by their words.",
            code="record-missing",
        )
    return hits.of(entry, snapshot.people, catalogue.states.state(name))


def _reference(snapshot: Snapshot, hit: Hit) -> BibliographicReference:
    record, state = hit.record, hit.state
    authors = [visible_line(source.author) for source in record.sources if source.author]
    contributor = visible_line(hit.contributor)
    days = [visible_line(source.retrieved) for source in record.sources if source.retrieved]
    return BibliographicReference(
        id=record.id,
        title=results.title_of(record),
        authors=tuple(dict.fromkeys(filter(None, authors))) or (contributor,),
        line=visible_line(citation(record)),
        lang=visible_line(record.lang),
        license=visible_line(record.license),
        contributor=contributor,
        commons=visible_line(snapshot.policy.commons.name),
        dataset=visible_line(snapshot.public_name),
        revision=visible_line(snapshot.revision),
        url=permalink.of(snapshot, record.id),
        retrieved=max(days, default=""),
        replaced_by="" if state.is_live else state.newest,
        disputed=bool(state.disputed_by),
    )
