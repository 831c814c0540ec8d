"""The benchmark: how near a converted model comes to the reference, and how fast it is, in a process of its own that may be stopped.

A processor without the arithmetic that a precision needs may still take the model and then compute for minutes (seen with bfloat16), so
nothing is run for the first time in the process that wants an answer.

    python -m commons.embedding.engines FOLDER        prints {"cosine": 0.99999, "seconds": 0.12}
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from commons.arrays import Vectors
from commons.embedding.embedder import Embedder, EmbedderIdentity, Engine
from commons.errors import IndexArtifactError, last_line

LIMIT_S = 120.0
_ROUNDS = 2
# Eight passages of 70 to 190 tokens: the machine is asked, not the texts.
TIMED = tuple(
    f"Passage {number}: "
    + "the level of the river was measured again and the report agrees with the one before. " * (4 + number)
    for number in range(8)
)
# Every kind of text that could be treated differently: short, beyond any limit, empty, blank, other scripts, marks, ordinary passages.
CHECKS = (
    "Water boils at 100 degrees Celsius at sea level; on a mountain it boils sooner, because the air presses less.",
    "What causes glaucoma?",
    "",
    " \n\t ",
    "a",
    "Über den Wolken muß die Freiheit wohl grenzenlos sein.",
    "水は摂氏100度で沸騰する。",
    "Вода кипит при ста градусах. 🌋 naïve café",
    "def mean(values):\n    return sum(values) / len(values)",
    "The heart pumps blood through the body. " * 12,
    "All happy families are alike; each unhappy family is unhappy in its own way. " * 60,
    "x" * 500,
)


@dataclass(frozen=True)
class BenchmarkResult:
    cosine: float  # the least with the reference, over texts of every kind
    seconds: float  # for ``TIMED``, the best of a few rounds


def run(folder: Path, *, limit_s: float = LIMIT_S) -> BenchmarkResult:
    """Run the converted model in ``folder``.

    Raises:
        IndexArtifactError: it fails, or takes longer than ``limit_s`` (``engine-unavailable``).
    """
    command = [sys.executable, "-P", "-m", "commons.embedding.engines", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise IndexArtifactError(
            f"The converted model {folder.name} gave no answer within {limit_s:.0f} s.",
            code="engine-unavailable",
        ) from error
    if done.returncode:
        complaint = last_line(done.stderr).replace(str(folder), folder.name)
        raise IndexArtifactError(
            f"The converted model {folder.name} failed: {complaint}", code="engine-unavailable"
        )
    return BenchmarkResult(**json.loads(done.stdout))


def cosine_of(embedder: Embedder, passages: Vectors, questions: Vectors) -> float:
    """The least with what the reference gave for ``CHECKS``."""
    pairs = ((embedder.embed(CHECKS), passages), (embedder.embed_questions(CHECKS), questions))
    return min(float((made * wanted).sum(axis=1).min()) for made, wanted in pairs)


def reference_vectors(reference: Embedder) -> tuple[Vectors, Vectors]:
    """(n, d) vectors of ``CHECKS`` as passages and as questions, to compare others with."""
    return reference.embed(CHECKS), reference.embed_questions(CHECKS)


def refuse_far(cosine: float, identity: EmbedderIdentity, engine: Engine) -> None:
    """Raise IndexArtifactError (``engine-unavailable``) for an engine that gives other vectors than the reference."""
    if not cosine >= engine.tolerance:  # written so that NaN is refused
        raise IndexArtifactError(
            f"{identity.model} by {engine.name} in {engine.precision} gives other vectors than sentence-transformers: "
            f"cosine {cosine:.4f}, at least {engine.tolerance} is asked for.",
            code="engine-unavailable",
        )


def seconds_of(embedder: Embedder) -> float:
    """The best time for ``TIMED``, after one round that does not count."""
    times = []
    for _ in range(1 + _ROUNDS):
        started = time.perf_counter()
        embedder.embed(TIMED)
        times.append(time.perf_counter() - started)
    return min(times[1:])
