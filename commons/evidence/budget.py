"""Budgets: a packet made to fit into a number of tokens, with every cut said.

    fitted = budget.fit(packet, 3000)
    fitted.text                              compact JSON, never over 3,000 tokens
    fitted.packet.truncated, fitted.packet.rest

What goes first is what can be asked for again at little cost: links and sources, then fields that say what goes without saying, then the
ends of texts (each gets the same share), then results from the end, then what was said of the commons and the terms, last the attribution
line. What became of a record (replaced, disputed) always stays. A tokenizer may be given; else a third of the bytes counts as a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from commons.errors import UsageError
from commons.evidence import terms
from commons.evidence.answerability import SENTENCES
from commons.evidence.packet import SHOWN_TITLE_CHARACTERS, Packet, Result, State
from commons.evidence.text_parts import CuttableText
from commons.evidence.tokens import utf8_thirds

DEFAULT_TOKENS = 3000
MIN_TOKENS = 200
MAX_TOKENS = 20_000  # clients refuse answers of more than about 25,000
BRIEF_CHARACTERS = 300
_FEW_LINKS = 3
_LEAST_PIECE = 160  # characters of each text, before a result is left out
_LEAST_ALONE = 24
_SHORT_TITLE = 40
_SHORT_REASON = 60
CountTokens = Callable[[str], int]
CursorAfter = Callable[[int], str]  # for what comes after so many results of the question


@dataclass(frozen=True)
class FittedPacket:
    """``brief``: it is written without fields that say what goes without saying."""

    packet: Packet
    brief: bool = False

    def to_json(self) -> dict[str, Any]:
        return self.packet.to_json(brief=self.brief)

    @property
    def text(self) -> str:
        return self.packet.to_json_text(brief=self.brief)


def fit(
    packet: Packet,
    max_tokens: int = DEFAULT_TOKENS,
    *,
    count_tokens: CountTokens = utf8_thirds,
    offset: int = 0,
    brief: bool = False,
    cursor_after: CursorAfter | None = None,
) -> FittedPacket:
    """The packet in at most ``max_tokens``.

    Args:
        offset: where the text of its only record begins, in characters; for who asks for the rest of one.
        brief: no links and sources, and of each text how it begins, however much would fit.
        cursor_after: makes the cursor for what is left out at the end, of a packet that answers a question.

    Raises:
        UsageError: too little for even one result (``budget-too-small``, with the least that does), or an offset that is not in the text.
    """
    return _Fitting(_from(packet, offset), max_tokens, count_tokens, offset, cursor_after).fitted(brief)


def _from(packet: Packet, offset: int) -> Packet:
    if not offset:
        return packet
    if len(packet.results) != 1:
        raise UsageError(
            f"There are {len(packet.results)} texts here, so nobody can say in which offset {offset} is.",
            hint="Ask for one record by its own id.",
            code="offset-invalid",
        )
    (result,) = packet.results
    if not 0 <= offset < len(result.text):
        raise UsageError(
            f"The text has {len(result.text):,} characters, and none at offset {offset:,}.",
            hint=f"Ask with an offset below {len(result.text)}; 0 is the beginning.",
            code="offset-invalid",
        )
    part = result.model_copy(
        update={"text": result.text[offset:], "text_cut": _cut_words(offset, len(result.text), 0)}
    )
    return packet.with_results((part,))


def _cut_words(begin: int, end: int, missing: int) -> str:
    before = f"Begins at character {begin}. " if begin else ""
    after = (
        f"{missing} more characters: get_record with offset={end}"
        if missing
        else "Nothing is missing after it."
    )
    return before + after


class _Fitting:
    """One packet on its way into a budget."""

    def __init__(
        self,
        packet: Packet,
        most: int,
        count: CountTokens,
        offset: int,
        cursor_after: CursorAfter | None,
    ) -> None:
        self._packet, self._most, self._count = packet, most, count
        self._offset, self._cursor_after = offset, cursor_after
        self._cuttable = [CuttableText(result.text) for result in packet.results]

    def fitted(self, brief: bool) -> FittedPacket:
        for form in self._forms(brief):
            if form and self._fits(form):
                return form
        least = self._tokens(self._smallest())
        raise UsageError(
            f"{self._most} tokens are too few: the shortest answer has {least}.",
            hint=f"Ask with max_tokens={least} or more.",
            code="budget-too-small",
        )

    def _forms(self, brief: bool) -> Iterator[FittedPacket | None]:
        """From whole to least."""
        if not brief:
            yield FittedPacket(self._packet)
            yield FittedPacket(_with_less_around(self._packet, _FEW_LINKS, sources=True))
            yield FittedPacket(_with_less_around(self._packet, 0, sources=False))
        short = _without_question(_with_less_around(self._packet, 0, sources=False))
        if brief:
            short = _in_brief(short)
            yield self._cut(short, BRIEF_CHARACTERS)
        else:
            yield FittedPacket(short, brief=True)
        yield self._shared_out(short, _LEAST_PIECE)
        if short.results:
            yield self._with_fewer_results(short)
            alone = self._first(short, 1)
            yield self._shared_out(_without_surroundings(alone), _LEAST_PIECE)
            yield self._shared_out(_bare(alone, SHOWN_TITLE_CHARACTERS), _LEAST_ALONE)
            yield self._shared_out(_bare(alone, _SHORT_TITLE), _LEAST_ALONE)
        else:
            yield FittedPacket(_without_surroundings(short), brief=True)
            yield FittedPacket(_bare(short, 0), brief=True)

    def _smallest(self) -> FittedPacket:
        bare = _bare(self._first(self._packet, 1), _SHORT_TITLE)
        return self._cut(_without_question(bare), _LEAST_ALONE)

    def _with_fewer_results(self, packet: Packet) -> FittedPacket | None:
        """As many of the first as fit, each with a piece of its text."""
        low, high = 1, len(packet.results)  # high does not fit
        if not self._fits(self._cut(self._first(packet, low), _LEAST_PIECE)):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            fits = self._fits(self._cut(self._first(packet, middle), _LEAST_PIECE))
            low, high = (middle, high) if fits else (low, middle)
        return self._shared_out(self._first(packet, low), _LEAST_PIECE)

    def _first(self, packet: Packet, number: int) -> Packet:
        """With the first results alone."""
        left_out = packet.results[number:]
        if not left_out:
            return packet
        shown = packet.results[:number]
        asked = sum(not result.beside for result in shown)
        rest = f"{len(left_out)} more results did not fit."
        changed: dict[str, Any] = {}
        if packet.terms:
            changed["terms"] = terms.of(result.license for result in shown)
        if self._cursor_after:
            changed["next_cursor"] = self._cursor_after(asked)
            rest += " next_cursor leads to them."
        return _saying(packet.with_results(shown, **changed), rest)

    def _shared_out(self, packet: Packet, least: int) -> FittedPacket | None:
        """With as much of each text as fits, the same share for each; None where not even the ``least`` piece of each does."""
        low, high = least, max((len(result.text) for result in packet.results), default=0) + 1
        best = self._cut(packet, low)
        if not self._fits(best):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            cut = self._cut(packet, middle)
            if self._fits(cut):
                low, best = middle, cut
            else:
                high = middle
        return best

    def _cut(self, packet: Packet, most: int) -> FittedPacket:
        texts = [cuttable.head(most) for cuttable in self._cuttable[: len(packet.results)]]
        results = tuple(
            self._with_text(result, text) for result, text in zip(packet.results, texts, strict=True)
        )
        cut = sum(a is not b for a, b in zip(results, packet.results, strict=True))
        shorter = packet.with_results(results)
        return FittedPacket(_saying(shorter, "Texts are cut; text_cut says where.") if cut else shorter, True)

    def _with_text(self, result: Result, text: str) -> Result:
        missing = len(result.text) - len(text)
        if not missing:
            return result
        words = _cut_words(self._offset, self._offset + len(text), missing)
        return result.model_copy(update={"text": text, "text_cut": words})

    def _fits(self, form: FittedPacket) -> bool:
        return self._tokens(form) <= self._most

    def _tokens(self, form: FittedPacket) -> int:
        return self._count(form.text)


def _saying(packet: Packet, sentence: str) -> Packet:
    """The packet with one more sentence on what is missing."""
    rest = " ".join(filter(None, (packet.rest, sentence)))
    return packet.model_copy(update={"truncated": True, "rest": rest})


def _with_less_around(packet: Packet, links: int, *, sources: bool) -> Packet:
    """Attribution names the sources, and ``links_total`` how many links there are."""
    results = tuple(_less_around(result, links, sources=sources) for result in packet.results)
    if results == packet.results:
        return packet
    what = "Links and sources" if not sources else "Links"
    return _saying(
        packet.with_results(results), f"{what} are left out; get_record of one with more max_tokens has them."
    )


def _less_around(result: Result, links: int, *, sources: bool) -> Result:
    changed: dict[str, Any] = {"links": result.links[:links]}
    if not sources:
        changed["sources"] = ()
        changed["state"] = result.state.model_copy(update={"corrections": ()})
    return result.model_copy(update=changed)


def _in_brief(packet: Packet) -> Packet:
    """What it takes to choose among records and to cite one."""
    gone = {"contributor": None, "contribution": "", "pool": "", "content_hash": "", "log": None}
    results = tuple(result.model_copy(update=gone) for result in packet.results)
    if results == packet.results:
        return packet
    return _saying(packet.with_results(results), "Asked for in brief: get_record has all of a record.")


def _without_question(packet: Packet) -> Packet:
    """Whoever asked knows it."""
    return packet.model_copy(update={"question": ""})


def _without_surroundings(packet: Packet) -> Packet:
    gone = {"terms": None, "named": (), "unread_languages": (), "calibrated_on": 0, "commons": None}
    return _saying(packet.model_copy(update=gone), "The terms and the revision did not fit.")


def _bare(packet: Packet, title_characters: int) -> Packet:
    """What it takes to name a record and to know whether it still counts."""
    results = tuple(_bare_result(result, title_characters) for result in packet.results)
    return Packet(
        answerable=packet.answerable,
        reason=packet.reason if len(packet.reason) <= _SHORT_REASON else SENTENCES[packet.band],
        band=packet.band,
        confidence=packet.confidence,
        results=results,
        truncated=True,
        rest="Cut to fit: ask with more max_tokens.",
        next_cursor=packet.next_cursor,
    )


def _bare_result(result: Result, title_characters: int) -> Result:
    state = State(status=result.state.status, replaced_by=result.state.replaced_by)
    title = CuttableText(result.title).head(title_characters).strip() or result.title[:1]
    return Result(
        id=result.id,
        title=title,
        url=result.url,
        text=result.text,
        text_cut=result.text_cut,
        license=result.license,
        state=state,
        made_visible=result.made_visible,
    )
