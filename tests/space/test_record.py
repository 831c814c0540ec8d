"""The record page and its JSON twin."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from .conftest import RunningSpace, Visitor


def _id_of(space: RunningSpace, words: str) -> str:
    html = space.get("/browse", params={"words": words}).text
    return html.split('href="/record/')[1].split('"')[0]


def test_a_record_page_holds_all_that_is_needed_to_trust_and_cite_it(
    visitor: Visitor, space: RunningSpace
) -> None:
    packet = space.get(f"/record/{_id_of(space, 'causes glaucoma')}.json").json()
    (record,), revision = packet["results"], packet["commons"]["revision"]
    page = visitor.open(f"/record/{record['id']}")
    expect(page).to_have_title("What causes glaucoma? · The Library of Tests")
    main = page.get_by_role("main")
    for said in (
        record["text"],
        record["contribution"],
        record["contributor"]["key"],
        record["attribution"],
        revision,
        record["id"],
        "carl",
        "medicine",
        "Creative Commons Attribution 4.0",
        f'load_dataset(\n    "maya/library", "health", split="train",\n    revision="{revision}",\n)',
    ):
        expect(main).to_contain_text(said)
    assert (
        main.get_by_role("link", name="Handbook of the tests").get_attribute("rel") == "noopener nofollow ugc"
    )
    expect(page.get_by_role("link", name="This record as JSON")).to_have_attribute(
        "href", f"/record/{record['id']}.json"
    )


def test_links_lead_to_records_and_out_with_care(visitor: Visitor, space: RunningSpace) -> None:
    page = visitor.open(f"/record/{_id_of(space, 'causes glaucoma')}")
    outside = page.get_by_role("link", name="https://www.wikidata.org/entity/Q159701")
    assert outside.get_attribute("rel") == "noopener nofollow ugc"
    page.get_by_role("link", name="What are the symptoms of cataracts?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What are the symptoms of cataracts?")
    expect(page.locator(".links li")).to_have_text("related What causes glaucoma?")
    expect(page.get_by_role("link", name="What causes glaucoma?")).to_be_visible()


def test_the_twin_says_the_same_as_json(space: RunningSpace) -> None:
    packet: dict[str, Any] = space.get(f"/record/{_id_of(space, 'causes glaucoma')}.json").json()
    (record,) = packet["results"]
    assert record["license"] == "CC-BY-4.0"
    assert record["sources"][0]["url"] == "https://health.example/glaucoma"
    assert {(link["direction"], link["predicate"]) for link in record["links"]} == {
        ("from", "skos:related"),
        ("from", "schema:about"),
    }
    assert "score" not in record


def test_links_read_as_words_and_their_predicates_stand_behind_them(
    visitor: Visitor, space: RunningSpace
) -> None:
    page = visitor.open(f"/record/{_id_of(space, 'causes glaucoma')}")
    words = page.locator(".links .relation")
    expect(words).to_have_text(["related", "about"])
    expect(words.last).to_have_attribute("title", "This link: schema:about")


def test_the_page_holds_its_linked_data_and_no_browser_objects(visitor: Visitor, space: RunningSpace) -> None:
    """The policy of the page lets no inline script run; data is none."""
    complaints: list[str] = []
    visitor.page.on("console", lambda message: complaints.append(message.text))
    for words in ("causes glaucoma", "wolpertinger"):
        name = _id_of(space, words)
        page = visitor.open(f"/record/{name}")
        (data,) = page.locator('script[type="application/ld+json"]').all_text_contents()
        twin = space.get(f"/record/{name}.jsonld")
        assert twin.headers["content-type"] == "application/ld+json"
        assert json.loads(data) == twin.json()
        assert twin.json()["@id"] == f"urn:hf-commons:record:{name}"
    assert complaints == []


def test_linked_data_of_what_is_no_record_is_refused_in_json(space: RunningSpace) -> None:
    record = space.get(f"/record/{_id_of(space, 'causes glaucoma')}.json").json()
    record = record["results"][0]
    missing = space.get("/record/kr1" + "a" * 52 + ".jsonld")
    assert (missing.status_code, missing.json()["error"]) == (404, "record-missing")
    other = space.get(f"/record/{record['contribution']}.jsonld")
    assert (other.status_code, other.json()["error"]) == (400, "usage")


def test_a_query_string_leads_to_the_page(space: RunningSpace) -> None:
    name = _id_of(space, "causes glaucoma")
    answer = space.get(f"/record?id={name}")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/record/{name}"


def test_an_unknown_record_is_said_to_be_unknown(space: RunningSpace) -> None:
    for path in (
        "/record/kr1" + "a" * 52,
        "/record/nothing",
        "/record?id=//evil.example",
        "/record",
        "/record/<script>alert(1)<%2Fscript>",
        "/record/%00",
    ):
        answer = space.get(path)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text
        assert "<script>alert" not in answer.text
    twin = space.get("/record/kr1" + "a" * 52 + ".json")
    assert twin.status_code == 404
    assert json.loads(twin.text)["error"] == "record-missing"


def test_an_id_of_a_link_or_a_contribution_opens_the_records_it_leads_to(
    visitor: Visitor, space: RunningSpace
) -> None:
    (record,) = space.get(f"/record/{_id_of(space, 'causes glaucoma')}.json").json()["results"]
    page = visitor.open(f"/record/{record['id'].upper()}")
    page.get_by_role("link", name="related", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "What causes glaucoma? → skos:related → What are the symptoms of cataracts?"
    )
    expect(page.locator(".rows h3")).to_have_text(
        ["What causes glaucoma?", "What are the symptoms of cataracts?"]
    )
    link = next(link for link in record["links"] if link["predicate"] == "skos:related")
    assert page.url.endswith(f"/record/{link['link']}")
    twin = space.get(f"/record/{link['link'].upper()}.json").json()
    assert [twin["named"][0]["kind"], *(each["id"] for each in twin["results"])] == [
        "link",
        record["id"],
        link["id"],
    ]
    page = visitor.open(f"/record?id=“{record['contribution']}”")
    expect(page.get_by_role("heading", level=1)).to_contain_text("A contribution of 57 records")


def test_an_unknown_id_in_upper_case_is_said_to_be_unknown_and_not_to_be_none(space: RunningSpace) -> None:
    answer = space.get("/record/KR1" + "A" * 52)
    assert answer.status_code == 404
    assert "There is no record kr1aaa" in answer.text
