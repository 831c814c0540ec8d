"""/llms.txt: what this commons is and how a program or an agent asks it, as Markdown (https://llmstxt.org)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from commons.evidence.harmless_text import one_line
from commons.evidence.packet import NOTICE
from commons.index.editions import Edition, Keeper
from space_app import links

_TEXT = """\
# {title}

> {records:,} records of knowledge, each with a licence, its sources, typed links and a signature. Read at revision {revision} of {dataset}.

{notice} An answer says whether it answers: with "not_known", say that this commons does not know.

## Ask

- [MCP server]({base}/mcp): streamable HTTP, no account; tools search, fetch, get_record, related, context, cite, verify_citation and more
- [For programs and agents]({base}/api): the lines that connect common clients, and the API over HTTP
- [Health]({base}/health): which revision is open, and whether it can be searched

## Read

- [Browse]({base}/browse): by collection, topic, licence and language
- Any record: {base}/record/kr1….json as evidence, {base}/record/kr1….jsonld as linked data
{collections}
"""


def show(keeper: Keeper, request: Request) -> Response:
    edition = keeper.edition
    base = str(request.base_url).rstrip("/") + links.prefix()
    return PlainTextResponse(
        _TEXT.format(
            title=one_line(edition.title),
            records=len(edition.catalogue),
            revision=edition.snapshot.revision[:12],
            dataset=one_line(edition.snapshot.public_name),
            notice=NOTICE,
            base=base,
            collections=_collections(edition, base),
        ),
        media_type="text/markdown",
    )


def _collections(edition: Edition, base: str) -> str:
    counts = edition.catalogue.facets()["collection"]
    return "\n".join(
        f"- [{name}]({base}/browse?collection={name}): {count:,} records" for name, count in counts.items()
    )
