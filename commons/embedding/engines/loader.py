"""One model, opened by an engine that is named; what is missing for it is made first.

Torch is imported only where something must be converted or computed by it: a kept model opens without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from commons.embedding.embedder import Embedder
from commons.embedding.engines import benchmark, machine, model_cache, openvino
from commons.embedding.engines.benchmark import BenchmarkResult
from commons.embedding.engines.machine import Machine
from commons.embedding.engines.model_cache import About
from commons.embedding.engines.model_source import ModelSource
from commons.errors import IndexArtifactError, UsageError

if TYPE_CHECKING:
    from commons.embedding.engines.reference import SentenceTransformerEmbedder

Say = Callable[[str], None]

PRECISIONS = {"openvino-fp32": "float32", "openvino-bf16": "bfloat16", "openvino-int8": "int8"}


@dataclass
class EngineLoader:
    """``home`` is where converted models are kept; ``say`` is told what takes long and what is given up."""

    source: ModelSource
    home: Path | None
    truncate_dim: int | None
    say: Say

    @property
    def key(self) -> str:
        """Everything that shapes the model."""
        return f"{self.source.digest} {self.truncate_dim}"

    @cached_property
    def machine(self) -> Machine:
        return machine.this_machine()

    @cached_property
    def reference(self) -> SentenceTransformerEmbedder:
        return self._torch()

    def open(self, engine: str) -> Embedder:
        """The embedder.

        Raises:
            MissingExtraError: a library of the engine is not installed.
            IndexArtifactError: the engine cannot run this model, or not here (``engine-unavailable``).
        """
        self._refuse_unable(engine)
        if engine == "reference":
            return self.reference
        if engine == "torch-bf16":
            return self._torch(dtype="bfloat16")
        if engine == "cuda":
            return self._torch(dtype="bfloat16", device="cuda")
        place = self._place(engine)
        about = model_cache.read(place) or self._convert(engine, place)[0]
        named = {"model": self.source.model, "revision": self.source.revision}
        identity = about.identity.model_copy(update=named)
        return openvino.open_kept(place, about.model_copy(update={"identity": identity}))

    def seconds_of(self, engine: str) -> float:
        """How long the engine takes for a fixed set of texts; it raises what ``open`` raises."""
        self._refuse_unable(engine)
        if engine not in PRECISIONS:
            return self._seconds_of_torch(self.open(engine))
        place = self._place(engine)
        if model_cache.read(place) is None:
            return self._convert(engine, place)[1].seconds
        return benchmark.run(place).seconds

    def _seconds_of_torch(self, made: Embedder) -> float:
        if made is not self.reference:
            wanted = (
                self.reference.embed(benchmark.CHECKS),
                self.reference.embed_questions(benchmark.CHECKS),
            )
            benchmark.refuse_far(benchmark.cosine_of(made, *wanted), made.identity, made.engine)
        return benchmark.seconds_of(made)

    def _refuse_unable(self, engine: str) -> None:
        if engine.endswith("-bf16") and not self.machine.native_bf16:
            raise IndexArtifactError(
                f"{engine} needs a processor that computes in bfloat16; this one has none of amx_bf16 and avx512_bf16.",
                hint="Use --engine auto; openvino-int8 is for such processors.",
                code="engine-unavailable",
            )
        if engine == "cuda" and not self.machine.graphics_cards:
            raise IndexArtifactError(
                "cuda needs an NVIDIA graphics card; its driver names none here.",
                hint="Use --engine auto.",
                code="engine-unavailable",
            )

    def _place(self, engine: str) -> Path:
        openvino.library()
        if self.home is None:
            raise UsageError(f"{engine} needs a folder to keep the converted model in.")
        return model_cache.place_of(self.home, self.source, PRECISIONS[engine], self.truncate_dim)

    def _convert(self, engine: str, place: Path) -> tuple[About, BenchmarkResult]:
        from commons.embedding.engines import conversion

        self.say(f"Converting {self.source.model} for {engine}; this is done once.")
        return conversion.prepare(self.reference, self.source, PRECISIONS[engine], place)

    def _torch(self, *, dtype: str = "float32", device: str = "cpu") -> SentenceTransformerEmbedder:
        from commons.embedding.engines import reference

        return reference.load(self.source, truncate_dim=self.truncate_dim, dtype=dtype, device=device)
