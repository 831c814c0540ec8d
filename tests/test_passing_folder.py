"""A folder that a killed process leaves is removed by the next that makes one; one that is in use is not."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commons.passing_folder import PassingFolder

PROGRAM = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from commons.passing_folder import PassingFolder
place = PassingFolder("commons-test-")
(place.path / "file").write_text("x")
print(place.path, flush=True)
sys.stdin.read()
"""


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_it_goes_when_nobody_holds_it_any_more() -> None:
    place = PassingFolder("commons-test-")
    path = place.path
    descriptors = open_files()
    assert path.is_dir()
    del place
    assert not path.exists()
    assert open_files() == descriptors - 1


def test_those_who_make_some_at_the_same_moment_sweep_none_of_another_in_use() -> None:
    """Between making one and locking it, another may sweep it: then one more is made."""
    together = threading.Barrier(8)

    def make_some(_: int) -> list[PassingFolder]:
        together.wait()
        return [PassingFolder("commons-test-") for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        made = [place for some in pool.map(make_some, range(8)) for place in some]
    assert all(place.path.is_dir() for place in made)
    assert len({place.path for place in made}) == len(made)


def test_that_of_a_killed_process_is_swept_and_not_while_it_lives(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        path = Path(process.stdout.readline().strip())
        first = PassingFolder("commons-test-")
        assert (path / "file").is_file()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.is_dir()
    second = PassingFolder("commons-test-")
    assert not path.exists()
    assert first.path.is_dir()
    assert second.path.is_dir()


def test_nothing_else_is_swept(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "commons-test-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "commons-test-file").write_text("x")
    (tmp_path / "commons-other-folder").mkdir()
    PassingFolder("commons-test-")
    assert {path.name for path in tmp_path.iterdir()} == {
        "elsewhere",
        "commons-test-link",
        "commons-test-file",
        "commons-other-folder",
    }
