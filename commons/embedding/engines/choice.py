"""``auto``: the fastest engine that is right on this machine, found by trying what its processor allows.

Why never the flags alone: bfloat16 is 4.5 times as fast as sentence-transformers where the processor has it, and was 2 to 100 times
slower where it is emulated. The decision is remembered for the machine, the model and the versions of the libraries:

    <home>/choices/<key>.json       engine, seconds by engine, reasons of those that were refused
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.embedding.engines import machine
from commons.embedding.engines.loader import EngineLoader
from commons.embedding.engines.machine import Machine
from commons.errors import CommonsError
from commons.files import write_whole

# Instructions can be masked for a process; then another engine may win.
_MASKS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")


def fastest(opener: EngineLoader, home: Path) -> Embedder:
    """What was fastest here before, or is now. Whatever cannot run is left out, and said."""
    installed = machine.versions()
    allowed = machine.candidates(opener.machine, installed)
    if len(allowed) == 1:
        return opener.open(allowed[0])
    memory = Memory.of(home, opener.machine, installed, opener.key)
    chosen = memory.recall(allowed) or _try(opener, allowed, memory)
    try:
        return opener.open(chosen)
    except (CommonsError, OSError) as error:
        if chosen == "reference":
            raise
        opener.say(f"{chosen} cannot run any more, so sentence-transformers does: {error}")
        return opener.open("reference")


def _try(opener: EngineLoader, allowed: tuple[str, ...], memory: Memory) -> str:
    opener.say(f"Finding the fastest engine for {opener.source.model} on this machine; this is done once.")
    seconds: dict[str, float] = {}
    refused: dict[str, str] = {}
    for name in allowed:
        if name == "openvino-fp32" and "openvino-int8" in seconds:
            continue  # half as fast wherever both were tried; it is there for models that int8 does not come near enough to
        try:
            seconds[name] = opener.seconds_of(name)
        except (CommonsError, OSError) as error:
            if name == "reference":
                raise
            refused[name] = str(error)
            opener.say(f"{name} is not used: {error}")
    chosen = min(seconds, key=lambda name: seconds[name])
    memory.keep(chosen, seconds, refused)
    return chosen


@dataclass(frozen=True)
class Memory:
    """The decision for one machine, set of libraries and model."""

    path: Path

    @classmethod
    def of(cls, home: Path, machine: Machine, installed: Mapping[str, str], model: str) -> Memory:
        """``model`` names everything that shapes it."""
        about = {**asdict(machine), "flags": sorted(machine.flags)}
        masks = {name: os.environ.get(name, "") for name in _MASKS}
        shaping = json.dumps([about, dict(installed), masks, model], sort_keys=True)
        return cls(home / "choices" / f"{hashlib.sha256(shaping.encode()).hexdigest()[:24]}.json")

    def recall(self, allowed: tuple[str, ...]) -> str:
        """The engine that was chosen, or nothing."""
        try:
            chosen = json.loads(self.path.read_bytes())["engine"]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return chosen if chosen in allowed else ""

    def keep(self, engine: str, seconds: Mapping[str, float], refused: Mapping[str, str]) -> None:
        said = {"engine": engine, "seconds": dict(seconds), "refused": dict(refused)}
        write_whole(self.path, (json.dumps(said, indent=1) + "\n").encode())
