"""The probe: what each leg is worth in a language, found without a single question that somebody wrote.

    samples = probe.samples(materials, {"hi", "de"})            of each language some records with their vectors
    made = probe.questions(samples["hi"])                       questions made of them, and the records without what was asked
    judged = probe.judge(samples["hi"], made, question_vectors, rest_vectors)

Six words of a sentence are the question, and the sentence is taken out of its record: what is left has to be found among the others of its
language by what it still says of the same thing. First sentences and titles would lean to meaning, because records are written to begin
with what they are about; whole sentences left in place would make every question a quotation. A record of one sentence is asked with half
of its words, and keeps them. On XQuAD in seven languages and on SciFact the weight that is chosen so lies within 0.01 nDCG@10 of the best
that their own questions would choose (``scripts/bench/languages.md``).

Nothing is drawn at random: which records, which sentence and which words follow from hashes of ids, so that the same data always give the
same questions, and most of them stay when a language grows.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from commons.arrays import Vectors
from commons.embedding.embedder import passage
from commons.index import fusion, keywords, retrieval
from commons.index.build import keyword_segments
from commons.index.build.assembly import Materials, Member
from commons.index.build.keyword_segments import Run
from commons.index.fusion import Candidates, JudgedQuestion
from commons.index.keyword_fields import Text
from commons.index.keywords import Keywords
from commons.layout import ShardPath
from commons.records.languages import UNSPACED_LANGUAGES, primary_subtag
from commons.records.sentences import sentences

MAX_QUESTIONS = 200  # of a language
FEWEST_QUESTIONS = 20  # with fewer, chance would choose
SAMPLE_RECORDS = 1000  # of a language, among which each is to be found; 1.5 MB of vectors at 384 dimensions
_WORDS = 6
_CHARACTERS = 12  # of a language that is written without blanks: about as much
_MARKS = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True)
class Sample:
    """Some records of one language, those with the least ids, and their vectors (n, d)."""

    language: str
    ids: tuple[str, ...]
    texts: tuple[Text, ...]
    vectors: Vectors


@dataclass(frozen=True)
class _Place:
    """Where a record of a sample stands."""

    id: str
    pool: Materials
    member: Member
    row: int


@dataclass(frozen=True)
class ProbeQuestion:
    """A question made of the record at ``number`` of a sample, and what of that record is left to be found."""

    number: int
    question: str
    rest: Text

    @property
    def passage(self) -> str:
        """What of the rest is embedded."""
        return passage(self.rest.title, self.rest.text)


def samples(materials: Iterable[Materials], languages: Collection[str]) -> dict[str, Sample]:
    """A sample of each of these languages, over all pools; a shard is read once for the choice and again for what was chosen in it."""
    chosen: dict[str, list[_Place]] = {name: [] for name in languages}
    for pool in materials:
        for member in pool.members:
            _choose(pool, member, chosen)
    by_shard: dict[ShardPath, list[tuple[str, _Place]]] = {}
    for name, places in chosen.items():
        for place in places:
            by_shard.setdefault(place.member.shard, []).append((name, place))
    gathered: dict[str, list[tuple[str, Text, Vectors]]] = {name: [] for name in languages}
    for here in by_shard.values():
        pool, member = here[0][1].pool, here[0][1].member
        block, texts = pool.block(member), pool.texts_of(member, [place.row for _, place in here])
        for (name, place), text in zip(here, texts, strict=True):
            gathered[name].append((place.id, text, block[place.row].copy()))
    return {
        name: _sample(name, sorted(rows, key=lambda row: row[0])) for name, rows in gathered.items() if rows
    }


def _sample(language: str, rows: Sequence[tuple[str, Text, Vectors]]) -> Sample:
    ids, texts, vectors = zip(*rows, strict=True)
    return Sample(language, ids, texts, np.stack(vectors))


def questions(sample: Sample) -> list[ProbeQuestion]:
    """At most ``MAX_QUESTIONS``, of those records that have enough to ask with; none where too few have."""
    made: list[ProbeQuestion] = []
    for number, (record_id, text) in enumerate(zip(sample.ids, sample.texts, strict=True)):
        if len(made) == MAX_QUESTIONS:
            break
        if asked := _question(record_id, text):
            made.append(ProbeQuestion(number, *asked))
    return made if len(made) >= FEWEST_QUESTIONS else []


def judge(
    sample: Sample, made: Sequence[ProbeQuestion], question_vectors: Vectors, rest_vectors: Vectors
) -> list[JudgedQuestion]:
    """What both legs find for each question among the records of the sample, every vector compared."""
    texts, vectors = list(sample.texts), sample.vectors.copy()
    for each, vector in zip(made, rest_vectors, strict=True):
        texts[each.number], vectors[each.number] = each.rest, vector
    depth = min(fusion.DEPTH, len(texts))
    _, rows = retrieval.nearest(iter([vectors]), question_vectors, depth)
    with _words(texts) as words:
        return [
            JudgedQuestion(
                _candidates(sample, vectors @ vector, near, words, each.question),
                frozenset([sample.ids[each.number]]),
                sample.language,
            )
            for each, vector, near in zip(made, question_vectors, rows.tolist(), strict=True)
        ]


@contextmanager
def _words(texts: Sequence[Text]) -> Iterator[Keywords]:
    """The keyword index of these texts alone, as long as somebody asks it."""
    with tempfile.TemporaryDirectory(prefix="commons-probe-", ignore_cleanup_errors=True) as place:
        run = Run(primary_subtag(texts[0].lang), "probe", lambda: enumerate(texts))
        files = keyword_segments.build(Path(place) / "words", [run])
        yield keywords.open_index(Path(place), [f"words/{name}" for name in files], size=len(texts))


def _candidates(
    sample: Sample, cosines: Vectors, near: Sequence[int], words: Keywords, question: str
) -> Candidates:
    """As ``retrieval.candidates`` makes them of a pool; ``cosines`` are those of all records of the sample."""
    among = keywords.statistics([words], question)
    by_words = {row: score for score, row in words.search(question, fusion.DEPTH, among=among)}
    exact = words.exact(None, among)
    numbers = sorted({*near, *by_words, *exact})
    best = max(by_words.values(), default=0.0) or 1.0
    return Candidates(
        tuple(sample.ids[number] for number in numbers),
        cosines[numbers],
        np.array([by_words.get(number, 0.0) / best for number in numbers], np.float32),
        np.array([exact.get(number, 0.0) for number in numbers], np.float32),
        (sample.language,) * len(numbers),
    )


def _question(record_id: str, text: Text) -> tuple[str, Text] | None:
    """What is asked, and what is left of the record; None where no sentence of it is long enough to ask with."""
    pieces = sentences(text.text)
    long_enough = [piece for piece in pieces if len(_units(piece, text.lang)) >= _least(text.lang)]
    if not long_enough:
        return None
    piece = _by_hash(record_id, long_enough)[0]
    units = _units(piece, text.lang)
    if len(pieces) == 1:
        return _asked_with(record_id, units, len(units) // 2, text.lang), text
    rest = Text(text.title, text.text.replace(piece, " ", 1).strip(), text.lang)
    return _asked_with(record_id, units, _least(text.lang), text.lang), rest


def _units(piece: str, lang: str) -> list[str]:
    """What a question is made of: words without the marks around them, or characters where no blanks are written."""
    if primary_subtag(lang) in UNSPACED_LANGUAGES:
        return [character for character in piece if character.isalnum() or unicodedata.combining(character)]
    return [word for part in piece.split() if (word := _MARKS.sub("", part))]


def _least(lang: str) -> int:
    return _CHARACTERS if primary_subtag(lang) in UNSPACED_LANGUAGES else _WORDS


def _asked_with(record_id: str, units: Sequence[str], count: int, lang: str) -> str:
    """So many of the units: any words in their order, or a run of characters."""
    if primary_subtag(lang) in UNSPACED_LANGUAGES:
        start = _by_hash(record_id, range(len(units) - count + 1))[0]
        return "".join(units[start : start + count])
    chosen = sorted(_by_hash(record_id, range(len(units)))[:count])
    return " ".join(units[number] for number in chosen)


_Item = TypeVar("_Item")


def _by_hash(record_id: str, items: Sequence[_Item]) -> list[_Item]:
    """The items in an order that nobody chose and that is always the same."""
    numbers = sorted(range(len(items)), key=lambda n: hashlib.sha256(f"{record_id} {n}".encode()).digest())
    return [items[number] for number in numbers]


def _choose(pool: Materials, member: Member, chosen: dict[str, list[_Place]]) -> None:
    """Add the member's rows to those with the least ids of each language."""
    table = pool.columns_of(member, ["id", "lang"])
    for row, (record_id, tag) in enumerate(
        zip(table["id"].to_pylist(), table["lang"].to_pylist(), strict=True)
    ):
        if (places := chosen.get(primary_subtag(tag))) is not None:
            places.append(_Place(record_id, pool, member, row))
    for places in chosen.values():
        if len(places) > SAMPLE_RECORDS:
            places.sort(key=lambda place: place.id)
            del places[SAMPLE_RECORDS:]
