"""Search: a question to evidence.

    answer = search.find(library, "What causes glaucoma?", k=5)
    answer.hits[0].record.text, answer.hits[0].record.license, answer.stale
    answer.packet.to_json()                            the same as evidence for programs and agents

How it is found and judged is ``index.answers``, which passages for a prompt stand on as well.
"""

from __future__ import annotations

from commons.index import answers
from commons.index.answers import DEFAULT_HITS, MAX_BESIDE, MAX_HITS, MAX_QUESTION_CHARACTERS, Answer
from commons.index.library import Library
from commons.records.catalogue import Filters

__all__ = ["DEFAULT_HITS", "MAX_BESIDE", "MAX_HITS", "MAX_QUESTION_CHARACTERS", "Answer", "find"]


def find(
    library: Library,
    question: str,
    *,
    k: int = DEFAULT_HITS,
    filters: Filters = Filters(),
    include_replaced: bool = False,
) -> Answer:
    """The ``k`` records that fit the question best among those that pass the filters, and whether they answer it; see ``index.answers``."""
    return answers.find(library, question, k=k, filters=filters, include_replaced=include_replaced)
