"""The API for programs: two endpoints under ``/gradio_api/call/`` with names that stay.

    client = gradio_client.Client("https://our-org-commons.hf.space")
    answer = json.loads(client.predict("What causes glaucoma?", k=3, api_name="/search"))

Both return JSON as text: Gradio would pass a dict on to agents as Python's ``repr``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import gradio as gr
from gradio.events import api
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from commons.errors import CommonsError
from commons.evidence.packet import Packet
from commons.index.editions import Keeper
from commons.operations import search as operation
from space_app import addresses, links, record_page, rendering
from space_app.addresses import MAX_VALUES
from space_app.plain_pages import page_response

Values = Annotated[tuple[str, ...], Field(max_length=MAX_VALUES)]


class SearchRequest(BaseModel):
    """What a program sent, of the right types; bounds are the operation's to judge."""

    question: str
    k: int
    license: Values = ()
    lang: Values = ()
    topic: Values = ()
    include_replaced: bool = False


def build(keeper: Keeper) -> None:
    """Add the endpoints to the Blocks that are open."""

    def search(
        question: str,
        k: int = operation.DEFAULT_HITS,
        licenses: list[str] | None = None,
        langs: list[str] | None = None,
        topics: list[str] | None = None,
        include_replaced: bool = False,
    ) -> str:
        """Find the records of the commons that answer a question. Returns the evidence packet as JSON text: results, best first, each with
        id, title, url, text, score, license, attribution, sources, contributor, collection and state; the terms that they are under and the
        revision they were found in. "band" says whether they answer ("answers"), are about the question ("related"), or nothing here
        answers it ("not_known"), "confidence" how likely. A result that another record disputes names it in its state, and has it right
        after it, beyond k.

        Args:
            question: the question in plain words, at most 2,000 characters
            k: how many records, 1 to 50
            licenses: only records under these licences (SPDX ids); all when left out
            langs: only records in these languages (BCP 47 tags); all when left out
            topics: only records on these topics; all when left out
            include_replaced: after each hit, also the records that it replaced
        """
        return _text(lambda: _search(keeper, question, k, licenses, langs, topics, include_replaced))

    def record(record_id: str) -> str:
        """One record by its id (kr1…), with its links; by the id of a link (kl1…) or a contribution (kc1…) the records it leads to.
        Returns JSON text.

        Args:
            record_id: the id, or a text or address that holds it
        """
        return _text(lambda: record_page.packet(keeper.edition, str(record_id)))

    api(search, api_name="search")
    api(record, api_name="record")


def show(keeper: Keeper, request: Request) -> Response:
    """The page at ``/api``: how to call them."""
    base = str(request.base_url).rstrip("/") + links.prefix()
    return page_response(rendering.render("api.html.j2", edition=keeper.edition, base=base))


def _search(
    keeper: Keeper, question: Any, k: Any, licenses: Any, langs: Any, topics: Any, include_replaced: Any
) -> Packet:
    asked = SearchRequest(
        question=question,
        k=k,
        license=licenses or (),
        lang=langs or (),
        topic=topics or (),
        include_replaced=include_replaced,
    )
    filters = addresses.filters_of(license=asked.license, lang=asked.lang, topic=asked.topic)
    answer = operation.find(
        keeper.edition.searchable(),
        asked.question,
        k=asked.k,
        filters=filters,
        include_replaced=asked.include_replaced,
    )
    return answer.packet


def _text(make: Callable[[], Packet]) -> str:
    """The packet as JSON, or an error that reaches the caller in words and leaves no trace of the question in a log."""
    try:
        return make().to_json_text()
    except CommonsError as error:
        raise gr.Error(f"{error.message} {error.hint}".strip(), print_exception=False) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise gr.Error(f"{first['loc'][0]}: {first['msg']}", print_exception=False) from None
