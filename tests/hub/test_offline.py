"""HF_HUB_OFFLINE: what was fetched before is read from the cache; what was not ends in words that say how."""

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


@pytest.fixture(scope="module")
def filled(shared: World) -> World:
    shared.add([{"text": "Ice floats.", "title": "Ice"}])
    return shared


def commons(world: World, home: Path, *words: str, offline: bool) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": world.url,
        "HF_HOME": str(home),
        "COMMONS_HOME": str(home / "commons"),
        "COMMONS_REPO": world.repo_id,
        **({"HF_HUB_OFFLINE": "1"} if offline else {}),
    }
    return subprocess.run(
        [sys.executable, "-c", COMMONS, *words], env=environment, capture_output=True, text=True, check=False
    )


def a_record(world: World) -> str:
    return str(world.snapshot().catalogue().table["id"][0].as_py())


def test_what_was_shown_online_is_shown_offline_and_said_to_be_what_was_fetched_last(
    filled: World, tmp_path: Path
) -> None:
    words = ["record", a_record(filled), "--format", "json"]
    online = commons(filled, tmp_path, *words, offline=False)
    offline = commons(filled, tmp_path, *words, offline=True)
    assert (offline.returncode, offline.stdout) == (0, online.stdout)
    assert f"reading {filled.repo_id} as it was fetched last, at {filled.head()[:12]}" in offline.stderr


def test_a_whole_copy_is_verified_offline_once_it_was_verified_online(filled: World, tmp_path: Path) -> None:
    assert commons(filled, tmp_path, "verify", offline=False).returncode == 0
    offline = commons(filled, tmp_path, "verify", offline=True)
    assert offline.returncode == 0, offline.stdout + offline.stderr


def test_a_part_of_a_copy_is_no_copy(filled: World, tmp_path: Path) -> None:
    """Files that were never fetched are no files that are missing."""
    commons(filled, tmp_path, "record", a_record(filled), offline=False)
    done = commons(filled, tmp_path, "verify", offline=True)
    assert done.returncode == 1
    assert "hub-offline" in done.stderr
    assert "--repo FOLDER" in done.stderr


def test_what_was_never_fetched_is_not_there_and_the_ways_to_it_are_named(
    filled: World, tmp_path: Path
) -> None:
    done = commons(filled, tmp_path, "record", a_record(filled), offline=True)
    assert done.returncode == 1
    assert "hub-offline" in done.stderr
    assert "hf download" in done.stderr


def test_the_head_of_another_hub_is_not_taken_for_this_ones(filled: World, tmp_path: Path) -> None:
    """Two Hubs may have repositories of one name."""
    commons(filled, tmp_path, "record", a_record(filled), offline=False)
    done = commons(
        filled, tmp_path, "record", a_record(filled), "--endpoint", "http://localhost:1", offline=True
    )
    assert "hub-offline" in done.stderr
