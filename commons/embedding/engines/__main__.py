"""The process of a trial; see ``commons.embedding.engines.benchmark``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from commons.embedding.engines import benchmark as trial
from commons.embedding.engines import model_cache as kept
from commons.embedding.engines import openvino
from commons.embedding.engines.benchmark import Trial
from commons.errors import IndexArtifactError


def _try(folder: Path) -> Trial:
    about = kept.read(folder)
    if about is None:
        raise IndexArtifactError(f"{folder} is damaged.")
    embedder = openvino.open_kept(folder, about)
    wanted = np.load(folder / kept.CHECKS)
    cosine = trial.cosine_of(embedder, wanted["passages"], wanted["questions"])
    return Trial(cosine, trial.seconds_of(embedder))


if __name__ == "__main__":
    print(json.dumps(asdict(_try(Path(sys.argv[1])))))
