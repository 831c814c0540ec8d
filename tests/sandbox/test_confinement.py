"""The sandbox: what a child in it can no longer do, and what becomes of one that tries to do too much."""

from __future__ import annotations

import json
import logging
import platform
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from support.patience import PATIENCE_S

from commons.sandbox import confinement, seccomp
from commons.sandbox.confinement import OutOfBoundsError, ProcessLimits

filtered = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="other systems have no such filter, and the sandbox says so",
)


def inside(code: str, *arguments: str) -> Any:
    """What ``code`` prints as JSON after the child has entered the sandbox."""
    script = (
        "import json, os, sys, socket, subprocess\nfrom commons.sandbox import confinement as sandbox\nsandbox.enter()\n"
        "def tried(what):\n    try:\n        what()\n"
        "    except Exception as error:\n        return type(error).__name__\n    return 'done'\n"
    ) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@filtered
def test_there_is_no_network_inside() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = json.dumps(server.getsockname())
        code = """
            address = tuple(json.loads(sys.argv[1]))
            print(json.dumps([tried(lambda: socket.create_connection(address)),
                              tried(lambda: socket.socket(socket.AF_UNIX)),
                              tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", address))]))
        """
        assert inside(code, address) == ["PermissionError"] * 3
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()  # and nobody had knocked


@filtered
def test_no_program_is_started_and_nothing_on_disk_is_changed_inside(tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("as it was")
    code = """
        path, new = sys.argv[1], sys.argv[1] + "2"
        print(json.dumps([tried(lambda: subprocess.run([sys.executable, "-c", ""])), tried(lambda: os.execv("/bin/sh", ["sh"])),
                          tried(lambda: os.unlink(path)), tried(lambda: os.rename(path, new)), tried(lambda: os.truncate(path, 0)),
                          tried(lambda: os.symlink(path, new)), tried(lambda: os.mkdir(new)), tried(lambda: os.kill(os.getppid(), 9))]))
    """
    assert inside(code, str(file)) == ["PermissionError"] * 8
    assert file.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [file]


@filtered
def test_threads_that_ran_before_are_filtered_too() -> None:
    code = """
        import queue, threading
        asked, told = queue.Queue(), queue.Queue()
        threading.Thread(target=lambda: (asked.get(), told.put(tried(socket.socket))), daemon=True).start()
        sandbox.enter()
        asked.put(1)
        print(json.dumps(told.get()))
    """
    assert inside(code) == "PermissionError"


def test_the_filter_is_well_formed_for_every_machine_it_knows() -> None:
    """Each test jumps to the denial, which is the last line; the line before it allows."""
    for column, architecture, _ in seccomp._MACHINES.values():
        numbers = [call[column] for call in seccomp._DENIED.values() if call[column] is not None]
        assert len(set(numbers)) == len(numbers)
        program = seccomp._program(architecture, [number for number in numbers if number is not None])
        lines = [program[at : at + 8] for at in range(0, len(program), 8)]
        for place, line in enumerate(lines[4:-2], start=4):
            assert place + 1 + line[2] == len(lines) - 1
        assert int.from_bytes(lines[-1][4:], "little") == seccomp._EPERM
        assert int.from_bytes(lines[-2][4:], "little") == seccomp._ALLOW


def test_memory_and_files_are_bounded_inside() -> None:
    code = """
        def hoard():
            global file
            file = [open(os.devnull) for _ in range(1000)]
        def fill():
            with open(sys.argv[1], "wb") as file:
                file.write(b"x")
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        print(json.dumps([tried(lambda: bytearray(1 << 30)), tried(hoard), tried(fill)]))
    """
    assert inside(code, "/tmp/never-written-by-a-test") == ["MemoryError", "OSError", "OSError"]  # noqa: S108


def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(OutOfBoundsError, match="more than"):
        confinement.run("commons.gate.child_process", {}, limits=ProcessLimits(wall_clock_s=0.01))


def test_a_child_that_dies_is_told_by_its_last_words() -> None:
    with pytest.raises(OutOfBoundsError, match=r"context\.json"):
        confinement.run("commons.gate.child_process", {})


def test_an_answer_that_is_too_long_ends_the_child() -> None:
    with pytest.raises(OutOfBoundsError, match="hold"):
        confinement.run("pydoc", {}, limits=ProcessLimits(answer_bytes=10))


def test_an_answer_that_is_no_answer_is_refused() -> None:
    with pytest.raises(OutOfBoundsError, match="could not be read"):
        confinement.run("compileall", {})  # a module of Python's own that prints something else


def test_a_system_without_a_filter_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    assert "pdp11" in seccomp.deny()
    reasons: set[str] = set()
    with caplog.at_level(
        logging.WARNING, logger=confinement.__name__
    ):  # whatever a library did to logging before
        for _ in range(2):
            confinement._warn_once(seccomp.deny(), reasons)
    assert len(caplog.records) == 1


def test_two_children_do_not_meet() -> None:
    """Each has a folder of its own, and ends by itself."""
    messages: list[str] = []

    def run() -> None:
        try:
            confinement.run("commons.gate.child_process", {})
        except OutOfBoundsError as error:
            messages.append(error.message)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(messages)) == 2  # the message names the folder
