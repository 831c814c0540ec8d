"""Rendering: the one place where words become HTML.

Every template escapes every value by itself (jinja2's autoescape), and none of them may switch that off, so whatever a record says stays
text. A link target passes through ``web``, which lets http and https through and nothing else. ``Html`` is what ``render`` gives; pages
hand nothing else to ``gr.HTML``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NewType
from urllib.parse import urlencode, urlsplit

import jinja2

from commons.errors import CommonsError
from commons.governance import licenses
from commons.governance.licenses import License
from commons.index import figures
from space_app import links

Html = NewType("Html", str)

SHOWN_CHARACTERS = 480  # of a text before the rest is folded
_HERE = Path(__file__).parent


def render(template: str, **values: Any) -> Html:
    """The template, filled in."""
    return Html(_environment.get_template(template).render(**values))


def problem(error: CommonsError, *, unfiltered: str = "") -> Html:
    """What happened and what to do next; ``unfiltered`` leads to the same question without its filters."""
    return render("problem.html.j2", error=error, unfiltered=unfiltered)


def web(address: str | None) -> str:
    """The address when it is one a browser may be sent to, else nothing."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    # The gate refuses others too; a folder may come from anywhere.
    return address if parts.scheme in ("http", "https") and parts.hostname else ""


def _license(spdx: str) -> License | None:
    return licenses.BY_SPDX.get(spdx)


def _opening(text: str) -> str:
    """The first part of a long text, cut between words, or nothing when it need not be folded."""
    if len(text) <= SHOWN_CHARACTERS * 5 // 4:
        return ""
    cut = text.rfind(" ", SHOWN_CHARACTERS // 2, SHOWN_CHARACTERS)
    return text[: cut if cut > 0 else SHOWN_CHARACTERS].rstrip() + " …"


def _revision(revision: str) -> str:
    return revision[:10]


def _browse(**filters: str) -> str:
    return links.to("/browse?") + urlencode(filters, errors="replace")


def _make_environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "web": web,
        "license": _license,
        "opening": _opening,
        "revision": _revision,
        "thousands": lambda number: f"{number:,}",
        "unread": figures.unread_sentence,
    }
    environment.filters.update(filters)
    environment.globals["browse"] = _browse
    environment.globals["to"] = links.to
    return environment


_environment = _make_environment()
