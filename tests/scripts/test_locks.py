"""Nothing is installed that no lock names by its hash, and whoever renews the locks learns PyTorch's hashes where they are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .package_index import Index

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "torch.lock", "torch-cpu.lock")
A_PIN = re.compile(r"^([\w.-]+)==(\S+).*\n((?:[ ].*\n?)*)", re.MULTILINE)


def _pins(lock: str) -> dict[str, tuple[str, str]]:
    return {
        name: (version, block)
        for name, version, block in A_PIN.findall((ROOT / "scripts" / lock).read_text())
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_has_a_hash_and_nothing_else_stands_in_a_lock(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert all("--hash=sha256:" in block for _, block in pins.values())
    rest = A_PIN.sub("", (ROOT / "scripts" / lock).read_text())
    assert all(line.startswith("#") for line in rest.splitlines()), rest


def test_everything_that_the_project_asks_for_is_locked_in_a_version_that_it_accepts() -> None:
    pins = {
        canonicalize_name(name): version for lock in LOCKS[:2] for name, (version, _) in _pins(lock).items()
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    asked = [Requirement(line) for lines in (project["dependencies"], *optional.values()) for line in lines]
    # Itself; an extra that no test needs; those that scripts/test_frameworks installs.
    outside = {canonicalize_name(project["name"]), "codecarbon", "langchain-core", "llama-index-core"}
    for one in asked:
        if canonicalize_name(one.name) not in outside:
            assert one.specifier.contains(pins[canonicalize_name(one.name)]), one


def test_torch_and_its_cuda_libraries_stand_only_in_their_own_locks() -> None:
    assert not [
        name for name in _pins("requirements.lock") if re.match(r"torch$|triton$|nvidia-|cuda-", name)
    ]
    assert _pins("torch-cpu.lock")["torch"][0] == _pins("torch.lock")["torch"][0] + "+cpu"


def test_the_cpu_lock_has_each_python_that_ci_runs_on_for_both_processors() -> None:
    lock = (ROOT / "scripts" / "torch-cpu.lock").read_text()
    for python in ("cp311", "cp312", "cp313", "cp314"):
        for processor in ("x86_64", "aarch64"):
            line = re.search(rf"# ([0-9a-f]{{8}}) \S*-{python}-{python}-manylinux\S*_{processor}\.whl", lock)
            assert line, (python, processor)
            assert f"--hash=sha256:{line[1]}" in lock


def test_the_space_asks_one_index_and_has_no_torch() -> None:
    """An extra index would be asked for every package, so whoever takes a free name there would be installed."""
    lines = (ROOT / "space_app" / "requirements.txt").read_text().splitlines()
    required = [line for line in lines if not line.startswith("#")]
    assert not [
        line for line in required if line.startswith(("-", "torch", "sentence-transformers")) or "@" in line
    ]


def test_the_cpu_hashes_are_learnt_where_the_index_answers(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, torch_cpu = _lock_module(tmp_path, monkeypatch)
    digests = {python: f"{number:064x}" for number, python in enumerate(("cp310", "cp311", "cp314"))}
    index.page = "\n".join(
        f'<a href="torch-9.1.0%2Bcpu-{python}-{python}-manylinux_2_28_x86_64.whl#sha256={digest}">x</a>'
        for python, digest in digests.items()
    )
    monkeypatch.setenv("COMMONS_TORCH_INDEX", index.url)
    assert lock.lock_cpu("9.1.0") == 0
    written = torch_cpu.LOCK.read_text()
    assert "torch==9.1.0+cpu \\" in written
    assert digests["cp311"] in written
    assert digests["cp314"] in written
    assert digests["cp310"] not in written, "a Python that is not supported"


def test_a_cpu_lock_of_another_version_is_said_where_the_index_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock, torch_cpu = _lock_module(tmp_path, monkeypatch)
    torch_cpu.LOCK.write_text("torch==2.13.0+cpu \\\n    --hash=sha256:00\n")
    monkeypatch.setenv("COMMONS_TORCH_INDEX", "http://127.0.0.1:9")
    assert lock.lock_cpu("2.13.0") == 0
    assert lock.lock_cpu("2.14.0") == 1
    assert "not of torch 2.14.0" in capsys.readouterr().err


def _lock_module(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import lock
    import torch_cpu

    monkeypatch.setattr(lock, "SCRIPTS", folder)
    monkeypatch.setattr(torch_cpu, "LOCK", folder / "torch-cpu.lock")
    return lock, torch_cpu
