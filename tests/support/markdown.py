"""What a Markdown renderer would act on in a text: with HTML on, and with bare addresses made links where linkify-it is installed."""

from __future__ import annotations

from importlib.util import find_spec

from markdown_it import MarkdownIt
from markdown_it.token import Token

_LINKIFY = find_spec("linkify_it") is not None
_RENDERER = MarkdownIt("commonmark", {"html": True, "linkify": _LINKIFY})
if _LINKIFY:
    _RENDERER.enable("linkify")
_ACTIVE = ("link_open", "image", "heading_open", "html_block", "html_inline")


def active(text: str) -> list[str]:
    """The kinds of links, pictures, headings and HTML in it."""
    return [token.type for token in _tokens(text) if token.type in _ACTIVE]


def code_blocks(text: str) -> list[str]:
    """What stands in its fenced blocks."""
    return [token.content for token in _tokens(text) if token.type == "fence"]


def _tokens(text: str) -> list[Token]:
    return [token for block in _RENDERER.parse(text) for token in (block, *(block.children or ()))]
