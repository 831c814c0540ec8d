"""What OPERATING.md tells operators to do can be done: files parse, commands and options exist."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from commons import bot, settings
from commons.cli import cli

FOLDER = Path(bot.__file__).parent
PAGE = (FOLDER / "OPERATING.md").read_text()
UNITS = sorted(path.name for path in (FOLDER / "deploy").glob("commons-bot*"))


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=True)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((FOLDER / "deploy" / name).read_text())
    return read


def refuse_unknown(command: str) -> None:
    """Parse a command of ours without running it."""
    _, *words = shlex.split(command)
    name, context, arguments = cli.resolve_command(click.Context(cli), words)
    assert context
    context.make_context(name, arguments)


def test_every_file_that_the_page_names_is_there_and_every_file_is_named() -> None:
    named = {path.removesuffix("/") for path in re.findall(r"\]\((deploy/[^)]+)\)", PAGE)}
    assert named == {f"deploy/{name}" for name in UNITS} | {"deploy/space"}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_well_formed(name: str) -> None:
    read = unit(name)
    assert read["Unit"]["Description"]
    if name.endswith(".timer"):
        assert name.replace(".timer", ".service") in UNITS
        assert read["Timer"]["OnUnitInactiveSec"]
    else:
        refuse_unknown(read["Service"]["ExecStart"].replace("%h/.local/bin/", ""))


def test_the_container_runs_a_command_that_exists() -> None:
    lines = (FOLDER / "deploy" / "space" / "Dockerfile").read_text().splitlines()
    (command,) = [line.removeprefix("CMD ") for line in lines if line.startswith("CMD ")]
    refuse_unknown(shlex.join(json.loads(command)))
    assert next(line.split()[0] for line in lines if line and not line.startswith("#")) == "FROM"


def test_the_space_serves_on_the_port_that_its_card_names() -> None:
    front = yaml.safe_load((FOLDER / "deploy" / "space" / "README.md").read_text().split("---")[1])
    docker = (FOLDER / "deploy" / "space" / "Dockerfile").read_text()
    assert front["sdk"] == "docker"
    assert f'"--port", "{front["app_port"]}"' in docker
    assert f"EXPOSE {front['app_port']}" in docker
    assert len(front["short_description"]) <= 60


def test_every_command_of_ours_on_the_page_exists() -> None:
    commands = re.findall(r"commons bot[^`\"\n]*", PAGE)
    assert len(commands) >= 5
    for command in commands:
        refuse_unknown(command.strip())


def test_the_hubs_own_commands_have_these_options() -> None:
    """Parsed by the client's own command line, with the words that stand on the page; nothing is sent."""
    from huggingface_hub.cli import hf

    group: Any = hf.app
    for line in re.findall(r"^hf ((?:.*\\\n)*.*)", PAGE, re.MULTILINE):
        words = shlex.split(line.replace("\\\n", " ").replace("$COMMONS_WEBHOOK_SECRET", "x"))
        command, context = group, group.context_class(group)
        while hasattr(command, "commands"):
            command = command.get_command(context, words.pop(0))
        command.make_context("hf", words, resilient_parsing=False)


def test_the_variables_are_those_that_are_read() -> None:
    for name in re.findall(r"`((?:COMMONS|HF)_[A-Z_]+)`", PAGE):
        assert name in (settings.__doc__ or "")
