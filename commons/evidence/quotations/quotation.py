"""Quotation: whether words that somebody cites stand in a record, word for word; and where they do not, what was changed.

    match = quotation.compare("Aspirin does reduce fever", "Aspirin does not reduce fever.")
    match.verdict                              near
    match.differences[0].words()               “not” is missing.
    match.passage                              Aspirin does not reduce fever

Rules:
1. ``exact`` means the same words in the same order, whole at both ends: a quotation cut within a word or a number is not. What differs
   beside the words, letter case, quotation marks, dashes, blanks, line ends, ligatures and the like, is named in ``typography``; where
   nothing does, the quotation is the record's own writing. Commas and their kin are typography too, the end of a sentence is not.
2. ``near`` means that most of its words stand at one place, or that it was put together of two places;
   ``differences`` are all that was changed. Words in another order are near or not found. Words in square brackets are the writer's
   own: near, and marked.
3. An ellipsis in the quotation may stand for any words; its parts must stand in this order. ``omissions`` says what was left out.
4. A script without blanks has no ends of words that could be seen, so there a quotation may begin and end at any character.
5. ``short``: fewer than ``FEW_WORDS`` words stand in too many records to prove anything.

What it cannot see: a quotation that is right and misleads, because the sentence before it says "It is false that".

Why no library: likeness in characters (difflib, rapidfuzz) calls "15 percent" and "50 percent" almost the same, and what is asked here is
which words differ. ``scripts/bench/citations.md`` has both beside this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from commons.errors import UsageError
from commons.evidence.quotations import quote_differences, quoted_words, rendering_marks, typography
from commons.evidence.quotations.alignment import AlignmentStep
from commons.evidence.quotations.quote_differences import QuoteDifference, Weight
from commons.evidence.quotations.quote_match import QuoteMatch, QuoteVerdict
from commons.evidence.quotations.quote_placement import Placement, PlaceSearch, QuotePart, says_something
from commons.evidence.quotations.quoted_words import QuotedWord, WordKind
from commons.evidence.quotations.typography import Typography
from commons.records.schema import MAX_TEXT_BYTES

FEW_WORDS = 4
_MOST_INEXACT_PARTS = 8  # each of them costs as much as a whole quotation


def compare(quote: str, text: str, title: str | None = None, *, lang: str = "") -> QuoteMatch:
    """Where and how a quotation stands in a text, or in its title where it stands there better.

    Args:
        lang: the primary subtag of the text's language, to know its negations; empty: those of all languages.

    Raises:
        UsageError: there is no word in it (``quote-empty``), or it is longer than any text (``quote-too-long``).
    """
    refuse_uncomparable(quote)
    match = _compared(quote, text, title, lang)
    if match.verdict is QuoteVerdict.EXACT:
        return match
    plain = rendering_marks.without(quote, text)
    if plain == quote or not any(map(says_something, quoted_words.words_of(plain))):
        return match
    bare = _compared(plain, text, title, lang)
    if _worth(bare) >= _worth(match):
        return match
    return replace(bare, typography=(*bare.typography, Typography.MARKS))


def _worth(match: QuoteMatch) -> tuple[int, int]:
    """Less is nearer."""
    return list(QuoteVerdict).index(match.verdict), len(match.differences)


def _compared(quote: str, text: str, title: str | None, lang: str) -> QuoteMatch:
    in_text = _Comparison.of(quote, text, lang).match()
    if not title or in_text.verdict is QuoteVerdict.EXACT:
        return in_text
    in_title = _Comparison.of(quote, title, lang, in_title=True).match()
    order = list(QuoteVerdict)
    return in_title if order.index(in_title.verdict) < order.index(in_text.verdict) else in_text


def refuse_uncomparable(quote: str) -> None:
    """Raise UsageError for what no text can be compared with; see ``compare``."""
    size = len(quote.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        raise UsageError(
            f"The quotation has {size:,} bytes, and no record's text has more than {MAX_TEXT_BYTES:,}.",
            hint="Quote the passage that is meant.",
            code="quote-too-long",
        )
    if not any(map(says_something, quoted_words.words_of(quote))):
        raise UsageError(
            "There is no word in the quotation.", hint="Give the words to look for.", code="quote-empty"
        )


@dataclass(frozen=True)
class _Comparison:
    quote: str
    text: str
    lang: str
    in_title: bool
    search: PlaceSearch
    whole: QuotePart
    parts: Sequence[QuotePart]
    has_ellipses: bool  # the text, by itself

    @classmethod
    def of(cls, quote: str, text: str, lang: str, *, in_title: bool = False) -> _Comparison:
        # Where the quotation has no links, those of the text were rendered, and their addresses are not missing.
        words = quoted_words.words_of(text, link_targets="](" in quote)
        has_ellipses = any(map(_is_ellipsis, words))
        words = [word for word in words if not _is_ellipsis(word)]
        sought = quoted_words.words_of(quote)
        known, asked = {word.key for word in words}, {word.key for word in sought}
        words, sought = quoted_words.joined(text, words, asked), quoted_words.joined(quote, sought, known)
        signs: dict[str, str] = {}

        def row(listed: Sequence[QuotedWord]) -> str:
            # From the second plane on, where no character is a surrogate.
            return "".join(signs.setdefault(word.key, chr(0x10000 + len(signs))) for word in listed)

        groups = (list(group) for gap, group in groupby(sought, _is_ellipsis) if not gap)
        parts = [QuotePart(part, row(part)) for group in groups if (part := _trimmed(group))]
        whole = _trimmed([word for word in sought if not _is_ellipsis(word)])
        search = PlaceSearch(text, words, row(words))
        return cls(quote, text, lang, in_title, search, QuotePart(whole, row(whole)), parts, has_ellipses)

    @property
    def words(self) -> Sequence[QuotedWord]:
        """Those of the text."""
        return self.search.words

    def match(self) -> QuoteMatch:
        if whole := self.search.exact(self.whole):
            return self._match([whole])
        in_order = self._in_order() if len(self.parts) > 1 else []
        if in_order and all(placement.is_exact for placement in in_order):
            return self._match(in_order, elided=True)
        nearest = self.search.nearest(self.whole)
        # Where the text has ellipses, those of the quotation may be its own.
        if in_order and not (self.has_ellipses and nearest.is_near):
            return self._match(in_order, elided=True)
        return self._match([nearest])

    # Places

    def _in_order(self) -> list[Placement]:
        """Of each part a place after the one before; where it stands before that, the parts changed their order.

        One that stands nowhere ends it, and so do too many that are only near.
        """
        placements: list[Placement] = []
        inexact = 0
        for part in self.parts:
            start = placements[-1].after if placements else 0
            place = self.search.exact(part, start) or self._elsewhere(self.search.exact(part))
            if place is None:
                inexact += 1
                place = self.search.nearest(part, start)
                if not place.is_near:
                    place = self._elsewhere(self.search.nearest(part)) or place
            placements.append(place)
            if not place.is_near or inexact > _MOST_INEXACT_PARTS:
                return [Placement(part, ())]
        return placements

    @staticmethod
    def _elsewhere(place: Placement | None) -> Placement | None:
        return place and Placement(place.part, place.steps, place.cut, reordered=True)

    # What is said of them

    def _match(self, placements: Sequence[Placement], *, elided: bool = False) -> QuoteMatch:
        short = max(placement.part.weight for placement in placements) < FEW_WORDS
        if not all(placement.is_near for placement in placements):
            return QuoteMatch(QuoteVerdict.NOT_FOUND, in_title=self.in_title, elided=elided, short=short)
        differences = [each for placement in placements for each in self._differences(placement)]
        exact = not differences and not any(placement.reordered for placement in placements)
        start, end = self._span(placements)
        names = {name for placement in placements for name in self._typography(placement)}
        return QuoteMatch(
            QuoteVerdict.EXACT if exact else QuoteVerdict.NEAR,
            start,
            end,
            self.text[start:end],
            self.in_title,
            tuple(name for name in Typography if name in names),
            tuple(differences),
            tuple(self._omissions(placements)) if elided else (),
            elided,
            any(placement.reordered for placement in placements) or _only_moved(differences),
            short,
        )

    def _span(self, placements: Sequence[Placement]) -> tuple[int, int]:
        """From the first word to the last, with the punctuation around them that the quotation has as well."""
        start = self.words[min(placement.first for placement in placements)].start
        end = max(self.words[placement.after - 1].end for placement in placements)
        before = self.quote[: self.parts[0].words[0].start].lstrip()
        behind = self.quote[self.parts[-1].words[-1].end :].rstrip()
        while before and start and self.text[start - 1] == before[-1]:
            start, before = start - 1, before[:-1]
        while behind and self.text[end : end + 1] == behind[0]:
            end, behind = end + 1, behind[1:]
        return start, end

    def _differences(self, placement: Placement) -> Iterator[QuoteDifference]:
        sought, row = 0, placement.first  # one after the last of either side so far
        for kind, group in groupby(enumerate(placement.steps), lambda step: _kind(placement, *step)):
            steps = [step for _, step in group]
            here = [step.sought for step in steps if step.sought is not None]
            there = [step.row for step in steps if step.row is not None]
            first, first_row = (here or [sought])[0], (there or [row])[0]
            sought, row = (here or [sought - 1])[-1] + 1, (there or [row - 1])[-1] + 1
            if kind != _SAME:
                yield quote_differences.difference(
                    (self.text, self.words, first_row, row),
                    (self.quote, placement.part.words, first, sought),
                    self.lang,
                    cut=kind == _CUT,
                )

    def _omissions(self, placements: Sequence[Placement]) -> Iterator[QuoteDifference]:
        for left, right in pairwise(placements):
            if left.after >= right.first:
                continue
            left_out = self.words[left.after : right.first]
            one_sentence = all(word.kind is not WordKind.END for word in left_out)
            denies = one_sentence and quote_differences.denies(left_out, self.lang)
            omission = quote_differences.difference(
                (self.text, self.words, left.after, right.first),
                (self.quote, right.part.words, 0, 0),
                self.lang,
            )
            yield replace(omission, serious=(Weight.NEGATION,) if denies else ())

    def _typography(self, placement: Placement) -> Iterator[Typography]:
        words = placement.part.words
        before: AlignmentStep | None = None
        for step in placement.steps:
            if not step.same or step.sought is None or step.row is None:
                before = None
                continue
            here, there = words[step.sought], self.words[step.row]
            yield from typography.of_word(
                self.text[there.start : there.end], self.quote[here.start : here.end]
            )
            if before and before.sought is not None and before.row == step.row - 1:
                yield from typography.of_gap(
                    self.text[self.words[step.row - 1].end : there.start],
                    self.quote[words[step.sought - 1].end : here.start],
                )
            before = step


_SAME, _CHANGED, _CUT = range(3)


def _is_ellipsis(word: QuotedWord) -> bool:
    return word.kind is WordKind.ELLIPSIS


def _trimmed(words: Sequence[QuotedWord]) -> Sequence[QuotedWord]:
    """Without the ends of sentences before and after; a quotation may begin and end anywhere."""
    telling = [number for number, word in enumerate(words) if says_something(word)]
    return words[telling[0] : telling[-1] + 1] if telling else []


def _kind(placement: Placement, number: int, step: AlignmentStep) -> int:
    if step.same:
        return _SAME
    return _CUT if number in placement.cut else _CHANGED


def _only_moved(differences: Sequence[QuoteDifference]) -> bool:
    """Whether the words of all differences are the same on either side."""
    sides = (
        "".join(f"{side} " for side in texts)
        for texts in zip(*((d.record, d.quotation) for d in differences), strict=True)
    )
    keys = [sorted(word.key for word in quoted_words.words_of(side)) for side in sides]
    return bool(keys) and bool(keys[0]) and keys[0] == keys[1]
