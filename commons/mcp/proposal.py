"""A proposal prepared: a text judged by the gate's checks of a row, and what a person does to offer it. Nothing is written or sent.

    proposal.prepared(edition, arguments).verdict, proposal.prepared(edition, arguments).command

Who signs is a person with a key, so an agent gets no further than this. Comparing with what the commons says already is left to
``commons check``, which has the time for it; that the very same record is here is said.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from commons.evidence.harmless_text import visible
from commons.gate import examine
from commons.gate.findings import Finding, Severity, gravest_first
from commons.gate.rows import row as row_checks
from commons.index.editions import Edition
from commons.intake import candidates, canonical_values
from commons.layout import Kind
from commons.mcp.arguments import ProposalArguments
from commons.mcp.outputs import PreparedProposal, ProposalFinding
from commons.records import identity
from commons.records.schema import Record

_FILE = "proposal.jsonl"
_MAX_ECHO = 2_000  # characters of a text that is refused: whoever sent it has it
_SOURCES = {"title": "source_title", "url": "source_url", "author": "source_author"}


def prepared(edition: Edition, arguments: ProposalArguments) -> PreparedProposal:
    """The record that these fields make, with every finding on it."""
    row = _row(arguments)
    candidate = candidates.shape(row)
    parsed = row_checks.parse_row(
        Kind.RECORD, canonical_values.in_row(candidate.values), edition.snapshot.policy
    )
    record = parsed.row if isinstance(parsed.row, Record) else None
    if record:
        record = replace(record, id=identity.record_id(record.core()))
    findings = [
        *parsed.findings,
        *(Finding("wrong-type", problem) for problem in candidate.problems),
        *(_of_whole(edition, record, arguments) if record else ()),
    ]
    severities = {finding.severity for finding in findings}
    refused = Severity.REFUSE in severities
    return PreparedProposal(
        verdict="refuse" if refused else "warn" if Severity.WARN in severities else "clean",
        findings=tuple(map(_shown, gravest_first(findings))),
        id=record.id if record and not refused else None,
        row="" if refused and len(arguments.text) > _MAX_ECHO else json.dumps(row, ensure_ascii=True),
        command=None if refused else _command(edition, arguments),
        next="Mend what is refused and call again; nothing was sent."
        if refused
        else f"Nothing was sent. A person writes the row into {_FILE} and types the command, which compares it with the commons, signs it "
        "with their key and opens a proposal for the maintainers.",
    )


def _row(arguments: ProposalArguments) -> dict[str, Any]:
    """As ``commons contribute`` reads it."""
    source = {field: value for field, name in _SOURCES.items() if (value := getattr(arguments, name))}
    fields: dict[str, Any] = {
        "title": arguments.title or None,
        "text": arguments.text,
        "lang": arguments.lang,
        "topic": list(arguments.topic),
        "license": arguments.license,
        "sources": [source] if source else None,
        "links": [{"predicate": "dcterms:replaces", "object": arguments.replaces}]
        if arguments.replaces
        else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _of_whole(edition: Edition, record: Record, arguments: ProposalArguments) -> Iterator[Finding]:
    """What only the commons knows."""
    catalogue, replaces = edition.catalogue, arguments.replaces
    known = {record.id} if catalogue.get(record.id) else set()
    if finding := examine.repetition(record, record.id, set(), known):
        yield finding
    if not replaces:
        return
    if catalogue.get(replaces) is None:
        yield Finding("link-dangling", f"there is no record {replaces} to be replaced")
    elif not catalogue.states.state(replaces).is_live:
        newest = catalogue.states.newest(replaces)
        yield Finding("replaced-before", f"{replaces} was replaced before; its newest version is {newest}")


def _shown(finding: Finding) -> ProposalFinding:
    return ProposalFinding(
        code=finding.code,
        severity=finding.severity.value,
        message=visible(finding.message),
        hint=finding.hint,
    )


def _command(edition: Edition, arguments: ProposalArguments) -> str:
    repository = edition.snapshot.repository
    words = ["commons", "contribute", _FILE, "--collection", arguments.collection]
    words += ["--repo", repository.page_url if repository else "NAMESPACE/NAME"]
    return shlex.join(words)
