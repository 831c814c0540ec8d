"""The words of a licence file, README or dataset card without their markup: HTML, Markdown, badges, YAML.

    sentences("# Licence\\n\\nMIT. See\\n[LICENSE](LICENSE).")      Licence / MIT. / See LICENSE.

An address becomes what it names: a licence's page its name, a badge its two labels, a file of the repository nothing. What an address may
hide (other terms somewhere) becomes a word that no reader of sentences understands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import yaml

_MAX_CARD_CHARACTERS = 200_000
_CARD = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LICENSE_KEYS = ("license", "licence", "licenses", "licences", "license_name")
_ATTRIBUTES = re.compile(r"""\b(?:href|src|alt|title|content)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?!(?i:https?://|www\.))[/a-zA-Z!][^<>]*>")
_BLOCK_TAG = re.compile(r"</?(?:p|div|br|li|ul|ol|h\d|tr|table|section|hr)\b[^<>]*>", re.IGNORECASE)
# Possessive throughout, so that a file of nothing but brackets takes no time.
_LINK = re.compile(r"!?\[((?:[^\[\]]++|\[[^\[\]]*+\])*+)\]\(\s*+<?([^)\s>]{0,2000}+)>?[^)]{0,500}+\)")
# An image that is a link: a statement of its own, of which several stand in one line.
_BADGE_LINK = re.compile(
    r"\[!\[([^\[\]]{0,200}+)\]\(([^)\s]{0,2000}+)[^)]{0,200}+\)\s{0,9}\]\(([^)\s]{0,2000}+)[^)]{0,200}+\)"
)
_REFERENCE_LINK = re.compile(r"!?\[([^\[\]]*)\]\[([^\[\]]*)\]")
_REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*(\S+).*$", re.MULTILINE)
_ADDRESS = re.compile(r"<?\b(?:https?://|www\.)[^\s<>\"')\]]+>?", re.IGNORECASE)
_BADGE = re.compile(r"img\.shields\.io/(?:badge/|static/v1\?)([^?#\s]+)")
_BUTTON = re.compile(r"(?:i\.creativecommons\.org|licensebuttons\.net)/(?:l|p)/([a-z-]+)/(\d\.\d)")
_DYNAMIC_BADGE = re.compile(r"(?:img\.)?(?:shields\.io|badgen\.net)/[a-z]+/(?:l|license)/")
_LICENSE_PAGE = re.compile(
    r"creativecommons\.org/(?:licen[sc]es|publicdomain)/|opendatacommons\.org/|opensource\.org/licen|spdx\.org/licen|choosealicense\.com/licen|apache\.org/licen|unlicense\.org|cdla\.dev/"
)
_OF_REPOSITORY = re.compile(r"(?:^|/)(?:un)?(?:licen[sc]e|copying)[\w.-]*(?:#\S*)?$", re.IGNORECASE)
_OTHER_TERMS = re.compile(
    r"licen[sc]|copyright|terms|legal|polic|agreement|tos\b|eula|conditions", re.IGNORECASE
)
UNREAD = "terms-elsewhere"  # stands for an address that may hold terms
_EXPRESSION = re.compile(r"SPDX-License-Identifier:\s*(.+?)\s*(?:\*/|-->)?\s*$", re.IGNORECASE)
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)]|#{1,6}|\|)\s*")
_UNDERLINE = re.compile(r"^\s*[=~*_#-]{3,}\s*$")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"')\]]*\s+(?=\S)|(?<=[。！？।؟۔])\s*|\s*[;；]\s+|\s+\|\s+|\s+[—–]\s+"
)


@dataclass(frozen=True)
class Card:
    """A card's declared licences, as they are written, and the text without them."""

    licenses: tuple[str, ...]
    rest: str


def front_matter(text: str) -> Card:
    """The licences that the YAML at the head of a text declares; what cannot be read stays in the text, for a person."""
    head = _CARD.match(text)
    if not head or len(head[1]) > _MAX_CARD_CHARACTERS:
        return Card((), text)
    try:
        values = yaml.safe_load(head[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return Card((), text)
    if not isinstance(values, dict):
        return Card((), text)
    declared = [str(item) for key in _LICENSE_KEYS for item in _scalars(values.pop(key, None))]
    others = "\n\n".join(str(item) for item in _scalars(values))
    return Card(tuple(declared), f"{others}\n\n{text[head.end() :]}")


def _scalars(value: Any, depth: int = 0) -> Iterator[Any]:
    if depth > 20:
        return
    match value:
        case dict():
            for name, item in value.items():
                yield from (name, *_scalars(item, depth + 1))
        case list() | tuple() | set():
            for item in value:
                yield from _scalars(item, depth + 1)
        case None:
            return
        case _:
            yield value


def spdx_expression(sentence: str) -> str:
    """What a line ``SPDX-License-Identifier: …`` says, or nothing."""
    line = _EXPRESSION.search(sentence)
    return line[1].rstrip(".") if line else ""


def as_plain(text: str) -> str:
    """The text without markup, on as many lines."""
    text = _REFERENCE.sub(lambda match: f"\n{_meaning(match[1])}\n", text)
    text = _BLOCK_TAG.sub("\n", _COMMENT.sub(r"\n\1\n", text))
    text = _TAG.sub(_attributes, text)
    text = _BADGE_LINK.sub(
        lambda badge: f"\n\n{badge[1]} {_meaning(badge[2])} {_meaning(badge[3])}\n\n", text
    )
    for _ in range(3):  # an image in a link in a link
        text = _LINK.sub(lambda match: f" {match[1]} {_meaning(match[2])} ", text)
    text = _REFERENCE_LINK.sub(r" \1 ", text)
    text = _ADDRESS.sub(lambda match: f" {_meaning(match[0].strip('<>'))} ", text)
    return html.unescape(text)


def _attributes(tag: re.Match[str]) -> str:
    values = [double or single for double, single in _ATTRIBUTES.findall(tag[0])]
    return " ".join([*values, ""])


def _meaning(address: str) -> str:
    """What an address says of a licence, in words."""
    address = address.lower()
    if badge := _BADGE.search(address):
        words = (
            unquote(badge[1])
            .replace("--", "\0")
            .replace("__", " ")
            .replace("-", " ")
            .replace("_", " ")
            .replace("\0", "-")
        )
        return f" {_without_colour(words)} "
    if button := _BUTTON.search(address):
        kind = "publicdomain" if button[1] == "zero" else "licenses"
        return f"creativecommons.org/{kind}/{button[1]}/{button[2]}"
    if _DYNAMIC_BADGE.search(address):
        return ""
    if _LICENSE_PAGE.search(address):
        plain = re.sub(r"^(?:https?://)?(?:www\.)?", "", unquote(address).rstrip(".,;"))
        listed = re.search(
            r"(?:spdx\.org|choosealicense\.com|opensource\.org)/licen[sc]es?/([\w.-]+?)(?:\.html|-license\.php)?/?$",
            plain,
        )
        return f" {listed[1]} " if listed else f" {plain} "
    if _OF_REPOSITORY.search(address) or not _OTHER_TERMS.search(address):
        return ""
    return UNREAD


def _without_colour(words: str) -> str:
    return re.sub(r"\s+(?:[0-9a-f]{3,6}|[a-z]+)(?:\.svg|\.png)?$", "", words.removesuffix(".svg"))


def sentences(text: str) -> Iterator[str]:
    """Sentence by sentence, with wrapped lines joined; headings, items and cells stand alone."""
    block: list[str] = []
    for line in [*as_plain(text).splitlines(), ""]:
        plain = (
            re.sub(r"^[\s>]*(?:(?://|/\*+|\*|#|;|--|%)\s)?", "", line)
            if _is_comment(line)
            else re.sub(r"^[\s>]+", "", line)
        )
        alone = (
            bool(_ITEM.match(line)) or not plain.strip() or _UNDERLINE.match(line) or spdx_expression(plain)
        )
        if alone and block:
            yield from _split(" ".join(block))
            block = []
        if not plain.strip() or _UNDERLINE.match(line):
            continue
        if line.lstrip().startswith("#") or spdx_expression(plain):
            yield from _split(_ITEM.sub("", plain))
        else:
            block.append(_ITEM.sub("", plain))


def _is_comment(line: str) -> bool:
    return bool(re.match(r"\s*(?://|/\*|;|--|%)\s", line))


def _split(block: str) -> Iterator[str]:
    if spdx_expression(block):
        yield block
        return
    yield from (part.strip() for part in _SENTENCE_END.split(block) if part.strip())
