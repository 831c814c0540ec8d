"""The record page: one record with everything that lets a reader trust, cite and load it, and its JSON twin.

/record/<id>         for people: its own title, plain HTML, works without scripts
/record/<id>.json    for programs: the same
/record/<id>.jsonld  for readers of linked data; the page holds it too
/record?id=<id>      leads there

The id of a link or of a contribution has a page there too, with the records it leads to.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commons import layout
from commons.addresses import PUBLIC_HUB
from commons.errors import CommonsError
from commons.evidence import linked_data, relations, results
from commons.evidence import record as evidence
from commons.evidence import reference as references
from commons.evidence.harmless_text import json_text
from commons.evidence.hit import Hit
from commons.evidence.packet import Packet
from commons.evidence.reference import Reference
from commons.index.editions import Edition, Keeper
from commons.records.identity import ids_in
from commons.snapshots.source import InFolder
from space_app import links, rendering
from space_app.plain_pages import page_response


def show(keeper: Keeper, request: Request) -> Response:
    """The page at ``/record/<id>``."""
    edition = keeper.edition
    reference = find(edition, request.path_params["record_id"])
    hits = reference.hits(edition.snapshot.people, edition.catalogue.states)
    if not reference.is_record:
        return page_response(
            rendering.render("reference.html.j2", edition=edition, reference=reference, hits=hits)
        )
    (hit,) = hits
    body = rendering.render(
        "record.html.j2",
        edition=edition,
        hit=hit,
        history=evidence.history(edition.snapshot, edition.catalogue, hit),
        disputing=edition.catalogue.titles(hit.state.disputed_by),
        relations=relations.once(relations.of(edition.catalogue, edition.snapshot.people, hit.record.id)),
        json_ld=linked_data.of(edition.snapshot, edition.catalogue, reference),
        loading=_loading(keeper, edition, hit),
    )
    return page_response(body)


def show_json(keeper: Keeper, request: Request) -> Response:
    """The twin at ``/record/<id>.json``."""
    text = packet(keeper.edition, request.path_params["record_id"]).to_json_text()
    return Response(text, media_type="application/json")


def show_json_ld(keeper: Keeper, request: Request) -> Response:
    """The record as linked data at ``/record/<id>.jsonld``."""
    edition = keeper.edition
    value = linked_data.of(
        edition.snapshot, edition.catalogue, find(edition, request.path_params["record_id"])
    )
    return Response(json_text(value), media_type=linked_data.MEDIA_TYPE)


def lead(_: Keeper, request: Request) -> Response:
    """From ``/record?id=…`` to the record's own address."""
    written = request.query_params.get("id", "").strip()
    named = ids_in(written)
    if not named:
        raise unknown(written)
    return RedirectResponse(links.to(f"/record/{named[0]}"))


def find(edition: Edition, pasted: str) -> Reference:
    """The record, link or contribution of the first id in what was pasted.

    Raises:
        CommonsError: there is none (``record-missing``).
    """
    named = ids_in(pasted)
    reference = references.of(edition.catalogue, named[0]) if named else None
    if reference is None:
        raise unknown(pasted)
    return reference


def unknown(pasted: str) -> CommonsError:
    known = ids_in(pasted)
    return CommonsError(
        f"There is no {references.kind_of(known[0])} {known[0]} in this revision."
        if known
        else "That is not the id of a record: it has kr1 and 52 letters and digits.",
        hint="It may have been corrected or withdrawn since; Search or Browse find what is here now."
        if known
        else "Search or Browse lead to records.",
        code="record-missing",
    )


def packet(edition: Edition, pasted: str) -> Packet:
    """The record, or the records that a link or a contribution leads to, as evidence.

    Raises:
        CommonsError: there is none (``record-missing``).
    """
    return results.packet_of_rows([find(edition, pasted)], edition.origin)


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
