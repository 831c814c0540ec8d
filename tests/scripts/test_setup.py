"""Where setup takes torch from, what it says before it downloads, and what a killed run leaves to the next."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from .package_index import Index

SCRIPTS = Path(__file__).parents[2] / "scripts"
PYTHON = f"cp{sys.version_info[0]}{sys.version_info[1]}"
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the default index has no CUDA")


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment: pip and nothing else, above all no torch."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


@dataclass(frozen=True)
class Machine:
    """A copy of the scripts beside a small true wheel that claims to be the CPU build, known to the copy's lock."""

    scripts: Path
    wheel: Path
    python: Path

    @property
    def link(self) -> str:
        digest = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        return (
            f'<a href="/whl/cpu/{self.wheel.name.replace("+", "%2B")}#sha256={digest}">{self.wheel.name}</a>'
        )

    def plan(self, torch_index: str, **environment: str) -> str:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        own |= {"PIP_CONFIG_FILE": os.devnull, "COMMONS_TORCH_INDEX": torch_index, **environment}
        asked = [self.python, self.scripts / "install_locked.py", "--plan"]
        return subprocess.run(asked, env=own, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def machine(tmp_path: Path, bare_python: Path) -> Machine:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("install_locked.py", "torch_cpu.py", "requirements.lock", "torch.lock"):
        shutil.copy(SCRIPTS / name, scripts)
    patient = (scripts / "torch_cpu.py").read_text()
    (scripts / "torch_cpu.py").write_text(patient.replace("ANSWER_TIMEOUT_S = 5 ", "ANSWER_TIMEOUT_S = 1 "))
    wheel = tmp_path / f"torch-2.13.0+cpu-{PYTHON}-{PYTHON}-manylinux_2_28_{platform.machine()}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "torch-2.13.0+cpu.dist-info/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0+cpu\n"
        )
        archive.writestr(
            "torch-2.13.0+cpu.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
        )
        archive.writestr("torch-2.13.0+cpu.dist-info/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (scripts / "torch-cpu.lock").write_text(f"torch==2.13.0+cpu \\\n    --hash=sha256:{digest}\n")
    return Machine(scripts, wheel, bare_python)


@ONLY_LINUX
def test_the_cpu_index_is_taken_where_it_answers_and_is_asked_for_torch_alone(
    machine: Machine, index: Index
) -> None:
    index.page = machine.link
    said = machine.plan(index.url)
    assert f"the CPU build from {index.url}, at most 1 MB ({machine.wheel.name})" in said
    assert index.asked == ["/whl/cpu/torch/", f"/whl/cpu/{machine.wheel.name.replace('+', '%2B')}"]


@ONLY_LINUX
def test_without_an_answer_the_default_index_is_taken_and_its_gigabytes_are_told(machine: Machine) -> None:
    said = machine.plan("http://127.0.0.1:9/whl/cpu")
    assert (
        "what the default index gives, at most 3.0 GB, because http://127.0.0.1:9/whl/cpu does not answer"
        in said
    )


@ONLY_LINUX
def test_an_index_that_is_slow_is_not_waited_for(machine: Machine, index: Index) -> None:
    index.page, index.delay_s = machine.link, 60
    assert "does not answer (timed out)" in machine.plan(index.url)


@ONLY_LINUX
def test_a_build_whose_hash_the_lock_has_not_is_not_taken(machine: Machine, index: Index) -> None:
    index.page = machine.link[: machine.link.index("#")] + "#sha256=" + "0" * 64 + '">another</a>'
    assert "with a hash that torch-cpu.lock has not" in machine.plan(index.url)


@ONLY_LINUX
def test_an_index_without_a_build_for_this_machine_is_not_taken(machine: Machine, index: Index) -> None:
    index.page = machine.link.replace(PYTHON, "cp27")
    assert f"has no torch 2.13.0 for {PYTHON}" in machine.plan(index.url)


@ONLY_LINUX
def test_a_build_that_lies_ready_is_taken_before_any_index_is_asked(machine: Machine, index: Index) -> None:
    said = machine.plan(index.url, PIP_FIND_LINKS=str(machine.wheel.parent))
    assert "the CPU build that lies ready on this machine" in said
    assert not index.asked


def test_an_empty_index_leaves_the_cpu_builds_alone(machine: Machine) -> None:
    said = machine.plan("")
    assert "what the default index gives, at most" in said
    assert "because" not in said


def test_the_size_of_everything_else_is_told_and_is_called_unknown_where_the_lock_has_none(
    machine: Machine,
) -> None:
    assert "Into .venv: at most 5" in machine.plan("")
    lock = machine.scripts / "requirements.lock"
    lock.write_text(lock.read_text().replace("    # at most 5,286 bytes\n", "", 1))
    assert "Into .venv: of unknown size" in machine.plan("")


def test_a_package_that_a_killed_pip_left_half_installed_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import install_locked

    for name, record in {"whole": "whole-1.dist-info/INSTALLER,,\n", "half": "half/__init__.py,,\n"}.items():
        (tmp_path / f"{name}-1.dist-info").mkdir()
        (tmp_path / f"{name}-1.dist-info" / "RECORD").write_text(record)
    (tmp_path / "bare-1.dist-info").mkdir()
    (tmp_path / "~replaced").mkdir()
    install_locked.forget_half_installed(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole-1.dist-info"]


def test_setup_leaves_an_environment_alone_that_is_linked_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPTS / "setup", tmp_path / "scripts")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    subprocess.run([tmp_path / "scripts" / "setup"], check=True)
    assert not list((tmp_path / "elsewhere").iterdir())
