"""From data to HTML: the templates, and the Markdown in cards and comments.

No JavaScript anywhere. Templates escape everything they are given; rendered Markdown is cut down by ``nh3`` to what text is made
of, so a card or a comment may fold a part away, as on the public Hub, and bring no other markup of its own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from . import cards
from .database import moment
from .signed_comments import carries_signed_review

TEMPLATES = Path(__file__).with_name("templates")
# Whatever slipped through would still not run: no scripts, no frames, no styles but ours. Pictures from elsewhere would tell
# their host who reads what; nobody may put a page into theirs and have it clicked on.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "
MAX_MARKDOWN_CHARACTERS = 2**19
_TAGS = {
    *(
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "details",
        "em",
        "hr",
        "img",
        "p",
        "pre",
        "s",
        "strong",
        "summary",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "ul", "table", "tbody", "td", "th", "thead", "tr"),
}


def render(name: str, status: int = 200, *, form: bool = False, **values: Any) -> Response:
    """A page; ``form`` says that it has one of ours, which leads back to this Hub."""
    html = _templates().get_template(name).render(**values)
    headers = {
        "Content-Security-Policy": _POLICY + ("'self'" if form else "'none'"),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(html, status, headers)


def markdown(text: str) -> Markup:
    """Rendered Markdown; tables and folded parts as on the public Hub, all other raw HTML left out."""
    rendered = _markdown().render(text[:MAX_MARKDOWN_CHARACTERS])
    cleaned = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "img": {"src", "alt", "title"}},
        url_schemes={"http", "https"},
        link_rel="noopener nofollow ugc",
    )
    return Markup(cleaned)  # noqa: S704  nh3 has left nothing but the tags above


def card_body(readme: str) -> Markup:
    """The part of a README below its metadata, rendered."""
    return markdown(cards.body(readme))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.globals["repository"] = None
    environment.filters |= {
        "day": lambda text: text[:16].replace("T", " "),
        "markdown": markdown,
        "moment": moment,
        "carries_signed_review": carries_signed_review,
        "part": lambda text: quote(text, safe=""),
        "path": lambda text: quote(text, safe="/"),
    }
    return environment
