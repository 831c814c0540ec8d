"""Words that say nothing of what a question is about: articles, pronouns, auxiliary verbs, and the words that make it a question.

    silent_words.among(["what", "is", "glaucoma"], ["en"])      {"what", "is"}

tantivy carries lists of stop words for some languages, after Snowball's, in which the words that ask ("what", "how many") are missing;
those are here, and all of them for languages that have no list there. Signs without blanks come in pairs, as the keyword index has them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from commons.index import keyword_fields
from commons.records.languages import primary_subtag

# Primary subtag -> tantivy's name of its list.
_LISTS = {
    "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german", "hu": "hungarian",
    "it": "italian", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ru": "russian", "es": "spanish",
    "sv": "swedish",
}  # fmt: skip
_MORE = {
    "en": (
        "what which who whom whose how many much when where why did do does done doing can could would should may might must shall has "
        "have had having been being am were i you he she we us me my your his her its our their them him this these those there here "
        "than from about any some all also so just only more most other each between during before after very"
    ),
    "de": (
        "wer wem wen wessen viele viel wieviel wieviele wann warum weshalb wieso woher wohin wodurch wozu womit wurde wurden werden wird "
        "worden ist sind war waren hat haben hatte hatten kann können konnte gibt gab welchen welchem welches es sich auch nach"
    ),
    "es": (
        "qué cuál cuáles cuánto cuánta cuántos cuántas cuándo cómo dónde quién quiénes fue fueron es son era eran ser está están hay ha "
        "han había puede pueden su sus según"
    ),
    "fr": (
        "quel quelle quels quelles qui que quoi combien quand comment où pourquoi est sont était étaient été être fut furent a ont avait "
        "peut peuvent lequel laquelle lesquels lesquelles il elle ils elles ce cette ces y"
    ),
    "it": (
        "che chi cosa quale quali quanto quanta quanti quante quando come dove perché è sono era erano fu furono stato stata essere ha "
        "hanno aveva può possono qual"
    ),
    "pt": (
        "que quem qual quais quanto quanta quantos quantas quando como onde porque porquê por é são era eram foi foram ser está estão há "
        "tem têm tinha pode podem"
    ),
    "nl": (
        "wie wat welke welk hoe hoeveel veel wanneer waar waarom werd werden wordt worden is zijn was waren heeft hebben had hadden kan "
        "kunnen er"
    ),
    "ru": (
        "кто кого кому чем чего что какой какая какое какие каком каким какую каких сколько когда где куда откуда почему зачем как чей "
        "чья чьё был была было были быть есть является являются может могут ли это"
    ),
    "uk": (
        "хто кого кому чим чого що який яка яке які якому яким яку яких скільки коли де куди звідки чому як чий чи був була було "
        "були є це"
    ),
    "pl": (
        "kto kogo komu kim co czego czym jaki jaka jakie jakim który która które ile kiedy gdzie dokąd skąd dlaczego jak czy jest "
        "są był była było były to się w z na do i"
    ),
    "ar": (
        "ما ماذا من متى أين كيف كم لماذا أي أية هل هو هي هم كان كانت كانوا يكون تكون في على إلى عن مع التي الذي الذين ذلك هذا هذه تم قد "
        "لم لا أن إن و أو بعد قبل بين عند منذ حول كل بعض غير"
    ),
    "hi": (
        "क्या कौन कौनसा कौनसी किस किसने किसे किसको किसका किसकी किसके किन कितने कितनी कितना कब कहाँ कहां क्यों कैसे कैसा कैसी है हैं था थी थे "
        "हो हुआ हुई हुए का की के को में से ने पर और या एक यह वह इस उस ये वे इन उन जो कि भी तक लिए द्वारा साथ गया गई गए किया करता करते करने"
    ),
    "tr": (
        "ne nedir neden niçin nasıl kim kime kimin hangi hangisi kaç ne zaman nerede nereye nereden mi mı mu mü bir ve ile bu şu "
        "o için olan oldu olarak"
    ),
    "zh": (
        "什么 甚么 哪个 哪些 哪里 哪儿 哪一 哪年 哪位 谁是 谁的 怎么 怎样 为什 如何 多少 几个 何时 何地 "
        "是什 么是 是谁 是哪 的是 是多 的什 了什 在哪 有多 有什 是否"
    ),
    "ja": (
        "とは 何で なに 何が 何を 誰が 誰で いつ どこ どの どれ なぜ どう いく です すか ます のは ので する した して ある いる こと"
    ),
}  # fmt: skip


def among(words: Sequence[str], tags: Iterable[str]) -> set[str]:
    """Those of the lower-case words that are silent in the language, of these, in which most of them are."""
    languages = sorted({primary_subtag(tag) for tag in tags})
    return max(
        ({word for word in words if _is_silent(word, language)} for language in languages),
        key=len,
        default=set(),
    )


def _is_silent(word: str, language: str) -> bool:
    return word in _more(language) or (language in _LISTS and not _rest(language).analyze(word))


@functools.cache
def _more(language: str) -> frozenset[str]:
    return frozenset(_MORE.get(language, "").split())


@functools.cache
def _rest(language: str) -> Any:
    """What leaves of a text the words that are not on tantivy's list."""
    tantivy = keyword_fields.library()
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.stopword(_LISTS[language])).build()
