"""Languages and scripts: what a language tag says first, and which scripts are written without blanks between words.

    primary_subtag("pt-BR")                             "pt"
    "th" in UNSPACED_LANGUAGES                          True
    re.compile(f"[{characters('Thai', 'Lao')}]+")       a run of letters of these scripts

Who cuts words, looks for strays or counts letters asks this table, so that a script is not known in one place and forgotten in another.
Where somebody needs fewer scripts than all, the place that leaves some out says why.
"""

from __future__ import annotations

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


def primary_subtag(tag: str) -> str:
    """The language itself, without script, region or variant: the first part of a BCP 47 tag, in lower case."""
    return tag.partition("-")[0].lower()


def characters(*scripts: str) -> str:
    """The characters of these scripts, for the inside of a regular expression's brackets; without names, of all in the table."""
    return "".join(UNSPACED_SCRIPTS[name] for name in scripts or UNSPACED_SCRIPTS)
