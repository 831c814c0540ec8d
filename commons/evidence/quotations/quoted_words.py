"""The words of a text as a quotation is compared by them, each with where it stands.

    words_of("H₂O boils at 1,000 °C.")        h, 2, o, boils, at, 1000, °, c and the full stop
    words_of("水在100度沸腾")                   every character of a script without blanks, and 100

A word's ``key`` is the same however it was typeset: letter case, ligatures, full-width and other compatibility forms, soft hyphens and
invisible characters, the vowel marks of Arabic and Hebrew, the digits of a script and the grouping of thousands make no other key. A
decimal comma is no decimal point. What ends a sentence, and symbols (%, °, <, =), count as words. Other punctuation, blanks and the marks
of Markdown are no words.

Every character gets a class, one letter of ``_class_of``, and one regular expression reads the words off these classes; so nothing is read
twice, however hostile the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from commons.records.languages import characters

_LONGEST_SHARED_KEY = 64  # characters; longer ones are no words, and would fill a cache


class WordKind(Enum):
    WORD = auto()
    CHARACTER = auto()  # of a script without blanks between words
    NUMBER = auto()
    SYMBOL = auto()
    END = auto()  # of a sentence
    ELLIPSIS = auto()


class QuotedWord(NamedTuple):
    """``start`` and ``end`` are offsets in the text as it was given."""

    key: str
    start: int
    end: int
    kind: WordKind


_LINE_ENDS = frozenset("\n\r\v\f\x85\u2028\u2029")
_VOWEL_MARKS = re.compile("[\u064b-\u0652\u0670\u0640\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
# Cannot be seen though Unicode calls them marks or letters: variation selectors, the grapheme joiner, the fillers of Hangul.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_UNSPACED = re.compile(f"[{characters()}]")
_APOSTROPHES = frozenset("'\u2018\u2019\u201b\u02bb\u02bc\uff07")
_ENDS = {
    **dict.fromkeys(".。．｡।॥۔։።", "."),
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys("?？؟\u037e", "?"),
    "\u066b": ".",  # decimal separator of Arabic
}
_OWN = {"[": "[", "]": "]", ">": ">", "#": "#", "~": "~", ",": ",", "\u066c": ",", "…": "e", "⋯": "e"}
_MARKDOWN = frozenset("*_`\\")
_SIGNS_OF_PUNCTUATION = frozenset("%‰‱&@/§")
_TRADE_MARKS = frozenset("™℠®©")


def _class_of(character: str) -> str:
    """The letter that stands for what a character is; compatibility forms are what they stand for."""
    if character in _LINE_ENDS:
        return "n"
    plain = unicodedata.normalize("NFKC", character)
    if character in _TRADE_MARKS:
        return "p"
    if _UNSEEN.match(character) or _VOWEL_MARKS.match(character):
        return "i"
    if character in _ENDS or character in _OWN:
        return _ENDS.get(character) or _OWN[character]
    if character in _APOSTROPHES:
        return "'"
    category = unicodedata.category(character)
    if category == "No" or (len(plain) > 1 and not all(map(_is_of_words, plain)) and not plain.isspace()):
        return "x"
    return _class_of_plain(plain[0], unicodedata.category(plain[0])) if plain else "i"


def _is_of_words(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"


def _class_of_plain(character: str, category: str) -> str:
    if character.isspace():
        return " "
    if category in ("Cf", "Cc", "Cs", "Co", "Cn"):
        return "i"
    if category == "Nd":
        return "0"
    if category[0] == "M":
        return "m"
    if _UNSPACED.match(character):
        return "u"
    if category[0] in "LN":
        return "a"
    if category == "Pd" or character == "\u2212":
        return "-"
    if character in _OWN or character in _ENDS:
        return _OWN.get(character) or _ENDS[character]
    if character in _MARKDOWN:
        return "k"
    if "\U0001f3fb" <= character <= "\U0001f3ff":
        return "i"  # a skin's colour
    if category in ("Sm", "Sc", "So") or character in _SIGNS_OF_PUNCTUATION or character == "^":
        return "s"
    return "p"


class _Classes(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = _class_of(chr(code))
        return self[code]


_CLASSES = _Classes()
_WORD = re.compile(
    r"(?P<marker>(?:\A|(?<=n)) *(?:[>#k-]+ +)*[>#k-]+(?: +|(?=n|e|\.\.\.|\Z))"  # of a heading, a list or a quotation in Markdown
    r"|(?:(?<=[.!?e] )|(?<=[.e]\] ))>+ +)"  # the same where lines were joined
    r"|(?P<ellipsis>e+|\.{3,}|\.(?: \.){2,})"
    r"|(?P<number>(?:(?<![a0um\])-])-)?0+(?:[.,]0+|'000(?!0))*)"
    r"|(?P<word>(?:\[a\])?a[ami]*|m+)"
    r"|(?P<character>u[mi]*)"
    r"|(?P<composed>x)"
    r"|(?P<end>[.!?]+)"
    r"|(?P<symbol>[s>]i*|#(?=[a0])|(?<=a)#|~(?=0))"
)
_KINDS = {
    "word": WordKind.WORD,
    "character": WordKind.CHARACTER,
    "number": WordKind.NUMBER,
    "symbol": WordKind.SYMBOL,
    "end": WordKind.END,
    "ellipsis": WordKind.ELLIPSIS,
}
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_LINK_TARGET = re.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)")
_GROUPED = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?:'\d{3})+)(?:\.\d+)?")
_GROUPED_BY_POINTS = re.compile(r"-?(?:\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d+)")


def words_of(text: str, *, link_targets: bool = True) -> list[QuotedWord]:
    """The words in their order; ``link_targets`` says whether the addresses of Markdown's links are among them."""
    classes = text.translate(_CLASSES)
    if "&" in text:
        classes = _with_entities(text, classes)
    if not link_targets:
        for target in _LINK_TARGET.finditer(text):
            start, end = target.span()
            classes = f"{classes[:start]}]{'p' * (end - start - 1)}{classes[end:]}"
    words: list[QuotedWord] = []
    for match in _WORD.finditer(classes):
        name, (start, end) = str(match.lastgroup), match.span()
        if name == "number":
            words += _numbers(text, start, end)
        elif name == "composed":
            words += _composed(text[start], start)
        elif name == "end":
            ends = set(classes[start:end])
            words.append(QuotedWord(next(e for e in "?!." if e in ends), start, end, WordKind.END))
        elif name != "marker":
            words.append(QuotedWord(key_of(text[start:end]), start, end, _KINDS[name]))
    return words


def _with_entities(text: str, classes: str) -> str:
    """An entity of HTML has the class of what it stands for, and is as long as it was."""
    parts, done = [], 0
    for entity in _ENTITY.finditer(text):
        plain = html.unescape(entity[0])
        if len(plain) == 1:
            parts += [classes[done : entity.start()], _CLASSES[ord(plain)], "i" * (len(entity[0]) - 1)]
            done = entity.end()
    return "".join([*parts, classes[done:]])


def key_of(written: str) -> str:
    return _short_key(written) if len(written) <= _LONGEST_SHARED_KEY else _key(written)


def _key(written: str) -> str:
    if written.isascii() and "&" not in written and written.isalnum():
        return written.lower()
    plain = unicodedata.normalize("NFKC", without_unseen(html.unescape(written)))
    folded = unicodedata.normalize("NFKC", without_vowel_marks(plain).casefold())
    return folded.translate({ord("["): None, ord("]"): None}) if len(folded) > 1 else folded or written


_short_key = lru_cache(maxsize=32768)(_key)


def without_unseen(written: str) -> str:
    return "".join(c for c in written if unicodedata.category(c) not in ("Cf", "Cc") and not _UNSEEN.match(c))


def without_unseen_in_line(written: str) -> str:
    """As ``without_unseen``, but blanks and line ends stay."""
    return "".join(c for c in written if c.isspace() or without_unseen(c))


def without_vowel_marks(written: str) -> str:
    return _VOWEL_MARKS.sub("", written)


def number_key(written: str) -> str:
    """A number in ASCII, its thousands ungrouped."""
    plain = ascii_digits(unicodedata.normalize("NFKC", written))
    if _GROUPED.fullmatch(plain):
        return re.sub("[,']", "", plain)
    return plain.replace(".", "") if _GROUPED_BY_POINTS.fullmatch(plain) else plain


def ascii_digits(written: str) -> str:
    """Digits, separators and signs of any script as those of ASCII."""

    def plain(character: str) -> str:
        if (value := unicodedata.decimal(character, None)) is not None:
            return str(value)
        kind = _CLASSES[ord(character)]
        return kind if kind in ".,-'" else character

    return "".join(map(plain, written))


def _numbers(text: str, start: int, end: int) -> Iterator[QuotedWord]:
    """One number, or those of a list that has no blanks after its commas."""
    key = number_key(text[start:end])
    if key.count(",") < 2:
        yield QuotedWord(key, start, end, WordKind.NUMBER)
        return
    for part in re.finditer("[^,٬，]+", text[start:end]):
        place = start + part.start()
        yield QuotedWord(number_key(part[0]), place, start + part.end(), WordKind.NUMBER)


def _composed(character: str, start: int) -> Iterator[QuotedWord]:
    """The words of a character that stands for several: ½, ℃, ²; each at the same place."""
    plain = unicodedata.normalize("NFKC", character).replace("\u2044", "/")
    if plain == character:  # a number sign of some script
        yield QuotedWord(character, start, start + 1, WordKind.NUMBER)
        return
    for word in words_of(plain):
        yield QuotedWord(word.key, start, start + 1, word.kind)


def is_apostrophe(gap: str) -> bool:
    return len(gap) == 1 and gap in _APOSTROPHES


def is_dash(gap: str) -> bool:
    return len(gap) == 1 and _CLASSES[ord(gap)] == "-"


_HYPHENATION = re.compile(r"[-\u00ad\u2010\u2011][^\S\n]*\n\s*")
_BLANK = re.compile(r"[ \u00a0\u2000-\u200a\u202f\u205f]")


def joined(text: str, words: Sequence[QuotedWord], known: Collection[str]) -> list[QuotedWord]:
    """What a line end or a blank parts, in one word again where the other text (``known``: its keys) has it so: exam-⏎ple, 1 000."""
    whole: list[QuotedWord] = []
    for word in words:
        before = whole[-1] if whole else None
        if before and word.start >= before.end and is_parted(text, before, word):
            key = before.key + word.key
            if key in known:
                whole[-1] = QuotedWord(key, before.start, word.end, before.kind)
                continue
        whole.append(word)
    return whole if len(whole) < len(words) else list(words)


def is_parted(text: str, first: QuotedWord, second: QuotedWord) -> bool:
    """Whether two words may be one that a line end or a blank parts."""
    gap = text[first.end : second.start]
    if first.kind is second.kind is WordKind.NUMBER:
        return len(second.key) == 3 and second.key.isdigit() and bool(_BLANK.fullmatch(gap))
    if first.kind is second.kind is WordKind.WORD:
        soft = "\u00ad" * (text[first.end - 1] == "\u00ad")  # it is part of the word before it
        return bool(_HYPHENATION.fullmatch(soft + gap))
    return False
