"""The language a row declares against the one its words are in.

A warning needs evidence: enough letters, a clear margin, and languages that are not near relatives. Most texts are settled without the
classifier, by the commonest words of the declared language or by a script that only it is written in; the classifier is loaded when the
first text is left over.

Why ``py3langid``: a hundred languages in one small model, offline, with probabilities; larger models want a download.
"""

from __future__ import annotations

import io
import lzma
import re
from array import array
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy

from commons.gate.findings import Finding
from commons.records import languages

_SAMPLE_CHARACTERS = 600
_FEWEST_LETTERS = 120
_FEWEST_SIGNS = 40  # an ideograph or a syllable says more than a letter
# Korean puts blanks between words, but one of its signs is a syllable too.
_SIGN = re.compile(f"[{languages.characters()}\uac00-\ud7af]")
_LEAST_PROBABILITY = 0.95  # of the language found
_MOST_PROBABILITY = 0.02  # of the language declared
_MOST_NAMES = 0.5  # a list of places is in the language of the places
_COMMON = {
    tag: frozenset(words.split())
    for tag, words in {
        "en": "the of and to is that for with are was by from this which be or as on it have can",
        "de": "der die das und ist nicht ein eine einer von zu mit den dem des sich auf für im auch wird werden",
        "fr": "le la les des et est une un dans du que pour qui par sur avec ce au pas sont vous",
        "es": "el la los las de que y en un una por con para se del es no su al como puede",
        "it": "il di che e la per un una è non sono con del della i gli nel alla da dei come",
        "pt": "o a os as de que e em um uma para com não do da no na por se ao como",
        "nl": "de het een van en is dat op te in voor met zijn niet aan er ook door worden naar",
        "pl": "i w na z do nie jest się że to o od przez dla po jak oraz być za który",
        "ru": "и в не на что с по как это для из к от или за его он а у также",
        "uk": "і в не на що з та як для до це за від або його по у ж",
        "tr": "ve bir bu için de da ile olarak olan en daha çok gibi ne kadar sonra",
        "sv": "och att det som en är av för på med den till i inte om ett har kan från",
        "id": "yang dan di untuk dengan dari pada ini itu dalam adalah atau tidak ke oleh akan",
        "sw": "na ya wa kwa ni katika za la kuwa hii cha au kama hiyo ili",
        "vi": "và của là có trong được cho không một các với để này những khi đến",
    }.items()
}
# Scripts that name their language, or nearly so: where they are declared and found there is nothing to ask.
_SCRIPTS = {
    "ja": f"[{languages.characters('Hiragana', 'Katakana')}]", "zh": f"[{languages.characters('Han')}]", "ko": "[\uac00-\ud7af]",
    "th": f"[{languages.characters('Thai')}]", "lo": f"[{languages.characters('Lao')}]",
    "km": f"[{languages.characters('Khmer')}]", "my": f"[{languages.characters('Myanmar')}]",
    "el": "[\u0370-\u03ff]", "he": "[\u0590-\u05ff]", "hy": "[\u0530-\u058f]", "ka": "[\u10a0-\u10ff]", "am": "[\u1200-\u137f]",
    "ta": "[\u0b80-\u0bff]", "te": "[\u0c00-\u0c7f]", "kn": "[\u0c80-\u0cff]", "ml": "[\u0d00-\u0d7f]", "gu": "[\u0a80-\u0aff]",
    "pa": "[\u0a00-\u0a7f]", "bn": "[\u0980-\u09ff]", "si": "[\u0d80-\u0dff]",
    "hi": "[\u0900-\u097f]", "ar": "[\u0600-\u06ff]",
}  # fmt: skip
_LEAST_SHARE = 0.3  # of the letters, for a script; Latin names and commands stand in every language's texts
_KIN = tuple(
    frozenset(tags.split())
    for tags in (
        "no nb nn da sv fo is",
        "hr sr bs sh sl mk bg",
        "id ms jv su",
        "cs sk pl",
        "es gl pt ca an ast oc eu it la co scn fr ro wa ht",
        "ru uk be bg mk sr kk ky mn tt",
        "nl af li de lb gsw nds fy",
        "hi mr ne sa bho mai",
        "ar fa ps ur ug ckb ku",
        "tr az tk uz ky",
        "zh yue wuu ja",
        "zu xh sw rw lg sn st tn ny",
        "fi et",
        "lt lv",
        "ga gd gv cy br",
        "qu ay",
        "tl ceb ilo war",
    )
)
_NAMED_OTHERWISE = {
    "nb": "no",
    "nn": "no",
    "cmn": "zh",
    "swh": "sw",
    "arb": "ar",
    "pes": "fa",
    "fil": "tl",
    "iw": "he",
    "in": "id",
}
_CODE = re.compile(r"`[^`]*`|\{\{.*?\}\}|https?://\S+|<[^>]*>|[\w.+-]+@[\w.-]+")
_CODE_SIGNS = ("`", "{{", "://", "<", "@")
_WORD = re.compile(r"[^\W\d_]+")


def load() -> None:
    """Load the library and read the model, for a process that can open nothing afterwards. Unpacking waits until a text asks for it."""
    from py3langid import langid  # noqa: F401

    _packed_model()
    sample = io.BytesIO()
    numpy.savez(sample, x=numpy.zeros(1))
    sample.seek(0)
    numpy.load(sample, allow_pickle=False)["x"]


def check(prose: str, lang: str) -> Iterator[Finding]:
    """At most one finding: the language found is clearly another than the one declared."""
    declared = languages.primary_subtag(lang)
    declared = _NAMED_OTHERWISE.get(declared, declared)
    sample = prose[: 2 * _SAMPLE_CHARACTERS]
    if any(sign in sample for sign in _CODE_SIGNS):
        sample = _CODE.sub(" ", sample)
    sample = sample[:_SAMPLE_CHARACTERS]
    written = _WORD.findall(sample)
    words = [word.lower() for word in written]
    if (
        _is_confirmed(declared, words)
        or sum(word[0].isupper() for word in written) > len(written) * _MOST_NAMES
    ):
        return
    letters = "".join(words)
    fewest = _FEWEST_SIGNS if _SIGN.search(letters) else _FEWEST_LETTERS
    if len(letters) < fewest or declared not in _labels():
        return
    ranked = _classifier().rank(sample)
    likeliest, probability = ranked[0]
    kin = any(likeliest in family and declared in family for family in _KIN)
    if (
        likeliest != declared
        and not kin
        and probability >= _LEAST_PROBABILITY
        and dict(ranked)[declared] <= _MOST_PROBABILITY
    ):
        yield Finding("lang-mismatch", f"it is declared as {lang} and reads like {likeliest}")


def _is_confirmed(declared: str, words: list[str]) -> bool:
    if script := _SCRIPTS.get(declared):
        letters = "".join(words)
        return len(re.findall(script, letters)) >= _LEAST_SHARE * len(letters)
    common = _COMMON.get(declared, frozenset())
    return len(common.intersection(words)) >= 3 and sum(word in common for word in words) >= len(words) / 6


@cache
def _classifier() -> Any:
    """The model, read in memory: the library's own loader unpacks it to a temporary file, which the gate's child may not write."""
    from py3langid.langid import LanguageIdentifier

    unpacked = io.BytesIO(lzma.decompress(_packed_model()))
    with numpy.load(unpacked, allow_pickle=False) as model:
        return LanguageIdentifier(
            model["ptc"],
            model["pc"],
            model["classes"].tolist(),
            array("I", model["nextmove"].astype("uint32").tobytes()),
            model["out_feat"].tolist(),
            norm_probs=True,
            tk_row=array("I", model["nextmove_row"].astype("uint32").tobytes()),
        )


@cache
def _packed_model() -> bytes:
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    return bytes((MODEL_DIR / MODEL_FILE).read_bytes())


@cache
def _labels() -> frozenset[str]:
    return frozenset(_classifier().labels)
