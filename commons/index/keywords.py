"""Searching the keyword index of a pool: BM25 over title and text, by tantivy.

A question is asked of the fields of all languages (``keyword_fields``). A word counts by how rare it is in all fields of all pools together
(``Statistics``): by its own field alone, "of" would be a treasure in German.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.arrays import Mask
from commons.errors import IndexArtifactError
from commons.index import keyword_fields
from commons.index.keyword_fields import META, ROW

_UNREADABLE = (ValueError, KeyError, TypeError, OSError)
# A filter that keeps no more than this is asked as a set of rows; a wider one is met by fetching more.
_ROWS_IN_A_QUERY = 5_000


def open_index(folder: Path, paths: Sequence[str], *, size: int) -> Keywords:
    """The index whose files, checked by digest, lie at ``paths`` in ``folder``.

    Raises:
        IndexArtifactError: it cannot be read (``index-damaged``), or holds another number of records (``index-shape``).
    """
    tantivy = keyword_fields.library()
    name = str(Path(paths[0]).parent)
    # tantivy puts a lock file beside what it opens, now and then again, and an artifact may lie where nobody can write or nothing may be
    # added. So it is shown a folder of its own, with only the files the manifest names.
    place = tempfile.TemporaryDirectory(prefix="commons-keywords-", ignore_cleanup_errors=True)
    with _readable(name):
        for path in paths:
            (Path(place.name) / Path(path).name).symlink_to((folder / path).resolve())
        meta = json.loads((Path(place.name) / META).read_text())
        fields = [field["name"] for field in meta["schema"] if field["name"] != ROW]
        index = tantivy.Index.open(place.name)
        if index.schema != keyword_fields.schema(fields):
            raise ValueError("it has other fields than ours")
        keyword_fields.register(index, fields)
        index.config_reader(reload_policy="manual", num_warmers=0)
        index.reload()
        count = index.searcher().num_docs
    if count != size:
        raise IndexArtifactError(
            f"The keyword index {name} holds {count:,} records, not {size:,}.", code="index-shape"
        )
    return Keywords(name, index, {name: keyword_fields.analyzer(name) for name in fields}, size, place)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """What tantivy says of files no writer of ours left behind, in our words; a digest that fits does not make them ours."""
    try:
        yield
    except BaseException as error:
        # Where Rust would stop the process, the binding raises a class of its own that cannot be imported and is no Exception.
        if isinstance(error, _UNREADABLE) or type(error).__name__ == "PanicException":
            raise IndexArtifactError(
                f"The keyword index {name} cannot be read: {error}", code="index-damaged"
            ) from error
        raise


class Keywords:
    """An opened keyword index. Searching is safe from many threads."""

    def __init__(self, name: str, index: Any, analyzers: Mapping[str, Any], size: int, place: object) -> None:
        self._name = name
        self._place = place  # the folder goes when nobody searches any more
        self._index = index
        self._schema = index.schema
        self._analyzers = analyzers
        self._size = size

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
        tantivy = keyword_fields.library()
        words = list(self._words(question, among or statistics([self], question)))
        if not words or not self._size:
            return []
        query = tantivy.Query.boolean_query(words)
        if allowed is None:
            return self._hits(query, min(k, self._size))
        passing = int(allowed.sum())
        if not passing:
            return []
        if passing <= _ROWS_IN_A_QUERY:
            rows = tantivy.Query.term_set_query(self._schema, ROW, allowed.nonzero()[0].tolist())
            inside = tantivy.Query.const_score_query(rows, 0.0)
            both = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])
            return self._hits(both, min(k, passing))
        fetched = min(self._size, 2 * k * self._size // passing)
        while True:
            candidates = self._hits(query, fetched)
            hits = [hit for hit in candidates if allowed[hit[1]]]
            if len(hits) >= k or len(candidates) < fetched or fetched == self._size:
                return hits[:k]
            fetched = min(self._size, fetched * 4)

    def terms(self, question: str) -> Iterator[tuple[str, str, str, int]]:
        """(word, field, term, number of records with it) of every word of the question that occurs; each word is asked once."""
        searcher = self._index.searcher()
        for word, field, term in keyword_fields.terms(question, self._analyzers):
            with _readable(self._name):
                frequency = searcher.doc_freq(field, term)
            if frequency:
                yield word, field, term, frequency

    def _words(self, question: str, among: Statistics) -> Iterator[tuple[Any, Any]]:
        tantivy = keyword_fields.library()
        for word, field, term, frequency in self.terms(question):
            query = tantivy.Query.term_query(self._schema, field, term, index_option="freq")
            weight = among.weight(word) / _rarity(frequency, self._size)
            yield tantivy.Occur.Should, tantivy.Query.boost_query(query, weight)

    def _hits(self, query: Any, k: int) -> list[tuple[float, int]]:
        with _readable(self._name):
            searcher = self._index.searcher()
            scored = searcher.search(query, k, count=False).hits
            rows = searcher.fast_field_values(ROW, [address for _, address in scored]) if scored else []
            hits = [(float(score), int(row)) for (score, _), row in zip(scored, rows, strict=True)]
            if any(row >= self._size for _, row in hits):
                raise ValueError("it names records that are not there")
            return hits


@dataclass(frozen=True)
class Statistics:
    """In how many of how many records each word of a question occurs, in any field of any of the pools that are asked."""

    frequencies: Mapping[str, int]
    records: int

    def weight(self, word: str) -> float:
        return _rarity(min(self.frequencies[word], self.records), self.records)


def statistics(indexes: Sequence[Keywords], question: str) -> Statistics:
    """The statistics of the question among all these indexes."""
    frequencies: Counter[str] = Counter()
    for index in indexes:
        for word, _, _, frequency in index.terms(question):
            frequencies[word] += frequency
    return Statistics(frequencies, sum(map(len, indexes)))


def _rarity(frequency: int, records: int) -> float:
    """The inverse document frequency of BM25 as tantivy has it."""
    return math.log(1 + (records - frequency + 0.5) / (frequency + 0.5))
