"""Checks of one row: types and bounds here, and each subject in its own file beside this one.

``parse_row`` takes the row as a plain mapping, because a hostile shard may hold nulls anywhere, and gives back the typed row (None when
types are wrong) with all findings on it. Text is never repaired here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commons import near_misses
from commons.gate.findings import Finding, excerpt
from commons.gate.rows import characters, licensing, prose
from commons.gate.rows import sources as source_checks
from commons.governance.policy import Policy
from commons.layout import Kind
from commons.records import languages, placeholders
from commons.records.identity import is_record_id
from commons.records.predicates import PREDICATES
from commons.records.schema import MAX_RELEVANT, Link, Question, Record, Row, Source


@dataclass(frozen=True)
class ParsedRow:
    """A row and what there is to say about it; ``row`` is None when its types are wrong."""

    row: Row | None
    findings: list[Finding]


def parse_row(kind: Kind, values: Mapping[str, Any], policy: Policy) -> ParsedRow:
    """The typed row with every finding on it."""
    if any(_has_surrogate(value) for value in values.values()):
        # Such a row has no UTF-8 form, so it has no canonical bytes and no id either.
        return ParsedRow(None, [Finding("lone-surrogate", "the row holds half of a surrogate pair")])
    parsers: dict[Kind, Callable[[Mapping[str, Any], Policy], ParsedRow]] = {
        Kind.RECORD: _parse_record,
        Kind.LINK: _parse_link,
        Kind.QUESTION: _parse_question,
    }
    return parsers[kind](values, policy)


def _has_surrogate(value: Any) -> bool:
    match value:
        case str():
            return not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value)
        case list() | tuple():
            return any(_has_surrogate(item) for item in value)
        case Mapping():
            return any(_has_surrogate(item) for item in (*value.keys(), *value.values()))
        case _:
            return False


def _parse_record(values: Mapping[str, Any], policy: Policy) -> ParsedRow:
    if wrong := list(_wrong_types(values)):
        return ParsedRow(None, wrong)
    if values.get("text") is None:
        values = {**values, "text": ""}  # said to be empty below, with whatever else is wrong
    record = Record(
        id=values.get("id") or "",
        title=values.get("title"),
        text=values["text"],
        lang=values.get("lang") or "",
        topic=tuple(values.get("topic") or ()),
        license=values.get("license") or "",
        sources=tuple(
            Source(**{name: source.get(name) for name in source_checks.SOURCE_FIELDS})
            for source in values.get("sources") or ()
        ),
        contributor=values.get("contributor") or "",
        contribution=values.get("contribution") or "",
    )
    findings = [
        *_text(record, policy),
        *_lang(record.lang),
        *_topics(record, policy),
        *licensing.check(record, policy),
        *source_checks.check(record, policy),
        *prose.check(record.lang, record.title, record.text),
    ]
    return ParsedRow(record, findings)


def _parse_link(values: Mapping[str, Any], policy: Policy) -> ParsedRow:
    fields = ("subject", "predicate", "object", "license")
    if wrong := [_not_a_string(name) for name in fields if not isinstance(values.get(name), str)]:
        return ParsedRow(None, wrong)
    link = Link(
        **{name: values[name] for name in fields},
        contributor=values.get("contributor") or "",
        contribution=values.get("contribution") or "",
    )
    findings = list(characters.check("object", link.object, newlines=False))
    if link.predicate not in PREDICATES:
        findings.append(
            Finding(
                "link-invalid",
                f"{excerpt(link.predicate)} is not in the vocabulary: {', '.join(PREDICATES)}",
            )
        )
    if not is_record_id(link.subject):
        findings.append(Finding("link-invalid", f"the subject {excerpt(link.subject)} is not a record id"))
    if not is_record_id(link.object) and not source_checks.is_web_address(link.object):
        findings.append(
            Finding("link-invalid", f"the object {excerpt(link.object)} is neither a record id nor an IRI")
        )
    if policy.pool_of(link.license) is None:
        findings.append(Finding("license-refused", licensing.refusal(link.license, policy)))
    return ParsedRow(link, findings)


def _parse_question(values: Mapping[str, Any], policy: Policy) -> ParsedRow:
    relevant = values.get("relevant")
    if not isinstance(relevant, list | tuple) or not all(isinstance(item, str) for item in relevant):
        return ParsedRow(None, [Finding("wrong-type", "relevant must be a list of record ids")])
    if wrong := [
        _not_a_string(name)
        for name in ("question", "lang", "license")
        if not isinstance(values.get(name), str)
    ]:
        return ParsedRow(None, wrong)
    question = Question(
        question=values["question"],
        lang=values["lang"],
        relevant=tuple(relevant),
        license=values["license"],
        contributor=values.get("contributor") or "",
        contribution=values.get("contribution") or "",
    )
    findings = [
        *characters.check("question", question.question, newlines=False),
        *_lang(question.lang),
        *prose.check(question.lang, question.question),
    ]
    findings += _missing("question", question.question)
    if len(question.question) > policy.limits.max_title_characters:
        findings.append(Finding("title-too-long", f"the question has {len(question.question)} characters"))
    findings += _relevant(question)
    if policy.pool_of(question.license) is None:
        findings.append(Finding("license-refused", licensing.refusal(question.license, policy)))
    return ParsedRow(question, findings)


def _relevant(question: Question) -> Iterator[Finding]:
    for name in question.relevant:
        if not is_record_id(name):
            yield Finding("question-invalid", f"{excerpt(name)} is not a record id")
    if list(question.relevant) != sorted(set(question.relevant)):
        yield Finding("question-invalid", "relevant must be sorted and name no record twice")
    if len(question.relevant) > MAX_RELEVANT:
        yield Finding(
            "question-invalid",
            f"{len(question.relevant):,} records are said to answer it; {MAX_RELEVANT:,} may",
        )


def _wrong_types(values: Mapping[str, Any]) -> Iterator[Finding]:
    for name in ("text", "title", "lang", "license", "contributor", "contribution"):
        if values.get(name) is not None and not isinstance(values[name], str):
            yield _not_a_string(name)
    topic = values.get("topic")
    if topic is not None and not (
        isinstance(topic, list | tuple) and all(isinstance(item, str) for item in topic)
    ):
        yield Finding("wrong-type", "topic must be a list of strings")
    yield from _wrong_source_types(values.get("sources"))


def _wrong_source_types(sources: Any) -> Iterator[Finding]:
    if sources is None:
        return
    if not isinstance(sources, list | tuple) or not all(isinstance(source, Mapping) for source in sources):
        yield Finding("wrong-type", "sources must be a list of objects")
        return
    for source in sources:
        if unknown := sorted(set(source) - set(source_checks.SOURCE_FIELDS)):
            yield Finding("wrong-type", f"a source has no field {excerpt(str(unknown[0]))}")
        for name in source_checks.SOURCE_FIELDS:
            if source.get(name) is not None and not isinstance(source[name], str):
                yield _not_a_string(f"source.{name}")


def _not_a_string(name: str) -> Finding:
    return Finding("wrong-type", f"{name} must be a string")


def _missing(name: str, value: str) -> Iterator[Finding]:
    if not value.strip():
        yield Finding("text-missing", f"the {name} is empty")
    elif placeholders.is_placeholder(value):
        yield Finding("text-placeholder", f"the {name} is {excerpt(value)}, which stands for a missing value")


def _text(record: Record, policy: Policy) -> Iterator[Finding]:
    yield from characters.check("text", record.text)
    yield from _missing("text", record.text)
    size = len(record.text.encode("utf-8"))
    if size > policy.limits.max_text_bytes:
        yield Finding(
            "text-too-long", f"the text has {size:,} bytes; {policy.limits.max_text_bytes:,} are allowed"
        )
    if record.title is not None:
        yield from characters.check("title", record.title, newlines=False)
        if not record.title.strip():
            yield Finding("wrong-type", "the title is blank; leave it out instead")
        elif placeholders.is_placeholder_title(record.title, record.text):
            yield Finding(
                "title-placeholder", f"the title is {excerpt(record.title)}, which stands for a missing value"
            )
        if len(record.title) > policy.limits.max_title_characters:
            yield Finding(
                "title-too-long",
                f"the title has {len(record.title):,} characters; {policy.limits.max_title_characters} are allowed",
            )


def _lang(tag: str) -> Iterator[Finding]:
    reading = languages.read(tag)
    if reading.question:
        yield Finding("lang-invalid", reading.question)
    elif reading.tag != tag:
        yield Finding("lang-invalid", f"{excerpt(tag)} must be written as {reading.tag}")


def _topics(record: Record, policy: Policy) -> Iterator[Finding]:
    if not record.topic:
        yield Finding("topic-missing", "there is no topic")
    if len(record.topic) > policy.limits.max_topics or len(set(record.topic)) != len(record.topic):
        yield Finding("wrong-type", f"topics must be different and at most {policy.limits.max_topics}")
    for topic in record.topic:
        if topic not in policy.topics:
            yield Finding("topic-unknown", _unknown_topic(topic, policy))


def _unknown_topic(topic: str, policy: Policy) -> str:
    listed = ", ".join(policy.topics)
    meant = near_misses.question(topic, policy.topics)
    return f"{excerpt(topic)} is not a topic of this commons" + (
        f"; {meant} It has {listed}" if meant else f": {listed}"
    )
