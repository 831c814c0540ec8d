"""Context: passages for a prompt, packed to a budget of tokens, with all that it takes to cite them.

    context = context.assemble(library, "What causes glaucoma?", tokens=1500)
    context.text                      to paste into a prompt as it is
    context.packet.passages           the same as data, context.packet.hash names it
    context.to_json()

Which records make passages, and how much of each, is said in ``evidence.passage_choice`` and ``evidence.context_packing``; how the text
stays data in ``evidence.context_text``. Where nothing here answers (band ``not_known``), the context says so and holds no passage: the
nearest records, which a search shows to a person, would be taken for an answer in a prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from commons import digests
from commons.errors import UsageError
from commons.evidence import context_text, permalink, results, terms
from commons.evidence import tokens as token_counters
from commons.evidence.answerability import Band
from commons.evidence.citation import citation
from commons.evidence.context_packet import ContextPacket, Passage
from commons.evidence.context_packing import ContextPacking, Packed, PackedPassage
from commons.evidence.context_text import ContextHead, Layout
from commons.evidence.harmless_text import MARK_BYTES, drawn_mark, visible, visible_line
from commons.evidence.hit import Hit
from commons.evidence.packet import Status
from commons.evidence.passage_choice import PassageChoice, PassageGroups, choose
from commons.evidence.passage_windows import PieceWords, Span, WordsOf
from commons.evidence.tokens import TokenCounter
from commons.index import answers, word_coverage
from commons.index.answers import MAX_HITS, Answer
from commons.index.library import Library
from commons.records import identity
from commons.records.catalogue import Filters

DEFAULT_TOKENS = 1500
NOTHING_KNOWN = "Nothing here answers this question."
MAX_TOKENS = 1_000_000
_NOTHING = Span(0, 0)
_STAND_IN = "0" * (2 * MARK_BYTES)  # as long as a mark; what is chosen must not depend on what is drawn


@dataclass(frozen=True)
class Context:
    """``text`` is never longer than the budget; the mark in it is drawn anew for every call, all else is the packet's."""

    packet: ContextPacket
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def passages(self) -> tuple[Passage, ...]:
        return self.packet.passages

    @property
    def hash(self) -> str:
        return self.packet.hash

    def to_json(self) -> dict[str, Any]:
        return self.packet.to_json()


def assemble(
    library: Library,
    question: str,
    *,
    tokens: int = DEFAULT_TOKENS,
    filters: Filters = Filters(),
    count_tokens: Callable[[str], int] | None = None,
    include_replaced: bool = False,
) -> Context:
    """The passages that fit the question best, as many as the budget holds; the same call at the same revision gives the same ones.

    Args:
        tokens: the budget of the whole text, attribution included.
        count_tokens: the tokenizer of who will read it; else UTF-8 bytes by three, rounded up.
        include_replaced: after a record also what it replaced, if there is room.

    Raises:
        UsageError: a budget that holds nothing (``budget-too-small``, which says the least), and what ``index.answers.find`` refuses.
        CommonsError: the question is an id and nothing else, of a row that is not here (``record-missing``).
    """
    if tokens < 1:
        raise UsageError(f"A budget of {tokens:,} tokens holds nothing.", code="budget-too-small")
    if tokens > MAX_TOKENS:
        raise UsageError(f"A budget may have {MAX_TOKENS:,} tokens, not {tokens:,}.")
    answer = answers.find(library, question, k=MAX_HITS, filters=filters, include_replaced=include_replaced)
    return _Assembly(library, answer, filters, tokens, token_counters.counter(count_tokens)).context()


@dataclass(frozen=True)
class _Assembly:
    library: Library
    answer: Answer
    filters: Filters
    tokens: int
    counter: TokenCounter

    def context(self) -> Context:
        layout = Layout.FULL
        packed: Packed = ()
        if self.choice.hits:
            layout = self._layout()
            packed = self._packing(layout).packed()
        elif self._size((), layout) > self.tokens:
            layout = Layout.SPARE
            self._refuse_overlong(self._size((), layout))
        used = self._size(packed, layout)
        return Context(self._packet(packed, used, layout), self._text(packed, layout, drawn_mark()))

    @cached_property
    def choice(self) -> PassageChoice:
        ranked = [hit for hit in self.answer.hits if not hit.beside]
        if self.answer.band is Band.NOT_KNOWN:
            ranked = []
        index = self.answer.origin.index
        groups = PassageGroups(index.near_duplicate_of, index.translation_of) if index else PassageGroups()
        return choose(ranked, groups, self._person)

    def _person(self, hit: Hit) -> str:
        people, record = self.library.snapshot.people, hit.record
        person = people.get(record.contribution) or people.get(record.contributor)
        return person.id if person else record.contributor

    def _layout(self) -> Layout:
        """In full where the frame around the first passage takes no more than half of the budget."""
        first = PackedPassage(self.choice.hits[0], _NOTHING)
        return Layout.FULL if 2 * self._size((first,), Layout.FULL) <= self.tokens else Layout.SPARE

    def _packing(self, layout: Layout) -> ContextPacking:
        return ContextPacking(
            self.choice.hits,
            self._others,
            self._words_of,
            lambda packed: self._size(packed, layout),
            self.tokens,
        )

    def _others(self, hit: Hit) -> Sequence[Hit]:
        """The first record on the other side of a dispute, and the first that it replaced."""
        known = {other.record.id: other for other in self.answer.hits}
        disputing = [known[name] for name in hit.state.disputed_by if name in known][:1]
        replaced = [
            other for other in self.answer.hits if other.beside == hit.record.id and not other.state.is_live
        ]
        return [*disputing, *replaced[:1]]

    def _words_of(self, hit: Hit) -> WordsOf:
        lang = hit.record.lang
        words = self._words(lang)
        return lambda texts: PieceWords(words.pieces(texts, lang), words.rarities)

    @cached_property
    def _words(self) -> Callable[[str], word_coverage.CoverageWords]:
        question = self.answer.question
        statistics = self.library.index.statistics(question)
        return cache(lambda lang: word_coverage.of(question, statistics, [lang]))

    # What a packing comes to

    def _size(self, packed: Packed, layout: Layout) -> int:
        """The most that the text may come to, whatever mark is drawn."""
        text = self._text(packed, layout, _STAND_IN)
        size = self.counter.count(text)
        if self.counter.name == token_counters.UTF8_THIRDS:
            return size
        # Some tokenizers make a token of every character of a mark, and fewer of one than of another.
        return size + text.count(_STAND_IN) * max(0, len(_STAND_IN) - self.counter.count(_STAND_IN))

    def _text(self, packed: Packed, layout: Layout, mark: str) -> str:
        rest = self._rest(packed, layout)
        return context_text.written(self._passages(packed), self._head, rest, mark, layout)

    @cached_property
    def _head(self) -> ContextHead:
        sentence = self.answer.assessment.sentence
        if self.answer.references or not self.answer.hits:
            sentence = self.answer.reason
        elif self.answer.band is Band.NOT_KNOWN:
            sentence = NOTHING_KNOWN
        snapshot = self.library.snapshot
        dataset, revision = visible_line(snapshot.public_name), visible_line(snapshot.revision)
        return ContextHead(self.answer.question, sentence, dataset, revision)

    def _rest(self, packed: Packed, layout: Layout) -> str | None:
        left_out, cut = self._left_out(packed), sum(not passage.whole for passage in packed)
        parts = [_counted(left_out, "record")] if left_out else []
        parts += [f"parts of {_counted(cut, 'record')}"] if cut else []
        if not parts:
            return None
        if layout is Layout.SPARE:
            return f"Left out: {', '.join(parts)}."
        how = "More tokens bring more, and commons record ID a whole record."
        return f"Left out for want of room: {' and '.join(parts)}. {how}"

    def _left_out(self, packed: Packed) -> int:
        here = {passage.id for passage in packed}
        return sum(hit.record.id not in here for hit in self.choice.hits)

    def _passages(self, packed: Packed) -> list[Passage]:
        return [
            self._passage(passage).model_copy(update={"number": number})
            for number, passage in enumerate(packed, start=1)
        ]

    @cached_property
    def _passage(self) -> Callable[[PackedPassage], Passage]:
        """Made once of each; the number comes with the place."""
        made: dict[tuple[str, int, int, str], Passage] = {}

        def passage(packed: PackedPassage) -> Passage:
            key = (packed.id, packed.span.start, packed.span.end, packed.beside)
            if key not in made:
                made[key] = self._made(packed)
            return made[key]

        return passage

    def _made(self, packed: PackedPassage) -> Passage:
        record, state, span = packed.hit.record, packed.hit.state, packed.span
        live = Status.DISPUTED if state.disputed_by else Status.LIVE
        asked = not self.answer.references and not packed.beside
        return Passage(
            number=1,
            id=record.id,
            title=results.title_of(record),
            url=permalink.of(self.library.snapshot, record.id),
            text=visible(span.of(record.text)),
            start=span.start,
            end=span.end,
            length=len(record.text),
            lang=visible(record.lang),
            license=visible(record.license),
            attribution=visible_line(citation(record)),
            score=round(packed.hit.score, 4) if asked else None,
            status=live if state.is_live else Status.REPLACED,
            replaced_by=None if state.is_live else state.newest,
            disputed_by=state.disputed_by,
            beside=packed.beside or None,
            content_hash=results.content_hash(record),
        )

    def _packet(self, packed: Packed, used: int, layout: Layout) -> ContextPacket:
        passages = tuple(self._passages(packed))
        rest = self._rest(packed, layout)
        answer = self.answer
        return ContextPacket(
            question=visible(answer.question),
            answerable=answer.band is Band.ANSWERS and bool(passages),
            reason=NOTHING_KNOWN if answer.band is Band.NOT_KNOWN and answer.hits else answer.reason,
            band=answer.band,
            confidence=round(answer.assessment.confidence, 4),
            calibrated_on=answer.assessment.calibrated_on,
            commons=answer.origin.revision(),
            passages=passages,
            terms=terms.of(passage.license for passage in passages),
            tokens=self.tokens,
            tokens_used=used,
            tokenizer=self.counter.name,
            truncated=rest is not None,
            left_out=self._left_out(packed),
            repeats=self.choice.repeats,
            rest=rest,
            hash=self._hash(passages),
        )

    def _hash(self, passages: Sequence[Passage]) -> str:
        index = self.answer.origin.index
        named = {
            "question": self.answer.question,
            "revision": self.answer.revision,
            "index": index.digest if index else None,
            "tokens": self.tokens,
            "tokenizer": self.counter.name,
            "filters": _plain(self.filters),
            "passages": [{"id": each.id, "start": each.start, "end": each.end} for each in passages],
        }
        return "sha256:" + digests.sha256_hex(identity.canonical(named))

    def _refuse_overlong(self, least: int) -> None:
        if least > self.tokens:
            raise UsageError(
                f"{self.tokens:,} tokens cannot even say that nothing is known; the least is {least:,}.",
                hint=f"--tokens {least}, or more.",
                code="budget-too-small",
            )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _plain(filters: Filters) -> dict[str, Any]:
    """As canonical JSON takes them."""
    return {
        name: value.isoformat() if isinstance(value, date) else value and list(value)
        for name, value in asdict(filters).items()
    }
