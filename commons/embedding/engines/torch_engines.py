"""The engines that are sentence-transformers itself: the reference, and the same in bfloat16 on the processor or a graphics card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commons.embedding.embedder import Embedder
from commons.embedding.engines import benchmark, sentence_transformer_embedder
from commons.embedding.engines.driver import EngineDriver, ModelRequest, bf16_refusal
from commons.embedding.engines.machine import Machine
from commons.errors import CommonsError, IndexArtifactError, MissingExtraError

_LIBRARIES = ("sentence-transformers", "torch")


@dataclass(frozen=True)
class _TorchEngine(EngineDriver):
    def is_promising(self, machine: Machine, installed: Mapping[str, str]) -> bool:  # noqa: ARG002
        return True

    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:  # noqa: ARG002
        missing = next((library for library in _LIBRARIES if library not in installed), None)
        return MissingExtraError(missing, "index") if missing else None

    def _seconds(self, request: ModelRequest) -> float:
        embedder = self._open(request)
        if embedder is not request.reference:
            benchmark.refuse_far(
                benchmark.cosine_of(embedder, *benchmark.reference_vectors(request.reference)),
                embedder.identity,
                embedder.engine,
            )
        return benchmark.seconds_of(embedder)


@dataclass(frozen=True)
class _Reference(_TorchEngine):
    """In float32 on the processor it runs any model, and the others are measured by it."""

    def _open(self, request: ModelRequest) -> Embedder:
        return request.reference


@dataclass(frozen=True)
class _TorchBf16(_TorchEngine):
    """Where the processor has such arithmetic."""

    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:
        return bf16_refusal(self.name, machine) or super().refusal(machine, installed)

    def _open(self, request: ModelRequest) -> Embedder:
        return sentence_transformer_embedder.load(
            request.source, truncate_dim=request.truncate_dim, dtype="bfloat16"
        )


@dataclass(frozen=True)
class _Cuda(_TorchEngine):
    """In bfloat16 on a graphics card."""

    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:
        if not machine.graphics_cards:
            return IndexArtifactError(
                f"{self.name} needs an NVIDIA graphics card; its driver names none here.",
                hint="Use --engine auto.",
                code="engine-unavailable",
            )
        return super().refusal(machine, installed)

    def _open(self, request: ModelRequest) -> Embedder:
        return sentence_transformer_embedder.load(
            request.source, truncate_dim=request.truncate_dim, dtype="bfloat16", device="cuda"
        )


REFERENCE = _Reference("reference")
TORCH_BF16 = _TorchBf16("torch-bf16")
CUDA = _Cuda("cuda")
