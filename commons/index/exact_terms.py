"""Exact things: how much of a question is a rare name, code or number that a record has as it is written.

Meaning is blind to them: to a model Ku70 is near to kumquat. So the words of a question that look like one (letters with digits, inner
capitals, a number, C++), or that are all of it, count by themselves where few records have them. A record's share is the part of the
question, by rarity, that such words of it cover: 1 for ``Ku70`` asked alone, little for a code in a long claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commons.index.question_words import QuestionWord
from commons.index.word_statistics import Statistics

# In how many records a word may be and still name something: every hundredth, within these bounds; beyond the candidates of a search it
# would depend on chance which of them count.
_LEAST, MOST, _SHARE = 3, 100, 0.01


def numbers(among: Statistics) -> list[int]:
    """The words that count, by their number in the question."""
    most = max(_LEAST, min(MOST, int(among.records * _SHARE)))
    frequencies = [among.frequency(number) for number in range(len(among.words))]
    written = frozenset(word.key for word in among.words if _counts(word))
    # The 36 of a known "type 36" means nothing by itself.
    joined = {
        key
        for word, frequency in zip(among.words, frequencies, strict=True)
        if frequency and word.is_made and word.is_code
        for key in word.covers
    }
    return [
        number
        for number, (word, frequency) in enumerate(zip(among.words, frequencies, strict=True))
        if (word.is_code or written <= word.covers)
        and word.key not in joined
        and not word.is_repair
        and 0 < frequency <= most
    ]


def shares(rows_by_word: Mapping[int, Iterable[int]], among: Statistics) -> dict[int, float]:
    """Row -> share of the question, above 0 to 1, from the rows that have each of the words that count."""
    weights = {word.key: among.rarity_at_home(n) for n, word in enumerate(among.words) if _counts(word)}
    covered: dict[int, set[str]] = {}
    for number, rows in rows_by_word.items():
        for row in rows:
            covered.setdefault(row, set()).update(among.words[number].covers)
    whole = sum(weights.values())
    return (
        {row: sum(weights[key] for key in keys & weights.keys()) / whole for row, keys in covered.items()}
        if whole
        else {}
    )


def _counts(word: QuestionWord) -> bool:
    return not word.is_made and not (word.is_run and not word.is_pair)
