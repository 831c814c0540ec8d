#!/usr/bin/env python
"""How well words alone find what answers a question of a language: its records by themselves, and beside those of other languages.

DATA holds xquad, tatoeba, medquad and oewn as gzip JSON Lines. XQuAD has questions; of Tatoeba, every other word of a sentence (of one
without blanks, the middle of it) is asked for that sentence. Beside them stand 8,000 English records, then all languages at once. Prints
Markdown; our last figures are in word_statistics.md.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared import command_line, tables, tasks, texts
from shared.tasks import RetrievalTask

from commons.index import keywords, quality
from commons.index.build import keyword_segments
from commons.index.build.keyword_segments import Run
from commons.index.keyword_fields import Text
from commons.index.keywords import Keywords

XQUAD = ("ar", "de", "en", "es", "hi", "ru", "zh")
TATOEBA = {
    **{"fra": "fr", "jpn": "ja", "por": "pt", "ita": "it", "nld": "nl", "pol": "pl", "tur": "tr", "kor": "ko", "vie": "vi"},
    **{"ind": "id", "heb": "he", "ukr": "uk", "est": "et", "swh": "sw", "tam": "ta", "urd": "ur"},
}  # fmt: skip
ENGLISH_RECORDS = 8_000
XQUAD_QUESTIONS, TATOEBA_QUESTIONS = 400, 200


def sentences(data: Path, code: str) -> RetrievalTask:
    rows = texts.rows(data / "tatoeba" / "pairs.jsonl.gz")
    passages = [row["text"] for row in rows if row["lang"] == code]
    chosen = random.Random(2).sample(range(len(passages)), min(TATOEBA_QUESTIONS, len(passages)))  # noqa: S311
    return RetrievalTask(
        f"tatoeba_{TATOEBA[code]}",
        TATOEBA[code],
        passages,
        [part_of(passages[number]) for number in chosen],
        [{other for other, text in enumerate(passages) if text == passages[number]} for number in chosen],
    )


def part_of(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[::2]) if len(words) > 1 else sentence[len(sentence) // 4 : 3 * len(sentence) // 4]


def english(data: Path) -> list[Text]:
    everything = [
        Text(title, text, "en")
        for name in ("medquad", "oewn")
        for title, text in texts.titled_texts(data, name)
    ]
    return random.Random(1).sample(everything, ENGLISH_RECORDS)  # noqa: S311


def build(folder: Path, records: Sequence[Text]) -> Keywords:
    rows: dict[str, list[tuple[int, Text]]] = {}
    for number, text in enumerate(records):
        rows.setdefault(text.lang, []).append((number, text))
    runs = [Run(language, language, rows[language].__iter__) for language in sorted(rows)]
    files = keyword_segments.build(folder / "words", runs)
    return keywords.open_index(folder, [f"words/{file}" for file in files], size=len(records))


def ndcg(index: Keywords, task: RetrievalTask, first: int) -> float:
    """Mean nDCG@10, where the task's passages stand in the index from ``first`` on."""
    return statistics.fmean(
        quality.ndcg(
            [str(row - first) for _, row in index.search(question, quality.CUTOFF)],
            frozenset(map(str, answers)),
        )
        for question, answers in zip(task.questions, task.answers, strict=True)
    )


def language_rows(data: Path) -> Iterator[tuple[str, ...]]:
    collections = [tasks.xquad(data, language) for language in XQUAD]
    collections += [sentences(data, code) for code in TATOEBA]
    others = english(data)
    with tempfile.TemporaryDirectory() as name:
        records, firsts = list(others), []
        for task in collections:
            firsts.append(len(records))
            records += records_of(task)
        everything = build(Path(name) / "all", records)
        for task, first in zip(collections, firsts, strict=True):
            task.questions[XQUAD_QUESTIONS:], task.answers[XQUAD_QUESTIONS:] = [], []
            own = records_of(task)
            alone = ndcg(build(Path(name) / "alone", own), task, 0)
            beside = ndcg(build(Path(name) / "beside", [*own, *others]), task, 0)
            among_all = ndcg(everything, task, first)
            yield (
                task.name,
                f"{alone:.3f}",
                f"{beside:.3f} ({beside - alone:+.3f})",
                f"{among_all:.3f} ({among_all - alone:+.3f})",
            )


def records_of(task: RetrievalTask) -> list[Text]:
    return [Text(None, text, task.lang) for text in task.passages]


def main() -> None:
    options = command_line.parser(__doc__, "word_statistics.py DATA").parse_args()
    print(tables.machine("tantivy"))
    print("## Words alone: nDCG@10\n")
    tables.show(
        ("questions", "alone", f"beside {ENGLISH_RECORDS:,} English records", "beside all of these"),
        language_rows(options.data),
    )


if __name__ == "__main__":
    main()
