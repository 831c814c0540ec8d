"""Embedders: text to unit vectors, whatever computes them.

    model.embed([passage("Title", "text")])         (n, d) float32, rows of length 1: what is published of records
    model.embed_questions(["What causes glaucoma?"])

Two things are said of an embedder. Its *identity* is what shapes a vector up to rounding: weights, pooling, prompts, lengths. Its *engine*
is what did the arithmetic: two engines of one identity give vectors that may be compared and mixed, within ``Engine.tolerance``.
Nothing here knows an engine: they are listed in ``commons.embedding.engines``, and ``commons.embedding.loading`` opens a model with one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Protocol

from commons import digests
from commons.arrays import Vectors
from commons.closed_model import ClosedModel
from commons.errors import UsageError
from commons.progress import Progress, silent

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"

# Least cosine to the float32 vector of the same text. Measured on 2,067 paragraphs: bfloat16 0.99988, int8 0.978.
_TOLERANCES = {"int8": 0.97}
_TOLERANCE = 0.999


class EmbedderIdentity(ClosedModel):
    """What shapes a vector. Two embedders with the same ``digest`` give the same vectors within the tolerance of their engines."""

    model: str
    revision: str  # commit of the model repository, empty when unknown
    weights_sha256: str
    dimension: int
    max_tokens: int  # longer texts are cut here
    pooling: str  # "mean", "cls", "max" or what else the model names
    normalised: bool
    question_prompt: str  # put before a question
    passage_prompt: str  # put before what is embedded of a record
    text: str  # what of a record is embedded

    @property
    def digest(self) -> str:
        """SHA-256 in hex of what shapes a vector. Not of the names: the same weights from a package or the Hub are the same."""
        shaping = self.model_dump(exclude={"model", "revision"})
        return digests.sha256_hex(json.dumps(shaping, sort_keys=True).encode())

    @property
    def slug(self) -> str:
        """The folder name under ``index/``: the last part of the model's name in lower case."""
        return slug_of(self.model)


class Engine(ClosedModel):
    """What did the arithmetic."""

    name: str  # "openvino", "torch", "cuda", "sentence-transformers"
    precision: str  # "bfloat16", "int8", "float32"
    version: str  # of the library
    digest: str = ""  # SHA-256 of the converted model where that is not the weights themselves

    @property
    def tolerance(self) -> float:
        """The least cosine with the float32 vector of the same text that a checker should ask for."""
        return _TOLERANCES.get(self.precision, _TOLERANCE)


class Embedder(Protocol):
    """Safe for many threads at once."""

    @property
    def identity(self) -> EmbedderIdentity: ...

    @property
    def engine(self) -> Engine: ...

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        """(n, d) float32, rows of length 1, of what is embedded of records.

        Raises:
            IndexArtifactError: ``vector-not-finite``, with the position of the first such text.
        """

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        """The same for questions, which some models want to be told apart."""


def passage(title: str | None, text: str) -> str:
    """What of a record is embedded; named in ``EmbedderIdentity.text``."""
    return f"{title}\n{text}" if title else text


def slug_of(model: str) -> str:
    """Raises UsageError when nothing of the model's name can name a folder."""
    slug = re.sub(r"[^a-z0-9.]+", "-", model.rstrip("/").rsplit("/", 1)[-1].lower()).strip("-.")
    if not slug:
        raise UsageError(
            f"{model!r} does not name a model.", hint="Give an id, or the path of a folder with a name."
        )
    return slug
