"""The search page, in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import RunningSpace, Visitor


def test_a_question_finds_its_record_with_licence_source_and_contributor(visitor: Visitor) -> None:
    visitor.open("/")
    page = visitor.search("What causes glaucoma?")
    card = page.locator(".card").first
    expect(card.get_by_role("heading")).to_have_text("What causes glaucoma?")
    expect(card).to_contain_text("the pressure inside the eye is too high")
    badge = card.get_by_role("link", name="CC-BY-4.0")
    assert badge.get_attribute("href") == "https://creativecommons.org/licenses/by/4.0/"
    source = card.get_by_role("link", name="Handbook of the tests")
    assert source.get_attribute("href") == "https://health.example/glaucoma"
    assert source.get_attribute("rel") == "noopener nofollow ugc"
    expect(card).to_contain_text("by A. Nurse")
    expect(card.locator(".facts div", has_text="Contributed by").locator("dd")).to_have_text("carl")
    expect(card.get_by_role("link", name="health")).to_have_attribute("href", "/browse?collection=health")
    expect(card.locator(".score")).to_have_text(re.compile(r"0\.\d\d"))


def test_a_sentence_says_whether_the_hits_answer(visitor: Visitor) -> None:
    visitor.open("/")
    page = visitor.search("What causes glaucoma?")
    expect(page.locator(".resultline p")).to_have_text("This answers the question.")
    page = visitor.search("Which quasars did Hubble photograph in 1994?")
    expect(page.locator(".resultline p")).to_have_text("Nothing here answers this. The closest records:")
    expect(page.locator(".card").first).to_be_visible()


def test_the_answer_names_the_revision_that_health_names(visitor: Visitor, space: RunningSpace) -> None:
    page = visitor.open("/?q=scurvy&k=5")
    revision = space.get("/health").json()["revision"]
    expect(page.locator(".card code").first).to_have_text(revision[:10])
    expect(page.locator(".colophon")).to_contain_text(revision[:10])


def test_a_search_has_an_address_that_runs_it_again(visitor: Visitor) -> None:
    visitor.open("/")
    page = visitor.search("Ohrwurm & Feierabend?")
    assert page.url == f"{visitor.url}/?q=Ohrwurm+%26+Feierabend%3F"
    page.get_by_role("link", name="Copy link to this search").click()
    expect(page.get_by_role("link", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page = visitor.open(page.url.removeprefix(visitor.url))
    expect(page.get_by_label("Your question")).to_have_value("Ohrwurm & Feierabend?")
    expect(page.locator(".card h3").first).to_contain_text(re.compile("Ohrwurm|Feierabend"))


def test_filters_offer_counts_narrow_the_hits_and_enter_the_address(visitor: Visitor) -> None:
    page = visitor.open("/?q=capital&k=50")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Licence").click()
    expect(page.get_by_role("option")).to_have_text([re.compile(name) for name in _LICENSES])
    page.get_by_role("option", name="CC-BY-4.0 (8)").click()
    page.wait_for_url(re.compile("license=CC-BY-4.0"))
    expect(page.locator(".card")).to_have_count(8)
    expect(page.locator(".card .badge")).to_have_text(["CC-BY-4.0"] * 8)


_LICENSES = (r"CC0-1\.0 \(30\)", r"MIT \(12\)", r"CC-BY-4\.0 \(8\)", r"CC-BY-SA-4\.0 \(7\)")


def test_an_address_may_name_filters_of_every_kind(visitor: Visitor) -> None:
    page = visitor.open("/?q=word&lang=de&license=cc-by-sa-4.0&topic=language&collection=words&k=20")
    expect(page.locator(".card")).to_have_count(2)
    # The filters are open and say what is chosen.
    expect(page.locator("#filter-lang")).to_contain_text("de (2)")
    expect(page.locator("#filter-license")).to_contain_text("CC-BY-SA-4.0 (7)")


def test_no_result_is_said_with_what_to_try_next(visitor: Visitor) -> None:
    page = visitor.open("/?q=glaucoma&lang=de&topic=medicine")
    expect(page.locator("#results")).to_contain_text("No record passes these filters")
    again = page.get_by_role("link", name="ask the same without filters")
    expect(again).to_have_attribute("href", "/?q=glaucoma")
    expect(page.locator("#results").get_by_role("link", name="Browse")).to_have_attribute("href", "/browse")


def test_a_filter_that_nothing_can_pass_is_said_with_what_there_is(visitor: Visitor) -> None:
    page = visitor.open("/?q=glaucoma&lang=fr")
    expect(page.locator("#results")).to_contain_text("There is no record in the language 'fr' here.")
    expect(page.locator("#results")).to_contain_text("Languages here: en, ")
    expect(page.get_by_label("Your question")).to_have_value("glaucoma")
    again = page.get_by_role("link", name="Ask the same without filters")
    expect(again).to_have_attribute("href", "/?q=glaucoma")


def test_a_long_text_is_folded_and_unfolds(visitor: Visitor) -> None:
    page = visitor.open("/?q=asthma+corticosteroids+calm+the+airways&k=5")
    card = page.locator(".card", has_text="How is asthma treated?")
    expect(card.locator(".words")).to_be_hidden()
    card.get_by_text("Show all").click()
    expect(card.locator(".words")).to_be_visible()
    assert len(card.locator(".words").inner_text()) > 1000


def test_a_citation_is_shown_and_copied(visitor: Visitor) -> None:
    page = visitor.open("/?q=What+causes+glaucoma&k=5")
    card = page.locator(".card").first
    card.get_by_text("Cite", exact=True).click()
    citation = card.locator(".citation").inner_text()
    assert "Handbook of the tests" in citation
    assert "Creative Commons Attribution 4.0" in citation
    card.get_by_role("button", name="Copy citation").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == citation


def test_an_example_question_is_one_click(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.locator("#examples").get_by_role("button", name="What is anaemia?").click()
    expect(page.locator(".card h3").first).to_have_text("What is anaemia?")
    expect(page.get_by_label("Your question")).to_have_value("What is anaemia?")


def test_a_question_that_is_too_long_is_refused_in_words(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_label("Your question").fill("why " * 600)
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("2,000 are allowed")


def test_an_address_that_makes_no_sense_is_answered_in_words(visitor: Visitor) -> None:
    for query, said in {
        "q=x&k=banana": "k must be a number",
        "q=x&k=51": "k must be between 1 and 50",
        "q=x&license=cc-by-nc-4.0": "forbids commercial use",
        "q=x&lang=" + "&lang=".join(str(n) for n in range(41)): "At most 40 values",
    }.items():
        expect(visitor.open(f"/?{query}").get_by_role("alert")).to_contain_text(said)


def test_before_any_question_the_page_says_what_there_is(visitor: Visitor) -> None:
    page = visitor.open("/")
    expect(page.locator("#results h2")).to_have_text("57 records, each with its licence and its sources")
    expect(page.locator("#results").get_by_role("link", name="medicine 8")).to_have_attribute(
        "href", "/browse?topic=medicine"
    )


def test_a_pasted_id_is_answered_with_what_it_names(visitor: Visitor, space: RunningSpace) -> None:
    visitor.open("/")
    page = visitor.search("What causes glaucoma?")
    link_to = page.locator(".card h3 a").first.get_attribute("href") or ""
    page = visitor.search(f"Is {visitor.url}{link_to.upper()} right?")
    expect(page.locator("#results")).to_contain_text("The record that you named by id")
    expect(page.locator(".card h3")).to_have_text(["What causes glaucoma?"])
    (record,) = space.get(f"{link_to}.json").json()["results"]
    links = record["links"]
    page = visitor.search(next(link["link"] for link in links if link["predicate"] == "skos:related").upper())
    expect(page.locator("#results")).to_contain_text(
        "What causes glaucoma? → skos:related → What are the symptoms"
    )
    expect(page.locator(".card")).to_have_count(2)
    page = visitor.open("/?q=KR1" + "A" * 52)
    expect(page.get_by_role("alert")).to_contain_text("has no record kr1aaa")
