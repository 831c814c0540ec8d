"""Passage choice: which of the records that a question led to make passages, and in which order they are given room.

    chosen = passage_choice.choose(hits, groups)
    chosen.hits                        best first, as far as these rules let them
    chosen.repeats                     how many were left out because others here say the same

Rules:
1. About the question is what scores at least ``LEAST_SHARE`` of the best; only that makes passages.
2. Of records with the same text, letter case and blanks apart, the first counts.
3. At most ``MOST_OF_A_GROUP`` of one group of near-duplicates, or of one group of translations.
4. Room is given in rounds: in each, every contributor has at most ``MOST_OF_A_ROUND``, best first. So two of a contributor stand before
   anybody's third, and the third is given room only after all that others have about the question. A commons that one person filled
   still fills a prompt, and who floods a subject with variants takes no place from others.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from commons.evidence.hit import Hit

LEAST_SHARE = 0.5  # of the best score
MOST_OF_A_GROUP = 2
MOST_OF_A_ROUND = 2
_END_MARKS = ".!。！।"


@dataclass(frozen=True)
class PassageGroups:
    """Of a record's id, the id that names its group: its own where it is alone in it."""

    near_duplicate: Callable[[str], str] = str
    translation: Callable[[str], str] = str


@dataclass(frozen=True)
class PassageChoice:
    hits: tuple[Hit, ...]
    repeats: int


def choose(hits: Sequence[Hit], groups: PassageGroups, person_of: Callable[[Hit], str]) -> PassageChoice:
    """``hits`` are best first; ``person_of``: who stands behind a record, by any name that tells persons apart."""
    best = max((hit.score for hit in hits), default=0.0)
    least = LEAST_SHARE * best if best > 0 else best
    about = [hit for hit in hits if hit.score >= least]
    different = list(_different(about, groups))
    return PassageChoice(tuple(_in_rounds(different, person_of)), len(about) - len(different))


def _different(hits: Iterable[Hit], groups: PassageGroups) -> Iterable[Hit]:
    seen: set[str] = set()
    sizes: Counter[tuple[str, str]] = Counter()
    for hit in hits:
        words, name = folded(hit.record.text), hit.record.id
        mine = [("near", groups.near_duplicate(name)), ("translation", groups.translation(name))]
        if words in seen or any(sizes[group] >= MOST_OF_A_GROUP for group in mine):
            continue
        seen.add(words)
        sizes.update(mine)
        yield hit


def _in_rounds(hits: Sequence[Hit], person_of: Callable[[Hit], str]) -> list[Hit]:
    """Stable: within a round they stay best first."""
    places: Counter[str] = Counter()
    rounds = []
    for hit in hits:
        person = person_of(hit)
        rounds.append(places[person] // MOST_OF_A_ROUND)
        places[person] += 1
    return [hit for _, hit in sorted(zip(rounds, hits, strict=True), key=lambda pair: pair[0])]


def folded(text: str) -> str:
    """The text without letter case, kinds of blanks and the mark at its end; any other sign may change what it says."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split()).rstrip(_END_MARKS)
