"""What columns may be called: the fields that rows have, and when a name of somebody's is one of them.

A column bears a field's own name whatever its case and the blanks around it: ``" Text"`` is the text, ``Source URL`` is ``source.url``.
What else columns of a field are called is in ``ALSO_CALLED``; it is never taken for the field without being asked (``columns`` proposes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from commons.layout import Kind
from commons.records.predicates import PREDICATES

SOURCE_TARGETS = ("source.title", "source.url", "source.author", "source.license", "source.retrieved")
TARGETS = {
    Kind.RECORD: (
        *("id", "title", "text", "lang", "topic", "license", "links", "sources"),
        *SOURCE_TARGETS,
        *PREDICATES,
        "deprecated",
    ),
    Kind.QUESTION: ("question", "relevant", "lang", "license"),
}
# target -> names it goes by, likeliest first, as they fold. Taken from the columns of the question-answering, retrieval and text sets that
# are most downloaded on the Hub (squad, natural_questions, ms_marco, wikipedia, dolly, alpaca, medquad), and from vocabularies.
ALSO_CALLED: dict[str, tuple[str, ...]] = {
    "id": ("_id", "identifier", "uid", "uuid", "key", "code", "iri", "qid", "doc_id", "concept_id"),
    "title": (
        "question", "instruction", "prompt", "query", "headline", "heading", "term", "preflabel", "label", "name", "word", "lemma",
        "topic_name", "entry", "page_title", "titel", "titre", "titulo", "título", "titolo", "nom", "nombre", "bezeichnung", "frage",
    ),
    "text": (
        "answer", "best_answer", "response", "output", "content", "body", "passage", "context", "abstract", "definition", "description",
        "summary", "explanation", "sentence", "article", "paragraph", "document", "gloss", "comment", "claim", "fact", "antwort",
        "inhalt", "texte", "texto", "testo", "contenu", "contenido", "beschreibung", "definición", "définition", "réponse", "respuesta",
    ),
    "lang": ("language", "lang_code", "language_code", "locale", "langue", "sprache", "idioma"),
    "topic": ("topics", "category", "categories", "subject", "subjects", "tags"),
    "license": ("licence", "rights", "license_id", "spdx", "spdx_id"),
    "source.url": ("url", "link", "page", "uri", "homepage", "permalink", "href", "more_info", "website"),
    "source.title": ("document_title", "source", "publication", "book", "quelle", "fuente", "fonte"),
    "source.author": ("author", "authors", "creator", "by", "autor", "auteur", "autore"),
    "source.retrieved": ("retrieved", "accessed", "retrieved_at", "access_date", "date_accessed"),
    "question": ("query", "claim", "prompt", "text", "title"),
    "relevant": ("answers", "context", "passage", "positive", "relevant_ids", "doc_ids", "record", "record_id"),
    "skos:broader": ("is_a", "parent", "parents", "broader", "broader_concept", "subclass_of", "sub_of", "hypernym", "hypernyms"),
    "skos:narrower": ("narrower", "children", "child", "hyponyms"),
    "skos:related": ("related", "see_also", "related_to"),
    "dcterms:isPartOf": ("part_of", "is_part_of", "member_of"),
    "commons:translationOf": ("translation_of", "source_id"),
}  # fmt: skip
_FOLDED = {target.casefold(): target for targets in TARGETS.values() for target in targets}
_PATH = "."


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The name as names are compared: in lower case, with points in the place of blanks and underscores."""
    return re.sub(r"[\s_\ufeff\u00a0]+", ".", name.strip(" \t\r\n\ufeff\u00a0").casefold())


def target_of(column: str) -> str:
    """The field whose own name the column bears; empty when it is none's."""
    return _FOLDED.get(folded(column), "")


@cache
def known_names() -> frozenset[str]:
    """All names, as they fold, that a column which fills a field is known to go by: they tell a line of names from one of data."""
    return frozenset(_FOLDED) | {folded(alias) for names in ALSO_CALLED.values() for alias in names}


def is_needed(column: str, wanted: Iterable[str] | None) -> bool:
    """Whether a reader has to decode the column: it bears a field's name, or one that is wanted or begins a wanted path.

    ``wanted`` is as in ``ReadingOptions``: None wants everything.
    """
    if wanted is None or target_of(column):
        return True
    return any(name == column or name.startswith(column + _PATH) for name in wanted)
