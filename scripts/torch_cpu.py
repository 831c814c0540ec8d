"""PyTorch's CPU build: where it is, and whether this machine gets it.

On Linux the default index gives the CUDA build of `torch`, with 3 GB of libraries that nothing here needs. PyTorch keeps CPU builds
in an index of its own; `scripts/torch-cpu.lock` holds their hashes. That index is asked for torch and for nothing else, and a file
whose hash is not in the lock is not taken from it.

`COMMONS_TORCH_INDEX` names another such index; set to nothing, it leaves the CPU builds alone (for a machine with a graphics card).
"""

from __future__ import annotations

import html
import os
import platform
import re
import sys
import urllib.request
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

INDEX = "https://download.pytorch.org/whl/cpu"
ANSWER_TIMEOUT_S = 5  # of one request; an index that is slower is as good as none
LOCK = Path(__file__).with_name("torch-cpu.lock")
PYTHONS = ("cp311", "cp312", "cp313", "cp314")


class NotOffered(Exception):
    """The index has no build for this machine that the lock knows; the text says why."""


@dataclass(frozen=True)
class Wheel:
    name: str
    url: str
    sha256: str  # as the index's page gives it, "" where it gives none


def index_url() -> str:
    return os.environ.get("COMMONS_TORCH_INDEX", INDEX).rstrip("/")


def wheels(index: str) -> list[Wheel]:
    """Every wheel on the index's page of torch.

    Raises `OSError` where the index does not answer.
    """
    page_url = f"{index}/torch/"
    with _open(page_url) as answer:
        page = answer.read().decode("utf-8", "replace")
    links = [urljoin(page_url, html.unescape(link)) for link in re.findall(r'href="([^"]+\.whl[^"]*)"', page)]
    return [_wheel(link) for link in links]


def offered(index: str) -> tuple[Wheel, int | None]:
    """The wheel of the locked version for this Python and processor, and its size in bytes if the index says it.

    Raises `NotOffered` where there is none that the lock knows, or the index does not answer.
    """
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    machine = platform.machine()
    try:
        fitting = [wheel for wheel in wheels(index) if _fits(wheel, locked_version(), python, machine)]
        if not fitting:
            raise NotOffered(f"has no torch {locked_version()} for {python} on {machine}")
        known = [wheel for wheel in fitting if f"--hash=sha256:{wheel.sha256}" in LOCK.read_text().split()]
        if not known:
            raise NotOffered(f"offers {fitting[0].name} with a hash that {LOCK.name} has not")
        with _open(known[0].url, "HEAD") as answer:
            length = answer.headers.get("Content-Length")
    except OSError as problem:
        raise NotOffered(f"does not answer ({getattr(problem, 'reason', problem)})") from problem
    return known[0], int(length) if length else None


def locked_version() -> str:
    """The version in the CPU lock, without its `+cpu`."""
    pin = re.search(r"^torch==([^+\s]+)\+cpu", LOCK.read_text(), re.MULTILINE)
    return pin[1] if pin else ""


def for_lock(candidates: list[Wheel], version: str) -> list[Wheel]:
    """The wheels of a version that belong into the lock: Linux, each supported Python."""
    return [
        wheel
        for wheel in candidates
        if any(_fits(wheel, version, python, "") for python in PYTHONS) and wheel.sha256
    ]


def _fits(wheel: Wheel, version: str, python: str, machine: str) -> bool:
    return wheel.name.startswith(f"torch-{version}+cpu-{python}-{python}-manylinux") and wheel.name.endswith(
        f"{machine}.whl"
    )


def _wheel(link: str) -> Wheel:
    parts = urlsplit(link)
    digest = re.search(r"sha256=([0-9a-f]{64})", parts.fragment)
    return Wheel(unquote(parts.path.rsplit("/", 1)[-1]), link.partition("#")[0], digest[1] if digest else "")


def _open(url: str, method: str = "GET") -> HTTPResponse:
    if urlsplit(url).scheme not in ("https", "http"):
        raise OSError(f"{url} is no web address")
    return urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=ANSWER_TIMEOUT_S)  # noqa: S310
