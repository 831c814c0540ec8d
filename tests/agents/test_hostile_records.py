"""Records that mean harm travel as data: in fields of results, visible, and inert in the text that repeats them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult
from support import markdown
from support.space_records import HOSTILE

from commons.evidence.harmless_text import visible
from commons.mcp.tools import INSTRUCTIONS

from .conftest import HIDDEN, Ask, Call
from .test_resources import read
from .test_tools import text_of, value_of

_PROBES = [*(row["text"] for row in HOSTILE), *(row["title"] for row in HOSTILE), HIDDEN]


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, part in value.items():
                yield from strings(part)
                yield from strings(name)
        case list():
            for part in value:
                yield from strings(part)


@pytest.fixture(scope="module")
def ids(call: Call) -> list[str]:
    found = value_of(call("search", query="wolpertinger", topics="computing", limit=50, max_tokens=20_000))
    names = [each["id"] for each in found["results"]]
    assert len(names) == len(HOSTILE) + 1
    return names


def questions(ids: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every tool, asked for these records in every way."""
    for question in _PROBES:
        yield "search", {"query": question, "max_tokens": 400}
        yield "search", {"query": question, "brief": True}
        yield "context", {"question": question}
    yield "search", {"query": "wolpertinger", "limit": 20, "max_tokens": 20_000}
    for style in ("text", "markdown", "bibtex", "csl-json", "ris"):
        yield "cite", {"ids": ids, "style": style}
    for name in ids:
        yield "fetch", {"id": name}
        yield "get_record", {"id": name}
        yield "get_record", {"id": name, "max_tokens": 250}
        yield "related", {"id": name}
        yield "verify_citation", {"id": name, "quote": "wolpertinger and something else"}
    yield "list_collections", {}
    for row in HOSTILE:
        yield (
            "propose_record",
            {
                "title": row["title"],
                "text": row["text"],
                "license": "MIT",
                "lang": "en",
                "topic": ["computing"],
            },
        )


def test_nothing_in_any_answer_is_hidden_or_acts(ask: Ask, ids: list[str]) -> None:
    async def answers(client: Client) -> list[tuple[str, CallToolResult]]:
        return [(tool, await client.call_tool(tool, given)) for tool, given in questions(ids)]

    for tool, result in ask(answers):
        text, value = text_of(result), result.structured_content
        for each in strings(value):
            assert visible(each) == each, tool
        assert visible(text) == text, tool
        assert markdown.active(text) == [], (tool, text)
        parsed = json.loads(text)
        assert parsed == value or (value is None and set(parsed) == {"error", "message", "hint"}), tool


def test_resources_are_no_other_door(ask: Ask, ids: list[str]) -> None:
    for name in ids:
        for each in strings(read(ask, f"commons://record/{name}")):
            assert visible(each) == each


def test_no_word_of_a_record_is_in_what_describes_the_server(ask: Ask) -> None:
    async def described(client: Client) -> str:
        tools = (await client.list_tools()).model_dump_json()
        listed = (await client.list_resources()).model_dump_json()
        templates = (await client.list_resource_templates()).model_dump_json()
        return f"{tools} {listed} {templates} {client.instructions}"

    text = ask(described)
    assert INSTRUCTIONS[:40] in text
    for row in HOSTILE:
        assert row["title"] not in text and row["text"] not in text
    assert "wolpertinger" not in text


def test_keys_are_ours_alone(call: Call, ids: list[str]) -> None:
    """Languages, topics and licences are counted under their own names, which the policy or a registry knows."""
    for name in ids:
        packet = value_of(call("get_record", id=name))
        known = {
            "schema_version",
            "question",
            "answerable",
            "reason",
            "band",
            "confidence",
            "calibrated_on",
            "commons",
        }
        known |= {
            "named",
            "results",
            "terms",
            "truncated",
            "rest",
            "next_cursor",
            "unread_languages",
            "notice",
        }
        assert set(packet) <= known
