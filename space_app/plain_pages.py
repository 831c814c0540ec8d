"""Plain pages: how the routes beside Gradio answer, with pages, with JSON, or with what went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from commons.errors import CommonsError, HubError, UsageError
from commons.index.editions import Keeper
from space_app import rendering
from space_app.rendering import Html

Show = Callable[[Keeper, Request], Response]


def page_response(body: Html, status: int = 200) -> Response:
    return HTMLResponse(body, status)


def route(keeper: Keeper, show: Show) -> Callable[[Request], Awaitable[Response]]:
    """``show`` as a route: off the event loop, and with a readable page for whatever goes wrong."""

    async def answer(request: Request) -> Response:
        try:
            return await run_in_threadpool(show, keeper, request)
        except CommonsError as error:
            return _problem(keeper, error, as_json=request.url.path.endswith((".json", ".jsonld")))

    return answer


def _problem(keeper: Keeper, error: CommonsError, *, as_json: bool) -> Response:
    status = _status(error)
    if as_json:
        return JSONResponse({"error": error.code, "message": error.message, "hint": error.hint}, status)
    return page_response(rendering.render("problem_page.html.j2", error=error, title=keeper.title), status)


def _status(error: CommonsError) -> int:
    if isinstance(error, UsageError):
        return 400
    if isinstance(error, HubError):
        return 503
    return 404 if error.code == "record-missing" else 500


def health(keeper: Keeper, request: Request) -> Response:
    """What a monitor asks: is a commons open, which revision, can it be searched, can agents ask it."""
    trouble = keeper.trouble.message if keeper.trouble else None
    no_agents = request.app.state.agents_trouble
    try:
        edition = keeper.edition
    except CommonsError as error:
        return JSONResponse(
            {"status": "unavailable", "commons": keeper.source.name, "trouble": error.message}, 503
        )
    return JSONResponse(
        {
            "status": "ok",
            "commons": keeper.source.name,
            "revision": edition.snapshot.revision,
            "root": edition.root,
            "records": len(edition.catalogue),
            "search": edition.library is not None,
            "missing_from_index": edition.missing_records,
            "agents": no_agents.message if no_agents else "ok",
            "trouble": trouble or (edition.no_search.message if edition.no_search else None),
        }
    )
