"""The command as a process: interrupted, on a full disk, with a Hub that dies; it ends in words and leaves nothing half done."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import processes
from support.patience import PATIENCE_S
from support.processes import COMMONS

if TYPE_CHECKING:
    from support.world import World

GOOD = ["--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "A notebook"]


@pytest.fixture
def environment(shared: World, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HF_ENDPOINT": shared.url,
        "HF_TOKEN": shared.tokens["carl"],
        "COMMONS_REPO": shared.repo_id,
        "COMMONS_KEY_FILE": str(tmp_path / "key.pem"),
        "COMMONS_HOME": str(tmp_path / "home"),
        "HF_HOME": str(tmp_path / "hf"),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "500",
    }


def start(arguments: list[Any], environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    return processes.interruptible(
        [*COMMONS, *map(str, arguments)],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


def run(arguments: list[Any], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    process = start(arguments, environment, folder)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def leftovers(folder: Path) -> set[str]:
    """What a command left beside its input: staged files, refused files."""
    return {
        path.name
        for path in folder.iterdir()
        if path.is_file() and (path.name.startswith(".") or "refused" in path.name)
    }


class TestInterrupted:
    def test_while_it_reads_a_file(self, shared: World, environment: dict[str, str], tmp_path: Path) -> None:
        before = len(shared.repository().proposals(only_open=False))
        pipe = tmp_path / "endless.jsonl"
        os.mkfifo(pipe)
        process = start(["contribute", pipe, *GOOD], environment, tmp_path)
        with pipe.open("w") as writing:  # opened by the command: it has come this far
            writing.write('{"text": "one"}\n')
            writing.flush()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
        assert out == ""
        assert "Interrupted" in err
        assert "Traceback" not in err
        assert leftovers(tmp_path) == set()
        assert len(shared.repository().proposals(only_open=False)) == before

    def test_while_it_waits_for_a_hub_that_does_not_answer(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        (tmp_path / "a.csv").write_text("text\nx\n")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
            process = start(["contribute", "a.csv", *GOOD, "--endpoint", endpoint], environment, tmp_path)
            silent.settimeout(PATIENCE_S)
            connection, _ = silent.accept()
            with connection:
                time.sleep(0.2)
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
        assert "Traceback" not in err


class Dying:
    """A road to the Hub that breaks for good as soon as a request for ``path`` comes along."""

    def __init__(self, url: str, path: bytes) -> None:
        self.target = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self.path = path
        self.dead = threading.Event()
        self.ends: list[socket.socket] = []  # of every connection, for a Hub that dies breaks all of them
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self.dead.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.dead.is_set():
                client.close()
                return
            upstream = socket.create_connection(self.target)
            self.ends += [client, upstream]
            threading.Thread(target=self._carry, args=(client, upstream, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(upstream, client, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        try:
            while data := source.recv(65536):
                if watched and self.path in data:
                    self.dead.set()
                    self.listener.close()
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in self.ends if self.dead.is_set() else (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class TestAHubThatDies:
    @pytest.mark.parametrize("path", [b"/commit/"])
    def test_during_the_upload_of_a_contribution(
        self, path: bytes, shared: World, environment: dict[str, str], tmp_path: Path
    ) -> None:
        before = shared.repository().proposals(only_open=False)
        (tmp_path / "dying.csv").write_text("text\nlast words\n")
        dying = Dying(shared.url, path)
        code, out, err = run(
            ["contribute", "dying.csv", *GOOD, "--endpoint", dying.url], environment, tmp_path
        )
        assert dying.dead.is_set()
        assert code == 1
        assert "hub-unreachable" in err
        assert out == ""
        assert leftovers(tmp_path) == set()
        assert shared.repository().proposals(only_open=False) == before
        code, _, _ = run(["contribute", "dying.csv", *GOOD], environment, tmp_path)
        assert code == 0, "the same command works when the Hub is back"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk with 64 kB on it."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, leave: int = 0) -> None:
    with (disk / "ballast").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 1024)
        except OSError:
            pass
    os.truncate(disk / "ballast", max((disk / "ballast").stat().st_size - leave, 0))


class TestAFullDisk:
    def test_the_refused_file_is_whole_or_not_there(
        self, shared: World, environment: dict[str, str], full: Path
    ) -> None:
        rows = "".join(json.dumps({"text": f"row {n}", "lang": "gibberish"}) + "\n" for n in range(300))
        (full / "a.jsonl").write_text(rows)
        fill(full, leave=8192)
        before = shared.repository().proposals(only_open=False)
        code, _, err = run(["contribute", full / "a.jsonl", *GOOD], environment, full)
        assert code == 1
        assert "disk-full" in err
        assert {path.name for path in full.iterdir()} == {"a.jsonl", "ballast"}
        assert shared.repository().proposals(only_open=False) == before

    def test_an_earlier_refused_file_is_not_lost_to_a_full_disk(
        self, environment: dict[str, str], full: Path
    ) -> None:
        rows = "".join(json.dumps({"text": f"row {n}", "lang": "gibberish"}) + "\n" for n in range(300))
        (full / "a.jsonl").write_text(rows)
        (full / "a.jsonl.refused.jsonl").write_text("earlier\n")
        fill(full)
        code, _, _ = run(["contribute", full / "a.jsonl", *GOOD], environment, full)
        assert code == 1
        assert (full / "a.jsonl.refused.jsonl").read_text() == "earlier\n"

    def test_no_half_a_key_stands_in_the_way_of_the_next(
        self, environment: dict[str, str], full: Path, tmp_path: Path
    ) -> None:
        fill(full)
        place = {"COMMONS_KEY_FILE": str(full / "key.pem")}
        code, out, err = run(["key", "new"], {**environment, **place}, tmp_path)
        assert code == 1
        assert "disk-full" in err
        assert out == ""
        assert not (full / "key.pem").exists()
        (full / "ballast").unlink()
        assert run(["key", "new"], {**environment, **place}, tmp_path)[0] == 0

    def test_a_cache_that_does_not_fit_says_so(
        self, environment: dict[str, str], full: Path, tmp_path: Path
    ) -> None:
        fill(full, leave=4096)
        (tmp_path / "a.csv").write_text("text\nx\n")
        code, out, err = run(
            ["contribute", "a.csv", *GOOD], {**environment, "HF_HOME": str(full / "hf")}, tmp_path
        )
        assert code == 1
        assert "disk-full" in err
        assert out == ""

    def test_a_temporary_folder_that_is_full_says_so(
        self, shared: World, environment: dict[str, str], full: Path, tmp_path: Path
    ) -> None:
        fill(full)
        (tmp_path / "a.csv").write_text("text\ntemporary\n")
        before = shared.repository().proposals(only_open=False)
        code, _, err = run(["contribute", "a.csv", *GOOD], {**environment, "TMPDIR": str(full)}, tmp_path)
        # Python falls back to another folder when it cannot write to this one; then there is nothing to say.
        assert code == 0 or "disk-full" in err
        if code:
            assert shared.repository().proposals(only_open=False) == before


class TestWhereItMayNotWrite:
    def test_a_folder_that_does_not_exist_for_the_key(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        place = {"COMMONS_KEY_FILE": str(tmp_path / "file" / "key.pem")}
        code, _, err = run(["key", "new"], {**environment, **place}, tmp_path)
        assert code == 1
        assert "Error" in err


class TestWords:
    def test_strange_names_end_in_words(self, environment: dict[str, str], tmp_path: Path) -> None:
        for name in (b"a\xff.csv", b"b\n.csv", "日本.csv".encode(), b"-x.csv"):
            code, out, err = run(["check", "--", os.fsdecode(name), *[]], environment, tmp_path)
            assert code in (1, 64)
            assert out == ""
            assert err.strip()

    def test_half_characters_in_a_column_name_do_not_spoil_the_end(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        (tmp_path / "half.jsonl").write_text('{"text": "whole", "\\ud800": 1}\n')
        for style in ("human", "json"):
            code, _, err = run(
                ["contribute", "half.jsonl", *GOOD, "--dry-run", "--format", style], environment, tmp_path
            )
            assert code == 0, err

    def test_a_reader_that_goes_away_is_no_error(
        self, shared: World, environment: dict[str, str], tmp_path: Path
    ) -> None:
        process = start(["proposals", "--all", "--format", "json"], environment, tmp_path)
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read()
        process.wait(PATIENCE_S)
        assert "Traceback" not in err

    def test_a_narrow_terminal_encoding_is_no_traceback(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        (tmp_path / "a.csv").write_text("text,title\nnaïve 日本,日本\n")
        narrow = {**environment, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
        code, _, _ = run(["check", "a.csv", *GOOD], narrow, tmp_path)
        assert code == 0
