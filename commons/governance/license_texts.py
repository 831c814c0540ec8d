"""The legal texts of the licences that a commons takes, and what is left of a text without them.

    apart = separate(text)
    apart.licenses         the licences whose legal text, or part of it, stands there
    apart.rest             what somebody wrote beside it

The texts lie in ``license_texts/``, as their stewards publish them. A legal text counts as one from a paragraph's beginning to a
paragraph's end (or to where the file is cut), word for word; case, punctuation, numbers and the breaking of lines are no difference. One
word more or less inside a paragraph, and the whole run stays in ``rest``: it is somebody's own terms then.

Why no licence detector: ScanCode's tells thousands of licences apart, in 126 MB, and calls a text with one clause more by the name of the
nearest; here eleven texts have to be told from everything else, and a clause more is what must not be missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "license_texts"
# Words that are compared together. Fewer would take everyday English for law, more would miss short paragraphs.
_WINDOW = 6
_MOST_WINDOWS_OF_A_TITLE = 7  # twelve words in a row, which no title and no usual sentence has
_WORD = re.compile(r"[a-z][a-z0-9]+")
_ADDRESS = re.compile(r"(?:https?://|www\.|\b(?:[a-z0-9-]+\.)+(?:org|com|net)/)[^\s)>\]\"]*")
_PARAGRAPH = re.compile(r"\n[ \t>*#/;-]*\n")
# Lines of the templates that everybody fills in, and titles that others leave out; they are read as somebody's own words.
_TEMPLATE_LINE = re.compile(
    r"^\s*(?:MIT License|Copyright \(c\) \[year\].*|Copyright \[yyyy\].*)$", re.MULTILINE
)

_Words = tuple[str, ...]


@dataclass(frozen=True)
class SeparatedText:
    """Legal texts by SPDX id (several where the words stand in several), each run once; and the rest, a blank line for each run."""

    licenses: tuple[frozenset[str], ...]
    rest: str
    altered: str = ""  # the beginning of words that are nearly law, and stand in the rest


_Place = tuple[str, int]  # a licence, and the number of a word in its text


@dataclass
class _Passage:
    """The places where a window of words stands, and those of them where a paragraph begins with it, or ends."""

    places: set[_Place] = field(default_factory=set)
    begins: set[_Place] = field(default_factory=set)
    ends: set[_Place] = field(default_factory=set)


def separate(text: str) -> SeparatedText:
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(_without_addresses(text))]
    licenses: list[frozenset[str]] = []
    rest: list[str] = []
    position = 0
    for first, last, spdx_ids in _runs([word for word, _, _ in words]):
        licenses.append(spdx_ids)
        rest.append(text[position : words[first][1]])
        position = words[last][2]
    rest.append(text[position:])
    altered = next((part for part in rest if _is_nearly_law(part)), "")
    return SeparatedText(tuple(dict.fromkeys(licenses)), "\n\n".join(rest), altered.strip())


def _without_addresses(text: str) -> str:
    """In lower case and of the same length."""
    lower = text.lower() if len(text.lower()) == len(text) else "".join(letter.lower()[:1] for letter in text)
    return _ADDRESS.sub(lambda address: " " * len(address[0]), lower)


def _is_nearly_law(text: str) -> bool:
    """Whether more than a title's worth of law stands in it: a paragraph that somebody changed."""
    words, passages, consecutive = _WORD.findall(_without_addresses(text)), _passages(), 0
    for at in range(len(words) - _WINDOW + 1):
        consecutive = consecutive + 1 if tuple(words[at : at + _WINDOW]) in passages else 0
        if consecutive >= _MOST_WINDOWS_OF_A_TITLE:
            return True
    return False


def _runs(words: list[str]) -> Iterator[tuple[int, int, frozenset[str]]]:
    """(first word, last word, licences) of every run that begins and ends where a paragraph of law does."""
    passages = _passages()
    windows = [passages.get(tuple(words[at : at + _WINDOW])) for at in range(len(words) - _WINDOW + 1)]
    at = 0
    while at < len(windows):
        passage = windows[at]
        if passage is None or not passage.begins:
            at += 1
            continue
        places, end, length = set(passage.begins), -1, 0
        licenses: set[str] = set()
        # The next window has to stand next in the legal text as well: what stands elsewhere in it would hide a word that was taken out.
        while at + length < len(windows) and (window := windows[at + length]) and places & window.places:
            places &= window.places
            length += 1
            ending = places & window.ends
            if at + length >= len(windows) - 1:  # at the end of the file it may be cut, inside a word too
                ending = places
            if ending:
                end, licenses = at + length - 1, {spdx for spdx, _ in ending}
            places = {(spdx, place + 1) for spdx, place in places}
        if end < 0:
            at += length
            continue
        yield at, end + _WINDOW - 1, frozenset(licenses)
        at = end + _WINDOW


@cache
def _passages() -> dict[_Words, _Passage]:
    """Every window of words in the legal texts."""
    passages: dict[_Words, _Passage] = {}
    for path in sorted(_FOLDER.glob("*.txt")):
        text = _TEMPLATE_LINE.sub("", _ADDRESS.sub("", path.read_text("utf-8")))
        paragraphs = [_WORD.findall(paragraph.lower()) for paragraph in _PARAGRAPH.split(text)]
        words = [word for paragraph in paragraphs for word in paragraph]
        starts, word_count = set(), 0
        for paragraph in paragraphs:
            starts.add(word_count)
            word_count += len(paragraph)
        starts.add(word_count)
        for at in range(len(words) - _WINDOW + 1):
            passage, place = passages.setdefault(tuple(words[at : at + _WINDOW]), _Passage()), (path.stem, at)
            passage.places.add(place)
            if at in starts:
                passage.begins.add(place)
            if at + _WINDOW in starts:
                passage.ends.add(place)
    return passages
