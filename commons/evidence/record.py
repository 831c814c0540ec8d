"""A record with its links: what its page, its JSON and the command show."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from commons.evidence import hit as hits
from commons.evidence.hit import Hit
from commons.records.catalogue import Catalogue
from commons.records.identity import link_id
from commons.records.schema import Link


def to_json(catalogue: Catalogue, hit: Hit, revision: str) -> dict[str, Any]:
    """A record with its links as plain JSON values; what a hit has, without what a question adds."""
    shown = hits.to_json(hit, revision)
    del shown["score"], shown["cosine"]
    links = neighbours(catalogue, hit.record.id)
    return {
        **shown,
        "links": [
            {"id": link_id(link.core()), "direction": way, **asdict(link), "title": title}
            for way, link, title in links
        ],
    }


def neighbours(catalogue: Catalogue, record_id: str) -> list[tuple[str, Link, str]]:
    """Links from and to a record as (direction "from" or "to", link, title of the other end or its address)."""
    outgoing, incoming = catalogue.links_of(record_id)
    titles = catalogue.titles([link.object for link in outgoing] + [link.subject for link in incoming])
    return [("from", link, titles.get(link.object, link.object)) for link in outgoing] + [
        ("to", link, titles.get(link.subject, link.subject)) for link in incoming
    ]
