"""A home that cannot be written is no reason not to read a commons, and nothing is left of it anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.world import World

COMMONS = "from commons.cli import main; main()"
HOMES = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "COMMONS_HOME", "COMMONS_KEY_FILE", "HF_HOME")
GOOD = ["--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "A notebook"]


@pytest.fixture
def file_for_a_home(tmp_path: Path) -> Path:
    """Below a file no folder can be made, whoever asks."""
    path = tmp_path / "no-folder"
    path.write_text("")
    return path / "home"


def commons(
    world: World, home: Path, folder: Path, *words: str, who: str = ""
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in HOMES}
    environment |= {"HOME": str(home), "HF_ENDPOINT": world.url, "COMMONS_REPO": world.repo_id}
    environment |= {"TMPDIR": str(folder)}
    if who:
        environment["HF_TOKEN"] = world.tokens[who]
    return subprocess.run(
        [sys.executable, "-c", COMMONS, *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "here"
    made.mkdir()
    (made / "a.csv").write_text("text\nIce floats on water.\n")
    return made


def test_check_works_without_a_home_and_leaves_nothing(
    shared: World, file_for_a_home: Path, folder: Path
) -> None:
    done = commons(shared, file_for_a_home, folder, "check", "a.csv", *GOOD)
    assert done.returncode == 0, done.stderr
    assert "is kept for this run only" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["a.csv"]


def test_check_writes_nothing_but_what_the_client_of_the_hub_keeps(
    shared: World, tmp_path: Path, folder: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert commons(shared, home, folder, "check", "a.csv", *GOOD).returncode == 0
    assert {path.relative_to(home).parts[:2] for path in home.rglob("*") if path.is_file()} == {
        (".cache", "huggingface")
    }
    assert [path.name for path in folder.iterdir()] == ["a.csv"]


def test_contribute_asks_for_a_place_for_the_key_instead(
    shared: World, file_for_a_home: Path, folder: Path
) -> None:
    done = commons(shared, file_for_a_home, folder, "contribute", "a.csv", *GOOD, who="carl")
    assert done.returncode == 1
    assert "COMMONS_HOME" in done.stderr or "COMMONS_KEY_FILE" in done.stderr
    assert "Traceback" not in done.stderr
