"""A packet fits into whatever it is given, is valid all the same, and says what is not there."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from commons.errors import UsageError
from commons.evidence import budget, terms
from commons.evidence.answerability import Band
from commons.evidence.harmless_text import visible
from commons.evidence.packet import CitedSource, CommonsRevision, LinkedRecord, Packet, Result, State, Status
from commons.evidence.tokens import utf8_thirds

SCHEMA = jsonschema.Draft202012Validator(Packet.json_schema())
ID = "kr1" + "a" * 52


def result(text: str, name: str = ID, **changes: Any) -> Result:
    fields: dict[str, Any] = {
        "id": name,
        "title": "What causes glaucoma?",
        "url": f"https://our-org-commons.hf.space/record/{name}",
        "text": text,
        "license": "CC-BY-4.0",
        "attribution": "A handbook. CC BY 4.0.",
        **changes,
    }
    return Result(**fields)


def packet(*results: Result, **changes: Any) -> Packet:
    fields: dict[str, Any] = {
        "question": "What causes glaucoma?",
        "answerable": True,
        "reason": "This answers the question.",
        "band": Band.ANSWERS,
        "confidence": 0.8,
        "commons": CommonsRevision(name="Notes", dataset="org/notes", revision="c" * 40),
        "results": results,
        "terms": terms.of(each.license for each in results),
        **changes,
    }
    return Packet(**fields)


LONG = "Water boils at 100 degrees. Wasser siedet bei 100 Grad. 水は百度で沸騰する。" * 90


def test_what_fits_stays_as_it_is() -> None:
    whole = packet(result("Short."))
    fitted = budget.fit(whole, 3000)
    assert fitted.packet == whole
    assert fitted.text == whole.to_json_text()


def test_a_long_record_in_200_tokens_still_says_what_it_is() -> None:
    fitted = budget.fit(packet(result(LONG)), 200)
    (shown,) = fitted.packet.results
    assert utf8_thirds(fitted.text) <= 200
    assert (shown.id, shown.license, shown.title) == (ID, "CC-BY-4.0", "What causes glaucoma?")
    assert shown.text and LONG.startswith(shown.text)
    assert fitted.packet.truncated and fitted.packet.rest
    assert f"offset={len(shown.text)}" in (shown.text_cut or "")


def test_parts_asked_for_one_after_the_other_are_the_text() -> None:
    whole = packet(result(LONG))
    text = ""
    while len(text) < len(LONG):
        (shown,) = budget.fit(whole, 600, offset=len(text)).packet.results
        assert shown.text
        text += shown.text
    assert text == LONG


def test_texts_get_the_same_share_and_short_ones_stay_whole() -> None:
    names = ["kr1" + letter * 52 for letter in "abc"]
    fitted = budget.fit(
        packet(result(LONG, names[0]), result("Short.", names[1]), result(LONG, names[2])), 1500
    )
    first, second, third = fitted.packet.results
    assert len(first.text) == len(third.text) > 300
    assert (second.text, second.text_cut) == ("Short.", None)


def test_links_and_sources_go_before_words_do() -> None:
    links = tuple(
        LinkedRecord(
            relation="related",
            predicate="skos:related",
            direction="from",
            title="Cataract",
            id=ID,
            link="kl1" + "b" * 52,
        )
        for _ in range(10)
    )
    whole = packet(
        result("A sentence. " * 20, links=links, links_total=10, sources=(CitedSource(title="A"),))
    )
    fitted = budget.fit(whole, 450)
    (shown,) = fitted.packet.results
    assert (shown.links, shown.links_total, shown.text) == ((), 10, "A sentence. " * 20)
    assert "Links" in (fitted.packet.rest or "")


def test_results_that_are_left_out_are_counted_and_led_to() -> None:
    many = [result(LONG, "kr1" + letter * 52) for letter in "abcdefghijklmnopqrstuvwxyz"]
    fitted = budget.fit(packet(*many), 1000, cursor_after=lambda number: f"after-{number}")
    shown = len(fitted.packet.results)
    assert 1 < shown < len(many)
    assert fitted.packet.next_cursor == f"after-{shown}"
    assert f"{len(many) - shown} more results" in (fitted.packet.rest or "")


def test_a_record_that_stands_beside_another_is_none_that_the_cursor_counts() -> None:
    many = [
        result(LONG, "kr1" + "a" * 52),
        *(result(LONG, "kr1" + letter * 52, beside=ID) for letter in "bcdefgh"),
    ]
    fitted = budget.fit(packet(*many), 800, cursor_after=lambda number: f"after-{number}")
    assert fitted.packet.next_cursor == "after-1"


def test_what_became_of_a_record_is_never_left_out() -> None:
    state = State(status=Status.REPLACED, replaced_by="kr1" + "b" * 52, replaced_by_url="https://a.example/")
    (shown,) = budget.fit(packet(result(LONG, state=state)), 260).packet.results
    assert (shown.state.status, shown.state.replaced_by) == (Status.REPLACED, "kr1" + "b" * 52)


def test_an_offset_that_is_not_in_the_text_is_refused() -> None:
    with pytest.raises(UsageError, match="none at offset 6"):
        budget.fit(packet(result("Short.")), 3000, offset=6)
    with pytest.raises(UsageError, match="2 texts"):
        budget.fit(packet(result("One."), result("Two.")), 3000, offset=2)


def test_a_tokenizer_counts_where_there_is_one() -> None:
    fitted = budget.fit(packet(result(LONG)), 200, count_tokens=lambda text: len(text.split(" ")))
    assert len(fitted.text.split(" ")) <= 200
    assert utf8_thirds(fitted.text) > 200


_WORDS = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).map(visible).filter(str.strip)
)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=4).flatmap(
    lambda words: st.integers(1, 60).map(lambda times: "".join(words) * times)
)
_RESULTS = st.builds(
    result,
    _TEXTS,
    title=_WORDS,
    attribution=_TEXTS,
    topic=st.lists(_WORDS, max_size=3).map(tuple),
    sources=st.lists(st.builds(CitedSource, title=_WORDS, url=_WORDS), max_size=3).map(tuple),
    beside=st.none() | st.just(ID),
)
_PACKETS = st.builds(
    lambda results, question: packet(*results, question=question), st.lists(_RESULTS, max_size=6), _WORDS
)


@given(_PACKETS, st.integers(budget.MIN_TOKENS, 2500), st.booleans())
@example(packet(result(LONG, title="[" * 300)), 200, False)
@example(packet(), 200, True)
@hypothesis_settings(max_examples=150, deadline=None)
def test_never_over_always_valid_and_every_cut_is_said(whole: Packet, most: int, brief: bool) -> None:
    try:
        fitted = budget.fit(whole, most, brief=brief)
    except UsageError as error:
        assert error.code == "budget-too-small"
        least = int(error.hint.partition("max_tokens=")[2].split()[0])
        assert least > most
        fitted, most = budget.fit(whole, least, brief=brief), least
    assert utf8_thirds(fitted.text) <= most
    SCHEMA.validate(fitted.to_json())
    _assert_every_cut_is_said(whole, fitted.packet)


def _assert_every_cut_is_said(whole: Packet, shown: Packet) -> None:
    cut = len(shown.results) < len(whole.results)
    for before, after in zip(whole.results, shown.results, strict=False):
        assert after.id == before.id and after.license == before.license and after.title
        assert before.text.startswith(after.text) and after.text
        assert (after.text == before.text) == (after.text_cut is None)
        cut = (
            cut or after.text != before.text or after.links != before.links or after.sources != before.sources
        )
        cut = cut or after.attribution != before.attribution
    if cut or shown.terms != whole.terms:
        assert shown.truncated and shown.rest


@given(_TEXTS, st.integers(1, 400))
def test_a_cut_text_is_how_it_begins(text: str, most: int) -> None:
    assume(len(text) > most)
    head = budget.CuttableText(text).head(most)
    assert 0 < len(head) <= most
    assert text.startswith(head)
