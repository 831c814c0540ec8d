"""Installs what the lock files pin into the environment that runs this, by `pip install --require-hashes`.

It says what it takes and how much that is before it downloads anything. Called by `scripts/setup`; `--plan` says it and stops.

torch comes from the first of these that has the locked build, each with its own hashes:

1. this machine, where it is installed or lies where pip is set up to look (`find-links`),
2. on Linux, PyTorch's CPU index (`torch_cpu.py`), which is asked for torch alone,
3. the default index, with CUDA on Linux.

Wheels only: nothing that is downloaded here runs before its hash was compared, and no build fetches what no lock names.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import torch_cpu

SCRIPTS = Path(__file__).parent
MAIN_LOCK = SCRIPTS / "requirements.lock"
TORCH_LOCK = SCRIPTS / "torch.lock"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
BY_HASH = ("--require-hashes", "--no-deps", "--only-binary=:all:")


@dataclass(frozen=True)
class TorchSource:
    """Where torch comes from, in words and in arguments for pip."""

    words: str
    lock: Path
    arguments: tuple[str, ...] = ()


def main(arguments: Sequence[str]) -> int:
    plan_only = "--plan" in arguments
    if not plan_only:
        forget_half_installed(Path(metadata.distribution("pip").locate_file("")))
    torch = torch_source()
    to_come = size_in_words(missing_bytes(MAIN_LOCK))
    print(f"Into .venv: {to_come} to download; what pip keeps in its cache is not fetched again.", flush=True)
    print(f"torch {torch_cpu.locked_version()}: {torch.words}.", flush=True)
    if plan_only:
        return 0
    for step in (
        (*BY_HASH, "--requirement", MAIN_LOCK),
        (*BY_HASH, *torch.arguments, "--requirement", torch.lock),
        (
            "--no-deps",
            "--no-build-isolation",
            "--editable",
            SCRIPTS.parent,
        ),  # built with what the lock brought
    ):
        ended = subprocess.run([*PIP, "install", "--quiet", *step], check=False).returncode
        if ended:
            return ended
    return 0


def torch_source() -> TorchSource:
    default = TorchSource(
        f"what the default index gives, {size_in_words(missing_bytes(TORCH_LOCK))}", TORCH_LOCK
    )
    if not missing(torch_cpu.LOCK) and "+cpu" in _installed("torch"):
        return TorchSource("the CPU build, installed", torch_cpu.LOCK)
    index = torch_cpu.index_url()
    if sys.platform != "linux" or not index or not missing(TORCH_LOCK, only="torch"):
        return default
    if _lies_ready():
        return TorchSource("the CPU build that lies ready on this machine", torch_cpu.LOCK, ("--no-index",))
    try:
        wheel, size = torch_cpu.offered(index)
    except torch_cpu.NotOffered as problem:
        return TorchSource(f"{default.words}, because {index} {problem}", TORCH_LOCK)
    return TorchSource(
        f"the CPU build from {index}, {size_in_words(size)} ({wheel.name})",
        torch_cpu.LOCK,
        ("--index-url", index),
    )


def missing(lock: Path, only: str = "") -> list[tuple[str, int | None]]:
    """The pins of a lock that are not installed, each with the bytes of its largest wheel if the lock knows them."""
    pins: list[tuple[str, int | None]] = []
    for name, version, marker, block in re.findall(
        r"^([\w.-]+)==([^\s;\\]+)(.*)\n((?:[ ].*\n)*)", lock.read_text(), re.MULTILINE
    ):
        elsewhere = "sys_platform == 'linux'" in marker and sys.platform != "linux"
        if (
            elsewhere
            or (only and name != only)
            or _installed(name).partition("+")[0] == version.partition("+")[0]
        ):
            continue
        size = re.search(r"# at most ([\d,]+) bytes", block)
        pins.append((name, int(size[1].replace(",", "")) if size else None))
    return pins


def missing_bytes(lock: Path) -> int | None:
    """At most so many bytes; None where the lock does not know it of each."""
    sizes = [size for _, size in missing(lock)]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def size_in_words(size: int | None) -> str:
    if size is None:
        return "of unknown size"
    return f"at most {size / 1e9:.1f} GB" if size >= 1e9 else f"at most {-(-size // 10**6):,} MB"


def forget_half_installed(site: Path) -> None:
    """What a killed pip left behind would count as installed: pip writes its own name into RECORD when it has finished."""
    for leftover in site.glob("~*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for described in site.glob("*.dist-info"):
        record = described / "RECORD"
        if not record.is_file() or "/INSTALLER," not in record.read_text(encoding="utf-8"):
            shutil.rmtree(described)


def _lies_ready() -> bool:
    """Whether pip finds a locked CPU build without asking any index."""
    trial = [*PIP, "install", "--quiet", "--dry-run", "--no-index", *BY_HASH, "--requirement", torch_cpu.LOCK]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
