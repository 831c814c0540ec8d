"""The names that strangers give to columns which fill our fields: to propose a mapping, and to tell a line of names from one of data."""

from __future__ import annotations

from functools import cache

from commons.intake.column_names import TARGETS, folded

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


@cache
def known_names() -> frozenset[str]:
    """All of them and those of the fields themselves, as they fold."""
    fields = (target for targets in TARGETS.values() for target in targets)
    aliases = (alias for names in ALSO_CALLED.values() for alias in names)
    return frozenset(map(folded, (*fields, *aliases)))
