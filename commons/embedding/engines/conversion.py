"""From a sentence-transformers model to the form that OpenVINO runs, once for each model, precision and version.

The torch modules are traced whole (transformer, pooling, what follows), so nothing of a model is written here a second time. What comes
out is believed only after it gave the reference's vectors for texts of every kind, in a process of its own that may be stopped.

Why int8 with scales at run time: it needs no calibration texts, so the same weights always give the same bytes, and no language is
favoured. Static quantisation takes its ranges from sample texts and is faster, but what is not like its samples loses most, and a
commons is in whatever languages its contributors write.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from commons import digests
from commons.embedding.embedder import Engine
from commons.embedding.engines import benchmark, model_cache, openvino_embedder
from commons.embedding.engines.benchmark import BenchmarkResult
from commons.embedding.engines.model_cache import ConvertedModel
from commons.embedding.engines.model_source import ModelSource
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder
from commons.errors import CommonsError, IndexArtifactError, MissingExtraError, first_line

_MODULES = frozenset({"Transformer", "Pooling", "Dense", "LayerNorm", "Normalize"})
_POOLINGS = frozenset({"mean", "cls", "max"})
# One of them is padded, so that padding is traced.
_TRACED = ("The quick brown fox", "jumps over the lazy dog, then sleeps")


def prepare(
    reference: SentenceTransformerEmbedder, source: ModelSource, precision: str, place: Path
) -> tuple[ConvertedModel, BenchmarkResult]:
    """Convert the loaded model into ``place`` and measure it.

    Raises:
        MissingExtraError: openvino or nncf is not installed.
        IndexArtifactError: this model cannot be converted, or gives other vectors than the reference (``engine-unavailable``).
    """
    _refuse_unfit(reference)
    with model_cache.staged(place) as folder:
        try:
            _write(folder, reference, precision)
        except (CommonsError, OSError):
            raise
        except Exception as error:  # what tracing a foreign model may raise has no bounds
            raise IndexArtifactError(
                f"{source.model} cannot be converted for OpenVINO: {first_line(error)}",
                code="engine-unavailable",
            ) from error
        model = model_cache.read(folder)
        if model is None:
            raise IndexArtifactError(f"{folder} changed while it was written.", code="engine-unavailable")
        result = benchmark.run(folder)
        benchmark.refuse_far(result.cosine, model.identity, model.engine)
    return model, result


def _refuse_unfit(reference: SentenceTransformerEmbedder) -> None:
    names = [type(module).__name__ for module in reference.model]
    reason = ""
    if names[:1] != ["Transformer"] or not _MODULES.issuperset(names):
        reason = f"it is made of {', '.join(names)}"
    elif reference.identity.pooling not in _POOLINGS:
        reason = f"it pools by {reference.identity.pooling or 'no known way'}"
    elif not all(getattr(module, "include_prompt", True) for module in reference.model):
        reason = "it pools without its prompt"
    elif not getattr(reference.model.tokenizer, "is_fast", False):
        reason = "its tokenizer is written in Python"
    elif not reference.identity.max_tokens:
        reason = "it names no greatest length"
    if reason:
        raise IndexArtifactError(
            f"{reference.identity.model} cannot be converted for OpenVINO: {reason}.",
            code="engine-unavailable",
        )


def _write(folder: Path, reference: SentenceTransformerEmbedder, precision: str) -> None:
    ov = openvino_embedder.library()
    converted = _traced(ov, reference.model)
    if precision == "int8":
        converted = _compressed(converted)
    ov.save_model(converted, str(folder / model_cache.MODEL), compress_to_fp16=False)
    (folder / model_cache.TOKENIZER).write_text(reference.model.tokenizer.backend_tokenizer.to_str())
    passages, questions = benchmark.reference_vectors(reference)
    np.savez(folder / model_cache.CHECKS, passages=passages, questions=questions)
    engine = Engine(
        name="openvino",
        precision=precision,
        version=ov.__version__.split("-")[0],
        digest=digests.sha256_of(folder / model_cache.WEIGHTS) if precision == "int8" else "",
    )
    model_cache.describe(folder, reference.identity, engine, int(reference.model.tokenizer.pad_token_id or 0))


def _traced(ov: Any, model: Any) -> Any:
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = torch.nn.ModuleList(model)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.modules_in_order:
                features = module(features)
            return features["sentence_embedding"]

    inputs = model.preprocess(list(_TRACED))
    example = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad(), _quiet():
        converted = ov.convert_model(Whole().eval(), example_input=example)
    converted.reshape({name: [-1, -1] for name in example})
    return converted


def _compressed(converted: Any) -> Any:
    """Weights in int8, one scale a row; the runtime scales the activations."""
    try:
        import nncf
    except ImportError as error:
        raise MissingExtraError("nncf", "fast") from error
    nncf.set_log_level(logging.ERROR)
    with _quiet():
        return nncf.compress_weights(converted, mode=nncf.CompressWeightsMode.INT8_SYM)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Standard output is for results; these libraries draw bars on it, and the tracer warns of every shape."""
    from transformers.utils import logging as transformers_logging

    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(before)
