"""The manifest: what binds an index artifact to its data, its embedder and every one of its files, by content.

What it binds names no commit and no time, so the same data and log always give the same artifact, and data and index can live under one
tag. Beside that it keeps what was measured: recall, quality on the commons' own questions, and what the build cost. The last is the one
part that differs from build to build; what was measured may differ in the last digits, and ``binding`` leaves it all out.

Manifests of version 1 (float16 vectors, exact index, no keywords) and 2 (one weight of meaning for all languages, keywords of a pool in one
index) are read as what they are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from commons import layout
from commons.closed_model import ClosedModel
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.errors import IndexArtifactError
from commons.evidence import answerability
from commons.index import dense, fusion
from commons.index.quality import Quality, Share
from commons.index.vectors import Encoding
from commons.layout import Kind

# Far above what a build ever chooses; a reader's memory is not for a manifest to spend.
_Factor = Annotated[int, Field(ge=0, le=65_536)]


BY_LANGUAGE = 3  # the first version whose words and weights are those of each language
ENOUGH_QUESTIONS = 50  # below this a mean says little of a leg
_READ_SHARE = 0.4

_MAX_BYTES = 32 * 1024 * 1024  # half a kilobyte a shard


class File(ClosedModel):
    """A file by its repository path; ``rows`` is 0 where rows mean nothing."""

    path: str
    sha256: str
    rows: int = 0


class VectorFile(File):
    """A file of vectors, and which of the manifest's engines computed them."""

    engine: int = 0


class Recall(ClosedModel):
    """How many of the ten nearest vectors an index finds of those an exact comparison finds, over ``asked``."""

    at_10: Share
    queries: int
    asked: Literal["questions", "titles"]  # what stood for a reader's questions


class PoolIndex(ClosedModel):
    """One FAISS index, why it is of its kind, the table that says which record each position is, and the keyword index beside it."""

    index: File
    template: File | None = None  # its rows: how many the pool had when the template was learnt
    positions: File
    keywords: tuple[File, ...] = ()
    factory: str
    why: str = ""
    metric: Literal["inner_product"] = "inner_product"
    k_factor: _Factor = 0
    nprobe: _Factor = 0
    recall: Recall | None = None

    @property
    def files(self) -> tuple[File, ...]:
        template = (self.template,) if self.template else ()
        return (self.index, *template, self.positions, *self.keywords)

    @property
    def effort(self) -> dense.Effort:
        return dense.Effort(self.k_factor, self.nprobe)


class SearchQuality(ClosedModel):
    """Quality on the held-out half of the commons' questions, by each leg alone and by both."""

    dense: Quality
    keywords: Quality
    hybrid: Quality


class Probe(ClosedModel):
    """nDCG@10 of each leg, and of both with the ``weight`` that it chose, on questions made of the records themselves.

    ``records`` is how many of the language there were then; ``asked`` how many such questions could be made, 0 where no weight could be
    chosen.
    """

    records: int
    asked: int
    weight: Share
    dense: Share
    keywords: Share
    hybrid: Share


class LanguageFusion(ClosedModel):
    """The weight of meaning for the records of one language, what chose it, and what each leg is worth there.

    ``tuned_on`` counts the questions of the commons that had a say; ``quality`` is on the others, None where there are none.
    """

    dense_weight: Share
    chosen_by: Literal["questions", "probe", "default"]
    tuned_on: int
    probe: Probe
    quality: SearchQuality | None = None

    @property
    def legs(self) -> tuple[float, float]:
        """nDCG@10 by meaning alone and by words alone: on the questions of the commons where they tell, else on the probe's."""
        if self.quality and self.quality.hybrid.questions >= ENOUGH_QUESTIONS:
            return self.quality.dense.ndcg_at_10, self.quality.keywords.ndcg_at_10
        return self.probe.dense, self.probe.keywords

    @property
    def is_read(self) -> bool:
        """Whether the model reads the language: not where meaning finds less than two fifths of what words do.

        Between the languages all-MiniLM-L6-v2 was trained on and those it was not there is a gap: 0.66 and more of XQuAD's German and
        Spanish, 0.26 and less of its Russian, Chinese, Hindi and Arabic (``scripts/bench/languages.md``).
        """
        dense, keywords = self.legs
        return dense >= _READ_SHARE * keywords


class Fusion(ClosedModel):
    """How the two lists become one: w x cosine + (1 - w) x BM25 as a share of the question's best.

    ``dense_weight`` is w for a language that is not listed; manifests before version 3 list none. ``tuned_on`` counts the questions that
    chose weights; 0 where none did.
    """

    dense_weight: Share
    tuned_on: int
    languages: dict[str, LanguageFusion] = Field(default_factory=dict)  # by primary subtag

    @property
    def weights(self) -> fusion.Weights:
        return fusion.Weights(
            self.dense_weight, {name: of.dense_weight for name, of in self.languages.items()}
        )

    @property
    def unread(self) -> list[str]:
        """The languages that the model does not read."""
        return [name for name, language in self.languages.items() if not language.is_read]


def unread_sentence(languages: Sequence[str]) -> str:
    """What whoever asks in languages that a model does not read should know; empty where there are none."""
    if not languages:
        return ""
    these = "this language" if len(languages) == 1 else "these languages"
    return f"The model hardly reads {', '.join(languages)}: records in {these} are found by their words."


class BandErrors(ClosedModel):
    """What the bands are worth on held-out questions.

    ``answerable`` counts questions that have an answer, of which ``answers`` are called so and ``false_not_known`` are called not known.
    ``unanswerable`` counts the same questions with their records left out, and those that the commons says it should not know; of these
    ``false_answers`` are called answered. ``far`` counts the same questions with all that is near to them left out.
    """

    answerable: Annotated[int, Field(ge=1)]
    answers: Share
    false_not_known: Share
    unanswerable: Annotated[int, Field(ge=1)]
    false_answers: Share
    far: Annotated[int, Field(ge=0)]
    far_false_answers: Share
    far_not_known: Share

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the shares of answerable and of unanswerable questions that are told right; 0.5 is chance."""
        return (self.answers + 1 - self.false_answers) / 2


class AnswerBands(ClosedModel):
    """How sure an answer is, and from where on it is called answered, or known at all (``evidence.answerability``).

    ``coefficients`` by signal. ``calibrated_on`` counts the answerable questions they were fitted on; 0: they are the committed ones.
    ``unanswerable_sha256`` is of the ids of the questions of which the commons says it should not know.
    """

    calibrated_on: Annotated[int, Field(ge=0)]
    intercept: float
    coefficients: dict[str, float]
    answers_from: Share
    known_from: Share
    unanswerable_sha256: str = ""
    errors: BandErrors | None = None

    @model_validator(mode="after")
    def _is_of_our_signals(self) -> Self:
        if list(self.coefficients) != list(answerability.SIGNALS):
            raise ValueError("the coefficients are of other signals than ours")
        if self.known_from > self.answers_from:
            raise ValueError("an answer would be answered and not known at once")
        return self


class Cost(ClosedModel):
    """What the build that made this artifact took; energy is an estimate of the library named."""

    seconds: float
    cpu_seconds: float
    embedded: int
    energy_kwh: float | None = None
    energy_by: str = ""


class Manifest(ClosedModel):
    """``data`` is in index order; ``vectors`` are those of ``data``, one by one."""

    version: Literal[1, 2, 3] = 3
    embedder: EmbedderIdentity
    engines: tuple[Engine, ...]
    encoding: Encoding = Encoding.INT8
    faiss: str
    tantivy: str = ""
    records: int
    data: tuple[File, ...]
    vectors: tuple[VectorFile, ...]
    pools: dict[str, PoolIndex]
    questions_sha256: str = ""  # of the ids of the questions it was measured on; empty where there were none
    fusion: Fusion | None = None
    quality: dict[str, SearchQuality] = Field(default_factory=dict)  # by collection of questions, and "all"
    bands: AnswerBands | None = None  # none in an artifact that is older
    before: dict[str, Quality] = Field(
        default_factory=dict, description="hybrid quality of the artifact this one replaced"
    )
    cost: Cost | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        """Every path is the one its subject has, and every record of every pool is counted once."""
        slug = self.embedder.slug
        by_pool: Counter[str] = Counter()
        for data, made in zip(self.data, self.vectors, strict=True):
            shard = layout.parse_shard(data.path)
            if (
                shard is None
                or shard.kind is not Kind.RECORD
                or shard.replaced
                or shard.digest != data.sha256
            ):
                raise ValueError(f"{data.path} is no data shard")
            if made.path != layout.vectors_path(slug, shard.digest) or made.rows != data.rows:
                raise ValueError(f"{made.path} does not belong to {data.path}")
            if not 0 <= made.engine < len(self.engines):
                raise ValueError(f"{made.path} names an engine that is not listed")
            by_pool[shard.pool] += data.rows
        indexed = {name: pool.positions.rows for name, pool in self.pools.items()}
        if indexed != dict(by_pool) or self.records != by_pool.total():
            raise ValueError("the pools do not cover the data")
        for name, pool in self.pools.items():
            _refuse_other_files(slug, name, pool)
        return self

    @property
    def files(self) -> Iterator[File]:
        """Every file of the artifact but the manifest itself."""
        yield from self.vectors
        for pool in self.pools.values():
            yield from pool.files

    def binding(self) -> dict[str, Any]:
        """All but what was measured: equal for two builds of the same thing."""
        measured: Any = {
            **{"cost": True, "before": True, "quality": True, "fusion": True, "bands": True},
            "pools": {"__all__": {"recall"}},
        }
        return self.model_dump(mode="json", exclude=measured)

    def subject(self) -> dict[str, Any]:
        """What is known before anything is measured: equal where another build would find out nothing new."""
        measured = {"recall": True, "k_factor": True, "nprobe": True}
        left_out: Any = {
            "cost": True,
            "before": True,
            "quality": True,
            "fusion": True,
            "bands": True,
            "pools": {"__all__": measured},
        }
        return self.model_dump(mode="json", exclude=left_out)

    def to_bytes(self) -> bytes:
        unstated = {"bands"} if self.bands is None else set()  # as it was written before there were any
        return to_json(self.model_dump(mode="json", exclude=unstated))


def to_json(value: Any) -> bytes:
    """The one form in which a manifest is written."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _refuse_other_files(slug: str, name: str, pool: PoolIndex) -> None:
    expected = (layout.faiss_path(slug, name), layout.positions_path(slug, name))
    words = (layout.is_keywords_file(slug, name, file.path) for file in pool.keywords)
    if (pool.index.path, pool.positions.path) != expected or not all(words):
        raise ValueError(f"the pool {name} names other files than its own")
    if pool.template and pool.template.path != layout.template_path(slug, name):
        raise ValueError(f"the pool {name} names another template than its own")
    if not dense.is_known(pool.factory) or (pool.template is not None) != dense.is_trained(pool.factory):
        raise ValueError(f"{pool.factory!r} is no index we make")


def parse(data: bytes) -> Manifest:
    """Raises IndexArtifactError (``manifest-malformed``)."""
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError(f"for it has {len(data):,} bytes")
        return Manifest.model_validate(_current(json.loads(data)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = f"at {where}: {first['msg']}" if where else first["msg"]
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        reason = f"({error})"
    raise IndexArtifactError(
        f"The manifest is malformed {reason}.",
        hint="Build it again: commons build --publish",
        code="manifest-malformed",
    )


def _current(written: Any) -> Any:
    """A manifest of version 1 in today's words; anything else as it is."""
    if not isinstance(written, dict) or written.get("version", 1) != 1:
        return written
    embedder = dict(written["embedder"])
    precision = embedder.pop("precision")
    # Version 1 knew one engine and models without prompts; MiniLM and its kin take the mean.
    embedder = {"pooling": "mean", "question_prompt": "", "passage_prompt": "", **embedder}
    engine = {"name": "sentence-transformers", "precision": precision, "version": "", "digest": ""}
    return {
        **written,
        "version": 1,
        "embedder": embedder,
        "engines": [engine],
        "encoding": Encoding.FLOAT16.value,
    }
