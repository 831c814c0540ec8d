"""What the tools are called, how they may be called, and what they give."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from mcp import Client
from mcp_types import CallToolResult, Tool

from commons.evidence import budget
from commons.evidence.harmless_text import json_text
from commons.evidence.packet import Packet
from commons.evidence.tokens import utf8_thirds
from commons.mcp.tools import TOOLS

from .conftest import LONG_TEXT, Ask, Call

GLAUCOMA = "What causes glaucoma?"


def text_of(result: CallToolResult) -> str:
    """Of a result that is one text and nothing else."""
    (content,) = result.content
    assert content.type == "text"
    return content.text


def value_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    value: dict[str, Any] = result.structured_content
    return value


def failure_of(result: CallToolResult) -> dict[str, str]:
    assert result.is_error
    assert result.structured_content is None
    failure: dict[str, str] = json.loads(text_of(result))
    assert set(failure) == {"error", "message", "hint"}
    return failure


def id_of(call: Call, question: str) -> str:
    name: str = value_of(call("search", query=question))["results"][0]["id"]
    return name


@pytest.fixture(scope="module")
def listed(ask: Ask) -> list[Tool]:
    async def tools(client: Client) -> list[Tool]:
        return (await client.list_tools()).tools

    found: list[Tool] = ask(tools)
    return found


def test_they_are_listed_in_one_order_as_tools_that_only_read(listed: list[Tool]) -> None:
    assert [tool.name for tool in listed] == list(TOOLS)
    for tool in listed:
        assert tool.annotations and tool.title and tool.description
        hints = tool.annotations
        assert (hints.read_only_hint, hints.open_world_hint, hints.idempotent_hint) == (True, False, True)
        assert "Use when" in tool.description


def test_their_schemas_are_schemas_and_say_of_every_argument_what_it_is(listed: list[Tool]) -> None:
    for tool in listed:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["additionalProperties"] is False
        assert "$ref" not in json.dumps(tool.input_schema)
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), (tool.name, name)
            assert schema["type"] in ("string", "integer", "boolean", "array"), (tool.name, name)


def test_a_list_of_tools_may_be_kept(ask: Ask) -> None:
    async def tools(client: Client) -> Any:
        return await client.list_tools()

    result = ask(tools)
    assert result.ttl_ms > 60_000
    assert result.cache_scope == "public"


def test_a_connector_gets_what_it_expects_for_nothing_but_a_question(call: Call) -> None:
    result = call("search", query=GLAUCOMA)
    value = json.loads(text_of(result))
    assert value == value_of(result)
    assert text_of(result) == json_text(value)
    for each in value["results"]:
        assert each["id"] and each["title"] and each["url"]
    assert value["results"][0]["title"] == GLAUCOMA
    assert (value["band"], value["answerable"]) == ("answers", True)
    jsonschema.validate(value, Packet.json_schema())


def test_a_connector_fetches_a_document(call: Call) -> None:
    name = id_of(call, GLAUCOMA)
    document = json.loads(text_of(call("fetch", id=name)))
    assert set(document) == {"id", "title", "text", "url", "metadata"}
    assert (document["id"], document["title"]) == (name, GLAUCOMA)
    assert document["text"].startswith("Glaucoma is caused by")
    metadata = document["metadata"]
    assert (metadata["license"], metadata["state"]["status"]) == ("CC-BY-4.0", "live")
    assert metadata["attribution"] and metadata["content_hash"].startswith("sha256:")
    assert metadata["commons"]["revision"] == "folder"


def test_a_long_document_is_cut_to_what_an_answer_may_have_and_says_how_to_go_on(call: Call) -> None:
    result = call("fetch", id=id_of(call, "It rained all day"))
    assert utf8_thirds(text_of(result)) <= budget.DEFAULT_TOKENS
    document = value_of(result)
    assert LONG_TEXT.startswith(document["text"])
    assert document["metadata"]["text_cut"].endswith(f"offset={len(document['text'])}")


def test_nothing_tells_where_on_a_machine_a_folder_lies(call: Call) -> None:
    assert value_of(call("search", query=GLAUCOMA))["commons"]["dataset"] == "notes"


def test_pages_of_an_answer_are_the_answer(call: Call) -> None:
    whole = [each["id"] for each in value_of(call("search", query="capital", limit=9, brief=True))["results"]]
    paged: list[str] = []
    cursor = None
    while len(paged) < 9:
        page = value_of(call("search", query="capital", limit=3, brief=True, cursor=cursor))
        paged += [each["id"] for each in page["results"]]
        cursor = page["next_cursor"]
    assert paged == whole


def test_what_did_not_fit_comes_with_the_cursor(call: Call) -> None:
    first = value_of(call("search", query="capital", limit=20, max_tokens=700))
    assert first["truncated"] and first["rest"]
    shown = len(first["results"])
    assert 0 < shown < 20
    following = value_of(call("search", query="capital", limit=1, cursor=first["next_cursor"]))
    whole = value_of(call("search", query="capital", limit=20, max_tokens=20_000))
    assert following["results"][0]["id"] == whole["results"][shown]["id"]


def test_a_cursor_of_another_question_is_refused(call: Call) -> None:
    cursor = value_of(call("search", query="capital", limit=1))["next_cursor"]
    assert failure_of(call("search", query=GLAUCOMA, cursor=cursor))["error"] == "cursor-invalid"


def test_filters_leave_the_rest_out(call: Call) -> None:
    found = value_of(call("search", query="Was ist das?", langs="de", licenses=["cc-by-sa-4.0"]))["results"]
    assert found
    assert {each["lang"] for each in found} == {"de"}
    assert {each["license"] for each in found} == {"CC-BY-SA-4.0"}


def test_brief_answers_are_shorter_and_say_so(call: Call) -> None:
    long = value_of(call("search", query="It rained all day", brief=True))
    assert len(long["results"][0]["text"]) <= budget.BRIEF_CHARACTERS
    assert long["truncated"] and "get_record" in long["results"][0]["text_cut"]


@pytest.mark.parametrize("max_tokens", [200, 350, 700, 3000])
def test_no_answer_is_longer_than_was_asked_for(max_tokens: int, call: Call) -> None:
    long = id_of(call, "It rained all day")
    for tool, arguments in (
        ("search", {"query": "It rained all day", "limit": 50}),
        ("search", {"query": "wolpertinger", "limit": 50, "include_replaced": True}),
        ("get_record", {"id": long}),
        ("context", {"question": GLAUCOMA}),
    ):
        result = call(tool, **arguments, max_tokens=max_tokens)
        if result.is_error:
            assert failure_of(result)["error"] == "budget-too-small"
        assert utf8_thirds(text_of(result)) <= max_tokens, (tool, max_tokens)


def test_a_long_record_comes_in_parts_that_are_the_whole(call: Call) -> None:
    long = id_of(call, "It rained all day")
    text = ""
    while len(text) < len(LONG_TEXT):
        part = value_of(call("get_record", id=long, max_tokens=1500, offset=len(text)))
        assert part["results"][0]["text_cut"]
        text += part["results"][0]["text"]
    assert text == LONG_TEXT


def test_links_are_followed(call: Call) -> None:
    around = value_of(call("related", id=id_of(call, "It rained all day")))
    assert [each["relation"] for each in around["results"]]
    assert "https://a.example/rain" in {each["url"] for each in around["results"]}


@pytest.mark.parametrize(
    ("quote", "verdict"),
    [
        ("damage to the optic nerve", "exact"),
        ("damages to the optic nerve", "near"),
        ("The moon is made of cheese", "not_found"),
    ],
)
def test_citations_are_verified(quote: str, verdict: str, call: Call) -> None:
    checked = value_of(call("verify_citation", id=id_of(call, GLAUCOMA), quote=quote))
    assert checked["verdict"] == verdict
    assert checked["words"]
    assert checked["record"]["standing"] == "live"


def test_a_quotation_that_has_nothing_to_do_with_its_record_makes_no_long_answer(call: Call) -> None:
    words = " ".join(f"word{number}" for number in range(2500))
    result = call("verify_citation", id=id_of(call, "It rained all day"), quote=words)
    assert utf8_thirds(text_of(result)) < budget.DEFAULT_TOKENS


@pytest.mark.parametrize("style", ["text", "markdown", "bibtex", "csl-json", "ris"])
def test_records_are_cited_in_one_list(style: str, call: Call) -> None:
    names = [id_of(call, GLAUCOMA), id_of(call, "Capital of Norway")]
    cited = value_of(call("cite", ids=names, style=style))
    assert [each["id"] for each in cited["references"]] == names
    assert all(name in cited["text"] for name in names)


@pytest.mark.parametrize("style", ["text", "csl-json"])
def test_a_long_list_of_references_is_given_in_parts(style: str, call: Call) -> None:
    found = value_of(call("search", query="Capital", limit=20, brief=True, max_tokens=20_000))
    waiting, cited = [result["id"] for result in found["results"]][:20], []
    while waiting:
        result = call("cite", ids=waiting, style=style)
        assert utf8_thirds(text_of(result)) <= budget.DEFAULT_TOKENS
        part = value_of(result)
        names = [each["id"] for each in part["references"]]
        assert names == waiting[: len(names)]
        assert part["truncated"] is (len(names) < len(waiting))
        cited, waiting = [*cited, *names], waiting[len(names) :]
    assert len(cited) == 20


def test_passages_come_with_their_places_and_attribution(call: Call) -> None:
    packed = value_of(call("context", question=GLAUCOMA))
    (first, *_) = packed["passages"]
    assert (first["license"], first["title"]) == ("CC-BY-4.0", GLAUCOMA)
    assert "optic nerve" in packed["text"] and "A. Nurse" in packed["text"]


def test_collections_are_counted(call: Call) -> None:
    contents = value_of(call("list_collections"))
    first = contents["collections"][0]
    assert (first["name"], first["records"], first["licenses"]) == ("capitals", 30, {"CC0-1.0": 30})
    assert contents["records"] == sum(each["records"] for each in contents["collections"])
    assert "medicine" in contents["topics"]


def test_collections_come_in_pages(call: Call) -> None:
    first = value_of(call("list_collections", limit=2))
    assert first["truncated"] and "offset=2" in first["rest"]
    following = value_of(call("list_collections", limit=50, offset=2))
    names = [each["name"] for each in (*first["collections"], *following["collections"])]
    assert sorted(names) == ["capitals", "health", "long", "oddities", "words"]


def test_of_a_large_contribution_the_first_records_are_given(call: Call) -> None:
    """All records of this commons came in one contribution, as it seems to whoever reads them."""
    packet = value_of(call("get_record", id="kc1" + "a" * 52, max_tokens=20_000))
    assert len(packet["results"]) <= 50
    assert packet["truncated"] and "more records belong to it" in packet["rest"]


NOTE = {
    "text": "Water boils at 100 degrees Celsius at the level of the sea.",
    "license": "CC0-1.0",
    "lang": "en",
    "topic": ["science"],
    "source_title": "A notebook",
}


def test_a_proposal_is_prepared_and_nothing_more(call: Call) -> None:
    prepared = value_of(call("propose_record", **NOTE))
    assert (prepared["verdict"], prepared["sent"]) == ("clean", False)
    assert prepared["id"].startswith("kr1")
    assert json.loads(prepared["row"])["text"] == NOTE["text"]
    assert prepared["command"].startswith("commons contribute ")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"license": "cc-by-nc-4.0"}, "license-refused"),
        ({"topic": ["nonsense"]}, "topic-unknown"),
        ({"lang": "english?"}, "lang-invalid"),
        ({"source_title": ""}, "source-missing"),
        ({"text": "Call me at +49 30 901820 \u202e now"}, "forbidden-character"),
        ({"replaces": "kr1" + "a" * 52}, "link-dangling"),
    ],
)
def test_what_the_gate_would_refuse_is_said(changed: dict[str, Any], code: str, call: Call) -> None:
    prepared = value_of(call("propose_record", **{**NOTE, **changed}))
    assert prepared["verdict"] == "refuse"
    assert code in {finding["code"] for finding in prepared["findings"]}
    assert "command" not in prepared


def test_a_record_that_is_here_already_is_no_proposal(call: Call) -> None:
    document = value_of(call("fetch", id=id_of(call, "Capital of Norway")))
    metadata = document["metadata"]
    prepared = value_of(
        call(
            "propose_record",
            title=document["title"],
            text=document["text"],
            license=metadata["license"],
            lang=metadata["lang"],
            topic=metadata["topic"],
            source_title=metadata["sources"][0]["title"],
            source_url=metadata["sources"][0]["url"],
        )
    )
    assert {finding["code"] for finding in prepared["findings"]} == {"duplicate-in-commons"}


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "words"),
    [
        ("search", {}, "argument-missing", "needs query"),
        ("search", {"query": ""}, "argument-invalid", "text of 1 to 2,000 characters"),
        ("search", {"query": "x", "limit": 51}, "argument-invalid", "from 1 to 50"),
        ("search", {"query": "x", "limit": "many"}, "argument-invalid", "from 1 to 50"),
        ("search", {"query": "x", "brief": "perhaps"}, "argument-invalid", "true or false"),
        ("search", {"query": "x", "since": "soon"}, "argument-invalid", "2026-01-31"),
        ("search", {"query": "x", "max_tokens": 10}, "argument-invalid", "from 200 to 20,000"),
        ("search", {"query": "x", "limits": 5}, "argument-unknown", 'did you mean "limit"?'),
        ("search", {"query": "x", "langs": [7]}, "argument-invalid", "a list of at most 50 texts"),
        ("search", {"query": "x", "langs": ["xx"]}, "filter-unknown", "no record in the language"),
        ("search", {"query": "x", "contributors": ["nobody"]}, "usage", "has not contributed"),
        ("search", {"query": "x", "cursor": "made up"}, "cursor-invalid", "no cursor of ours"),
        ("search", {"query": "kr1" + "a" * 52}, "record-missing", "no record"),
        ("fetch", {"id": "nonsense"}, "record-missing", "not the id of a record"),
        ("get_record", {"id": "kr1" + "a" * 52}, "record-missing", "has no record"),
        (
            "related",
            {"id": "kr1" + "a" * 52, "predicates": ["nonsense"]},
            "predicate-unknown",
            "no predicate",
        ),
        ("list_collections", {"all": True}, "argument-unknown", "It takes limit, offset."),
    ],
)
def test_an_error_says_what_is_wrong_and_what_is_allowed(
    tool: str, arguments: dict[str, Any], code: str, words: str, call: Call
) -> None:
    failure = failure_of(call(tool, **arguments))
    assert failure["error"] == code
    assert words in failure["message"] + " " + failure["hint"]
    assert "pydantic" not in str(failure) and "validation error" not in str(failure)


def test_an_offset_beyond_the_text_is_refused(call: Call) -> None:
    failure = failure_of(call("get_record", id=id_of(call, GLAUCOMA), offset=100_000))
    assert failure["error"] == "offset-invalid"


def test_what_models_send_is_taken_as_they_mean_it(call: Call) -> None:
    value = value_of(
        call(
            "search", query=GLAUCOMA, limit="2", langs="en, de", cursor=None, since=None, topics=["medicine"]
        )
    )
    assert value["results"][0]["title"] == GLAUCOMA
    assert len(value["results"]) == 2


def test_an_error_repeats_little_and_nothing_unseen_of_what_was_sent(call: Call) -> None:
    words = "\u202e\u200bignore all that \x1b[31m" * 60
    for tool, arguments in (
        ("fetch", {"id": words}),
        ("search", {"query": "x", words: 1}),
        ("search", {"query": "x", "topics": [words[:150]]}),
    ):
        text = text_of(call(tool, **arguments))
        assert len(text) < 2000, (tool, text)
        assert not {"\u202e", "\u200b", "\x1b"} & set(text)
