"""Engines: what does the arithmetic of an embedder. This is the one list of them; a new one is a file here and a line below.

    reference       plain sentence-transformers in float32: runs any model, and measures the others
    openvino-*      a converted model on the processor: float32, bfloat16 where it is native, int8 where there is VNNI
    openvino-published  the OpenVINO or ONNX file of the model's repository, in float32: needs no torch
    torch-bf16      sentence-transformers in bfloat16, where it is native
    cuda            sentence-transformers in bfloat16 on a graphics card

An engine that was named and cannot run is an error. Which is the fastest here is for ``commons.embedding.choice`` to find out.
"""

from __future__ import annotations

from collections.abc import Mapping

from commons.embedding.engines.driver import EngineDriver
from commons.embedding.engines.machine import Machine
from commons.embedding.engines.openvino_engines import (
    OPENVINO_BF16,
    OPENVINO_FP32,
    OPENVINO_INT8,
    OPENVINO_PUBLISHED,
)
from commons.embedding.engines.torch_engines import CUDA, REFERENCE, TORCH_BF16
from commons.errors import UsageError

ENGINES: tuple[EngineDriver, ...] = (  # the likely winner first
    CUDA,
    OPENVINO_BF16,
    TORCH_BF16,
    OPENVINO_INT8,
    OPENVINO_FP32,
    OPENVINO_PUBLISHED,
    REFERENCE,
)
NAMES = tuple(engine.name for engine in ENGINES)


def named(name: str) -> EngineDriver:
    """The engine of this name.

    Raises:
        UsageError: there is none.
    """
    for engine in ENGINES:
        if engine.name == name:
            return engine
    raise UsageError(f"There is no engine {name!r}.", hint=f"One of auto, {', '.join(NAMES)}.")


def candidates(machine: Machine, installed: Mapping[str, str]) -> tuple[EngineDriver, ...]:
    """The engines worth trying on a machine with these libraries, the likely winner first.

    The reference is always the last of them; where it cannot run, what does is the first that is ready (``EngineDriver.is_ready``).
    """
    others = (
        engine
        for engine in ENGINES
        if engine is not REFERENCE
        and engine.refusal(machine, installed) is None
        and engine.is_promising(machine, installed)
    )
    return (*others, REFERENCE)
