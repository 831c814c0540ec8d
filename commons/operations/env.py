"""Env: what is installed and in use here, and what is missing with the command that brings it; no secret is ever in it.

    environment = env.describe(place)
    environment.to_json()

Nothing is made and nothing is written: no key, no folder.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from commons import extras
from commons.embedding import choice, engines
from commons.embedding.embedder import DEFAULT_MODEL
from commons.embedding.engines import model_source
from commons.embedding.engines.machine import this_machine, versions
from commons.errors import DISTRIBUTION, CommonsError
from commons.hub import reachability
from commons.hub.reachability import HubStanding
from commons.layout import Need
from commons.snapshots import source
from commons.snapshots.snapshot import Snapshot
from commons.verification.memory import CheckpointMemory
from commons.version import __version__

# Distributions, in the order in which a report of a fault is read.
LIBRARIES = (
    *("huggingface_hub", "hf_xet", "datasets", "pyarrow", "pydantic", "cryptography", "click", "rich"),
    *("faiss-cpu", "tantivy", "openvino", "tokenizers", "sentence-transformers", "torch"),
    *("gradio", "pygit2", "starlette"),
)
_AUTO = "auto"


@dataclass(frozen=True)
class Surroundings:
    """What a door knows of where it runs. ``key`` is a key id; ``key_trouble`` says why there is none."""

    repo: str
    endpoint: str
    token: str | None
    home: Path
    key_file: str
    key: str
    key_trouble: str
    model: str  # that the settings ask for; empty where they do not
    model_endpoint: str
    engine: str


@dataclass(frozen=True)
class Folder:
    """A folder that something is kept in. ``bytes`` is None where it is not there."""

    path: str
    bytes: int | None
    writable: bool


@dataclass(frozen=True)
class Lack:
    """Something that is not here, what it would be for, and what brings it."""

    what: str
    command: str


@dataclass(frozen=True)
class Environment:
    commons: str
    python: str
    platform: str
    libraries: dict[str, str]  # name -> version; empty where it is not installed
    extras: dict[str, list[str]]  # name -> libraries that are missing
    engine: str
    engines: list[str]  # that may run on this machine
    engines_remembered: list[str]  # that were found the fastest here
    model: str
    model_by: str  # who names it
    model_hub: str
    model_is_here: bool
    hub: HubStanding
    repo: str
    repo_trouble: str
    root: str
    key: str
    key_file: str
    hub_cache: Folder
    home: Folder
    roots: dict[str, str]  # address -> the root that is pinned for it
    missing: list[Lack]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "hub": {**asdict(self.hub), "answers": self.hub.answers}}


def describe(place: Surroundings) -> Environment:
    """What there is. Whatever cannot be found out is said in its place, and nothing is raised."""
    lacking = {name: extras.missing(name) for name in extras.LIBRARIES}
    hub = reachability.ask(place.endpoint, place.token)
    snapshot, repo_trouble = _snapshot(place, hub)
    model, model_by = _model(place, snapshot)
    able = _able_engines()
    return Environment(
        commons=__version__,
        python=f"{platform.python_version()} at {sys.executable}",
        platform=platform.platform(),
        libraries={name: _version(name) for name in LIBRARIES},
        extras=lacking,
        engine=place.engine or _AUTO,
        engines=able,
        engines_remembered=choice.remembered(place.home / "engines"),
        model=model,
        model_by=model_by,
        model_hub=place.model_endpoint,
        model_is_here=model_source.is_here(model),
        hub=hub,
        repo=place.repo,
        repo_trouble=repo_trouble,
        root=snapshot.root if snapshot else "",
        key=place.key,
        key_file=place.key_file,
        hub_cache=_folder(reachability.cache()),
        home=_folder(place.home),
        roots=CheckpointMemory(place.home / "checkpoints").roots(),
        missing=_missing(place, hub, lacking, able),
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _snapshot(place: Surroundings, hub: HubStanding) -> tuple[Snapshot | None, str]:
    """The rules of the commons and its log, or why they cannot be read."""
    if not place.repo:
        return None, "None is named."
    if not (hub.answers or Path(place.repo).is_dir()):
        return None, "The Hub does not answer."
    try:
        commons = source.named(place.repo, endpoint=place.endpoint, token=place.token)
        snapshot = commons.snapshot(need=Need.GOVERNANCE)
        return snapshot, "" if snapshot.root else "Its log is empty."
    except CommonsError as error:
        return None, error.message


def _model(place: Surroundings, snapshot: Snapshot | None) -> tuple[str, str]:
    """The model that a build here works with, and who names it; who reads follows the index that is there."""
    if place.model:
        return place.model, "COMMONS_MODEL"
    if snapshot and (named := snapshot.policy.commons.embedder):
        return named, "the policy of the commons"
    return DEFAULT_MODEL, "the default"


def _able_engines() -> list[str]:
    """The engines that can run here, the likely winner first."""
    machine, installed = this_machine(), versions()
    candidates = engines.candidates(machine, installed)
    return [engine.name for engine in candidates if engine.refusal(machine, installed) is None]


def _folder(path: Path) -> Folder:
    if not path.is_dir():
        parent = next((above for above in path.parents if above.is_dir()), path)
        return Folder(str(path), None, os.access(parent, os.W_OK))
    return Folder(str(path), _bytes_in(path), os.access(path, os.W_OK))


def _bytes_in(folder: Path) -> int:
    """Of the files in it; a link is not counted again."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                about = (Path(place) / name).lstat()
            except OSError:
                continue
            total += about.st_size
    return total


def _missing(
    place: Surroundings, hub: HubStanding, lacking: dict[str, list[str]], able: list[str]
) -> list[Lack]:
    lacks = [
        Lack(f"the extra {name} ({', '.join(libraries)})", f"pip install '{DISTRIBUTION}[{name}]'")
        for name, libraries in lacking.items()
        if libraries
    ]
    if not able:
        lacks.append(Lack("anything that computes vectors", f"pip install '{DISTRIBUTION}[search]'"))
    if not place.repo:
        lacks.append(Lack("a commons to work with", "export COMMONS_REPO=NAMESPACE/NAME"))
    if hub.answers and not hub.user:
        lacks.append(Lack(f"a login to {hub.endpoint}", "hf auth login"))
    if not place.key:
        lacks.append(Lack(f"a signing key: {place.key_trouble}", "commons key new"))
    return lacks
