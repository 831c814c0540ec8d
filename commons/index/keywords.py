"""The keyword index of a pool: BM25 over title and text, by tantivy.

Each language has a field of its own with its own stemmer; languages that are written without blanks are cut into pairs of characters;
all others share a field of plain words. A question is asked of every field, because nobody says in which language they ask. A word then
counts by how rare it is in all fields of all pools together (``Statistics``): by its own field alone, "of" would be a treasure in German.

The records stand in segments, one a run of shards, so that a landing makes the last segment anew and leaves the others as they are. The
files are a pure function of the runs in order: one writing thread, and names that follow from the content in place of the random ones
tantivy gives. So ``verify`` can build them again and compare bytes, as it does with FAISS.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import IndexArtifactError, MissingExtraError
from commons.files import flush
from commons.index.parts import Parts, key_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

# The Snowball stemmers tantivy carries, by the primary subtag of the language.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german", "el": "greek",
    "hu": "hungarian", "it": "italian", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_WITHOUT_BLANKS = frozenset(("zh", "ja", "th", "lo", "my", "km", "yue", "wuu", "bo"))
_PLAIN, _PAIRS = "words", "pairs"
_LONGEST_WORD = 60  # bytes; what is longer is no word anybody asks for
_ROW = "row"
_FORM = 1  # raised when the same texts are indexed in another way, so that segments of before are not taken for ours
# Enough for any run of texts in one segment; only what is used is taken.
_HEAP_BYTES = 1_000_000_000
_META = "meta.json"
_SYSTEM_ERROR = re.compile(
    r"(?:os error|Os { code:) (\d+)"
)  # the two ways Rust says what the operating system refused
_KILLED = "index writer was killed"  # how tantivy says it to whoever comes after
_LEAST_FREE_BYTES = 1_048_576
_UNREADABLE = (ValueError, KeyError, TypeError, OSError)
# A filter that keeps no more than this is asked as a set of rows; a wider one is met by fetching more.
_ROWS_IN_A_QUERY = 5_000


@dataclass(frozen=True)
class Text:
    """A record as the keyword index sees it."""

    title: str | None
    text: str
    lang: str

    @property
    def words(self) -> str:
        """What is indexed of it."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def has_words(text: Text) -> bool:
    """Whether anything of it can be found by words; an emoji alone cannot."""
    return any(_terms(text.words, {field: _analyzer(field) for field in _fields_of(text.lang)}))


@dataclass(frozen=True)
class Run:
    """Records in index order that become one segment: the position of the ``first``, and a ``key`` that names all of them."""

    first: int
    key: str
    texts: Callable[[], Iterable[Text]]


def build(
    folder: Path, runs: Iterable[Run], languages: Iterable[str], parts: Parts | None = None
) -> list[str]:
    """Write the index of these runs into ``folder``, which is made anew; the names of its files.

    ``languages`` are the tags that occur, which must be known before the first text is read. Segments that are among ``parts`` are not
    made again.

    Raises:
        IndexArtifactError: a run came out in more than one segment (``keywords-too-large``).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fields = sorted({field for tag in languages for field in _fields_of(tag)})
    metas = []
    for run in runs:
        key = key_of("keywords", _FORM, version(), fields, run.first, run.key)
        # Not in the folder itself: tantivy's threads may put a lock file there once more when everything seems done.
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=".words-", ignore_cleanup_errors=True
        ) as bench:
            segment = (parts and parts.take(key, Path(bench))) or _segment(Path(bench), run, fields)
            if parts:
                parts.keep(key, segment.values())
            metas.append(json.loads(segment.pop(_META).read_text()))
            for name, path in segment.items():
                path.rename(folder / name)
    (folder / _META).write_text(json.dumps(_joined(metas), indent=1))
    flush(folder / _META)
    return sorted(path.name for path in folder.iterdir())


def _segment(bench: Path, run: Run, fields: Sequence[str]) -> dict[str, Path]:
    """name -> file of one run's segment, under a name that follows from its content, and what describes it."""
    try:
        _write(bench, run, fields)
    except ValueError as error:
        raise _of_the_system(error, bench) from error
    meta = json.loads((bench / _META).read_text())
    segments = meta["segments"]
    if len(segments) > 1:
        raise IndexArtifactError(
            f"The keyword index came out in {len(segments)} segments where one was expected.",
            hint="Its texts are too long for the memory of the writer; land them in smaller contributions.",
            code="keywords-too-large",
        )
    files = {}
    for segment in segments:
        old = sorted(bench.glob(f"{segment['segment_id'].replace('-', '')}.*"))
        content = hashlib.sha256()
        for path in old:
            content.update(path.suffix.encode() + path.read_bytes())
        name = content.hexdigest()[:32]
        segment["segment_id"] = str(uuid.UUID(name))
        files = {name + path.suffix: path.rename(bench / (name + path.suffix)) for path in old}
        for path in files.values():
            flush(path)
    (bench / _META).write_text(json.dumps(meta))
    return {**files, _META: bench / _META}


def _of_the_system(error: ValueError, bench: Path) -> OSError | ValueError:
    """What the operating system refused tantivy, for example because the disk is full; ``error`` itself when that was not it."""
    if refused := _SYSTEM_ERROR.search(str(error)):
        number = int(refused[1])
    elif _KILLED in str(error):  # the thread that met it is gone and did not say
        number = errno.ENOSPC if shutil.disk_usage(bench).free < _LEAST_FREE_BYTES else errno.EIO
    else:
        return error
    return OSError(number, os.strerror(number), str(bench))


def _write(folder: Path, run: Run, fields: Sequence[str]) -> None:
    tantivy = _tantivy()
    index = tantivy.Index(_schema(fields), path=str(folder))
    _register(index, fields)
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for row, text in enumerate(run.texts(), start=run.first):
        document = tantivy.Document()
        for field in _fields_of(text.lang):
            document.add_text(field, text.words)
        document.add_unsigned(_ROW, row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _schema(fields: Iterable[str]) -> Any:
    builder = _tantivy().SchemaBuilder()
    for name in fields:
        builder.add_text_field(name, tokenizer_name=name, index_option="freq")
    builder.add_unsigned_field(_ROW, indexed=True, fast=True)
    return builder.build()


def _joined(metas: Sequence[Any]) -> Any:
    """The description of an index that has the segments of all of these."""
    segments = [segment for meta in metas for segment in meta["segments"]]
    return {**metas[0], "segments": segments, "opstamp": sum(meta["opstamp"] for meta in metas)}


def open_index(folder: Path, paths: Sequence[str], *, size: int) -> Keywords:
    """The index whose files, checked by digest, lie at ``paths`` in ``folder``.

    Raises:
        IndexArtifactError: it cannot be read (``index-damaged``), or holds another number of records (``index-shape``).
    """
    tantivy = _tantivy()
    name = str(Path(paths[0]).parent)
    # tantivy puts a lock file beside what it opens, now and then again, and an artifact may lie where nobody can write or nothing may be
    # added. So it is shown a folder of its own, with only the files the manifest names.
    place = tempfile.TemporaryDirectory(prefix="commons-keywords-", ignore_cleanup_errors=True)
    with _readable(name):
        for path in paths:
            (Path(place.name) / Path(path).name).symlink_to((folder / path).resolve())
        meta = json.loads((Path(place.name) / _META).read_text())
        fields = [one["name"] for one in meta["schema"] if one["name"] != _ROW]
        index = tantivy.Index.open(place.name)
        if index.schema != _schema(fields):
            raise ValueError("it has other fields than ours")
        _register(index, fields)
        index.config_reader(reload_policy="manual", num_warmers=0)
        index.reload()
        found = index.searcher().num_docs
    if found != size:
        raise IndexArtifactError(
            f"The keyword index {name} holds {found:,} records, not {size:,}.", code="index-shape"
        )
    return Keywords(name, index, {name: _analyzer(name) for name in fields}, size, place)


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
        tantivy = _tantivy()
        words = list(self._words(question, among or statistics([self], question)))
        if not words or not self._size:
            return []
        query = tantivy.Query.boolean_query(words)
        if allowed is None:
            return self._hits(query, min(k, self._size))
        kept = int(allowed.sum())
        if not kept:
            return []
        if kept <= _ROWS_IN_A_QUERY:
            rows = tantivy.Query.term_set_query(self._schema, _ROW, allowed.nonzero()[0].tolist())
            inside = tantivy.Query.const_score_query(rows, 0.0)
            both = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])
            return self._hits(both, min(k, kept))
        fetched = min(self._size, 2 * k * self._size // kept)
        while True:
            found = self._hits(query, fetched)
            hits = [hit for hit in found if allowed[hit[1]]]
            if len(hits) >= k or len(found) < fetched or fetched == self._size:
                return hits[:k]
            fetched = min(self._size, fetched * 4)

    def terms(self, question: str) -> Iterator[tuple[str, str, str, int]]:
        """(word, field, term, number of records with it) of every word of the question that occurs; each word is asked once."""
        searcher = self._index.searcher()
        for word, field, term in _terms(question, self._analyzers):
            if frequency := searcher.doc_freq(field, term):
                yield word, field, term, frequency

    def _words(self, question: str, among: Statistics) -> Iterator[tuple[Any, Any]]:
        tantivy = _tantivy()
        for word, field, term, frequency in self.terms(question):
            query = tantivy.Query.term_query(self._schema, field, term, index_option="freq")
            weight = among.weight(word) / _rarity(frequency, self._size)
            yield tantivy.Occur.Should, tantivy.Query.boost_query(query, weight)

    def _hits(self, query: Any, k: int) -> list[tuple[float, int]]:
        with _readable(self._name):
            searcher = self._index.searcher()
            found = searcher.search(query, k, count=False).hits
            rows = searcher.fast_field_values(_ROW, [address for _, address in found]) if found else []
            hits = [(float(score), int(row)) for (score, _), row in zip(found, rows, strict=True)]
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


def _terms(question: str, analyzers: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(word, field, term) for every field, each term once; what is said of a word in one field is said of it in all."""
    seen: set[tuple[str, str]] = set()
    for word in _plain_words().analyze(question):
        for field, analyzer in analyzers.items():
            for term in analyzer.analyze(word):
                if field == _PAIRS and any(character.isascii() for character in term):
                    continue  # Latin words between signs without blanks stand in the field of words
                if (field, term) not in seen:
                    seen.add((field, term))
                    yield (term if field == _PAIRS else word.lower()), field, term


def _rarity(frequency: int, records: int) -> float:
    """The inverse document frequency of BM25 as tantivy has it."""
    return math.log(1 + (records - frequency + 0.5) / (frequency + 0.5))


@functools.cache  # asked for every record
def _fields_of(tag: str) -> tuple[str, ...]:
    primary = tag.split("-", maxsplit=1)[0].lower()
    if primary in _WITHOUT_BLANKS:
        return (_PAIRS, _PLAIN)
    return (primary,) if primary in _STEMMERS else (_PLAIN,)


def _register(index: Any, fields: Iterable[str]) -> None:
    for name in fields:
        index.register_tokenizer(name, _analyzer(name))


def _analyzer(field: str) -> Any:
    tantivy = _tantivy()
    filters, tokenizers = tantivy.Filter, tantivy.Tokenizer
    if field == _PAIRS:
        return tantivy.TextAnalyzerBuilder(tokenizers.ngram(2, 2, False)).filter(filters.lowercase()).build()
    words = tantivy.TextAnalyzerBuilder(tokenizers.simple())
    words = words.filter(filters.remove_long(_LONGEST_WORD)).filter(filters.lowercase())
    if field in _STEMMERS:
        words = words.filter(filters.stemmer(_STEMMERS[field]))
    return words.build()


@cache
def _plain_words() -> Any:
    """Words as they are written: each field makes of them what it made of its texts."""
    tantivy = _tantivy()
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).build()


def version() -> str:
    return str(_tantivy().__version__)


def _tantivy() -> Any:
    try:
        import tantivy
    except ImportError as error:
        raise MissingExtraError("tantivy", "index") from error
    return tantivy
