"""What columns of strangers' tables probably hold, by their names.

Only a proposal of a mapping, for a report or a command that a person reads before anything is signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from commons.intake.column_names import TARGETS, folded
from commons.intake.mapping import Mapping

# target -> names it goes by, likeliest first. Taken from the columns of the question-answering, retrieval and text sets that are most
# downloaded on the Hub (squad, natural_questions, ms_marco, wikipedia, dolly, alpaca, medquad).
_ALSO_CALLED = {
    "title": ("question", "instruction", "prompt", "query", "headline", "name", "heading", "term"),
    "text": ("answer", "response", "output", "content", "body", "passage", "context", "abstract", "definition", "description"),
    "lang": ("language", "lang_code", "locale"),
    "topic": ("topics", "category", "categories", "subject"),
    "license": ("licence", "rights"),
    "source.url": ("url", "source_url", "link", "page", "uri"),
    "source.title": ("source_title", "document_title", "source"),
    "source.author": ("author", "authors", "creator"),
    "source.retrieved": ("retrieved", "accessed", "retrieved_at"),
}  # fmt: skip


def guess(columns: Iterable[str], known: Mapping = Mapping()) -> Mapping:
    """``known`` and, for targets it says nothing of, the column that is probably meant; a column is used once."""
    names = {name.strip(" ").lower(): name for name in columns}
    mapped = dict(known.columns)
    spent = known.needed()
    for target in TARGETS[known.kind]:
        if target in mapped or target in names:
            continue
        for alias in _ALSO_CALLED.get(target, ()):
            if alias in names and names[alias] not in spent:
                mapped[target] = names[alias]
                spent = spent | {names[alias]}
                break
    return Mapping(mapped, known.defaults, known.kind)


@cache
def known_names() -> frozenset[str]:
    """All names, as they fold, that a column which fills a field is known to go by: they tell a line of names from one of data."""
    fields = (target for targets in TARGETS.values() for target in targets)
    aliases = (alias for names in _ALSO_CALLED.values() for alias in names)
    return frozenset(map(folded, (*fields, *aliases)))
