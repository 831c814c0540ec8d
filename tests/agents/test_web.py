"""The server over HTTP: both generations of the protocol, both spellings of the address, and only for hosts that are its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from mcp import Client
from support import own_loop
from support.patience import PATIENCE_S, eventually

from commons.mcp import alone
from commons.mcp.opening import CommonsOpening
from commons.mcp.tools import TOOLS

from .test_tools import GLAUCOMA, value_of

TODAY = "2026-07-28"
SEARCH = {"name": "search", "arguments": {"query": GLAUCOMA}}


@pytest.fixture(scope="module")
def url(opening: CommonsOpening) -> Iterator[str]:
    app = alone.application(opening, ("commons.example",))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        eventually(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE_S)


def post(url: str, method: str, params: dict[str, Any], **headers: str) -> httpx.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return httpx.post(url, json=body, headers={"Accept": "application/json", **headers}, timeout=PATIENCE_S)


def modern(url: str, method: str, params: dict[str, Any], **headers: str) -> httpx.Response:
    """One request that says all about itself."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": TODAY,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    name = {"Mcp-Name": params["name"]} if "name" in params else {}
    return post(
        url,
        method,
        {**params, "_meta": meta},
        **{"MCP-Protocol-Version": TODAY, "Mcp-Method": method, **name, **headers},
    )


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_one_request_is_enough_at_either_spelling(path: str, url: str) -> None:
    answer = modern(url + path, "tools/call", SEARCH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    result = answer.json()["result"]
    assert result["structuredContent"]["results"][0]["title"] == GLAUCOMA
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_client_of_the_handshake_is_served_without_a_session(url: str) -> None:
    greeting = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "hand", "version": "1"},
    }
    answer = post(url + "/mcp", "initialize", greeting)
    assert answer.json()["result"]["protocolVersion"] == "2025-11-25"
    assert "mcp-session-id" not in answer.headers
    version = {"MCP-Protocol-Version": "2025-11-25"}
    tools = post(url + "/mcp", "tools/list", {}, **version).json()["result"]["tools"]
    assert [tool["name"] for tool in tools] == list(TOOLS)
    result = post(url + "/mcp", "tools/call", SEARCH, **version).json()["result"]
    assert result["structuredContent"]["answerable"] is True


def test_a_client_of_today_is_served(url: str) -> None:
    async def ask() -> Any:
        async with Client(url + "/mcp") as client:
            await client.list_tools()
            return await client.call_tool("search", {"query": GLAUCOMA})

    assert value_of(own_loop.run(ask))["results"][0]["title"] == GLAUCOMA


def test_a_foreign_host_is_misdirected_and_a_named_one_is_not(url: str) -> None:
    assert modern(url + "/mcp", "tools/list", {}, Host="evil.example").status_code == 421
    assert post(url + "/mcp", "tools/list", {}, Host="evil.example:80").status_code == 421
    assert modern(url + "/mcp", "tools/list", {}, Host="commons.example").status_code == 200


def test_a_page_from_elsewhere_is_refused(url: str) -> None:
    assert modern(url + "/mcp", "tools/list", {}, Origin="https://evil.example").status_code == 403
    assert modern(url + "/mcp", "tools/list", {}, Origin="https://commons.example").status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_there_is_nothing_but_to_post(method: str, url: str) -> None:
    answer = httpx.request(method, url + "/mcp", timeout=PATIENCE_S)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_errors_of_tools_are_results(url: str) -> None:
    result = modern(url + "/mcp", "tools/call", {"name": "search", "arguments": {"limit": 3}}).json()[
        "result"
    ]
    assert result["isError"] is True
    assert '"error":"argument-missing"' in result["content"][0]["text"]


def test_what_is_too_long_is_not_read(url: str) -> None:
    answer = modern(url + "/mcp", "tools/call", {"name": "search", "arguments": {"query": "x" * 200_000}})
    assert answer.status_code == 413
