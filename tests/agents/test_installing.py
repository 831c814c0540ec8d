"""What is said on how to connect a client is right as far as it can be held against something here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from commons.cli.mcp import command
from commons.mcp.tools import TOOLS
from commons.version import __version__

ROOM = Path(__file__).parents[2] / "commons" / "mcp"
INSTALL = (ROOM / "INSTALL.md").read_text()


@pytest.fixture
def entry() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOM / "server.json").read_text())
    return read


def test_the_entry_for_the_registry_keeps_its_rules(entry: dict[str, Any]) -> None:
    """Those of the schema of 2025-12-11 that concern what is in it."""
    assert entry["$schema"].endswith("/schemas/2025-12-11/server.schema.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"]) and len(entry["name"]) <= 200
    assert 1 <= len(entry["description"]) <= 100
    assert 1 <= len(entry["title"]) <= 100
    for package in entry["packages"]:
        assert {"registryType", "identifier", "transport"} <= set(package)
        assert package["transport"] == {"type": "stdio"}
        assert package["runtimeHint"] and package["runtimeArguments"]
        for argument in (*package["runtimeArguments"], *package["packageArguments"]):
            needed = {"positional": {"value"}, "named": {"name"}}[argument["type"]]
            assert needed <= set(argument)
    for remote in entry["remotes"]:
        assert remote["type"] == "streamable-http"
        assert re.fullmatch(r"https?://[^\s]+", remote["url"])
        assert set(re.findall(r"{(\w+)}", remote["url"])) == set(remote["variables"])


def test_the_entry_names_this_version(entry: dict[str, Any]) -> None:
    (package,) = entry["packages"]
    assert entry["version"] == package["version"] == __version__
    assert package["runtimeArguments"][0]["value"].endswith(f"=={__version__}")


def test_the_skill_has_a_name_and_says_when_to_use_it() -> None:
    _, front, body = (ROOM / "skill" / "SKILL.md").read_text().split("---\n", 2)
    about = yaml.safe_load(front)
    assert re.fullmatch(r"[a-z0-9-]{1,64}", about["name"])
    assert len(about["description"]) <= 1024 and "Use when" in about["description"]
    assert set(re.findall(r"`([a-z]+_[a-z]+)`", body)) & set(TOOLS)


def test_every_json_block_of_the_page_is_json_and_every_tool_is_named() -> None:
    for block in re.findall(r"```json\n(.*?)```", INSTALL, flags=re.DOTALL):
        for line in block.strip().splitlines():
            json.loads(line)
    for name in TOOLS:
        assert f"`{name}`" in INSTALL


def test_the_options_that_the_page_names_are_there() -> None:
    known = CliRunner().invoke(command, ["--help"]).output
    for line in re.findall(r"commons mcp (--[^\n]*)", INSTALL):
        for option in re.findall(r"--[a-z-]+", line):
            assert option in known
