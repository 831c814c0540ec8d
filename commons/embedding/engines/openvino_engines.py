"""The engines that run a model by OpenVINO on the processor: a converted one in each precision, and one that is published as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.embedding.engines import (
    benchmark,
    conversion,
    model_cache,
    openvino_embedder,
    published_model,
)
from commons.embedding.engines.benchmark import BenchmarkResult
from commons.embedding.engines.driver import EngineDriver, ModelRequest, bf16_refusal
from commons.embedding.engines.machine import Machine
from commons.embedding.engines.model_cache import ConvertedModel
from commons.embedding.engines.torch_engines import REFERENCE
from commons.errors import CommonsError, MissingExtraError, UsageError

_LIBRARY = "openvino"
_CONVERTER = "sentence-transformers"
_COMPRESSOR = "nncf"  # needed to convert to int8; what was converted runs without


@dataclass(frozen=True)
class _ConvertedModelEngine(EngineDriver):
    precision: str = "float32"
    extra: str = "index"  # that brings all it needs

    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:  # noqa: ARG002
        return None if _LIBRARY in installed else MissingExtraError(_LIBRARY, self.extra)

    def is_promising(self, machine: Machine, installed: Mapping[str, str]) -> bool:  # noqa: ARG002
        return _CONVERTER in installed

    def is_ready(self, request: ModelRequest) -> bool:
        return request.home is not None and model_cache.read(self._folder(request)) is not None

    def _open(self, request: ModelRequest) -> Embedder:
        folder = self._folder(request)
        model = model_cache.read(folder) or self._convert(request, folder)[0]
        # The folder is found by what shapes the model, so it may have been converted under another name.
        names = {"model": request.source.model, "revision": request.source.revision}
        identity = model.identity.model_copy(update=names)
        return openvino_embedder.open_model(folder, model.model_copy(update={"identity": identity}))

    def _seconds(self, request: ModelRequest) -> float:
        """Never in this process; see ``benchmark``. What is converted now was measured as it was."""
        folder = self._folder(request)
        if model_cache.read(folder) is None:
            return self._convert(request, folder)[1].seconds
        return benchmark.run(folder).seconds

    def _folder(self, request: ModelRequest) -> Path:
        openvino_embedder.library()
        if request.home is None:
            raise UsageError(f"{self.name} needs a folder to keep the converted model in.")
        return model_cache.folder_of(request.home, request.source, self.precision, request.truncate_dim)

    def _convert(self, request: ModelRequest, folder: Path) -> tuple[ConvertedModel, BenchmarkResult]:
        request.say(f"Converting {request.source.model} for {self.name}; this is done once.")
        return conversion.prepare(request.reference, request.source, self.precision, folder)


@dataclass(frozen=True)
class _OpenVinoBf16(_ConvertedModelEngine):
    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:
        return bf16_refusal(self.name, machine) or super().refusal(machine, installed)


@dataclass(frozen=True)
class _OpenVinoInt8(_ConvertedModelEngine):
    def is_promising(self, machine: Machine, installed: Mapping[str, str]) -> bool:
        """With VNNI, and where there is no bfloat16, which is nearer to the reference."""
        fits = machine.vnni and not machine.native_bf16
        return fits and _COMPRESSOR in installed and super().is_promising(machine, installed)


@dataclass(frozen=True)
class _PublishedModelEngine(EngineDriver):
    """For who has no torch: where there is one, a conversion that was measured by it is nearer and as fast."""

    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:  # noqa: ARG002
        return None if _LIBRARY in installed else MissingExtraError(_LIBRARY, "search")

    def is_promising(self, machine: Machine, installed: Mapping[str, str]) -> bool:  # noqa: ARG002
        return _CONVERTER not in installed

    def _open(self, request: ModelRequest) -> Embedder:
        embedder = published_model.open_model(request.source, request.truncate_dim)
        if REFERENCE.refusal(request.machine, request.installed) is None:
            wanted = benchmark.reference_vectors(request.reference)
            cosine = benchmark.cosine_of(embedder, *wanted)
            benchmark.refuse_far(cosine, embedder.identity, embedder.engine)
        return embedder

    def _seconds(self, request: ModelRequest) -> float:
        return benchmark.seconds_of(self._open(request))


OPENVINO_BF16 = _OpenVinoBf16("openvino-bf16", precision="bfloat16")
OPENVINO_INT8 = _OpenVinoInt8("openvino-int8", precision="int8", extra="fast")
# Half as fast as int8 wherever both were tried; it is there for models that int8 does not come near enough to.
OPENVINO_FP32 = _ConvertedModelEngine("openvino-fp32", stand_in_for=OPENVINO_INT8.name)
OPENVINO_PUBLISHED = _PublishedModelEngine("openvino-published")
