"""The two ends of a confined child: what it is handed, what comes back, and in which words it is told that it died."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import confined_children

from commons.sandbox import child_output, confinement
from commons.sandbox.confinement import UnconfinedError
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits
from commons.sandbox.system_calls import Profile

CHILD = "tests.support.sample_child"
NO_LANDLOCK = "from commons.sandbox import landlock; landlock.confine = lambda **_: 'no Landlock here'"
NO_FILTER = "from commons.sandbox import seccomp; seccomp.MACHINES = {}"
linux = pytest.mark.skipif(not confined_children.ON_LINUX, reason="other systems have neither guard")


def run(
    code: str, files: Mapping[str, bytes | Path] | None = None, *, before: str = "", **options: Any
) -> list[Any]:
    context = {"code": code, "before": before}
    return list(confinement.stream(CHILD, files or {}, context=context, **options))


def death(code: str, **options: Any) -> str:
    with pytest.raises(OutOfBoundsError) as caught:
        run(code, **options)
    assert caught.value.code == "check-limit"
    return caught.value.message


# What it is handed, and what comes back


def test_bytes_and_files_are_handed_over_and_values_come_back_in_order(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"ab" * 1000)
    code = """
for name, file in files.items():
    confinement.send([name, len(file.read())])
confinement.send(bytes(confinement.as_memory(files["path"])[:2]).decode())
confinement.send(bytes(confinement.as_memory(files["nothing"])).decode())
confinement.finish()
"""
    files = {"bytes": b"x" * 10, "path": tmp_path / "large", "nothing": b""}
    assert run(code, files) == [["bytes", 10], ["path", 2000], ["nothing", 0], "ab", ""]


def test_text_of_every_kind_comes_back() -> None:
    texts = ["naïve 😀 \u2028 日本語\n\r\n", "\\u0000 \0 \x1f", "\ud800"]
    assert run(f"confinement.answer({texts!r})") == [texts]


def test_hundreds_of_files_are_handed_over_at_once(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / str(number)).write_bytes(b"x" * number)
    files = {path.name: path for path in tmp_path.iterdir()}
    assert run("confinement.answer(sum(len(file.read()) for file in files.values()))", files) == [
        sum(range(300))
    ]


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run("", {"missing": tmp_path / "missing"})


def test_the_child_has_no_secret_and_none_of_our_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    code = "confinement.answer(sorted(os.environ))"
    with Path("/dev/null").open("rb") as ours:
        os.set_inheritable(ours.fileno(), True)
        held = "import os; open_before = sorted(map(int, os.listdir('/proc/self/fd')))"
        (names,) = run(code)
        assert "HF_TOKEN" not in names
        if confined_children.ON_LINUX:
            (descriptors,) = run("confinement.answer(open_before)", before=held)
            assert descriptors == [0, 1, 2, 3]  # the last is the listing's own


def test_a_reader_that_stops_early_ends_the_child() -> None:
    code = "while True: confinement.send('x' * 1000)"
    values = confinement.stream(CHILD, {}, context={"code": code})
    assert next(values) == "x" * 1000
    values.close()  # type: ignore[attr-defined]


def test_only_waiting_for_the_child_counts_as_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the values may take as long as they like for each."""
    clock, late_s = time.monotonic, [0.0]
    monkeypatch.setattr(child_output, "time", SimpleNamespace(monotonic=lambda: clock() + late_s[0]))
    code = "confinement.send(1); time.sleep(0.1); confinement.answer(2)"
    values = confinement.stream(CHILD, {}, context={"code": code})
    assert next(values) == 1
    late_s[0] += 100 * ProcessLimits().wall_clock_s
    assert list(values) == [2]


# In which words it is told that it died


def test_time_on_the_processor_has_a_bound() -> None:
    assert death("while True: pass", limits=ProcessLimits(cpu_s=1)) == (
        "it needed more than 1 s of processor time"
    )


def test_time_has_a_bound() -> None:
    assert death("time.sleep(600)", limits=ProcessLimits(wall_clock_s=2)) == "it took more than 2 s"


def test_time_has_a_bound_for_one_that_closes_its_outputs() -> None:
    code = "os.close(1); os.close(2); time.sleep(600)"
    assert death(code, limits=ProcessLimits(wall_clock_s=2)) == "it took more than 2 s"


@pytest.mark.skipif(not confined_children.ON_LINUX, reason="elsewhere this limit counts nothing")
def test_memory_has_a_bound() -> None:
    words = "it needed more than 300 MiB of memory"
    assert death("bytearray(1 << 30)", limits=ProcessLimits(memory_bytes=300 * MIB)) == words


def test_the_answer_has_a_bound() -> None:
    code = "while True: confinement.send('x' * 1000)"
    assert "more to say" in death(code, limits=ProcessLimits(answer_bytes=100_000))


def test_files_have_a_bound() -> None:
    code = """
copies = []
try:
    while True: copies.append(os.dup(1))
except OSError:
    confinement.answer(len(copies) < 64)
"""
    assert run(code, limits=ProcessLimits(open_files=64)) == [True]


def test_an_abort_is_told_with_the_last_words() -> None:
    code = "print('what(): all is lost', file=sys.stderr, flush=True); os.abort()"
    assert death(code) == "the library that reads it gave up (SIGABRT): what(): all is lost"


def test_what_was_sent_before_a_crash_has_arrived() -> None:
    values = confinement.stream(CHILD, {}, context={"code": "confinement.send(1); os.abort()"})
    assert next(values) == 1
    with pytest.raises(OutOfBoundsError):
        next(values)


@linux
def test_a_crash_is_told_by_its_name() -> None:
    code = "import ctypes; ctypes.string_at(0)"
    assert death(code, before="import ctypes") == "the library that reads it crashed (SIGSEGV)"


@linux
def test_what_no_reader_of_files_does_is_told_as_such() -> None:
    code = "ctypes.CDLL(None).syscall(425, 1, 0)"  # io_uring_setup
    assert "SIGSYS" in death(f"import ctypes\n{code}", before="import ctypes")


def test_an_error_is_told_by_its_last_line() -> None:
    assert death("raise ValueError('no such thing')") == "ValueError: no such thing"


def test_nothing_that_is_no_answer_is_taken_for_one() -> None:
    for code in (
        "os._exit(0)",
        "print('{}'); os._exit(0)",
        "print('nonsense', flush=True); confinement.finish()",
        "confinement.send(1); print(); print(); print(2, flush=True); os._exit(0)",
        "print('[' * 100_000, flush=True); confinement.finish()",
    ):
        assert death(code) == "its answer could not be read"
    with pytest.raises(OutOfBoundsError, match="could not be read"):
        confinement.run("compileall", {})  # a module of Python's own that prints something else


def test_one_value_is_asked_for_and_two_are_none() -> None:
    context = {"code": "confinement.send(1); confinement.answer(2)"}
    with pytest.raises(OutOfBoundsError, match="could not be read"):
        confinement.run(CHILD, {}, context=context)


def test_two_children_do_not_meet() -> None:
    """Each has files of its own, and ends by itself."""
    outcomes: dict[int, Any] = {}

    def read(number: int) -> None:
        outcomes[number] = run("confinement.answer(files['a'].read().decode())", {"a": str(number).encode()})

    threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {number: [str(number)] for number in range(3)}


# Where a guard is missing


@linux
def test_one_guard_that_is_missing_is_told_of_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons: set[str] = set()
    monkeypatch.setattr(confinement._warn_once, "__defaults__", (reasons,))
    with caplog.at_level(
        logging.WARNING, logger=confinement.__name__
    ):  # whatever a library did to logging before
        for before in (NO_LANDLOCK, NO_LANDLOCK):
            assert run("confinement.answer(1)", before=before) == [1]
    assert [record.getMessage() for record in caplog.records] == [
        "Files of strangers are read under limits, but without one of the guards: no Landlock here"
    ]


@linux
def test_without_either_guard_nothing_is_read_unless_somebody_permits_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = f"{NO_LANDLOCK}\n{NO_FILTER}"
    with pytest.raises(UnconfinedError, match="no Landlock here; there is no filter") as caught:
        run("confinement.answer(1)", before=both)
    assert caught.value.code == "unconfined"
    assert "COMMONS_UNCONFINED=1" in caught.value.hint
    monkeypatch.setattr(confinement, "_unconfined_permitted", False)
    confinement.permit_unconfined()
    assert run("confinement.answer(1)", before=both) == [1]


@linux
def test_a_filter_alone_is_not_enough_for_files_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnconfinedError):
        run("confinement.answer(1)", before=NO_LANDLOCK, profile=Profile.INDEX, readable=tmp_path)


def test_another_system_has_the_limits_alone_and_goes_on() -> None:
    done = confined_children.after_entering(
        "print(json.dumps(1))", before="sys.platform = 'darwin'\nimport platform"
    )
    introduction, answer = map(json.loads, done.stdout.splitlines())
    assert introduction["entered"]
    assert [gap for gap in introduction["gaps"] if "darwin" in gap] == introduction["gaps"]
    assert len(introduction["gaps"]) == 2
    assert answer == 1
