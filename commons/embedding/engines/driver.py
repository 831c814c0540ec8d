"""What an engine says of itself, and what it is handed to open a model with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.embedding.engines import machine, sentence_transformer_embedder
from commons.embedding.engines.machine import Machine
from commons.embedding.engines.model_source import ModelSource
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder
from commons.errors import CommonsError, IndexArtifactError

Say = Callable[[str], None]


@dataclass
class ModelRequest:
    """The model that is asked for, and what there is to open it with.

    ``home`` is where converted models lie between runs; ``say`` is told what takes long and what is given up. Torch is loaded only where
    something must be converted or computed by it: a model that was converted before opens without.
    """

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
    def installed(self) -> dict[str, str]:
        """The versions of the libraries that compute."""
        return machine.versions()

    @cached_property
    def reference(self) -> SentenceTransformerEmbedder:
        """The model by plain sentence-transformers: what others are converted from, and measured by."""
        return sentence_transformer_embedder.load(self.source, truncate_dim=self.truncate_dim)


@dataclass(frozen=True)
class EngineDriver(ABC):
    """One engine: whether it can run here, how it opens a model, and how long it takes.

    An engine with a ``stand_in_for`` is tried only where that other one could not be used.
    """

    name: str
    stand_in_for: str = ""

    @abstractmethod
    def refusal(self, machine: Machine, installed: Mapping[str, str]) -> CommonsError | None:
        """Why it cannot run on a machine with these libraries, as the error to raise; None when it can."""

    @abstractmethod
    def is_promising(self, machine: Machine, installed: Mapping[str, str]) -> bool:
        """Whether it may be the fastest on a machine where it can run."""

    def is_ready(self, request: ModelRequest) -> bool:  # noqa: ARG002
        """Whether it opens this model as things are, without torch."""
        return False

    @abstractmethod
    def _open(self, request: ModelRequest) -> Embedder: ...

    @abstractmethod
    def _seconds(self, request: ModelRequest) -> float: ...

    def open(self, request: ModelRequest) -> Embedder:
        """The embedder.

        Raises:
            MissingExtraError: a library of the engine is not installed.
            IndexArtifactError: the engine cannot run this model, or not here (``engine-unavailable``).
        """
        self._refuse_unable(request)
        return self._open(request)

    def seconds(self, request: ModelRequest) -> float:
        """How long it takes for a fixed set of texts; raises what ``open`` raises, and for vectors that are not the reference's."""
        self._refuse_unable(request)
        return self._seconds(request)

    def _refuse_unable(self, request: ModelRequest) -> None:
        if refusal := self.refusal(request.machine, request.installed):
            raise refusal


def bf16_refusal(engine: str, machine: Machine) -> IndexArtifactError | None:
    """Why an engine in bfloat16 cannot run: a processor without such arithmetic emulates it, up to 100 times slower."""
    if machine.native_bf16:
        return None
    return IndexArtifactError(
        f"{engine} needs a processor that computes in bfloat16; this one does not.",
        hint="Use --engine auto; openvino-int8 is for such processors.",
        code="engine-unavailable",
    )
