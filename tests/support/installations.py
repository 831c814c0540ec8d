"""Installations of the wheel with the libraries of some extras and no others, made of what is installed here, so without the network.

environment = installations.environment(installations.wheel(folder), elsewhere, "search")
installations.run(environment, "search", "eye")
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from commons.errors import DISTRIBUTION

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROGRAM = "import sys; from commons.cli import main; main(sys.argv[1:])"


def wheel(folder: Path) -> Path:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


def environment(wheel: Path, folder: Path, *extras: str) -> Path:
    """``folder`` as an environment with the wheel and what it and these extras bring."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in distributions(*extras):
        distribution = metadata.distribution(name)
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(str(distribution.locate_file(top)))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return folder


def distributions(*extras: str) -> set[str]:
    """What ``pip install hf-commons`` with these extras brings, and what that needs, by the metadata of what is installed here."""
    found: set[str] = set()
    optional = PROJECT["optional-dependencies"]
    waiting = [Requirement(line) for line in PROJECT["dependencies"]]
    waiting += [Requirement(f"{DISTRIBUTION}[{extra}]") for extra in extras]
    while waiting:
        one = waiting.pop()
        wanted = [{"extra": extra} for extra in one.extras] or [{"extra": ""}]
        name = canonicalize_name(one.name)
        if name == DISTRIBUTION:
            waiting += [Requirement(line) for extra in one.extras for line in optional[extra]]
            continue
        if name in found:
            continue
        found.add(name)
        for line in metadata.distribution(name).requires or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate(extra) for extra in wanted):
                waiting.append(needed)
    return found


def variables(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process of theirs: nothing of whoever runs the tests, and a Hub where nobody is."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_ENDPOINT": "http://127.0.0.1:9",  # what asks the Hub first, says so
        "COMMONS_REPO": "somebody/commons",
        "COMMONS_WEBHOOK_SECRET": "a secret",
        **more,
    }


def run(
    environment: Path, *words: str, folder: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(environment / "bin" / "python"), "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        env=variables(folder or environment, **more),
        cwd=folder or environment,
        check=False,
    )
