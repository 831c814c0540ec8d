"""Canonical bytes and ids are promises: the literals here were computed once and may never change."""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.row_strategies import links, questions, records, texts

from commons.records import identity
from commons.records.schema import Link, Question, Record, Source

RECORD_ID = "kr1mblyrosa7gqbcpwir4dkpucnmhxbbveijnl7bxoppyf6o34mtpfa"
RECORD = Record(
    id=RECORD_ID,
    title="Boiling point of water",
    text="Water boils at 100 °C at sea level.",
    lang="en",
    topic=("science",),
    license="CC0-1.0",
    sources=(Source(title="A notebook", url="https://example.org/water"),),
)
LINK = Link(RECORD_ID, "schema:about", "https://www.wikidata.org/entity/Q283", "CC0-1.0")
QUESTION = Question("When does water boil?", "en", (RECORD_ID,), "CC0-1.0")


class TestTheFormatDoesNotDrift:
    def test_canonical_bytes_of_a_record(self) -> None:
        assert identity.canonical(RECORD.core()).decode() == (
            '{"lang":"en","license":"CC0-1.0","schema":"knowledge-record/v1","sources":[{"author":null,"license":null,'
            '"retrieved":null,"title":"A notebook","url":"https://example.org/water"}],'
            '"text":"Water boils at 100 °C at sea level.","title":"Boiling point of water","topic":["science"]}'
        )

    def test_canonical_bytes_of_a_link(self) -> None:
        assert identity.canonical(LINK.core()).decode() == (
            '{"license":"CC0-1.0","object":"https://www.wikidata.org/entity/Q283","predicate":"schema:about",'
            f'"schema":"knowledge-link/v1","subject":"{RECORD_ID}"}}'
        )

    @pytest.mark.parametrize(
        ("row", "name"),
        [
            (RECORD, RECORD_ID),
            (LINK, "kl1lli7q24xaubq2norvxn5gyzai4qb6pdpg35s25pg7pjw2uqlgj4a"),
            (QUESTION, "kq16wbev5d3lknhjlym22cqfeoqjea5qcsbsrhygdzh7ywnmiz6skiq"),
        ],
    )
    def test_ids(self, row: Record | Link | Question, name: str) -> None:
        assert identity.row_id(row) == name

    def test_a_commitment(self) -> None:
        expected = "8ab3d95b9707e37ff6954b58f4c7d3c435972f42a2c4429ef9ef2b0cb084938a"
        assert identity.commitment(bytes(16), RECORD.core()).hex() == expected

    def test_a_contribution_id(self) -> None:
        name = identity.contribution_id("kk1" + "a" * 52, bytes(32))
        assert name == "kc1azm5ub6acrwl2v7fkbwpfwu3jwbuk337wwzwax2gqcl2gbqm5leq"

    def test_an_id_can_be_computed_with_the_standard_library_alone(self) -> None:
        core = json.dumps(RECORD.core(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(b"knowledge-record/v1\n" + core.encode()).digest()
        assert "kr1" + b32encode(digest).decode().lower().rstrip("=") == RECORD_ID


@pytest.mark.parametrize(
    "changes",
    [
        {"title": None},
        {"title": ""},
        {"text": "Water boils at 100 °C at sea level"},
        {"lang": "de"},
        {"topic": ("science", "geography")},
        {"license": "CC-BY-4.0"},
        {"sources": (Source(title="A notebook"),)},
        {"sources": ()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_field_of_the_core_changes_the_id(changes: dict[str, object]) -> None:
    assert identity.row_id(replace(RECORD, **changes)) != RECORD_ID


def test_who_contributed_it_does_not_change_the_id() -> None:
    assert identity.row_id(replace(RECORD, id="", contributor="kk1x", contribution="kc1x")) == RECORD_ID


@given(records)
def test_an_id_is_55_characters_and_known_as_one(record: Record) -> None:
    name = identity.row_id(record)
    assert len(name) == 55
    assert identity.is_record_id(name)


@given(records | links | questions, records | links | questions)
def test_rows_of_different_words_have_different_ids(
    first: Record | Link | Question, second: Record | Link | Question
) -> None:
    assert (identity.row_id(first) == identity.row_id(second)) == (first.core() == second.core())


@given(texts, st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_the_same_words_under_another_salt_have_another_commitment(
    text: str, salt: bytes, other: bytes
) -> None:
    core = replace(RECORD, text=text).core()
    assert (identity.commitment(salt, core) == identity.commitment(other, core)) == (salt == other)


@pytest.mark.parametrize(
    "text",
    ["", "kr1", RECORD_ID + "a", RECORD_ID[:-1], RECORD_ID.upper(), "kl1" + RECORD_ID[3:], RECORD_ID[:-1] + "1",
     RECORD_ID[:-1] + "ａ", RECORD_ID + "\n", " " + RECORD_ID[1:]],
)  # fmt: skip
def test_what_only_looks_like_a_record_id_is_none(text: str) -> None:
    assert not identity.is_record_id(text)


@pytest.mark.parametrize(
    "written",
    ["{id}", "{ID}", "“{id}”", "({id}).", "see {id}, there", "/record/{ID}.json", "?q=%22{id}%22", "id={id}&k=3", "_{id}_",
     "\u200b{id}\ufeff", "{id}\n{ID}"],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["kr1", "kl1", "kc1"])
def test_an_id_is_known_however_it_was_pasted(written: str, prefix: str) -> None:
    name = prefix + RECORD_ID[3:]
    assert identity.ids_in(written.format(id=name, ID=name.upper())) == (name,)


@pytest.mark.parametrize(
    "text", ["", "kr1", RECORD_ID + "a", "x" + RECORD_ID, "kk1" + RECORD_ID[3:], RECORD_ID[:-1] + "ａ"]
)
def test_what_is_no_id_is_none_in_a_text(text: str) -> None:
    assert identity.ids_in(text) == ()
    assert not identity.is_nothing_but_ids(text)


def test_a_text_is_nothing_but_ids_when_no_other_word_is_in_it() -> None:
    assert identity.is_nothing_but_ids(f" « {RECORD_ID} », https://example.org/record/{RECORD_ID}")
    assert not identity.is_nothing_but_ids(f"What does {RECORD_ID} say?")


def test_base32_of_32_bytes_has_52_characters() -> None:
    assert len(identity.base32_lower(bytes(32))) == 52
