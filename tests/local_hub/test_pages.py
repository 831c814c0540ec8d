"""The pages for people: what clients print opens in a browser, and nothing in it runs."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from .conftest import People

DATASET = {"repo_type": "dataset"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.fixture
def offer(ada: HfApi, bob: HfApi, dataset: str) -> str:
    card = f"---\nlicense: mit\n---\n# A <b>card</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n{EVIL}\n\n[x](javascript:alert(1))\n"
    ada.create_commit(
        dataset,
        [CommitOperationAdd("README.md", card.encode()), CommitOperationAdd("d/<i>.txt", EVIL.encode())],
        commit_message=f"Title {EVIL}",
        **DATASET,
    )
    return bob.create_commit(
        dataset,
        [CommitOperationAdd("d/new.txt", b"new line\n")],
        commit_message=f"Offer {EVIL}",
        commit_description=f"**bold** {EVIL}",
        create_pr=True,
        **DATASET,
    ).pr_url


def test_every_page_opens_and_nothing_in_it_runs(people: People, dataset: str, offer: str) -> None:
    base = f"/datasets/{dataset}"
    expected = {
        "/": dataset,
        "/ada": dataset,
        base: "<td>1</td>",
        f"{base}/tree/main": "README.md",
        f"{base}/tree/main/d": "&lt;i&gt;.txt",
        f"{base}/blob/main/d/%3Ci%3E.txt": "&lt;script&gt;",
        f"{base}/commits/main": "Title &lt;script&gt;",
        f"{base}/commit/main": "2 changed files",
        f"{base}/discussions": "Offer &lt;script&gt;",
        offer.removeprefix(people.url): "<strong>bold</strong>",
        f"{base}/tree/refs%2Fpr%2F1": "README.md",
        f"{base}/nothing/here": "404",
        "/nobody/at-all": "401",
    }
    with people.http() as http:
        http.headers["Accept"] = "text/html,*/*"
        for path, text in expected.items():
            answer = http.get(path)
            assert answer.headers["Content-Type"].startswith("text/html"), path
            assert text in answer.text, path
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            tags = Tags(answer.text)
            assert not tags.names & {"script", "iframe", "object", "form", "b", "i"}, path
            assert not {name for name in tags.attributes if name.startswith("on")}, path
            assert not [link for link in tags.links if link.startswith("javascript:")], path


def test_all_links_lead_somewhere(people: People, dataset: str, offer: str) -> None:
    """Follow every link of every page below the repository."""
    waiting, seen = [f"/datasets/{dataset}"], set()
    with people.http() as http:
        http.headers["Accept"] = "text/html,*/*"
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = http.get(path)
            assert answer.status_code == 200, path
            if answer.headers["Content-Type"].startswith("text/html"):
                links = [link for link in Tags(answer.text).links if link.startswith(f"/datasets/{dataset}")]
                waiting += links
    assert len(seen) > 10


def test_a_pull_request_shows_its_conversation_and_what_it_changes(people: People, offer: str) -> None:
    with people.http() as http:
        page = http.get(offer, headers={"Accept": "text/html"}).text
    for text in ("bob", "refs/pr/1", "1 changed file", "d/new.txt", "+new line", "open"):
        assert text in page


def test_a_private_page_asks_who_is_there(ada: HfApi, people: People, dataset: str) -> None:
    ada.update_repo_settings(dataset, private=True, **DATASET)
    with people.http() as http:
        asked = http.get(f"/datasets/{dataset}", headers={"Accept": "text/html"})
        assert asked.status_code == 401
        assert asked.headers["WWW-Authenticate"].startswith("Basic")
        shown = http.get(
            f"/datasets/{dataset}", auth=("ada", people.tokens["ada"]), headers={"Accept": "text/html"}
        )
        assert shown.status_code == 200
    with people.http("bob") as http:
        assert dataset not in http.get("/").text
