"""Cards: generated, the same for the same data, and text from records stays text in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt

from commons.cards import dataset_card
from commons.cards.page_versions import PageVersion
from commons.escaping import escape
from commons.governance import policy as policies
from commons.governance.people import Person
from commons.governance.policy import Policy
from commons.layout import Kind, ShardPath
from commons.records import shards
from commons.records.schema import SCHEMAS, Record, Source
from commons.records.summary import CollectionSummary, SourceUse, Summary, summarise

NAUGHTY: list[str] = json.loads((Path(__file__).parents[1] / "vectors" / "blns.json").read_text("utf-8"))
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[x](https://evil.example)",
    "a\n---\nconfigs: []",
    "{{ 7*7 }}",
    "`|`",
    "-->",
]
ROOT = "5a" * 32
READER = MarkdownIt("commonmark", {"html": True}).enable("table")


def summary(text: str = "A notebook", name: str = "notes") -> Summary:
    source = Source(title=text, author=text)
    collection = CollectionSummary(
        name,
        records=1234,
        links=5,
        bytes=2_500_000,
        pools=Counter({"open": 1200, "by-sa": 34}),
        licenses=Counter({"CC0-1.0": 1200, "CC-BY-SA-4.0": 34}),
        languages=Counter({"en": 1200, "pt-BR": 34}),
        topics=Counter({"science": 1234}),
        contributors=Counter({"kk1a": 1234}),
        contributions=Counter({"kc1a": 1234}),
        sources=Counter({(source, "CC0-1.0"): 1200}),
        source_urls={source: "https://example.org/a?b=(c)"},
        source_uses={(source, "CC0-1.0"): SourceUse(1200, "https://example.org/a?b=(c)", "one")},
    )
    return Summary({name: collection})


def pages(policy: Policy, counted: Summary, person: str = "ada") -> dict[str, str]:
    made = dataset_card.render(
        "org/commons", policy, counted, {"kk1a": Person("kp1a", name=person)}, root=ROOT
    )
    return {path: data.decode() for path, data in made.items()}


def front(page: str) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load(page.split("---\n")[1])
    return value


def test_the_front_matter_writes_every_config_with_open_as_default(policy: Policy) -> None:
    metadata = front(pages(policy, summary())["README.md"])
    configs = {config["config_name"]: config for config in metadata["configs"]}
    assert list(configs) == ["open", "by-sa", "odbl", "notes", "links", "questions"]
    assert [name for name, config in configs.items() if config.get("default")] == ["open"]
    assert configs["open"]["data_files"] == [{"split": "train", "path": "data/open/*/*.parquet"}]
    assert configs["notes"]["data_files"] == [{"split": "train", "path": "data/*/notes/*.parquet"}]


def test_the_front_matter_is_what_the_hub_understands(policy: Policy) -> None:
    data = DatasetCard(pages(policy, summary())["README.md"]).data
    assert data.license == ["cc-by-sa-4.0", "cc0-1.0"]
    assert data.language == ["en", "pt"]
    assert data.size_categories == ["1K<n<10K"]
    assert data.pretty_name == "Test commons"


@pytest.mark.parametrize(
    ("records", "size"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K"), (10**7, "10M<n<100M")],
)
def test_size_classes(records: int, size: str, policy: Policy) -> None:
    counted = summary()
    counted.collections["notes"].records = records
    assert front(pages(policy, counted)["README.md"])["size_categories"] == [size]


def test_a_collection_of_links_only_has_no_config_of_its_own(policy: Policy) -> None:
    counted = Summary({"only-links": CollectionSummary("only-links", links=3)})
    names = [config["config_name"] for config in front(pages(policy, counted)["README.md"])["configs"]]
    assert "only-links" not in names


def test_an_empty_commons_has_a_card_too(policy: Policy) -> None:
    made = pages(policy, Summary())
    assert set(made) == {"README.md", "ATTRIBUTION.md", "CITATION.cff"}
    assert "license" not in front(made["README.md"])


def test_questions_are_counted_with_their_licence(policy: Policy) -> None:
    counted = summary()
    counted.collections["notes"].questions = 1500
    counted.collections["notes"].question_licenses = Counter({"CC-BY-4.0": 1500})
    made = pages(policy, counted)
    assert "1,500 questions" in " ".join(made["README.md"].split())
    assert "1,500 questions that test retrieval (CC-BY-4.0)" in made["cards/notes.md"]
    assert "1,500 questions" in made["ATTRIBUTION.md"]
    assert front(made["README.md"])["license"] == ["cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0"]
    assert "questions" not in pages(policy, summary())["cards/notes.md"]


def test_the_same_inputs_give_the_same_bytes(policy: Policy) -> None:
    assert pages(policy, summary()) == pages(policy, summary())


def test_licences_sizes_languages_and_people_are_named(policy: Policy) -> None:
    made = pages(policy, summary())
    card = made["cards/notes.md"]
    for part in ("1,234 records", "2.5 MB", "CC-BY-SA-4.0", "pt-BR", "ada", "org/commons"):
        assert part in card
    assert "A notebook" in made["ATTRIBUTION.md"]
    assert "| `notes` | CC-BY-SA-4.0, CC0-1.0 |" in made["README.md"]


def counted(*records: tuple[Source, str], license: str = "MIT") -> Summary:
    """A summary of records of these sources and languages, as a commons counts it."""
    rows = [
        Record(f"kr1{number}", None, "text", lang, ("science",), license, (source,), "kk1a", "kc1b")
        for number, (source, lang) in enumerate(records)
    ]
    table = shards.read_table(shards.write(Kind.RECORD, rows), SCHEMAS[Kind.RECORD])
    return summarise({ShardPath(Kind.RECORD, "open", "notes", "a" * 64): (table, 1000)})


def test_languages_are_named_once_whatever_their_spelling(policy: Policy) -> None:
    book = Source(title="Book")
    made = pages(
        policy, counted(*((book, tag) for tag in ("en", "EN", "eng", "ger", "pt_BR", "root", "x-own")))
    )
    assert front(made["README.md"])["language"] == ["de", "en", "pt"]
    assert "| languages | en 3, de 1, pt-BR 1, root 1, x-own 1 |" in made["cards/notes.md"]


def test_sources_are_grouped_by_what_they_say_and_not_by_their_first_address(policy: Policy) -> None:
    site = "https://example.org/birds"
    made = pages(
        policy,
        counted(
            (Source(title="Birds", author="Ada", url=f"{site}/kea"), "en"),
            (Source(title="Birds", author="Ada", url=f"{site}/kiwi"), "en"),
            (Source(title="Moa", url="https://example.org/moa"), "en"),
            (Source(title="Moa", url="https://example.org/moa"), "en"),
            (Source(title="Moa", license="The MIT License", url="https://example.org/moa"), "en"),
            (Source(title="Moa", license="CC0-1.0", url="https://example.org/moa"), "en"),
            (Source(url="https://one.example/1"), "en"),
            (Source(url="https://one.example/2"), "en"),
            (Source(url="https://two.example/"), "en"),
            (Source(author="Eve"), "en"),
        ),
    )["ATTRIBUTION.md"]
    lines = [line.partition(". [MIT License]")[0] for line in made.splitlines() if line.startswith("* ")]
    assert lines == [
        "* Moa, <https://example.org/moa>",
        f"* Birds, Ada, several addresses under <{site}/>",
        f"* {escape('https://one.example')}, several addresses under <https://one.example/>",
        f"* Moa, <https://example.org/moa>, itself under {escape('CC0-1.0')}",
        f"* {escape('https://two.example')}, <https://two.example/>",
        "* Untitled, Eve",
    ]


def test_a_page_of_the_first_version_is_made_as_the_first_release_made_it(policy: Policy) -> None:
    url = "https://example.org/"
    made = dataset_card.render(
        "org/commons",
        policy,
        counted((Source(url=f"{url}1"), "EN"), (Source(url=f"{url}2"), "eng")),
        {},
        root=ROOT,
        version=PageVersion.FIRST,
    )
    assert f"* Untitled, <{url}1>. [MIT License](" in made["ATTRIBUTION.md"].decode()
    assert front(made["README.md"].decode())["language"] == ["en", "eng"]
    assert "| languages | EN 1, eng 1 |" in made["cards/notes.md"].decode()


def test_the_citation_is_yaml_whatever_the_name() -> None:
    for name in ('A "quoted" name', "a: b", "# x", "ä\\n", "- x"):
        policy = policies.parse(dataset_card.founding_policy(name, "knowledge-commons/tests/1"))
        made = pages(policy, summary())
        assert yaml.safe_load(made["CITATION.cff"])["title"] == name
        assert front(made["README.md"])["pretty_name"] == name


@pytest.mark.parametrize("text", HOSTILE + NAUGHTY[::5], ids=lambda text: ascii(text)[:40])
def test_text_from_records_and_people_stays_text(text: str, policy: Policy) -> None:
    if not text.strip():
        return
    plain, made = pages(policy, summary()), pages(policy, summary(text), person=text)
    assert made["README.md"] == plain["README.md"], "the card quotes no record"
    for path in ("cards/notes.md", "ATTRIBUTION.md"):
        assert links_and_html(made[path]) == links_and_html(plain[path])


def links_and_html(page: str) -> list[str]:
    active = []
    for token in READER.parse(page):
        for part in (token, *(token.children or ())):
            if part.type in ("html_block", "html_inline", "image"):
                active.append(part.content)
            if part.type == "link_open":
                active.append(str(part.attrs["href"]))
    return active


def test_the_card_says_how_to_pin_what_one_has_seen(policy: Policy) -> None:
    """And that a copy's own word for it is none."""
    card = pages(policy, summary())["README.md"]
    assert f"commons verify --repo org/commons --root {ROOT}\n" in card
    assert "rather than from the copy" in " ".join(card.split())


def test_links_within_the_card_lead_to_generated_files(policy: Policy) -> None:
    made = pages(policy, summary())
    for target in re.findall(r"\]\(([^)]+)\)", made["README.md"]):
        assert target in made or target.startswith(("https://", "governance/")), target


class TestTheChangelog:
    def test_the_newest_comes_first_and_a_day_has_one_heading(self) -> None:
        text = ""
        for line, day in (("one", "2026-11-21"), ("two", "2026-11-22"), ("three", "2026-11-22")):
            text = dataset_card.changelog(text, line, day)
        assert [line for line in text.splitlines() if line.startswith(("#", "*"))] == [
            "# Changelog",
            "## 2026-11-22",
            "* three",
            "* two",
            "## 2026-11-21",
            "* one",
        ]

    def test_it_can_grow_for_long_and_loses_nothing(self) -> None:
        text = ""
        for number in range(50):
            text = dataset_card.changelog(text, f"line {number}", f"2026-11-{number // 10 + 10}")
        assert text.count("* line") == 50
        assert text.count("## ") == 5

    def test_it_says_which_proposals_have_landed_whatever_their_titles_say(self) -> None:
        """Titles are text of strangers: a number in one is none of a proposal."""
        text = ""
        titles = {7: "Ice", 12: "Rocks (#3).", 13: "a (#4).\n* b (#5).", 14: "x\u2028* y (#6)."}
        for number, title in titles.items():
            text = dataset_card.changelog(text, f"{escape(title)} (#{number}).", "2026-11-22")
        assert dataset_card.landed_numbers(text) == set(titles)
        assert dataset_card.landed_numbers("") == frozenset()
