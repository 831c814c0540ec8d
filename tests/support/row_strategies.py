"""Rows of every shape the schema allows, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from commons.layout import Kind
from commons.records.predicates import PREDICATES
from commons.records.schema import Link, Question, Record, Row, Source

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
optional = st.none() | texts
sources = st.builds(Source, optional, optional, optional, optional, optional)
names = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=52, max_size=52)

records = st.builds(
    Record,
    id=names.map("kr1".__add__),
    title=optional,
    text=texts,
    lang=texts,
    topic=st.lists(texts, max_size=4).map(tuple),
    license=texts,
    sources=st.lists(sources, max_size=3).map(tuple),
    contributor=names.map("kk1".__add__),
    contribution=names.map("kc1".__add__),
)
links = st.builds(Link, texts, st.sampled_from(PREDICATES), texts, texts, texts, texts)
questions = st.builds(Question, texts, texts, st.lists(texts, max_size=4).map(tuple), texts, texts, texts)
rows: dict[Kind, st.SearchStrategy[Row]] = {
    Kind.RECORD: records,
    Kind.LINK: links,
    Kind.QUESTION: questions,
}
