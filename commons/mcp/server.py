"""The server: tools and resources as the protocol has them, whatever carries it.

    server = server.build(CommonsOpening(keeper))

Why the low-level server of the SDK: a result is one text of compact JSON and the same value as structured content, and an error is words
of ours. The other one writes indented JSON, and hands a caller what pydantic says.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from commons.errors import CommonsError, HubError, from_system
from commons.evidence.harmless_text import json_text
from commons.mcp import arguments, resources
from commons.mcp.opening import CommonsOpening
from commons.mcp.outputs import ToolFailure
from commons.mcp.tools import INSTRUCTIONS, TOOLS, ToolDefinition
from commons.version import __version__

NAME = "commons"
AT_ONCE = 8
_OPEN_AFTER_S = 0.2  # once a list of tools is on its way
_HOUR_MS, _MINUTE_MS = 3_600_000, 60_000
_CACHE: dict[CacheableMethod, CacheHint] = {
    "tools/list": CacheHint(_HOUR_MS, "public"),
    "resources/templates/list": CacheHint(_HOUR_MS, "public"),
    "resources/read": CacheHint(_MINUTE_MS, "private"),
}
_log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]
Value = TypeVar("Value")


def build(opening: CommonsOpening) -> Server[Any]:
    """The server of one commons."""
    desk = _Requests(opening)
    return Server(
        NAME,
        version=__version__,
        title="Knowledge commons",
        description="Licensed, sourced and signed records to cite.",
        instructions=INSTRUCTIONS,
        cache_hints=_CACHE,
        get_tool_input_schema=lambda name: TOOLS[name].input_schema if name in TOOLS else None,
        on_list_tools=desk.tools,
        on_call_tool=desk.call,
        on_list_resources=desk.resources,
        on_list_resource_templates=desk.templates,
        on_read_resource=desk.read,
    )


class _Requests:
    """What is answered to each kind of request."""

    def __init__(self, opening: CommonsOpening) -> None:
        self._opening = opening
        self._limiter: anyio.CapacityLimiter | None = None  # belongs to the loop that asks first

    async def tools(self, _: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        self._opening.begin_soon(_OPEN_AFTER_S)
        return types.ListToolsResult(tools=[_described(tool) for tool in TOOLS.values()])

    async def call(self, _: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = TOOLS.get(params.name)
        if tool is None:
            failure = ToolFailure.of(
                "tool-unknown",
                f"There is no tool {arguments.shown(params.name)!r}.",
                "Tools: " + ", ".join(TOOLS),
            )
            raise MCPError(types.INVALID_PARAMS, f"{failure.message} {failure.hint}", failure.model_dump())
        try:
            value = await self._in_thread(lambda: _called(tool, self._opening, params.arguments))
        except Exception as error:
            failure = _failure(error)
            return types.CallToolResult(
                content=[types.TextContent(type="text", text=json_text(failure.model_dump()))], is_error=True
            )
        text = types.TextContent(type="text", text=json_text(value))
        return types.CallToolResult(content=[text], structured_content=value)

    async def resources(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        edition = self._opening.edition_if_open()
        return types.ListResourcesResult(
            resources=await self._in_thread(lambda: resources.listed(edition)),
            ttl_ms=_MINUTE_MS if edition else 0,
            cache_scope="private",
        )

    async def templates(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=list(resources.TEMPLATES))

    async def read(self, _: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            value = await self._in_thread(lambda: resources.read(self._opening.edition(), uri))
        except Exception as error:
            failure = _failure(error)
            code = types.INTERNAL_ERROR if failure.error == "internal" else types.INVALID_PARAMS
            raise MCPError(code, f"{failure.message} {failure.hint}".strip(), failure.model_dump()) from None
        content = types.TextResourceContents(uri=uri, mime_type="application/json", text=json_text(value))
        return types.ReadResourceResult(contents=[content])

    async def _in_thread(self, ask: Callable[[], Value]) -> Value:
        """Off the loop, so that a list of tools never waits for an answer; who no longer waits for it leaves it behind."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(AT_ONCE)
        return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True, limiter=self._limiter)


def _described(tool: ToolDefinition) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title, read_only_hint=True, open_world_hint=False, idempotent_hint=True
        ),
    )


def _called(tool: ToolDefinition, opening: CommonsOpening, given: dict[str, Any] | None) -> dict[str, Any]:
    asked = arguments.parsed(tool.name, tool.arguments, given)
    opening.edition()  # what the calls need is imported while the commons is opened
    answer: dict[str, Any] = getattr(import_module("commons.mcp.calls"), tool.name)(opening, asked)
    return answer


def _failure(error: Exception) -> ToolFailure:
    """What went wrong, in words for whoever called; the log has where, and no word of what was asked."""
    if isinstance(error, OSError):
        error = from_system(error)
    if isinstance(error, CommonsError):
        later = "Call again in a minute." if isinstance(error, HubError) else ""
        return ToolFailure.of(error.code, error.message, error.hint or later)
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
    return ToolFailure.of(
        "internal",
        "Something is wrong in the server itself.",
        "Its log says where. Other calls are not concerned.",
    )
