"""Schema: what is published is what the code checks, and every packet is valid by it, whatever a record says."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from support import commons_on_disk, markdown
from support.row_strategies import records as any_record

from commons import evidence
from commons.errors import UsageError
from commons.evidence import results, search_result_blocks
from commons.evidence.answerability import Band
from commons.evidence.hit import Hit
from commons.evidence.packet import Packet
from commons.evidence.results import EvidenceOrigin
from commons.operations import schema
from commons.records.schema import Record
from commons.records.states import RecordState


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> EvidenceOrigin:
    snapshot = commons_on_disk.founded(tmp_path_factory.mktemp("schema") / "commons").snapshot
    return EvidenceOrigin(snapshot, snapshot.catalogue())


@pytest.mark.parametrize("name", schema.NAMES)
def test_the_file_in_the_repository_is_the_schema(name: str) -> None:
    """Where it is not: ``commons schema NAME > commons/evidence/NAME.schema.json``"""
    file = Path(*evidence.__path__) / f"{name}.schema.json"
    assert json.loads(file.read_text("utf-8")) == schema.of(name)
    Draft202012Validator.check_schema(schema.of(name))


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_field_says_what_it_is_or_needs_not(name: str) -> None:
    value = schema.of(name)
    assert value["$id"].startswith("urn:hf-commons:")
    assert "text" in json.dumps(value)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        schema.of("contex")
    assert caught.value.code == "schema-unknown"
    assert "context" in caught.value.message
    assert "packet" in caught.value.hint


def packet_of(record: Record, origin: EvidenceOrigin) -> Packet:
    hit = Hit(record, "notes", "open", 0.5, 0.5, record.title or "somebody", RecordState(record.id))
    listed = results.of([hit], origin)
    return Packet(
        answerable=True,
        reason="It was asked for.",
        band=Band.ANSWERS,
        confidence=1.0,
        commons=origin.revision(),
        results=listed,
        terms=results.terms_of(listed),
    )


@given(any_record)
@settings(max_examples=80)
def test_any_record_makes_a_valid_packet_in_which_it_is_data(origin: EvidenceOrigin, record: Record) -> None:
    packet = packet_of(record, origin)
    Draft202012Validator(schema.of("packet")).validate(packet.to_json())
    Draft202012Validator(schema.of("packet")).validate(packet.to_json(brief=True))
    assert Packet.model_validate_json(packet.to_json_text()) == packet
    assert markdown.active(packet.to_json_text()) == []
    for text in texts_of(packet.to_json()):
        hidden = {c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")}
        assert hidden <= {"\n", "\t"}


@given(any_record)
@settings(max_examples=80)
def test_blocks_to_cite_from_are_pieces_of_the_text_to_the_letter(
    origin: EvidenceOrigin, record: Record
) -> None:
    packet = packet_of(record, origin)
    (block,) = search_result_blocks.of(packet)
    assert "".join(part["text"] for part in block["content"]) == packet.results[0].text
    assert block["source"] == f"commons://record/{record.id}@folder"
    assert block["title"]
    assert block["citations"] == {"enabled": True}


def test_a_block_is_a_sentence_with_the_blanks_behind_it(origin: EvidenceOrigin) -> None:
    (block,) = search_result_blocks.of(
        packet_of(commons_on_disk.record(" One is.\n\nTwo are。三つ。 Four"), origin)
    )
    assert [part["text"] for part in block["content"]] == [" One is.\n\n", "Two are。", "三つ。 ", "Four"]
    assert all(part["type"] == "text" for part in block["content"])


def texts_of(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for key, inner in value.items() for text in (key, *texts_of(inner))]
        case list():
            return [text for inner in value for text in texts_of(inner)]
    return []
