"""Harmless text: what a record says, in a form that may be pasted anywhere and stays data there.

    visible("a\\u202eb")                         "ab"          nothing that cannot be seen, nothing that turns the order around
    json_text({"text": "[a](https://b.org)"})    JSON whose strings hold no link, no picture and no tag until they are parsed
    fenced(text, "kr1…", mark)                   a block of Markdown in which nothing is a link, a heading or an end

Where JSON is shown as text, a Markdown renderer would make links and pictures of what stands in it, and a picture is fetched unasked. JSON
may write any character as its number, so those that make them active are written so: parsers give the same text back to the byte.
A fence is longer than any run in the text and carries a mark drawn for this answer, so no record can end it, or open one like it.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from typing import Any

from commons.records import joining

MARK_BYTES = 8
_HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
# Default_Ignorable_Code_Point of Unicode 17 that are letters or marks by category, and a blank that is a symbol by category: fillers of
# Hangul and Khmer, the grapheme joiner, the braille blank.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_STRAY_JOINER = re.compile(f"({joining.JOINER_IN_PLACE.pattern})|[{joining.JOINERS}]")
_STRAY_SELECTORS = re.compile(f"({joining.SELECTED.pattern})|{joining.SELECTORS.pattern}")
_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")')
# What opens a link, a picture, a tag or code in Markdown and HTML. An address lives by its colon, a mail address by its sign, a bare host
# by its dot.
_ACTIVE = re.compile(
    r"[<>\[\]`]|:(?=//)|(?<=\w)@(?=\w)|(?<=[\w-])\.(?=[A-Za-z]{2,24}\b)|(?<=\bwww)\.|(?<=mailto):|(?<=javascript):|(?<=data):",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[\\`*_\[\]<>~|#&]|(?<=:)//|(?<=\w)@|(?<=www)\.|(?<=[^\W_])\.(?=[^\W\d_]{2,24}\b)")
_TILDES = re.compile("~+")
_SHORTEST_FENCE = 3


def visible(text: str) -> str:
    """The text without what cannot be seen, but for line ends, tabs, and the joiners and selectors that a script needs."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    lines = _LINE_ENDS.sub("\n", text)
    hidden = {ord(character): None for character in set(lines) if not _is_visible(character)}
    shown = lines.translate(hidden) if hidden else lines
    return _STRAY_SELECTORS.sub(_group_alone, _STRAY_JOINER.sub(_group_alone, shown))


def visible_line(text: str) -> str:
    """The same on one line, blanks as single ones."""
    return " ".join(visible(text).split())


def json_text(value: Any, *, indent: int | None = None) -> str:
    """``value`` as JSON that is inert until it is parsed, and parses to the same value; compact where nothing is indented."""
    between = (",", ":") if indent is None else (",", ": ")
    written = json.dumps(value, ensure_ascii=False, separators=between, indent=indent)
    return "".join(
        _ACTIVE.sub(_numbered, part) if part.startswith('"') else part for part in _STRINGS.split(written)
    )


def drawn_mark() -> str:
    """A mark for the fences of one answer that whoever wrote its records could not know."""
    return secrets.token_hex(MARK_BYTES)


def fenced(text: str, label: str, mark: str) -> str:
    """The visible text as a block of code in CommonMark, between the answer's ``mark``; ``label`` is words of ours."""
    shown = visible(text)
    longest = max(map(len, _TILDES.findall(shown)), default=0)
    fence = "~" * max(_SHORTEST_FENCE, longest + 1)
    return f"{fence} {mark} {label}\n{shown}\n{fence}\n(end {mark})\n"


def one_line(text: str) -> str:
    """A title or a name that stands among words of ours: visible, on one line, and without what Markdown would act on."""
    return _MARKUP.sub(r"\\\g<0>", visible_line(text))


def _group_alone(match: re.Match[str]) -> str:
    return match[1] or ""


def _numbered(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _is_visible(character: str) -> bool:
    if character in "\n\t" or character in joining.JOINERS or character in joining.NUMBER_SIGNS:
        return True
    return unicodedata.category(character) not in _HIDDEN and character not in _BLANK_LETTERS
