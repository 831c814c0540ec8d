"""The server as a process: clients of both generations of the protocol, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from support import own_loop
from support.agents import COMMAND, HandAgent, running
from support.commons_on_disk import CommonsOnDisk
from support.patience import PATIENCE_S
from support.sdks import older_sdk

from commons.mcp.tools import TOOLS

from .test_tools import GLAUCOMA, value_of

_TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def agent(notes: CommonsOnDisk) -> Iterator[HandAgent]:
    with running(COMMONS_REPO=str(notes.folder)) as agent:
        agent.greet()
        yield agent


def test_a_client_of_the_handshake_gets_instructions_tools_and_answers(notes: CommonsOnDisk) -> None:
    with running(COMMONS_REPO=str(notes.folder)) as agent:
        greeting = agent.greet()
        assert greeting["protocolVersion"] == "2025-11-25"
        assert "verify_citation" in greeting["instructions"]
        assert [tool["name"] for tool in agent.ask("tools/list")["result"]["tools"]] == list(TOOLS)
        result = agent.call("search", query=GLAUCOMA)
        assert result["structuredContent"]["results"][0]["title"] == GLAUCOMA
        assert result["isError"] is False
        assert agent.process.stdin
        agent.process.stdin.close()
        assert agent.process.wait(PATIENCE_S) == 0
        assert agent.process.stdout and agent.process.stdout.read() == ""
        assert agent.process.stderr and agent.process.stderr.read() == ""


def test_a_client_of_today_gets_the_same(notes: CommonsOnDisk) -> None:
    async def ask() -> Any:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "support.serve_agents"],
            cwd=_TESTS,
            env={**os.environ, "COMMONS_REPO": str(notes.folder)},
        )
        async with Client(server) as client:
            assert client.protocol_version == "2026-07-28"
            await client.list_tools()
            return await client.call_tool("search", {"query": GLAUCOMA})

    assert value_of(own_loop.run(ask))["results"][0]["title"] == GLAUCOMA


def test_what_was_asked_before_the_input_ended_is_answered(notes: CommonsOnDisk) -> None:
    with running(COMMONS_REPO=str(notes.folder)) as agent:
        agent.greet()
        asked = {agent.send("tools/call", name="search", arguments={"query": GLAUCOMA}) for _ in range(3)}
        assert agent.process.stdin
        agent.process.stdin.close()
        assert {agent.answer()["id"] for _ in asked} == asked
        assert agent.process.wait(PATIENCE_S) == 0


def test_many_calls_at_once_are_all_answered(agent: HandAgent) -> None:
    asked = {agent.send("tools/call", name="search", arguments={"query": f"capital {n}"}) for n in range(12)}
    answers = {answer["id"]: answer for answer in (agent.answer() for _ in asked)}
    assert set(answers) == asked
    assert all(answer["result"]["structuredContent"]["results"] for answer in answers.values())


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('{"jsonrpc": "2.0"', None),
        ("hello", None),
        ("[]", None),
        ("null", None),
        ('{"jsonrpc": "1.0", "id": 71, "method": "tools/list"}', 71),
        ('{"jsonrpc": "2.0", "id": 72, "method": "tools/list", "params": []}', 72),
        (
            '{"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "search", "arguments": {"query": "\\ud83d"}}}',
            "a",
        ),
    ],
)
def test_a_malformed_line_is_answered_with_what_is_wrong_and_changes_nothing(
    line: str, number: int | str | None, agent: HandAgent
) -> None:
    assert agent.process.stdin
    agent.process.stdin.write(f"{line}\n")
    agent.process.stdin.flush()
    answer = agent.answer()
    assert answer["id"] == number
    assert answer["error"]["data"]["error"] == "message-malformed"
    assert agent.call("search", query=GLAUCOMA)["isError"] is False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: int, notes: CommonsOnDisk) -> None:
    with running(COMMAND, COMMONS_REPO=str(notes.folder)) as agent:
        agent.greet()
        agent.process.send_signal(number)
        assert agent.process.wait(PATIENCE_S) == 0
        assert agent.process.stderr and agent.process.stderr.read() == ""


def test_without_a_model_records_can_be_read_all_the_same(notes: CommonsOnDisk, tmp_path: Path) -> None:
    environment = {"COMMONS_HOME": str(tmp_path), "COMMONS_MODEL_ENDPOINT": "http://127.0.0.1:9"}
    with running(COMMAND, COMMONS_REPO=str(notes.folder), **environment) as agent:
        agent.greet()
        assert '"error":"model-missing"' in agent.call("search", query=GLAUCOMA)["content"][0]["text"]
        contents = agent.call("list_collections")["structuredContent"]
        assert (contents["searchable"], contents["collections"][0]["name"]) == (False, "capitals")


def test_what_could_not_be_opened_is_tried_again_at_the_next_call(
    notes: CommonsOnDisk, tmp_path: Path
) -> None:
    folder = tmp_path / "later"
    folder.mkdir()
    with running(COMMONS_REPO=str(folder)) as agent:
        agent.greet()
        refused = agent.call("search", query=GLAUCOMA)
        assert refused["isError"] and '"error":"not-a-commons"' in refused["content"][0]["text"]
        shutil.copytree(notes.folder, folder, dirs_exist_ok=True)
        assert agent.call("search", query=GLAUCOMA)["structuredContent"]["answerable"] is True


def test_which_commons_has_to_be_said() -> None:
    with running(COMMAND, COMMONS_REPO="") as agent:
        assert agent.process.wait(PATIENCE_S) == 64
        assert agent.process.stderr and "Which commons?" in agent.process.stderr.read()


def test_an_older_sdk_is_refused_with_what_to_do(notes: CommonsOnDisk, tmp_path: Path) -> None:
    path = os.pathsep.join([str(older_sdk(tmp_path / "older")), os.environ.get("PYTHONPATH", "")])
    with running(COMMAND, COMMONS_REPO=str(notes.folder), PYTHONPATH=path) as agent:
        assert agent.process.wait(PATIENCE_S) == 1
        assert agent.process.stderr
        complaint = agent.process.stderr.read()
    assert "mcp 2.3 or newer, and 1.30.0 is installed" in complaint
    assert "hf-commons[agents]" in complaint
    assert "Traceback" not in complaint
