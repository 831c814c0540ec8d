"""The report: all findings plus the impact, and what was signed by whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from commons.gate.findings import Finding, Severity
from commons.gate.impact import Impact
from commons.gate.offered_records import OfferedRecords
from commons.ledger.statements import StatementKind


@dataclass(frozen=True)
class Report:
    """All findings plus the impact; what was signed stays empty when the signature does not hold.

    ``kind`` is of the statement that was offered; ``contribution`` is what it is about: a contribution, or for a key statement the key.
    """

    findings: tuple[Finding, ...]
    impact: Impact
    kind: StatementKind | None = None
    contribution: str = ""
    author_key_id: str = ""
    author_person: str = ""
    statement_digest: str = ""  # SHA-256 hex of the contribution's envelope
    head: str = ""  # the commit that was checked; empty for local files
    # What is to be compared; no part of the report.
    offering: OfferedRecords = field(default=OfferedRecords(), repr=False, compare=False)

    @property
    def verdict(self) -> Severity | None:
        """The gravest severity but note; None is clean."""
        severities = {finding.severity for finding in self.findings}
        return next((s for s in (Severity.REFUSE, Severity.WARN) if s in severities), None)

    def refusals(self) -> list[str]:
        """One sentence a code that refuses, in the order of first appearance."""
        counts = Counter(f.code for f in self.findings if f.severity is Severity.REFUSE)
        return [
            next(f.message for f in self.findings if f.code == code)
            + (f" (and {count - 1} more)" if count > 1 else "")
            for code, count in counts.items()
        ]

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value if self.verdict else "clean",
            "kind": self.kind.value if self.kind else "",
            "contribution": self.contribution,
            "author_key_id": self.author_key_id,
            "author_person": self.author_person,
            "statement_digest": self.statement_digest,
            "head": self.head,
            "impact": self.impact.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        """The inverse of ``to_json``; what is derived is derived again."""
        return cls(
            findings=tuple(map(Finding.from_json, data["findings"])),
            impact=Impact.from_json(data["impact"]),
            kind=StatementKind(data["kind"]) if data["kind"] else None,
            contribution=data["contribution"],
            author_key_id=data["author_key_id"],
            author_person=data["author_person"],
            statement_digest=data["statement_digest"],
            head=data["head"],
        )
