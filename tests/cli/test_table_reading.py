"""What options say of a table is done, and a table may come through a pipe."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import terminal

from commons.cli import run

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

GOOD = ["--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "A notebook"]
MOON, RUST = "The moon orbits the Earth.", "Iron rusts when it meets water."


@pytest.fixture
def folder(shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody sits who checks files."""
    terminal.sit_down(monkeypatch, shared, "carl", tmp_path, has_key=False)
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Any:
    """The report of ``commons check`` as JSON."""
    code = run(["check", *map(str, arguments), *GOOD, "--format", "json"])
    captured = capsys.readouterr()
    assert code == 0, captured.err + captured.out
    return json.loads(captured.out)["reports"][0]


# what is written -> the options that say how
TABLES: dict[str, tuple[bytes, list[str]]] = {
    "its delimiter": (f"title^text\nMoon^{MOON}\n".encode(), ["--delimiter", "^"]),
    "its delimiter by name": (f"title\ttext\nMoon\t{MOON}\n".encode(), ["--delimiter", "tab"]),
    "its quote": (f"title,text\n'Moon, the',{MOON}\n".encode(), ["--quote", "'"]),
    "that nothing is quoted": (f'title,text\n"Moon,{MOON}\n'.encode(), ["--quote", "none"]),
    "the line of its names": (f"x,y\ntitle,text\nMoon,{MOON}\n".encode(), ["--header-row", "2"]),
    "that it has no names": (f"Moon,{MOON}\n".encode(), ["--header-row", "0", "--map", "title=column1,text=column2"]),
    "what to skip": (f"text,title\ntitle,text\nMoon,{MOON}\n".encode(), ["--skip", "1"]),
    "its encoding": (f"title,text\nMañana,{MOON}\n".encode("cp1252"), ["--encoding", "cp1252"]),
    "the list with its rows": (
        json.dumps({"old": [{"text": RUST}], "new": [{"title": "Moon", "text": MOON}]}).encode(),
        ["--sheet", "new"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TABLES)
def test_options_say_how_a_table_is_written(
    what: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, options = TABLES[what]
    (folder / "a.csv").write_bytes(data)
    assert checked(capsys, folder / "a.csv", *options)["impact"]["collections"] == {"a": 1}


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put bytes into the pipe of this process."""

    def fill(data: bytes) -> None:
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as end:
            end.write(data)
        monkeypatch.setattr(sys, "stdin", os.fdopen(reading))

    return fill


def test_a_table_comes_through_a_pipe(folder: Path, capsys: pytest.CaptureFixture[str], pipe: Any) -> None:
    pipe(f"title;text\nMoon;{MOON}\nRust;{RUST}\n".encode())
    assert checked(capsys, "-", "--collection", "notes")["impact"]["collections"] == {"notes": 2}


@pytest.mark.parametrize("arguments", [["-"], ["-", "-", "--collection", "notes"]])
def test_a_pipe_needs_a_name_for_its_collection_and_is_read_once(
    arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str], pipe: Any
) -> None:
    pipe(b"text\nx\n")
    assert run(["check", *arguments, *GOOD]) == 64
    error = capsys.readouterr().err
    assert "--collection" in error or "only once" in error


def test_a_named_pipe_is_read_from_its_beginning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the shell's ``<(zcat notes.csv.gz)`` is one."""
    named = folder / "notes.csv"
    os.mkfifo(named)
    text = f"title,text\nMoon,{MOON}\nRust,{RUST}\n"
    writer = threading.Thread(target=named.write_text, args=[text])
    writer.start()
    assert checked(capsys, named)["impact"]["collections"] == {"notes": 2}
    writer.join()
