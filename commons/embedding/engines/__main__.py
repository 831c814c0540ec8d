"""The process of a benchmark; see ``commons.embedding.engines.benchmark``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from commons.embedding.engines import benchmark, model_cache, openvino_embedder
from commons.embedding.engines.benchmark import BenchmarkResult
from commons.errors import IndexArtifactError


def _run(folder: Path) -> BenchmarkResult:
    model = model_cache.read(folder)
    if model is None:
        raise IndexArtifactError(f"{folder} is damaged.")
    embedder = openvino_embedder.open_model(folder, model)
    wanted = np.load(folder / model_cache.CHECKS)
    cosine = benchmark.cosine_of(embedder, wanted["passages"], wanted["questions"])
    return BenchmarkResult(cosine, benchmark.seconds_of(embedder))


if __name__ == "__main__":
    print(json.dumps(asdict(_run(Path(sys.argv[1])))))
