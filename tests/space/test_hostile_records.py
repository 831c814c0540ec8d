"""Records that mean harm are shown as the text they are, on every page, and nothing of them runs or is fetched."""

from __future__ import annotations

import ast
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.space_records import HOSTILE

from commons.evidence.answerability import Band
from commons.evidence.hit import Hit
from commons.evidence.results import EvidenceOrigin
from commons.index.answer_bands import Assessment
from commons.operations.search import Answer
from commons.records.catalogue import Catalogue
from commons.records.schema import Record, Source
from commons.records.states import RecordState
from commons.snapshots.snapshot import Snapshot
from space_app import rendering
from space_app.addresses import Ask

from .conftest import RunningSpace, Visitor

_SPACE = Path(rendering.__file__).parent
# Elements that our templates do not use, so that one of them inside a page can only come from a record.
_FOREIGN = (
    ":is(#results, .browse, .record) :is(script, iframe, img, svg, style, link, base, b, i, u, object, embed)"
)


def test_a_search_shows_them_as_text(visitor: Visitor) -> None:
    page = visitor.open("/?q=wolpertinger&topic=computing&k=20")
    shown = page.locator("#results").inner_text()
    assert all(row["title"] in shown and row["text"] in shown for row in HOSTILE)
    assert page.locator(_FOREIGN).count() == 0
    _touch_everything(visitor)


def test_browse_shows_them_as_text(visitor: Visitor) -> None:
    page = visitor.open("/browse?topic=computing")
    shown = page.get_by_role("main").inner_text()
    assert all(row["title"] in shown for row in HOSTILE)
    assert page.locator(_FOREIGN).count() == 0
    _touch_everything(visitor)


def test_their_own_pages_show_them_as_text(visitor: Visitor, space: RunningSpace) -> None:
    ids = re.findall(r'<h3[^>]*><a href="/record/(kr1\w+)"', space.get("/browse?topic=computing").text)
    assert len(ids) == len(HOSTILE)
    for record in ids:
        page = visitor.open(f"/record/{record}")
        shown = page.get_by_role("main").inner_text()
        assert any(row["title"] in shown and row["text"] in shown for row in HOSTILE)
        assert page.locator(_FOREIGN).count() == 0
        _touch_everything(visitor)


def _touch_everything(visitor: Visitor) -> None:
    """Events that an attribute smuggled into the page would wait for."""
    visitor.page.evaluate(
        "document.querySelectorAll('#results *, main *').forEach(element => "
        "['mouseover', 'focus', 'load', 'error'].forEach(name => element.dispatchEvent(new Event(name))))"
    )
    assert visitor.page.evaluate("window.stolen") is None


def test_no_link_leads_anywhere_but_to_the_web(visitor: Visitor) -> None:
    for path in ("/?q=wolpertinger&topic=computing&k=20", "/browse?topic=computing"):
        page = visitor.open(path)
        targets = page.locator("a[href]").evaluate_all(
            "links => links.map(link => new URL(link.href).protocol)"
        )
        assert set(targets) <= {"http:", "https:"}


_NOT_WEB = """javascript:alert(1)
JaVaScRiPt:alert(1)
 javascript:alert(1)
data:text/html,x
//evil.example
/browse
http:
http://
http://[
ftp://a.example"""


@pytest.mark.parametrize("address", [*_NOT_WEB.split("\n"), "", None])
def test_only_web_addresses_become_links(address: str | None) -> None:
    assert rendering.web(address) == ""


class _Elements(HTMLParser):
    """Counts elements with the names of their attributes; text and values do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found[f"{tag} {' '.join(name for name, _ in attributes)}"] += 1


def _elements(words: str) -> Counter[str]:
    record = Record(
        id="kr1" + "a" * 52,
        title=words,
        text=words,
        lang="en",
        topic=("computing",),
        license="MIT",
        sources=(
            Source(title=words, url="https://a.example/", author=words, license=words, retrieved=words),
        ),
    )
    hit = Hit(record, "oddities", "open", 0.5, 0.5, words, RecordState(record.id))
    origin = EvidenceOrigin(Snapshot(Path(), words, words), Catalogue(Path(), [], []))
    answer = Answer(words, (hit,), origin, Assessment(Band.ANSWERS, 1.0, 0))
    parser = _Elements()
    parser.feed(rendering.render("answer.html.j2", answer=answer, ask=Ask(words), unfiltered="/"))
    return parser.found


_PLAIN = _elements("x")
_PARTS = (
    "<",
    ">",
    '"',
    "'",
    "&",
    "`",
    "${",
    "{{",
    "}}",
    "{%",
    "</",
    "<!--",
    "script",
    " onload=",
    "x",
    "\u202e",
    "\n",
)
_SHARP = st.lists(st.sampled_from(_PARTS), min_size=1).map("".join)


@given(_SHARP | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
@hypothesis_settings(max_examples=150)
def test_whatever_a_record_says_a_card_has_the_same_elements(words: str) -> None:
    assert _elements(words) == _PLAIN


def test_templates_cannot_switch_escaping_off() -> None:
    assert rendering._environment.autoescape is True
    for template in sorted((_SPACE / "templates").iterdir()):
        assert not re.search(r"\|\s*safe|autoescape|Markup", template.read_text()), template.name


def test_gradio_is_given_no_html_but_what_was_rendered() -> None:
    """Every ``gr.HTML`` starts empty or with ``rendering.render``; nothing else in the Space makes HTML or Markdown."""
    for path in sorted(_SPACE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                assert called not in ("gr.Markdown", "gr.Chatbot", "gr.Dataframe"), path.name
                if called == "gr.HTML":
                    assert not node.args or ast.unparse(node.args[0]).startswith("rendering.render("), (
                        path.name
                    )
                    assert not {"value", "html_template", "js_on_load", "server_functions"} & {
                        k.arg for k in node.keywords
                    }
        if path.name != "rendering.py":
            code = path.read_text()
            assert not re.search(r"Markup|<(div|p|span|a|script)[ >]", code), path.name
            assert all(html == 'Html("")' for html in re.findall(r"\bHtml\(.*?\)", code)), path.name
