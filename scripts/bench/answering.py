#!/usr/bin/env python
"""From a question to an answer at 200,000 records in 22 languages: how long it takes, what the index weighs, and what growth costs.

DATA holds the data sets that ``shared/texts.py`` names, and tatoeba. No model is asked: words make a vector, so that embedding is
no part of any figure. Another checkout is measured with ``PYTHONPATH=CHECKOUT``. Prints Markdown; our last figures are in answering.md.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from shared import command_line, commons_folder, tables, texts, timing

from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.index import library as libraries
from commons.index.library import Library
from commons.operations import build, search
from commons.records.schema import Record, Source
from commons.snapshots import snapshot as snapshots

DIMENSION = 384
QUESTIONS = 200
_CODES = {"deu": "de", "fra": "fr", "spa": "es", "rus": "ru", "cmn": "zh", "jpn": "ja", "hin": "hi", "ara": "ar", "por": "pt"}  # fmt: skip


class HashedWords:
    """An embedder by words: each sets four of the numbers, so that texts with the same words are near."""

    identity = EmbedderIdentity(
        model="bench/hashed", revision="", weights_sha256="0" * 64, dimension=DIMENSION, max_tokens=256, pooling="mean",
        normalised=True, question_prompt="", passage_prompt="", text="title, newline, text",
    )  # fmt: skip
    engine = Engine(name="hashed", precision="float32", version="1")

    def embed(self, given: Sequence[str], **_: Any) -> Any:
        vectors = np.zeros((len(given), DIMENSION), np.float32)
        for vector, text in zip(vectors, given, strict=True):
            vector[0] = 1e-3
            for word in text.lower().split()[:40]:
                number = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
                for part in range(4):
                    vector[(number >> (9 * part)) % DIMENSION] += 1 if (number >> (40 + part)) & 1 else -1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_questions = embed


def records_of(data: Path, count: int) -> list[Record]:
    """Short records in English, and a tenth as many sentences in other languages, each once."""
    everyday = (
        _sentence(row["text"], row["lang"]) for row in texts.rows(data / "tatoeba" / "pairs.jsonl.gz")
    )
    unique = {record.id: record for record in everyday}
    others = list(unique.values())[: count // 10]
    english = (each for part in texts.short_records(data, count - len(others)).values() for each in part)
    return list({record.id: record for record in (*english, *others)}.values())


def _sentence(text: str, lang: str) -> Record:
    source = (Source(title="Tatoeba"),)
    return texts.with_id(
        Record("", None, text, _CODES.get(lang, lang), ("language",), "CC0-1.0", source, "", "")
    )


def rows(records: Sequence[Record], place: Path) -> Iterator[tuple[str, ...]]:
    model, folder, added = HashedWords(), place / "commons", len(records) // 100
    by_pool: dict[str, list[Record]] = {}
    for record in records:
        by_pool.setdefault(commons_folder.pool_of(record), []).append(record)
    last = {pool: part[-added:] for pool, part in by_pool.items()}
    commons_folder.write_commons(folder, {pool: part[:-added] for pool, part in by_pool.items()})
    whole = timing.timed(lambda: build_index(folder, model, place))
    yield "full build without embedding, processor seconds", f"{whole.cpu_s:.1f}"
    yield "index, MB", f"{_bytes(folder / 'index') / 1e6:.1f}"
    yield "its keyword indexes, MB", f"{_bytes(folder / 'index', '.keywords') / 1e6:.1f}"
    for pool, part in last.items():
        commons_folder.land_records(folder, pool, part)
    grown = timing.timed(lambda: build_index(folder, model, place))
    yield "a build after 1 % more, processor seconds", f"{grown.cpu_s:.1f}"
    library = libraries.open_library(snapshots.of_folder(folder), model)
    asked = [" ".join(each.text.split()[:9]) for each in records[:: len(records) // QUESTIONS][:QUESTIONS]]
    yield "question to hits, ms: p50 / p90 / p99", latencies(library, asked)
    misspelt = [question.replace("e", "a", 1).replace("tion", "toin") for question in asked]
    yield "a question with a misspelt word, ms", latencies(library, misspelt)


def build_index(folder: Path, model: HashedWords, place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=place) as made:
        built = build.build(snapshots.of_folder(folder), model, place / "work", Path(made))
        named = {file.path for file in built.manifest.files}
        for path, file in built.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / path)
    for path in (folder / "index").rglob("*"):
        if (
            path.is_file()
            and path.name != "manifest.json"
            and path.relative_to(folder).as_posix() not in named
        ):
            path.unlink()


def _bytes(folder: Path, part: str = "") -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and part in str(path))


def latencies(library: Library, questions: Sequence[str]) -> str:
    """Processor time and, in brackets, wall time, of questions that were not asked before."""
    for question in questions[:10]:
        search.find(library, f"{question} again")
    processor, wall = [], []
    for question in questions:
        cpu, start = time.process_time(), time.perf_counter()
        search.find(library, question)
        wall.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
    shown = (
        " / ".join(f"{value:.1f}" for value in np.percentile(times, (50, 90, 99)))
        for times in (processor, wall)
    )
    return "{} ({})".format(*shown)


def main() -> None:
    parser = command_line.parser(__doc__, "answering.py DATA", "answering.py DATA --records 30000")
    parser.add_argument("--records", type=int, default=200_000)
    options = parser.parse_args()
    print(tables.machine("tantivy", "faiss-cpu", "numpy"))
    with tempfile.TemporaryDirectory() as place:
        tables.show(
            ("what", f"at {options.records:,} records"),
            rows(records_of(options.data, options.records), Path(place)),
        )


if __name__ == "__main__":
    main()
