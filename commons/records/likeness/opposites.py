"""Opposites: the words that turn a statement around, by themselves or one in the place of another.

    negations(["whales", "are", "not", "fish"], "en")     1
    opposed(["increase"], ["decrease"])                   True; as are "mg" and "g", "May" and "June", "legal" and "illegal"

Negations are known in the languages that ``records.negations`` lists. Words that exclude each other are English, and few: what people most
often get wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from commons.records import negations as negating_words
from commons.records.likeness import variants

# Of the words of a line each excludes the others.
_EXCLUDING = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
north south east west
northern southern eastern western
nanogram microgram milligram gram kilogram ton ng µg μg mcg mg g kg
nanometer micrometer millimeter centimeter meter kilometer inch foot yard mile nm mm cm m km
microliter milliliter liter gallon µl μl ml l
second minute hour day week month year decade century
thousand million billion trillion
celsius fahrenheit kelvin
left right
increase decrease
increased decreased
increasing decreasing
rise fall
rises falls
raise lower
raises lowers
more less
more fewer
most least
higher lower
high low
longer shorter
long short
larger smaller
large small
greater smaller
before after
above below
over under
first last
always never
all none
everybody nobody
hot cold
warmer colder
early late
earlier later
inside outside
male female
men women
man woman
true false
positive negative
maximum minimum
upper lower
acid alkaline
benign malignant
acute chronic
dominant recessive
legal illegal
safe dangerous
""".strip()
_GROUPS = [frozenset(map(variants.spelling, line.split())) for line in _EXCLUDING.splitlines()]
_EXCLUDED = {
    word: frozenset().union(*(group for group in _GROUPS if word in group)) - {word}
    for word in frozenset().union(*_GROUPS)
}
_PREFIXES = [("hypo", "hyper"), ("pre", "post"), ("under", "over"), ("im", "ex"), ("in", "ex")]
_PREFIXES += [("", prefix) for prefix in ("un", "in", "im", "il", "ir", "dis", "non", "anti")]
_STEM_LETTERS = 5  # "form" and "inform" are no opposites


def negations(text_terms: Iterable[str], lang: str) -> int:
    """How many terms of a text deny something; ``lang`` is a primary subtag."""
    negating = negating_words.words(lang) if lang else frozenset()
    # Chinese is cut into pairs of characters here, of which the first may deny.
    return sum((term[:1] if lang == "zh" else term) in negating for term in text_terms)


def opposed(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether a word of the first excludes one of the second; both are spelt as ``variants.spelling`` spells them."""
    others = set(second)
    return any(not others.isdisjoint(_opposites(word)) for word in set(first))


def _opposites(word: str) -> set[str]:
    made = {
        opposite + stem
        for left, right in _PREFIXES
        for prefix, opposite in ((left, right), (right, left))
        if word.startswith(prefix) and len(stem := word.removeprefix(prefix)) >= _STEM_LETTERS
    }
    return made | _EXCLUDED.get(word, frozenset())
