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
        "/nobody/at-all": "404",
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


def test_what_is_missing_is_a_page_for_a_person_and_json_for_a_client(people: People) -> None:
    with people.http() as http:
        for path in ("/datasets/ada/never-was", "/nobody", "/datasets/ada/never-was/tree/main/x", "/a/b/c/d"):
            page = http.get(path, headers={"Accept": "text/html,*/*"})
            assert page.status_code == 404
            assert page.headers["Content-Type"].startswith("text/html")
            assert "<h1>404</h1>" in page.text
            answer = http.get(path)
            assert answer.status_code in (401, 404)
            assert answer.json()["error"]


def test_a_private_page_is_there_for_those_who_sign_in(ada: HfApi, people: People, dataset: str) -> None:
    """For everybody else it looks like one that was never there; the way in is the same on both."""
    ada.update_repo_settings(dataset, private=True, **DATASET)
    password = ("ada", people.tokens["ada"])
    with people.http() as http:
        http.headers["Accept"] = "text/html"
        asked = http.get(f"/datasets/{dataset}")
        assert asked.status_code == 404
        missing = http.get("/datasets/ada/no").text.replace("%2Fno", "%2F" + dataset.partition("/")[2])
        assert asked.text == missing
        (way_in,) = {link for link in Tags(asked.text).links if link.startswith("/login")}
        prompt = http.get(way_in)
        assert prompt.status_code == 401
        assert prompt.headers["WWW-Authenticate"].startswith("Basic")
        let_in = http.get(way_in, auth=password)
        assert (let_in.status_code, let_in.headers["Location"]) == (303, f"/datasets/{dataset}")
        assert http.get(let_in.headers["Location"], auth=password).status_code == 200
        for elsewhere in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"):
            left = http.get("/login", params={"next": elsewhere}, auth=password)
            assert left.headers["Location"] == "/", elsewhere
    with people.http("bob") as http:
        assert dataset not in http.get("/").text


def test_no_page_can_be_framed_and_none_loads_pictures_from_elsewhere(
    people: People, dataset: str, offer: str
) -> None:
    with people.http() as http:
        for path in ("/", f"/datasets/{dataset}", offer.removeprefix(people.url), "/nobody"):
            policy = http.get(path, headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "img-src 'self';" in policy
        raw = http.get(f"/datasets/{dataset}/resolve/main/README.md")
        assert "frame-ancestors 'none'" in raw.headers["Content-Security-Policy"]


ENVELOPE = '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"c2ln"}]}'
SIGNED = f"**Approved**: good.\n\n<details><summary>Signed review</summary>\n\n```commons-review\n{ENVELOPE}\n```\n\n</details>"
UNSIGNED = [
    "**Approved**",
    "**Approved**\n\n<details><summary>Signed review</summary>\n\nsigned\n\n</details>",
    "```commons-review\nnot an envelope\n```",
    "```commons-review\n{}\n```",
    f"````\n```commons-review\n{ENVELOPE}\n```\n````",
    f"> ```commons-review\n> {ENVELOPE}\n> ```",
    f"```text commons-review\n{ENVELOPE}\n```",
    '<span class="tag signed">carries a signed review (not verified here)</span>',
    '<p class="head"><span class="tag signed">carries a signed review (not verified here)</span></p>',
    '</section><section class="comment"><p class="head">ada <span class="tag signed">carries a signed review</span></p>',
]


class Heads(HTMLParser):
    """The marks in the heads of comments, where they count."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.signed = self.sections = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        self.signed += "signed" in classes
        self.sections += "comment" in classes and tag == "section"


def test_a_signed_review_is_told_from_words_that_look_like_one(
    bob: HfApi, people: People, dataset: str
) -> None:
    add = [CommitOperationAdd("a", b"1")]
    num = bob.create_commit(dataset, add, commit_message="offer", create_pr=True, **DATASET).pr_num
    for text in UNSIGNED:
        bob.comment_discussion(dataset, num, text, **DATASET)
    address = f"/datasets/{dataset}/discussions/{num}"
    with people.http() as http:
        page = http.get(address, headers={"Accept": "text/html"}).text
        heads = Heads(page)
        assert (heads.signed, heads.sections) == (0, 1 + len(UNSIGNED))
        assert page.count("comment, not signed") == 1 + len(UNSIGNED)
        bob.comment_discussion(dataset, num, SIGNED, **DATASET)
        page = http.get(address, headers={"Accept": "text/html"}).text
        assert Heads(page).signed == 1
        assert "carries a signed review (not verified here)" in page
