"""A report as Markdown, for the conversation on a proposal: one screen, details folded away, bounded in length.

Everything that comes from a record is escaped, so that a contribution can neither format the maintainer's page nor link from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from commons.checks.findings import Finding, Report, Said, Severity, said_once
from commons.markdown import escape

MARKER = "<!-- commons:report -->"  # finds the one comment that is edited in place
_MAX_FINDINGS = 40
_MAX_ROWS = 12
_MAX_CHARACTERS = 60_000  # what a comment on the Hub can hold
_VERDICTS = {
    None: "**Nothing stands against it.**",
    Severity.WARN: "**Warnings; a person should look.**",
    Severity.REFUSE: "**Refused by the gate.**",
}


def render(report: Report) -> str:
    """The comment, starting with ``MARKER``."""
    parts = [MARKER, "### Report of the gate", _VERDICTS[report.verdict]]
    parts += [_impact(report)]
    refusals = [f for f in report.findings if f.severity is Severity.REFUSE]
    others = [f for f in report.findings if f.severity is not Severity.REFUSE]
    if refusals:
        parts += ["#### What stands in the way", _findings(refusals)]
    if others:
        parts += [_folded(f"{len(others)} notes", _findings(others))]
    if report.impact.samples:
        rows = "\n".join(
            f"* **{escape(s['title'] or '—')}** — {escape(s['text'])}" for s in report.impact.samples
        )
        parts += [_folded("Rows to read", rows)]
    if report.head:
        parts += [f"Checked at `{report.head}`. A new commit on this proposal needs a new report."]
    text = "\n\n".join(part for part in parts if part)
    return text if len(text) <= _MAX_CHARACTERS else text[:_MAX_CHARACTERS] + "\n\n… cut."


def _impact(report: Report) -> str:
    impact = report.impact
    if not (impact.records or impact.links or impact.questions):
        return ""
    rows = [
        ("records", f"{impact.records:,}"),
        ("links", f"{impact.links:,}"),
        ("questions", f"{impact.questions:,}"),
        ("collections", _listed(impact.collections)),
        ("licences", _listed(impact.licenses)),
        ("pools", _listed(impact.pools)),
        ("languages", _listed(impact.languages)),
        ("topics", _listed(impact.topics)),
        ("signed by", f"`{report.author_key_id}`" if report.author_key_id else "no valid signature"),
    ]
    return "| it adds | |\n| --- | --- |\n" + "\n".join(
        f"| {name} | {value} |" for name, value in rows if value not in ("", "0")
    )


def _listed(counts: Mapping[str, int], limit: int = 8) -> str:
    shown = [f"{escape(name)} {count:,}" for name, count in list(counts.items())[:limit]]
    return ", ".join(shown) + (f", and {len(counts) - limit} more" if len(counts) > limit else "")


def _findings(findings: list[Finding]) -> str:
    said = said_once(findings)
    lines = [
        f"* `{one.finding.code}` {_place(one)}{escape(one.finding.message)}. {escape(one.finding.hint)}"
        for one in said[:_MAX_FINDINGS]
    ]
    if len(said) > _MAX_FINDINGS:
        lines.append(f"* … and {len(said) - _MAX_FINDINGS:,} more; `commons show N --format json` lists all.")
    return "\n".join(lines)


def _place(said: Said) -> str:
    place = said.place(_MAX_ROWS)
    return f"{place}: " if place else ""


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
