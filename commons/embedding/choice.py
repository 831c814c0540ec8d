"""``auto``: the fastest engine that is right on this machine, found by trying what its processor allows.

Why never the flags alone: bfloat16 is 4.5 times as fast as sentence-transformers where the processor has it, and was 2 to 100 times
slower where it is emulated. The decision is remembered for the machine, the model and the versions of the libraries:

    <home>/choices/<key>.json       engine, seconds by engine, reasons of those that were refused
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from commons import digests
from commons.embedding import engines
from commons.embedding.embedder import Embedder
from commons.embedding.engines.driver import EngineDriver, ModelRequest
from commons.embedding.engines.machine import Machine
from commons.embedding.engines.torch_engines import REFERENCE
from commons.errors import CommonsError
from commons.files import keep, keeps_nothing

# Instructions can be masked for a process; then another engine may win.
_MASKS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")


def fastest(request: ModelRequest, home: Path) -> Embedder:
    """What was fastest here before, or is now. Whatever cannot run is left out, and ``request.say`` is told."""
    candidates = engines.candidates(request.machine, request.installed)
    if len(candidates) == 1:
        return candidates[0].open(request)
    memory = Memory.of(home, request.machine, request.installed, request.key)
    name = memory.recall([engine.name for engine in candidates])
    if not name:
        # To measure is to convert the model first, and to keep that.
        name = REFERENCE.name if keeps_nothing() else _measure(request, candidates, memory)
    try:
        return engines.named(name).open(request)
    except (CommonsError, OSError) as error:
        if name == REFERENCE.name:
            raise
        request.say(f"{name} cannot run any more, so sentence-transformers does: {error}")
        return REFERENCE.open(request)


def is_settled(request: ModelRequest, home: Path) -> bool:
    """Whether ``fastest`` opens what it chose here before, without trying and converting anything."""
    names = [engine.name for engine in engines.candidates(request.machine, request.installed)]
    memory = Memory.of(home, request.machine, request.installed, request.key)
    return len(names) == 1 or bool(memory.recall(names))


def converted_before(request: ModelRequest) -> Embedder | None:
    """By what was converted for this machine before, which needs no torch; None where there is nothing of the kind."""
    for engine in engines.ENGINES:
        if engine.refusal(request.machine, request.installed) is None and engine.is_ready(request):
            try:
                return engine.open(request)
            except (CommonsError, OSError) as error:
                request.say(f"{engine.name} is not used: {error}")
    return None


def remembered(home: Path) -> list[str]:
    """The engines that were found the fastest here, for whatever model, by name."""
    names = set()
    for path in home.glob("choices/*.json"):
        try:
            names.add(str(json.loads(path.read_bytes())["engine"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(names)


def _measure(request: ModelRequest, candidates: Sequence[EngineDriver], memory: Memory) -> str:
    """The name of the fastest, which is remembered."""
    request.say(f"Finding the fastest engine for {request.source.model} on this machine; this is done once.")
    seconds: dict[str, float] = {}
    refused: dict[str, str] = {}
    for engine in candidates:
        if engine.stand_in_for in seconds:
            continue
        try:
            seconds[engine.name] = engine.seconds(request)
        except (CommonsError, OSError) as error:
            if engine is REFERENCE:
                raise
            refused[engine.name] = str(error)
            request.say(f"{engine.name} is not used: {error}")
    name = min(seconds, key=lambda name: seconds[name])
    memory.keep(name, seconds, refused)
    return name


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
        return cls(home / "choices" / f"{digests.sha256_hex(shaping.encode())[:24]}.json")

    def recall(self, allowed: Sequence[str]) -> str:
        """The engine that was chosen, when it is among the ``allowed``; else nothing."""
        try:
            chosen = json.loads(self.path.read_bytes())["engine"]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return chosen if chosen in allowed else ""

    def keep(self, engine: str, seconds: Mapping[str, float], refused: Mapping[str, str]) -> None:
        decision = {"engine": engine, "seconds": dict(seconds), "refused": dict(refused)}
        keep(self.path, (json.dumps(decision, indent=1) + "\n").encode())
