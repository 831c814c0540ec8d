"""The record page: one record with everything that lets a reader trust, cite and load it, and its JSON twin.

/record/<id>         for people: its own title, plain HTML, works without scripts
/record/<id>.json    for programs: the same
/record?id=<id>      leads there
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from commons import layout
from commons.addresses import PUBLIC_HUB
from commons.errors import CommonsError
from commons.evidence import hit as hits
from commons.evidence import record as evidence
from commons.evidence.hit import Hit
from commons.records.identity import is_record_id, record_ids_in
from commons.snapshots.source import InFolder
from space_app import links, rendering
from space_app.editions import Edition, Keeper
from space_app.plain_pages import page_response


@dataclass(frozen=True)
class NeighbouringRecord:
    """A link as seen from the record: ``id`` is empty when the other end lies outside."""

    predicate: str
    direction: str  # "from" or "to" the record
    title: str
    id: str
    address: str  # of an outside IRI


def show(keeper: Keeper, request: Request) -> Response:
    """The page at ``/record/<id>``."""
    edition = keeper.edition
    hit = found(edition, request.path_params["record_id"])
    body = rendering.render(
        "record.html.j2",
        edition=edition,
        hit=hit,
        history=evidence.history(edition.snapshot, edition.catalogue, hit),
        disputing=edition.catalogue.titles(hit.state.disputed_by),
        neighbours=_neighbours(edition, hit.record.id),
        loading=_loading(keeper, edition, hit),
    )
    return page_response(body)


def show_json(keeper: Keeper, request: Request) -> Response:
    """The twin at ``/record/<id>.json``."""
    return JSONResponse(as_json(keeper.edition, request.path_params["record_id"]))


def lead(_: Keeper, request: Request) -> Response:
    """From ``/record?id=…`` to the record's own address."""
    written = request.query_params.get("id", "").strip()
    named = record_ids_in(written)
    if not named:
        raise unknown(written)
    return RedirectResponse(links.to(f"/record/{named[0]}"))


def found(edition: Edition, record_id: str) -> Hit:
    """The record with this id.

    Raises:
        CommonsError: there is none (``record-missing``).
    """
    entry = edition.catalogue.get(record_id) or edition.catalogue.get(record_id.lower())
    if entry is None:
        raise unknown(record_id)
    return hits.of(entry, edition.snapshot.people, edition.catalogue.states.state(entry.record.id))


def unknown(record_id: str) -> CommonsError:
    known = is_record_id(record_id)
    return CommonsError(
        f"There is no record {record_id} in this revision."
        if known
        else "That is not the id of a record: it has kr1 and 52 letters and digits.",
        hint="It may have been corrected or withdrawn since; Search or Browse find what is here now."
        if known
        else "Search or Browse lead to records.",
        code="record-missing",
    )


def as_json(edition: Edition, record_id: str) -> dict[str, Any]:
    """The record as plain JSON values, with its links.

    Raises:
        CommonsError: there is none (``record-missing``).
    """
    hit = found(edition, record_id)
    return evidence.to_json(edition.snapshot, edition.catalogue, hit)


def _neighbours(edition: Edition, record_id: str) -> list[NeighbouringRecord]:
    shown = []
    for way, link, title in evidence.neighbours(edition.catalogue, record_id):
        other = link.object if way == "from" else link.subject
        inside = is_record_id(other)
        shown.append(
            NeighbouringRecord(
                link.predicate, way, title, other if inside else "", "" if inside else rendering.web(other)
            )
        )
    return shown


def _loading(keeper: Keeper, edition: Edition, hit: Hit) -> str:
    """The lines of Python that load this record without any of our code, pinned to what is shown."""
    source = keeper.source
    name, pinned, endpoint = "path/to/this/folder", "", ""
    config = layout.REPLACED if edition.catalogue.is_apart(hit.record.id) else hit.collection
    if not isinstance(source, InFolder):
        name, pinned = source.name, f'    revision="{edition.snapshot.revision}",\n'
        at = edition.address.split("/datasets/", 1)[0]
        endpoint = "" if at == PUBLIC_HUB else f"# with HF_ENDPOINT={at} in the environment\n"
    return (
        f"{endpoint}from datasets import load_dataset\n\n"
        f'records = load_dataset(\n    "{name}", "{config}", split="train",\n{pinned})\n'
        f'wanted = "{hit.record.id}"\n'
        f'record = records.filter(lambda row: row["id"] == wanted)[0]'
    )
