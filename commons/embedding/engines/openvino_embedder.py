"""The embedder of the OpenVINO engines: a converted or published model on the processor. Neither torch nor transformers is loaded.

Texts are tokenised a slice at a time on all cores, put into batches of about as many tokens, and run on one stream a core, so that memory
is bounded whatever the number of texts. It is safe for many threads: each call takes requests of its own, and the tokenizer is not changed
after it was made.

Why no ``AsyncInferQueue``: one with a callback that is freed before the program ends aborts it at the end (openvino 2026.4).
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from commons.arrays import Vectors
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.embedding.engines import batches, model_cache
from commons.embedding.engines.model_cache import ConvertedModel
from commons.embedding.engines.unit_vectors import refuse_not_finite, unit
from commons.errors import IndexArtifactError, MissingExtraError, first_line
from commons.progress import Progress, silent

_SLICE_TEXTS = 2048
# What the compiler is told, by precision. Activations of int8 are scaled in groups of 128 at run time; smaller groups are a little nearer
# to the reference and slower.
_HINTS: dict[str, dict[str, Any]] = {
    "float32": {"INFERENCE_PRECISION_HINT": "f32"},
    "bfloat16": {"INFERENCE_PRECISION_HINT": "bf16"},
    "int8": {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128},
}


def library() -> Any:
    """The ``openvino`` package, without the package that would report its use to its makers.

    Raises:
        MissingExtraError: it is not installed.
    """
    # None makes the import fail as if it were not installed, which openvino and nncf are ready for.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise MissingExtraError("openvino", "search") from error
    return openvino


class OpenVinoEmbedder:
    """A model that is compiled for this processor."""

    def __init__(
        self,
        tokenizer: Any,
        compiled: Any,
        streams: int,
        *,
        identity: EmbedderIdentity,
        engine: Engine,
        pad_id: int,
    ) -> None:
        self._tokenizer = tokenizer
        self._compiled = compiled
        self._streams = streams
        self._identity = identity
        self._engine = engine
        self._pad_id = pad_id
        self._idle: deque[Any] = deque()  # requests that no call holds

    @property
    def identity(self) -> EmbedderIdentity:
        return self._identity

    @property
    def engine(self) -> Engine:
        return self._engine

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        return self._embed(self.identity.passage_prompt, texts, progress, label)

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        return self._embed(self.identity.question_prompt, texts, progress, label)

    def _embed(self, prompt: str, texts: Sequence[str], progress: Progress, label: str) -> Vectors:
        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        for start in range(0, len(texts), _SLICE_TEXTS):
            chosen = [prompt + text for text in texts[start : start + _SLICE_TEXTS]]
            tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(chosen)]
            done = start
            for positions, raw in self._run(tokens):
                vectors[[start + position for position in positions]] = unit(raw[:, : vectors.shape[1]])
                done += len(positions)
                progress(label, done, len(texts))
        refuse_not_finite(vectors, self.identity.model)
        return vectors

    def _run(self, tokens: Sequence[list[int]]) -> Iterator[tuple[list[int], Vectors]]:
        """(positions, raw vectors) of every batch, while the next ones are being computed."""
        running: deque[tuple[Any, list[int]]] = deque()
        try:
            lengths = [len(ids) for ids in tokens]
            for positions, width in batches.by_tokens(lengths, longest=self.identity.max_tokens):
                if len(running) > self._streams:  # one more than streams, so that none waits for us
                    yield self._finish(*running.popleft())
                request = self._request()
                running.append((request, positions))
                request.start_async(self._padded([tokens[position] for position in positions], width))
            while running:
                yield self._finish(*running.popleft())
        finally:
            for request, _ in running:  # after an interruption; a request must not be freed while it runs
                request.wait()

    def _request(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            return self._compiled.create_infer_request()

    def _finish(self, request: Any, positions: list[int]) -> tuple[list[int], Vectors]:
        request.wait()
        raw: Vectors = request.get_output_tensor(0).data.copy()
        self._idle.append(request)
        return positions, raw

    def _padded(self, rows: Sequence[list[int]], width: int) -> list[Any]:
        ids = np.full((len(rows), width), self._pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        return [ids, mask]


def open_model(folder: Path, model: ConvertedModel) -> OpenVinoEmbedder:
    """The embedder of the converted ``model`` in ``folder``, whose files were checked when it was read; errors as ``compiled``."""
    return compiled(
        str(folder / model_cache.MODEL),
        folder / model_cache.TOKENIZER,
        identity=model.identity,
        engine=model.engine,
        pad_id=model.pad_id,
    )


def compiled(
    graph: Any, tokenizer_file: Path, *, identity: EmbedderIdentity, engine: Engine, pad_id: int
) -> OpenVinoEmbedder:
    """The embedder of a graph, or of the path of one, that takes (n, t) ids and mask and gives (n, d) vectors.

    Raises:
        MissingExtraError: openvino or tokenizers is not installed.
        IndexArtifactError: the tokenizer cannot be read, or this processor cannot run the model (``engine-unavailable``).
    """
    ov = library()
    tokenizer = _tokenizer(tokenizer_file, identity)
    streams = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    settings = {
        **_HINTS[engine.precision],
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        "ENABLE_CPU_PINNING": False,  # two processes would be pinned to the same cores
    }
    try:
        runnable = ov.Core().compile_model(graph, "CPU", settings)
    except RuntimeError as error:
        raise IndexArtifactError(
            f"OpenVINO cannot run {identity.model} in {engine.precision} here.",
            hint=first_line(error),
            code="engine-unavailable",
        ) from error
    return OpenVinoEmbedder(tokenizer, runnable, streams, identity=identity, engine=engine, pad_id=pad_id)


def _tokenizer(path: Path, identity: EmbedderIdentity) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("tokenizers", "search") from error
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise IndexArtifactError(
            f"The tokenizer of {identity.model} cannot be read.",
            hint=first_line(error),
            code="engine-unavailable",
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(identity.max_tokens)
    return tokenizer
