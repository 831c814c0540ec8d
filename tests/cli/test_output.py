"""What strangers wrote is shown as text: it neither formats the terminal nor commands it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import terminal

from commons.cli import run

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

HOSTILE = "\x1b[2J\x1b[31mowned\x07\x9b1m \u202egnp.exe [bold]loud[/] \r overwritten"
COMMANDING = set("\x1b\x07\x9b\r\u202e")


@pytest.fixture
def at_home(shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    terminal.sit_down(monkeypatch, shared, "carl", tmp_path, has_key=False)
    return tmp_path


def test_a_column_name(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "text": "fine",
        "lang": "en",
        "topic": ["science"],
        "license": "MIT",
        "source.title": "s",
        HOSTILE: 1,
    }
    (at_home / "a.jsonl").write_text(json.dumps(row) + "\n")
    assert run(["contribute", "a.jsonl", "--dry-run"]) == 0
    shown = capsys.readouterr()
    assert not COMMANDING & set(shown.out + shown.err)
    assert "[bold]loud[/]" in shown.err


def test_a_title_of_a_proposal(shared: World, at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any user of the Hub chooses one."""
    files = shared.seal([{"text": "titled"}], "titled").files
    number = shared.repository("eve").propose(files, title=HOSTILE, description="").number
    for command in (["proposals"], ["show", str(number)]):
        run(command)
        shown = capsys.readouterr()
        assert "owned" in shown.out
        assert not COMMANDING & set(shown.out + shown.err), command


def test_a_value_that_is_refused(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "text": "x",
        "lang": HOSTILE,
        "license": HOSTILE,
        "topic": [HOSTILE],
        "sources": [{"url": HOSTILE}],
    }
    (at_home / "a.jsonl").write_text(json.dumps(row) + "\n")
    for command in (
        ["check", "a.jsonl"],
        ["contribute", "a.jsonl"],
        ["check", "a.jsonl", "--format", "github"],
    ):
        assert run(command) == 1
        shown = capsys.readouterr()
        assert not COMMANDING & set(shown.out + shown.err), command


def test_a_name_of_a_file(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a\x1b[31m.csv", "a\r.csv", "a\u202e.csv"):
        assert run(["check", name]) == 1
        shown = capsys.readouterr()
        assert not COMMANDING & set(shown.out + shown.err)


def test_in_a_pipe_a_proposal_is_one_line_however_long_its_title_is(
    shared: World, at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = shared.seal([{"text": "piped"}], "piped").files
    title = "A title of many words " * 9 + "(CC0-1.0)"
    number = shared.repository("carl").propose(files, title=title, description="").number
    assert run(["proposals", "--all"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[0] == str(number)]
    assert " ".join(title.split()) in line
    assert line == line.rstrip()
    assert "open" in line
