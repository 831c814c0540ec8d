"""Negations: the words that deny, by language; whoever asks whether two texts say the contrary looks here.

"nicht" in words("de")             True
"不" in words("zh")                True; of scripts without blanks, what a word may begin with or hold
words("")                          those of all languages, for a text of an unknown one
"""

from __future__ import annotations

from functools import cache

_NEGATIONS = {
    "en": "not no never none nor cannot without neither t false",
    "de": "nicht kein keine keinen keinem keiner nie niemals ohne",
    "fr": "pas jamais aucun aucune sans ni",
    "es": "no nunca jamás ningún ninguna sin tampoco",
    "pt": "não nunca jamais nenhum nenhuma sem",
    "it": "non mai nessun nessuna senza",
    "nl": "niet geen nooit zonder",
    "pl": "nie nigdy żaden bez",
    "ru": "не нет ни никогда без",
    "uk": "не ні ніколи без",
    "tr": "değil yok asla",
    "id": "tidak bukan belum tanpa",
    "sw": "si sio hapana bila",
    "vi": "không chẳng chưa",
    "ar": "لا لم لن ليس ليست غير",
    "hi": "नहीं न मत बिना",
    "ko": "안 못 아니다 없다",
    "ja": "ない なく なか せん",
    "th": "ไม",
    "zh": "不 没 沒 无 無 未 非",
}
UNSPACED = frozenset(
    {"ja", "th", "zh"}
)  # of the languages above; their words are parts of what stands between blanks


@cache
def words(lang: str) -> frozenset[str]:
    """The words that deny in a language (a primary subtag), none where it is not listed; of all where ``lang`` is empty."""
    if lang:
        return frozenset(_NEGATIONS.get(lang, "").split())
    return frozenset().union(*map(words, _NEGATIONS))
