"""What the documents tell people to type exists: commands, options, scripts, and the lines of Python."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

import commons
from commons.cli import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "commons/bot/OPERATING.md",
    "commons/local_hub/OPERATING.md",
)
SPAN = re.compile(r"`(commons [^`\n]+)`")
LINE = re.compile(r"^(?:\S+\$ )?(commons .+)$", re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    """(document, command) for each command of ours in a code span, a code block or shown output."""
    found = []
    for name in DOCUMENTS:
        text = (ROOT / name).read_text()
        blocks = "".join(block.split("\n", 1)[1] for block in text.split("```")[1::2] if "\n" in block)
        for command in (*SPAN.findall(re.sub(r"```[\s\S]*?```", "", text)), *LINE.findall(blocks)):
            found.append((name, command))
    return found


COMMANDS = commands()


def test_the_documents_show_commands() -> None:
    assert len(COMMANDS) > 30


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_a_shown_command_is_one_with_these_options(document: str, command: str) -> None:
    """Values are people's own; ``…`` stands for more of the same."""
    words = shlex.split(command.replace("…", " ").split("  #")[0], comments=False)[1:]
    group: click.Command = cli
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        step = group.get_command(click.Context(group), words[0])
        if step is None:
            assert group is not cli, f"{document}: there is no command {words[0]}"
            break
        group, words = step, words[1:]
    known = {option for parameter in group.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "-h", "--version"}
    for word in words:
        if word.startswith("-") and not re.fullmatch(r"-\d+", word):
            assert word.split("=")[0] in known, f"{document}: {command}"


def test_the_scripts_that_are_named_exist() -> None:
    for name in DOCUMENTS:
        for script in re.findall(r"(?<![\w/])scripts/[\w./-]*\w", (ROOT / name).read_text()):
            assert (ROOT / script).exists(), (name, script)


def test_the_lines_of_python_are_python_and_name_what_is_there() -> None:
    blocks = re.findall(r"```python\n([\s\S]*?)```", (ROOT / "README.md").read_text())
    assert len(blocks) == 2
    for block in blocks:
        for node in ast.walk(ast.parse(block)):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "commons"
            ):
                assert callable(getattr(commons, node.attr))


def test_the_map_of_where_to_begin_is_whole() -> None:
    """A test of the house holds that each file exists; here, that each everyday change has its line."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(
        r"^\| (an? [^|]+?|what [^|]+?) \| (.+) \|$", text.split("### Where to begin")[1], re.MULTILINE
    )
    wanted = (
        *(
            "a licence",
            "a finding",
            "a link predicate",
            "an engine",
            "a page of the Space",
            "a webhook event",
        ),
        *("a search option", "a statement kind", "an export format", "a page of the card"),
    )
    assert set(wanted) <= {what for what, _ in rows}
    for what, where in rows:
        for path in re.findall(r"`([\w./-]+/[\w./-]*)`", where):
            assert (ROOT / path).exists(), (what, path)
