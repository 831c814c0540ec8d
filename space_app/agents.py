"""Agents: the server of the Model Context Protocol at ``/mcp`` of the Space, or the word that it cannot be had here.

The builder of the Hub installs an mcp older than ours unless ours lies in the repository (commons/mcp/INSTALL.md). Then all the rest is
served all the same, ``/mcp`` answers 503 with what to do, and ``/health`` says it too.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import Route

from commons.errors import CommonsError
from commons.evidence import permalink
from commons.index.editions import Keeper
from commons.mcp import sdk


@dataclass(frozen=True)
class AgentDoor:
    """The routes, what has to run while the application does, and why there is no server, where there is none."""

    routes: list[Route]
    running: AbstractAsyncContextManager[None]
    trouble: CommonsError | None = None

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        async with self.running:
            yield


def of(keeper: Keeper, hosts: Iterable[str] = ()) -> AgentDoor:
    """``hosts``: those that the operator names beside the Space's own."""
    from commons.mcp.absent import AbsentEndpoint

    try:
        sdk.require()
    except CommonsError as error:
        trouble = CommonsError(error.message, hint=sdk.IN_A_SPACE, code=error.code)
        return AgentDoor(AbsentEndpoint(trouble).routes, _nothing(), trouble)
    from commons.mcp.opening import CommonsOpening
    from commons.mcp.web import WebEndpoint

    opening = CommonsOpening(lambda _: keeper, waits=False)
    endpoint = WebEndpoint(opening, lambda: (*hosts, *_own_hosts(keeper)))
    return AgentDoor(endpoint.routes, endpoint.running())


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


def _own_hosts(keeper: Keeper) -> Iterable[str]:
    """What the Hub calls this Space, what a proxy is told to call it, and what the policy says it is called."""
    yield os.environ.get("SPACE_HOST", "")
    yield urlsplit(os.environ.get("GRADIO_ROOT_PATH", "").strip()).netloc
    try:
        homepage = keeper.edition.snapshot.policy.commons.homepage
    except CommonsError:  # it is not open yet
        return
    yield urlsplit(permalink.space_address(homepage)).netloc
