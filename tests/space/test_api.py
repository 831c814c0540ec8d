"""The API for programs, and what the Space refuses to everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from support.patience import PATIENCE_S

from .conftest import RunningSpace


@pytest.fixture(scope="module")
def client(space: RunningSpace) -> Iterator[Client]:
    client = Client(space.url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def _search(client: Client, *arguments: Any, **named: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(client.predict(*arguments, **named, api_name="/search"))
    return answer


def test_search_answers_with_evidence_as_json(client: Client, space: RunningSpace) -> None:
    answer = _search(client, "What causes glaucoma?", k=3)
    first = answer["results"][0]
    assert len(answer["results"]) == 3
    assert first["title"] == "What causes glaucoma?"
    assert first["license"] == "CC-BY-4.0"
    assert first["sources"] == [
        {"title": "Handbook of the tests", "url": "https://health.example/glaucoma", "author": "A. Nurse"}
    ]
    assert answer["commons"]["revision"] == space.get("/health").json()["revision"]
    assert answer["commons"]["stale"] is False


def test_search_takes_filters(client: Client) -> None:
    answer = _search(client, "word", k=50, licenses=["cc-by-sa-4.0"], langs=["de", "pt"], topics=["language"])
    assert sorted(hit["lang"] for hit in answer["results"]) == ["de", "de", "pt-BR"]


def test_record_answers_by_id(client: Client) -> None:
    record = _search(client, "What causes glaucoma?", k=1)["results"][0]
    (shown,) = json.loads(client.predict(record["id"], api_name="/record"))["results"]
    assert shown["text"] == record["text"]
    assert len(shown["links"]) == 2


def test_pasted_ids_open_what_they_name(client: Client) -> None:
    record = _search(client, "What causes glaucoma?", k=1)["results"][0]
    (shown,) = json.loads(client.predict(f"“{record['id'].upper()}”", api_name="/record"))["results"]
    assert shown["id"] == record["id"]
    link = next(link for link in shown["links"] if link["predicate"] == "skos:related")
    answer = _search(client, f"What is {link['link'].upper()}?")
    assert answer["named"][0]["link"]["predicate"] == "skos:related"
    assert [hit["id"] for hit in answer["results"]] == [record["id"], link["id"]]
    opened = json.loads(client.predict(record["contribution"], api_name="/record"))
    assert record["id"] in {each["id"] for each in opened["results"]}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"question": ""}, "The question is empty"),
        ({"question": "x" * 2001}, "2,000 are allowed"),
        ({"question": "x", "k": 0}, "k must be between 1 and 50"),
        ({"question": "x", "k": 51}, "k must be between 1 and 50"),
        ({"question": "x", "k": "many"}, "k: "),
        ({"question": ["x"]}, "question: "),
        ({"question": "x", "licenses": "MIT"}, "license: "),
        ({"question": "x", "licenses": ["cc-by-nc-4.0"]}, "forbids commercial use"),
        ({"question": "x", "langs": ["en"] * 41}, "lang: "),
        ({"question": "x", "topics": [{"a": 1}]}, "topic: "),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(client: Client, named: dict[str, Any], said: str) -> None:
    with pytest.raises(AppError) as refused:
        _search(client, **named)
    assert said in str(refused.value)


def test_an_unknown_record_is_said_to_be_unknown(client: Client) -> None:
    with pytest.raises(AppError, match="There is no record kr1a"):
        client.predict("kr1" + "a" * 52, api_name="/record")


def test_these_two_are_all_there_is(space: RunningSpace) -> None:
    info = space.get("/gradio_api/info").json()
    assert sorted(info["named_endpoints"]) == ["/record", "/search"]
    assert info["unnamed_endpoints"] == {}
    assert "search(question, k=10" in space.get("/api").text


def test_nothing_can_be_uploaded_and_no_file_read(space: RunningSpace) -> None:
    upload = httpx.post(f"{space.url}/gradio_api/upload", files={"files": ("a.txt", b"x")})
    assert upload.status_code == 403
    for path in (
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=space_app/app.py",
        "/gradio_api/file=http://127.0.0.1/",
        "/static/..%2f..%2f..%2fapp.py",
        "/page/..%2fapp.py",
        "/gradio_api/runs",
        "/monitoring",
        "/docs",
    ):
        assert space.get(path).status_code in (403, 404), path


def test_a_body_that_is_too_long_is_refused(space: RunningSpace) -> None:
    body = json.dumps({"data": ["x" * 200_000]}).encode()
    address = f"{space.url}/gradio_api/call/search"
    assert httpx.post(address, content=body).status_code == 413
    # Without a declared length nothing of it is answered either.
    try:
        undeclared = httpx.post(address, content=iter([body]), timeout=PATIENCE_S)
        assert undeclared.status_code >= 400
    except httpx.TransportError:
        pass
    assert space.get("/health").status_code == 200


def test_pages_forbid_what_they_do_not_need(space: RunningSpace) -> None:
    plain = space.get("/browse").headers
    assert "default-src 'none'" in plain["content-security-policy"]
    assert "'unsafe" not in plain["content-security-policy"]
    assert "connect-src 'self'" in space.get("/").headers["content-security-policy"]
    assert plain["referrer-policy"] == "no-referrer"
    assert plain["x-content-type-options"] == "nosniff"


def test_questions_leave_no_trace_in_the_log(client: Client, space: RunningSpace) -> None:
    _search(client, "xylophone-marker-one")
    with pytest.raises(AppError):
        _search(client, "xylophone-marker-two" + "x" * 2000)
    space.get("/?q=xylophone-marker-three")
    space.get("/browse?words=xylophone-marker-four")
    assert "xylophone" not in space.log.read_text()
