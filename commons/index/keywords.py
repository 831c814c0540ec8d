"""Searching the keyword indexes of a pool, one a language: BM25 over title and text, by tantivy.

    index = open_index(folder, paths, size=1200)
    index.search("What causes glaucoma?", 10)

A question is asked in every language, because nobody says in which they ask; ``word_statistics`` says what its words are worth in each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from commons.arrays import Mask
from commons.errors import IndexArtifactError
from commons.index import exact_terms, keyword_fields, question_words, word_repair
from commons.index.keyword_fields import LANGUAGES, META, ROW
from commons.index.language_index import LanguageIndex, readable
from commons.index.word_statistics import Statistics
from commons.passing_folder import PassingFolder


def open_index(folder: Path, paths: Sequence[str], *, size: int) -> Keywords:
    """The indexes whose files, checked by digest, lie at ``paths`` in ``folder``.

    Raises:
        IndexArtifactError: they cannot be read (``index-damaged``), or hold another number of records (``index-shape``).
    """
    name = str(Path(paths[0]).parent)
    # tantivy puts a lock file beside what it opens, now and then again, and an artifact may lie where nobody can write or nothing may be
    # added. So it is shown a folder of its own, with only the files the manifest names.
    place = PassingFolder("commons-keywords-")
    with readable(name):
        files = {Path(path).name: (folder / path).resolve() for path in paths}
        meta = json.loads(files.pop(META).read_text())
        for file, target in files.items():
            (place.path / file).symlink_to(target)
        indexes = tuple(_opened(name, place.path, meta))
        count = sum(index.size for index in indexes)
    if count != size:
        raise IndexArtifactError(
            f"The keyword index {name} holds {count:,} records, not {size:,}.", code="index-shape"
        )
    return Keywords(name, indexes, size, place)


def _opened(name: str, place: Path, meta: Any) -> Iterator[LanguageIndex]:
    if keyword_fields.is_joint(meta):
        fields = [field["name"] for field in meta["schema"] if field["name"] != ROW]
        analyzers = {field: keyword_fields.joint_analyzer(field) for field in fields}
        index = _index(place, meta, analyzers)
        yield LanguageIndex(name, index, analyzers, {field: field for field in fields}, other_spellings=False)
        return
    for language, description in meta[LANGUAGES].items():
        analyzers = keyword_fields.analyzers_of(language)
        index = _index(place, description, analyzers)
        yield LanguageIndex(name, index, analyzers, dict.fromkeys(analyzers, language), other_spellings=True)


def _index(place: Path, meta: Any, analyzers: Mapping[str, Any]) -> Any:
    """tantivy's index of this description; it is read when the index is opened, and then no more."""
    (place / META).write_text(json.dumps(meta))
    index = keyword_fields.library().Index.open(str(place))
    if index.schema != keyword_fields.schema(analyzers):
        raise ValueError("it has other fields than ours")
    keyword_fields.register(index, analyzers)
    index.config_reader(reload_policy="manual", num_warmers=0)
    index.reload()
    return index


class Keywords:
    """The opened keyword indexes of a pool. Searching is safe from many threads."""

    def __init__(self, name: str, indexes: tuple[LanguageIndex, ...], size: int, place: object) -> None:
        self._name = name
        self._place = place  # the folder goes when nobody searches any more
        self._size = size
        self.indexes = indexes

    def __len__(self) -> int:
        return self._size

    def search(
        self, question: str, k: int, allowed: Mask | None = None, among: Statistics | None = None
    ) -> list[tuple[float, int]]:
        """The best ``k`` (BM25 score, position) among the ``allowed`` (n,) that share a word with the question.

        Scores of several pools may be compared when they were asked with the statistics ``among`` all of them.

        Raises:
            IndexArtifactError: ``index-damaged``, for files that only now turn out not to be ours.
        """
        among = among or statistics([self], question)
        hits = [hit for index in self.indexes for hit in index.search(among.weighted(index), k, allowed)]
        self._refuse_foreign(hits)
        return sorted(hits, key=lambda hit: (-hit[0], hit[1]))[:k]

    def exact(self, allowed: Mask | None, among: Statistics) -> dict[int, float]:
        """Position -> how much of the question is a rare name, code or number that the record has, from 0 to 1 (``exact_terms``).

        Raises:
            IndexArtifactError: ``index-damaged``.
        """
        rows_by_word: dict[int, list[int]] = {}
        for number in exact_terms.numbers(among):
            for index in self.indexes:
                terms = [term for term in among.terms[index] if term.word == number]
                hits = index.search([(term, 1.0) for term in terms], exact_terms.MOST, allowed)
                self._refuse_foreign(hits)
                rows_by_word.setdefault(number, []).extend(row for _, row in hits)
        return exact_terms.shares(rows_by_word, among)

    def _refuse_foreign(self, hits: Sequence[tuple[float, int]]) -> None:
        with readable(self._name):
            if any(row >= self._size for _, row in hits):
                raise ValueError("it names records that are not there")


def statistics(indexes: Sequence[Keywords], question: str) -> Statistics:
    """The statistics of the question among all these indexes."""
    return word_repair.repaired(
        question_words.read(question), [part for index in indexes for part in index.indexes]
    )
