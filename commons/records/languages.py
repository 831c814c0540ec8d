"""Languages and scripts: how a language tag is written, what it includes, and which scripts are written without blanks between words.

    read("pt_br").tag                                   "pt-BR"
    read("root").question                               "root names no language; say which one the text is in"
    includes("zh", "yue-Hant-HK")                       True
    primary_subtag("pt-BR")                             "pt"
    "th" in UNSPACED_LANGUAGES                          True
    re.compile(f"[{characters('Thai', 'Lao')}]+")       a run of letters of these scripts

Who cuts words, looks for strays or counts letters asks this table, so that a script is not known in one place and forgotten in another.
Where somebody needs fewer scripts than all, the place that leaves some out says why.

A tag is canonical as CLDR has it, which ``langcodes`` follows: the shortest code of a language, no deprecated subtag, no script that goes
without saying. A macro-language stays what it is: ``no`` is not made ``nb``, because the registry does not deprecate it, CLDR no longer
replaces it (since version 39), and who wrote ``no`` did not say which of Bokmål and Nynorsk.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import langcodes
from langcodes.data_dicts import MACROLANGUAGES
from langcodes.util import data_filename

from commons import near_misses

# Unicode's name of the script -> its blocks, as the inside of a regular expression's brackets. These are the scripts whose living
# languages put no blank between words: those of line-breaking class SA (complex context), the ideographs and syllables of Chinese and
# Japanese, and Balinese, Javanese and Tibetan, whose blanks and marks stand between syllables or sentences (UAX #14, and the language
# notes of https://r12a.github.io/scripts/).
UNSPACED_SCRIPTS = {
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Myanmar": "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\U000116d0-\U000116ff",
    "Khmer": "\u1780-\u17ff\u19e0-\u19ff",
    "Tai_Le": "\u1950-\u197f",
    "New_Tai_Lue": "\u1980-\u19df",
    "Tai_Tham": "\u1a20-\u1aaf",
    "Tai_Viet": "\uaa80-\uaadf",
    "Ahom": "\U00011700-\U0001174f",
    "Balinese": "\u1b00-\u1b7f",
    "Javanese": "\ua980-\ua9df",
    "Hiragana": "\u3040-\u309f\U0001b001-\U0001b11f\U0001b132\U0001b150-\U0001b152",
    "Katakana": "\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b000\U0001b120-\U0001b122\U0001b155\U0001b164-\U0001b167",
    "Bopomofo": "\u3100-\u312f\u31a0-\u31bf",
    "Han": "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd",
}
# Languages that are written in these scripts as a rule, by primary subtag: the Chinese ones, Japanese, and those of Thailand, Laos,
# Myanmar, Cambodia, Tibet, Bhutan and Yunnan. Javanese and Balinese are written in Latin letters today.
UNSPACED_LANGUAGES = frozenset(
    (
        *("zh", "cmn", "yue", "wuu", "gan", "hsn", "lzh", "ja", "th", "tts", "nod", "lo"),
        *("my", "shn", "mnw", "km", "bo", "dz", "khb", "tdd", "blt"),
    )
)


_LONGEST_TAG = 100  # characters; a tag with every kind of subtag has fewer
_DASHES = re.compile(r"[_\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_LOCALE = re.compile(r"([a-z]{2,3}(?:-[a-z]{2})?)(?:\.[a-z0-9-]+)?(?:@([a-z]+))?", re.IGNORECASE)
# What a POSIX locale says behind its @ -> the subtag that says it; the euro says nothing of language.
_LOCALE_MODIFIERS = {
    "euro": "",
    "latin": "Latn",
    "cyrillic": "Cyrl",
    "devanagari": "Deva",
    "valencia": "valencia",
}
# Tags that say that the language is unknown, none, several or nothing that a code exists for; locales of programs that speak none.
_NO_LANGUAGE = {"und", "root", "mul", "zxx", "mis", "c", "posix"}
_SHORTEST_NAME = 4  # letters; what is shorter is a code, right or wrong
# Names that the registry lacks or spells with years.
_OTHER_NAMES = {
    **{"greek": "el", "mandarin": "cmn", "cantonese": "yue", "farsi": "fa", "deutsch": "de", "español": "es", "castellano": "es"},
    **{"français": "fr", "italiano": "it", "português": "pt", "català": "ca", "nederlands": "nl", "svenska": "sv", "dansk": "da"},
    **{"norsk": "no", "bokmål": "nb", "nynorsk": "nn", "suomi": "fi", "polski": "pl", "čeština": "cs", "magyar": "hu", "română": "ro"},
    **{"türkçe": "tr", "tiếng việt": "vi", "bahasa indonesia": "id", "bahasa melayu": "ms", "kiswahili": "sw", "русский": "ru"},
    **{"українська": "uk", "ελληνικά": "el", "עברית": "he", "العربية": "ar", "فارسی": "fa", "اردو": "ur", "हिन्दी": "hi", "বাংলা": "bn"},
    **{"தமிழ்": "ta", "ไทย": "th", "中文": "zh", "汉语": "zh", "漢語": "zh", "日本語": "ja", "한국어": "ko"},
}  # fmt: skip
_PRIVATE = re.compile(r"(?:x|q[a-t][a-z])(?:-|$)", re.IGNORECASE)


@dataclass(frozen=True)
class LanguageReading:
    """What somebody wrote for a language, as a canonical tag; or what to ask, where it is none."""

    tag: str = ""
    question: str = ""


@lru_cache(maxsize=4096)
def read(written: str) -> LanguageReading:
    """The language meant by a tag in any spelling, a locale's name or an English name; nothing is guessed."""
    if not written.strip():
        return LanguageReading(question="no language is given")
    if len(written) > _LONGEST_TAG:
        return LanguageReading(question=f"{written[:20]!r}… is longer than any language tag")
    plain = _INVISIBLE.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", written))).strip()
    plain = _without_locale(plain)
    if plain.lower() in _NO_LANGUAGE:
        return _asked(written)
    if not _is_tag(plain):
        named = _by_name().get(plain.casefold())
        return LanguageReading(named) if named else LanguageReading(question=_question(plain, written))
    tag = langcodes.standardize_tag(plain)
    if primary_subtag(tag) in _NO_LANGUAGE or _PRIVATE.match(tag):
        return _asked(written)
    return LanguageReading(tag)


def canonical(tag: str) -> str:
    """The tag as it is written canonically; one that is none, as it is: a landed record keeps what it says."""
    return read(tag).tag or tag


def counted(by_spelling: Mapping[str, int]) -> Counter[str]:
    """Counts by language tag, those of one tag in several spellings added up under the canonical one."""
    counts: Counter[str] = Counter()
    for tag, count in by_spelling.items():
        counts[canonical(tag)] += count
    return counts


@lru_cache(maxsize=65536)
def includes(wanted: str, tag: str) -> bool:
    """Whether who asks for one language gets texts in another: it itself in any spelling, what narrows it, and a macro-language's members.

    Subtags are compared as RFC 4647 filters them (3.3.2, "extended"): ``zh-TW`` includes ``zh-Hant-TW``. Where a tag names a region and no
    script, the script is the one that CLDR finds likely there: ``zh-Hant`` includes ``zh-TW``.
    """
    asked, stored = (canonical(name).split("-") for name in (wanted, tag))
    if not _same_language(asked[0].lower(), stored[0].lower()):
        return False
    return _in_order(
        [part.lower() for part in asked[1:]], [part.lower() for part in _with_script(stored)[1:]]
    )


def load() -> None:
    """Read the names of all languages, for a process that can open nothing afterwards."""
    _by_name()
    includes("zh-Hant", "zh-TW")


def primary_subtag(tag: str) -> str:
    """The language itself, without script, region or variant: the first part of a BCP 47 tag, in lower case."""
    return tag.partition("-")[0].lower()


def characters(*scripts: str) -> str:
    """The characters of these scripts, for the inside of a regular expression's brackets; without names, of all in the table."""
    return "".join(UNSPACED_SCRIPTS[name] for name in scripts or UNSPACED_SCRIPTS)


def _without_locale(written: str) -> str:
    """``pt-BR`` of the locale ``pt_BR.UTF-8``, ``sr-Latn-RS`` of ``sr_RS@latin``."""
    parts = _LOCALE.fullmatch(written)
    if written.partition(".")[0].lower() in _NO_LANGUAGE:
        return written.partition(".")[0]
    if not parts or (parts[2] and parts[2].lower() not in _LOCALE_MODIFIERS):
        return written
    subtag = _LOCALE_MODIFIERS[parts[2].lower()] if parts[2] else ""
    language, _, region = parts[1].partition("-")
    script_first = len(subtag) == 4
    order = [language, subtag, region] if script_first else [language, region, subtag]
    return "-".join(part for part in order if part)


def _asked(written: str) -> LanguageReading:
    return LanguageReading(question=f"{written.strip()} names no language; say which one the text is in")


def _is_tag(written: str) -> bool:
    return written.isascii() and langcodes.tag_is_valid(written)


def _question(plain: str, written: str) -> str:
    shown = repr(written.strip())
    parts = [part for part in re.split(r"\s*[,;/|+&]\s*|\s+and\s+|\s+", plain) if part]
    if len(parts) > 1 and all(_is_tag(part) or part.casefold() in _by_name() for part in parts):
        return f"{shown} names several languages; give each text the one it is in"
    if meant := _meant(plain):
        return f"{shown} is not a BCP 47 language tag; did you mean {meant}?"
    return f"{shown} is not a BCP 47 language tag; use a tag such as en, pt-BR or zh-Hans"


def _meant(plain: str) -> str:
    """The tag that a broken one, a country's code or a misspelt name may stand for, or nothing."""
    mended = "-".join(re.findall(r"[A-Za-z0-9]+", plain))
    if plain.isascii() and mended != plain and _is_tag(mended):
        return read(mended).tag
    if re.fullmatch(r"[A-Za-z]{2}", plain):
        spoken = langcodes.Language.get(f"und-{plain.upper()}").maximize().language
        # English is what CLDR finds likely where it knows nothing.
        return (
            f"{spoken}, which {plain.upper()} as a country suggests"
            if spoken not in (None, "und", "en")
            else ""
        )
    # Of 8,000 names some are near to anything; whoever has a code of two letters is meant more often.
    known = [name for name, tag in _by_name().items() if len(tag) == 2]
    near = near_misses.nearest(plain, known, most=1) if len(plain) >= _SHORTEST_NAME else ()
    return f"{_by_name()[near[0]]} ({near[0].title()})" if near else ""


def _registry() -> str:
    path: str = data_filename("language-subtag-registry.txt")  # type: ignore[no-untyped-call]
    return Path(path).read_text("utf-8")


@cache
def _by_name() -> dict[str, str]:
    """Name in lower case -> tag: the IANA registry's, without names that two languages bear, and what larger languages call themselves."""
    tags: dict[str, set[str]] = {}
    for entry in _registry().split("%%\n"):
        if "Type: language\n" not in entry or re.search(
            r"^(?:Deprecated|Scope: (?:special|collection|private))", entry, re.MULTILINE
        ):
            continue
        tag = entry.partition("Subtag: ")[2].partition("\n")[0]
        for name in re.findall(r"^Description: (.*)", entry, re.MULTILINE):
            tags.setdefault(name.removesuffix(" (macrolanguage)").casefold(), set()).add(tag)
    unique = {
        name: tag for name, (tag, *others) in tags.items() if not others and len(name) >= _SHORTEST_NAME
    }
    return unique | _OTHER_NAMES


def _same_language(wanted: str, language: str) -> bool:
    if wanted == language or MACROLANGUAGES.get(language) == wanted:
        return True
    # What CLDR takes for the same: ``cmn`` is what nearly every text in ``zh`` is in.
    return (
        langcodes.standardize_tag(wanted, macro=True) == langcodes.standardize_tag(language, macro=True)
        if _is_tag(wanted) and _is_tag(language)
        else False
    )


def _with_script(subtags: list[str]) -> list[str]:
    tag = "-".join(subtags)
    if not _is_tag(tag):
        return subtags
    parts = langcodes.Language.get(tag)
    likely = parts.maximize().script if parts.territory and not parts.script else None
    return [subtags[0], likely, *subtags[1:]] if likely else subtags


def _in_order(wanted: list[str], subtags: list[str]) -> bool:
    """Whether all that is wanted stands among the subtags in its order, with no extension before it (RFC 4647, 3.3.2)."""
    rest = iter(subtags)
    for part in wanted:
        for subtag in rest:
            if subtag == part:
                break
            if len(subtag) == 1:
                return False
        else:
            return False
    return True
