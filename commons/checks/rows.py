"""Checks of one row: types, bounds, characters, language, topic, licence, sources, links.

``parse_row`` takes the row as a plain mapping, because a hostile shard may hold nulls anywhere, and gives back the typed row (None when
types are wrong) with all findings on it. Text is never repaired here.

Why these libraries: ``langcodes`` carries the BCP 47 registry and works offline; ``license-expression`` (behind
``governance.licenses``) is the closed list of SPDX. Character classes come from the standard library.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import langcodes

from commons.checks.findings import Finding
from commons.governance import licenses
from commons.governance.policy import Policy
from commons.records.identity import is_record_id
from commons.records.schema import (
    MAX_SOURCE_FIELD_CHARACTERS,
    PREDICATES,
    Kind,
    Link,
    Question,
    Record,
    Row,
    Source,
)

_SOURCE_FIELDS = ("title", "url", "author", "license", "retrieved")
# Format characters that some scripts cannot be written without: joiners, directional marks, Arabic and Syriac number signs, soft hyphen.
_NEEDED_FORMAT = frozenset(
    "\u00ad\u200c\u200d\u200e\u200f\u061c\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
)
_MAX_FINDING_EXCERPT = 60


@dataclass(frozen=True)
class Parsed:
    """A row and what there is to say about it; ``row`` is None when its types are wrong."""

    row: Row | None
    findings: list[Finding]


def parse_row(kind: Kind, values: Mapping[str, Any], policy: Policy) -> Parsed:
    """The typed row with every finding on it."""
    if any(_has_surrogate(value) for value in values.values()):
        # Such a row has no UTF-8 form, so it has no canonical bytes and no id either.
        return Parsed(None, [Finding("lone-surrogate", "the row holds half of a surrogate pair")])
    parsers: dict[Kind, Callable[[Mapping[str, Any], Policy], Parsed]] = {
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


def _parse_record(values: Mapping[str, Any], policy: Policy) -> Parsed:
    if wrong := list(_wrong_types(values)):
        return Parsed(None, wrong)
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
            Source(**{name: source.get(name) for name in _SOURCE_FIELDS})
            for source in values.get("sources") or ()
        ),
        contributor=values.get("contributor") or "",
        contribution=values.get("contribution") or "",
    )
    findings = [
        *_text(record, policy),
        *_lang(record.lang),
        *_topics(record, policy),
        *_license(record, policy),
        *_sources(record, policy),
    ]
    return Parsed(record, findings)


def _parse_link(values: Mapping[str, Any], policy: Policy) -> Parsed:
    fields = ("subject", "predicate", "object", "license")
    if wrong := [_not_a_string(name) for name in fields if not isinstance(values.get(name), str)]:
        return Parsed(None, wrong)
    link = Link(
        **{name: values[name] for name in fields},
        contributor=values.get("contributor") or "",
        contribution=values.get("contribution") or "",
    )
    findings = list(_characters("object", link.object, newlines=False))
    if link.predicate not in PREDICATES:
        findings.append(
            Finding(
                "link-invalid",
                f"{_excerpt(link.predicate)} is not in the vocabulary: {', '.join(PREDICATES)}",
            )
        )
    if not is_record_id(link.subject):
        findings.append(Finding("link-invalid", f"the subject {_excerpt(link.subject)} is not a record id"))
    if not is_record_id(link.object) and not is_web_address(link.object):
        findings.append(
            Finding("link-invalid", f"the object {_excerpt(link.object)} is neither a record id nor an IRI")
        )
    if policy.pool_of(link.license) is None:
        findings.append(Finding("license-refused", _license_refusal(link.license, policy)))
    return Parsed(link, findings)


def _parse_question(values: Mapping[str, Any], policy: Policy) -> Parsed:
    relevant = values.get("relevant")
    if not isinstance(relevant, list | tuple) or not all(isinstance(item, str) for item in relevant):
        return Parsed(None, [Finding("wrong-type", "relevant must be a list of record ids")])
    if wrong := [
        _not_a_string(name)
        for name in ("question", "lang", "license")
        if not isinstance(values.get(name), str)
    ]:
        return Parsed(None, wrong)
    question = Question(
        question=values["question"],
        lang=values["lang"],
        relevant=tuple(relevant),
        license=values["license"],
        contributor=values.get("contributor") or "",
        contribution=values.get("contribution") or "",
    )
    findings = [*_characters("question", question.question, newlines=False), *_lang(question.lang)]
    if not question.question.strip():
        findings.append(Finding("text-missing", "the question is empty"))
    if len(question.question) > policy.limits.max_title_characters:
        findings.append(Finding("title-too-long", f"the question has {len(question.question)} characters"))
    findings += [
        Finding("link-invalid", f"{_excerpt(item)} is not a record id")
        for item in relevant
        if not is_record_id(item)
    ]
    if policy.pool_of(question.license) is None:
        findings.append(Finding("license-refused", _license_refusal(question.license, policy)))
    return Parsed(question, findings)


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
        if unknown := sorted(set(source) - set(_SOURCE_FIELDS)):
            yield Finding("wrong-type", f"a source has no field {_excerpt(str(unknown[0]))}")
        for name in _SOURCE_FIELDS:
            if source.get(name) is not None and not isinstance(source[name], str):
                yield _not_a_string(f"source.{name}")


def _not_a_string(name: str) -> Finding:
    return Finding("wrong-type", f"{name} must be a string")


def _text(record: Record, policy: Policy) -> Iterator[Finding]:
    yield from _characters("text", record.text)
    if not record.text.strip():
        yield Finding("text-missing", "the text is empty")
    size = len(record.text.encode("utf-8"))
    if size > policy.limits.max_text_bytes:
        yield Finding(
            "text-too-long", f"the text has {size:,} bytes; {policy.limits.max_text_bytes:,} are allowed"
        )
    if record.title is not None:
        yield from _characters("title", record.title, newlines=False)
        if not record.title.strip():
            yield Finding("wrong-type", "the title is blank; leave it out instead")
        if len(record.title) > policy.limits.max_title_characters:
            yield Finding(
                "title-too-long",
                f"the title has {len(record.title):,} characters; {policy.limits.max_title_characters} are allowed",
            )


def _characters(name: str, text: str, *, newlines: bool = True) -> Iterator[Finding]:
    """At most one finding a field: the first character that may not be there, or a text that is not in NFC."""
    allowed = "\n\t" if newlines else ""
    for character in sorted(set(text)):
        if character in allowed or (category := unicodedata.category(character))[0] != "C":
            continue
        if character not in _NEEDED_FORMAT:
            label = unicodedata.name(character, "no character" if category == "Cn" else "control")
            yield Finding("forbidden-character", f"{name} holds U+{ord(character):04X} ({label.lower()})")
            return
    if not unicodedata.is_normalized("NFC", text):
        yield Finding("not-nfc", f"{name} is not in Unicode normal form C")


@lru_cache(maxsize=1024)
def _is_language(tag: str) -> bool:
    return langcodes.tag_is_valid(tag)


def _lang(tag: str) -> Iterator[Finding]:
    if not tag:
        yield Finding("lang-invalid", "no language is given; add --lang")
    elif not tag.isascii() or not _is_language(tag):
        yield Finding("lang-invalid", f"{_excerpt(tag)} is not a BCP 47 language tag")


def _topics(record: Record, policy: Policy) -> Iterator[Finding]:
    if not record.topic:
        yield Finding("topic-missing", "there is no topic")
    if len(record.topic) > policy.limits.max_topics or len(set(record.topic)) != len(record.topic):
        yield Finding("wrong-type", f"topics must be different and at most {policy.limits.max_topics}")
    for topic in record.topic:
        if topic not in policy.topics:
            yield Finding(
                "topic-unknown",
                f"{_excerpt(topic)} is not a topic of this commons: {', '.join(policy.topics)}",
            )


def _license(record: Record, policy: Policy) -> Iterator[Finding]:
    pool = policy.pool_of(record.license)
    if pool is None:
        yield Finding("license-refused", _license_refusal(record.license, policy))
        return
    own = licenses.BY_SPDX[record.license]
    for source in record.sources:
        if not source.license:
            continue
        verdict = licenses.resolve(source.license)
        if verdict.license is None:
            yield Finding(
                "license-contradiction", f"the source says {_excerpt(source.license)}: {verdict.reason}"
            )
        elif verdict.license.pool not in ("open", pool) or (
            verdict.license.attribution and not own.attribution
        ):
            yield Finding(
                "license-contradiction",
                f"the record says {record.license} but its source {verdict.license.spdx}",
            )


def _license_refusal(written: str, policy: Policy) -> str:
    verdict = licenses.resolve(written)
    if verdict.license is None:
        return verdict.reason
    if policy.pool_of(verdict.license.spdx):
        return f"{_excerpt(written)} must be written as {verdict.license.spdx}"
    return f"the policy of this commons does not take {verdict.license.spdx}"


def _sources(record: Record, policy: Policy) -> Iterator[Finding]:
    if not any(source.title or source.url for source in record.sources):
        yield Finding("source-missing", "no source with a title or a url")
    if len(record.sources) > policy.limits.max_sources:
        yield Finding(
            "source-invalid", f"{len(record.sources)} sources; {policy.limits.max_sources} are allowed"
        )
    for source in record.sources:
        for name in _SOURCE_FIELDS:
            value = getattr(source, name)
            if value is None:
                continue
            yield from _characters(f"source.{name}", value, newlines=False)
            if not value or len(value) > MAX_SOURCE_FIELD_CHARACTERS:
                yield Finding(
                    "source-invalid",
                    f"source.{name} is empty or longer than {MAX_SOURCE_FIELD_CHARACTERS} characters",
                )
        if source.url is not None and not is_web_address(source.url):
            yield Finding("source-invalid", f"{_excerpt(source.url)} is not an absolute http(s) address")
        if source.retrieved is not None and not _is_date(source.retrieved):
            yield Finding("source-invalid", f"{_excerpt(source.retrieved)} is not a date such as 2026-11-22")


def is_web_address(text: str) -> bool:
    """An absolute http(s) IRI without spaces, quotes, invisible characters or user information."""
    if any(c.isspace() or c in "<>\"'`\\" or unicodedata.category(c)[0] == "C" for c in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _excerpt(text: str) -> str:
    short = text if len(text) <= _MAX_FINDING_EXCERPT else text[:_MAX_FINDING_EXCERPT] + "…"
    return repr(short)
