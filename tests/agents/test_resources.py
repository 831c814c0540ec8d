"""Records and collections by address."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from mcp import Client, MCPError

from commons.evidence.packet import Packet

from .conftest import Ask, Call
from .test_tools import GLAUCOMA, id_of


def read(ask: Ask, uri: str) -> Any:
    async def content(client: Client) -> Any:
        (only,) = (await client.read_resource(uri)).contents
        assert (only.mime_type, str(only.uri)) == ("application/json", uri)
        return json.loads(only.text)

    return ask(content)


def test_collections_are_listed_and_lead_to_what_is_in_them(ask: Ask) -> None:
    async def listed(client: Client) -> list[str]:
        return [str(each.uri) for each in (await client.list_resources()).resources]

    uris = ask(listed)
    assert uris[:2] == ["commons://about", "commons://collection/capitals"]
    assert read(ask, "commons://collection/capitals")["records"] == 30
    assert read(ask, "commons://about")["searchable"] is True


def test_a_record_is_its_packet(ask: Ask, call: Call) -> None:
    name = id_of(call, GLAUCOMA)
    packet = read(ask, f"commons://record/{name}")
    jsonschema.validate(packet, Packet.json_schema())
    assert [each["id"] for each in packet["results"]] == [name]


def test_templates_name_both(ask: Ask) -> None:
    async def templates(client: Client) -> list[str]:
        return [each.uri_template for each in (await client.list_resource_templates()).resource_templates]

    assert ask(templates) == ["commons://record/{id}", "commons://collection/{name}"]


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("commons://record/kr1" + "a" * 52, "record-missing"),
        ("commons://collection/nothing", "collection-missing"),
        ("commons://elsewhere", "resource-missing"),
        ("file:///etc/passwd", "resource-missing"),
    ],
)
def test_an_address_of_nothing_is_an_error_with_a_code(uri: str, code: str, ask: Ask) -> None:
    with pytest.raises(MCPError) as caught:
        read(ask, uri)
    assert caught.value.error.data["error"] == code
    assert caught.value.error.code == -32602


def test_an_unknown_tool_is_an_error_of_the_protocol(ask: Ask) -> None:
    with pytest.raises(MCPError, match="There is no tool") as caught:
        ask(lambda client: client.call_tool("delete_everything", {}))
    assert caught.value.error.code == -32602
    assert "search" in caught.value.error.data["hint"]
