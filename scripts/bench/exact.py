#!/usr/bin/env python
"""Whether exact things win: where in the whole search the records stand that have what a question names.

DATA holds medquad, scifact, countries, tldr and oewn as gzip JSON Lines. The commons is all of the first three, an eighth of the English
pages of the fourth and those that name what is asked for, and the food and the places of the last. Texts are embedded once with the
default model and kept in the cache as .npy; the first two are those of hybrid.py. Prints Markdown; our last figures are in exact.md.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shared import command_line, tables, tasks, texts
from shared.vector_cache import VectorCache

from commons.embedding import loading
from commons.index import fusion, keywords, retrieval
from commons.index.build import keyword_segments
from commons.index.build.keyword_segments import Run
from commons.index.fusion import Candidates, Weights
from commons.index.keyword_fields import Text
from commons.index.keywords import Keywords


@dataclass(frozen=True)
class ExactQuestion:
    """A question, and a regular expression for what it names."""

    question: str
    names: str


QUESTIONS = (
    ExactQuestion("Ku70", r"\bKu70\b"),
    ExactQuestion("What is Ku70?", r"\bKu70\b"),
    ExactQuestion("H3N2v", r"\bH3N2v\b"),
    ExactQuestion("spinocerebellar ataxia type 36", r"\btype 36\b"),
    ExactQuestion("type 36", r"\btype 36\b"),
    ExactQuestion("CVE-2017-7494", r"CVE-2017-7494"),
    ExactQuestion("ISO 8601", r"ISO[ -]8601"),
    ExactQuestion("C++", r"C\+\+"),
    ExactQuestion("1,25", r"\b1,25\b"),
    ExactQuestion("22q11.2", r"\b22q11\.2\b"),
    ExactQuestion("MECP2", r"\bMECP2\b"),
    ExactQuestion("FOXP2 in speech", r"(?i)\bFOXP2\b"),
    ExactQuestion("Bolvia", r"\bBolivia\b"),
    ExactQuestion("glacoma", r"(?i)\bglaucoma\b"),
    ExactQuestion("alzhiemer", r"\bAlzheimer"),
    ExactQuestion("kumqat", r"\bkumquat"),
    ExactQuestion("BcrAbl", r"(?i)\bbcr[-/ ]?abl\b"),
    ExactQuestion("bcr abl", r"(?i)\bbcr[-/ ]?abl\b"),
    ExactQuestion("IL18", r"\bIL[- ]?18\b"),
    ExactQuestion("IL 18", r"\bIL[- ]?18\b"),
    ExactQuestion("web site", r"(?i)\bweb ?sites?\b"),
    ExactQuestion("e mail", r"(?i)\be-?mails?\b"),
)


def passages(data: Path) -> dict[str, list[str]]:
    """Name -> texts, in the order of the index."""
    places = {"noun.food", "noun.location"}
    senses = [
        f"{', '.join(row['members'])}\n{'; '.join(row['definition'])}"
        for row in texts.rows(data / "oewn" / "synsets.jsonl.gz")
        if row["lexfile"] in places
    ]
    pages = [row["text"] for row in texts.rows(data / "tldr" / "pages.jsonl.gz") if row["lang"] == "en"]
    wanted = re.compile(r"C\+\+|CVE-|ISO|e-?mail|web ?site")
    countries = [
        f"{row['name']['common']}\n{row['name']['official']}, {row.get('subregion') or row['region']}"
        for row in texts.rows(data / "countries" / "countries.jsonl.gz")
    ]
    return {
        "scifact": tasks.scifact(data).passages,
        "medquad": tasks.medquad(data).passages,
        "exact_countries": countries,
        "exact_tldr": [page for number, page in enumerate(pages) if number % 8 == 0 or wanted.search(page)],
        "exact_oewn": senses,
    }


def ranking(question: str, vector: Any, words: Keywords, vectors: Any) -> list[int]:
    """Rows, best first, as ``retrieval.candidates`` and the default weight give them."""
    among = keywords.statistics([words], question)
    cosines, rows = retrieval.nearest(iter([vectors]), vector[None], fusion.DEPTH)
    by_words = {row: score for score, row in words.search(question, fusion.DEPTH, None, among)}
    exact = words.exact(None, among)
    by_meaning = dict(zip(rows[0].tolist(), cosines[0].tolist(), strict=True))
    for row in (*by_words, *exact):
        by_meaning.setdefault(row, float(vectors[row] @ vector))
    best = max(by_words.values(), default=1.0)
    candidates = Candidates(
        tuple(f"{row:09}" for row in by_meaning),
        np.array(list(by_meaning.values()), np.float32),
        np.array([by_words.get(row, 0.0) / best for row in by_meaning], np.float32),
        np.array([exact.get(row, 0.0) for row in by_meaning], np.float32),
        ("en",) * len(by_meaning),
    )
    return [int(candidates.ids[number]) for _, number in candidates.ranked(Weights(), fusion.DEPTH)]


def places_of(pattern: str, rows: list[int], records: list[str]) -> tuple[int, int]:
    """(rank of the first that has it, or 0; how many of the first ten have it)"""
    matches = [bool(re.search(pattern, records[row])) for row in rows]
    return (matches.index(True) + 1 if any(matches) else 0), sum(matches[:10])


def table_rows(data: Path, cache: VectorCache) -> Iterator[tuple[str, ...]]:
    collections = passages(data)
    records = [text for collection in collections.values() for text in collection]
    vectors = np.concatenate([cache.texts(f"{name}_corpus", part) for name, part in collections.items()])
    asked = cache.texts("exact_questions", [case.question for case in QUESTIONS], questions=True)
    with tempfile.TemporaryDirectory() as name:
        run = Run("en", "exact", lambda: ((row, Text(None, text, "en")) for row, text in enumerate(records)))
        files = keyword_segments.build(Path(name) / "words", [run])
        words = keywords.open_index(Path(name), [f"words/{file}" for file in files], size=len(records))
        for case, vector in zip(QUESTIONS, asked, strict=True):
            rank, in_ten = places_of(case.names, ranking(case.question, vector, words, vectors), records)
            count = sum(bool(re.search(case.names, record)) for record in records)
            yield f"`{case.question}`", f"{count:,}", str(rank or "none"), f"{in_ten} of {min(10, count)}"


def main() -> None:
    parser = command_line.parser(__doc__, "exact.py DATA")
    parser.add_argument("--cache", type=Path, default=Path("build/bench_vectors"))
    parser.add_argument("--engine", default="reference", choices=loading.ENGINE_NAMES)
    options = parser.parse_args()
    print(tables.machine("tantivy", "numpy"))
    print("## Records that have what is named\n")
    tables.show(
        ("question", "have it", "rank of the first", "in the first ten"),
        table_rows(options.data, VectorCache(options.cache, options.engine)),
    )


if __name__ == "__main__":
    main()
