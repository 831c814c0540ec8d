"""Files that are whole or not there, and folders that are gone when they are done with, whoever was killed in between."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import processes, warnings_said
from support.patience import PATIENCE_S

from commons import files

_STAGES = """
import sys
from pathlib import Path
from commons.files import staging
with staging(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print(folder, flush=True)
    sys.stdin.read()
"""


def in_another_process(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that stages, and its folder."""
    process = processes.interruptible(
        [sys.executable, "-c", _STAGES, str(parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


class TestStaging:
    def test_nothing_is_left_behind(self, tmp_path: Path) -> None:
        with files.staging(tmp_path / "new") as folder:
            (folder / "below").mkdir()
            (folder / "below" / "file").write_text("x")
        assert list((tmp_path / "new").iterdir()) == []

    def test_nor_after_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt), files.staging(tmp_path) as folder:
            (folder / "file").write_text("x")
            raise KeyboardInterrupt
        assert list(tmp_path.iterdir()) == []

    def test_two_at_once_have_each_their_own(self, tmp_path: Path) -> None:
        with files.staging(tmp_path) as one, files.staging(tmp_path) as two:
            assert one != two
            assert one.is_dir()
            assert two.is_dir()

    def test_what_a_killed_process_left_is_cleared_by_the_next_and_what_a_living_one_has_is_kept(
        self, tmp_path: Path
    ) -> None:
        killed, left = in_another_process(tmp_path)
        killed.kill()
        killed.wait()
        assert (left / "half").is_file()
        living, kept = in_another_process(tmp_path)
        try:
            with files.staging(tmp_path):
                assert not left.exists()
                assert (kept / "half").is_file()
        finally:
            assert living.communicate(timeout=PATIENCE_S)[1] is None
        assert list(tmp_path.iterdir()) == []

    def test_a_process_that_was_interrupted_leaves_nothing(self, tmp_path: Path) -> None:
        process, folder = in_another_process(tmp_path)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_S)
        assert not folder.exists()

    def test_a_clearing_that_was_cut_short_is_finished_by_the_next(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A second Ctrl-C, while the folder of the first is removed."""

        def half(folder: Path, ignore_errors: bool) -> None:
            next(Path(folder).iterdir()).unlink()
            raise KeyboardInterrupt

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(shutil, "rmtree", half)
            with files.staging(tmp_path) as folder:
                for name in ("a", "b"):
                    (folder / name).write_text("x")
        assert folder.exists()
        with files.staging(tmp_path):
            assert not folder.exists()

    def test_what_is_not_ours_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "staging-by-hand").mkdir()
        (tmp_path / "vectors").mkdir()
        with files.staging(tmp_path):
            pass
        assert {path.name for path in tmp_path.iterdir()} == {"staging-by-hand", "vectors"}


class TestWritingWhole:
    def test_the_folder_is_made_and_an_older_file_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b"
        for data in (b"one", b""):
            files.write_whole(path, data)
            assert path.read_bytes() == data
        assert list(path.parent.iterdir()) == [path]

    def test_a_full_disk_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "file"
        files.write_whole(path, b"old")

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            files.write_whole(path, b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("names_may_be_added", [True, False])
def test_a_linked_file_outlives_the_first_place(
    names_may_be_added: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    if not names_may_be_added:  # another file system, or one without hard links
        monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "first").write_text("whole")
    files.link(tmp_path / "first", tmp_path / "second")
    (tmp_path / "first").unlink()
    assert (tmp_path / "second").read_text() == "whole"


class TestKeeping:
    def test_what_is_kept_is_there_and_whole(self, tmp_path: Path) -> None:
        files.keep(tmp_path / "deep" / "a", b"kept")
        assert (tmp_path / "deep" / "a").read_bytes() == b"kept"

    def test_where_nothing_can_be_kept_it_is_said_once_and_nothing_else_happens(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with warnings_said.by("commons.files") as messages:
            for name in ("a", "b"):
                files.keep(tmp_path / "file" / name, b"lost")
        (message,) = messages
        assert "COMMONS_HOME" in message

    def test_whoever_promised_to_write_nothing_writes_nothing(self, tmp_path: Path) -> None:
        with files.keeping_nothing():
            assert files.keeps_nothing()
            files.keep(tmp_path / "a", b"kept")
        assert not files.keeps_nothing()
        assert list(tmp_path.iterdir()) == []


def test_the_first_folder_that_can_be_written_is_chosen_and_nothing_stays_of_the_trial(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    nowhere, here = tmp_path / "file" / "below", tmp_path / "here"
    here.mkdir()
    assert files.first_writable(nowhere, here) == here
    assert list(here.iterdir()) == []
    assert files.first_writable(nowhere).is_dir()
