"""The Space speaks with agents at ``/mcp``, or says what is missing for that, and serves its pages either way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from support import own_loop
from support.sdks import older_sdk
from support.world import World

from .conftest import RunningSpace, running_space


def asked(url: str) -> Any:
    async def ask() -> Any:
        async with Client(url) as client:
            await client.list_tools()
            return await client.call_tool("search", {"query": "What causes glaucoma?"})

    result = own_loop.run(ask)
    assert not result.is_error
    return result.structured_content


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_agents_are_answered_beside_the_pages(path: str, space: RunningSpace) -> None:
    value = asked(space.url + path)
    assert value["results"][0]["title"] == "What causes glaucoma?"
    assert len(value["commons"]["revision"]) == 40


def test_the_guard_and_no_foreign_origin_stand_before_it(space: RunningSpace) -> None:
    answer = space.get("/mcp", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 405
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert space.get("/health").json()["agents"] == "ok"


def test_behind_a_proxy_it_lies_below_the_prefix_and_knows_its_host(library: World, tmp_path: Path) -> None:
    where = {
        "COMMONS_REPO": library.repo_id,
        "HF_ENDPOINT": library.url,
        "GRADIO_ROOT_PATH": "https://proxy.example/notes",
        "COMMONS_HOSTS": "other.example",
    }
    with running_space("-m", "support.serve_space", log=tmp_path / "log", **where) as space:
        assert asked(space.url + "/notes/mcp")["results"]
        assert [_status(space, host) for host in ("proxy.example", "evil.example")] == [400, 421]
        assert "Traceback" not in space.log.read_text()


def _status(space: RunningSpace, host: str) -> int:
    """Of a request whose content is none of the protocol's: what is asked first is who it is for."""
    headers = {"Host": host, "Accept": "application/json"}
    return httpx.post(f"{space.url}/notes/mcp", json={}, headers=headers, timeout=60).status_code


def test_with_an_older_sdk_everything_else_is_served_and_this_says_what_to_do(
    library: World, tmp_path: Path
) -> None:
    path = os.pathsep.join([str(older_sdk(tmp_path / "older")), os.environ.get("PYTHONPATH", "")])
    where = {"COMMONS_REPO": library.repo_id, "HF_ENDPOINT": library.url, "PYTHONPATH": path}
    with running_space("-m", "support.serve_space", log=tmp_path / "log", **where) as space:
        assert space.get("/browse").status_code == 200
        answer = space.get("/mcp")
        assert (answer.status_code, answer.json()["error"]) == (503, "mcp-too-old")
        assert "INSTALL.md" in answer.json()["hint"]
        assert "1.30.0 is installed" in space.get("/health").json()["agents"]
