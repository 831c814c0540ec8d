"""A report as Markdown, for the conversation on a proposal: one screen, verdict first, details folded away, bounded in length.

Everything that comes from a record is escaped, so that a contribution can neither format the maintainer's page nor link from it. A section
that would not fit into a comment is left out whole, and the reader is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from commons.escaping import escape
from commons.gate.findings import FindingsOfCode, GroupedFinding, Severity, by_code
from commons.gate.impact import Answers, Excerpt, Impact, Pair
from commons.gate.report import Report
from commons.gate.wording import added, coverage, listed, recall_change
from commons.proposals import receipts, unsigned_page
from commons.proposals.examination import Examination

MARKER = "<!-- commons:report -->"  # finds the one comment that is edited in place
_MAX_CHARACTERS = 60_000  # what a comment on the Hub can hold
_RESERVED = 400  # for the last lines
_MAX_SENTENCES = 12
_MAX_ROWS = 8
_PAIRS = 3  # of each kind
_EXCERPT_CHARACTERS = 180
_VERDICTS = {
    None: "✅ **Nothing stands against it.**",
    Severity.WARN: "⚠️ **A person should look at it.**",
    Severity.REFUSE: "⛔ **Refused by the gate.**",
}
_MARKS = {Severity.REFUSE: "⛔", Severity.WARN: "⚠️", Severity.NOTE: "·"}


def of(examined: Examination) -> str:
    """The comment on what was examined: the report, or what its tables hold where nobody signed, and how to go on."""
    if examined.unsigned:
        return f"{MARKER}\n\n{unsigned_page.render(examined.unsigned, examined.proposal, examined.repository.id)}"
    report = examined.report
    steps = receipts.next_steps(report, examined.repository.id) if report.refusals() else ""
    return "\n\n".join(part for part in (render(report), steps) if part)


def render(report: Report) -> str:
    """A report alone, starting with ``MARKER``."""
    groups = by_code(report.findings)
    refusals = [group for group in groups if group.severity is Severity.REFUSE]
    others = [group for group in groups if group.severity is not Severity.REFUSE]
    sections = [
        f"### Report of the gate\n\n{_VERDICTS[report.verdict]} {added(report.impact, escape)}".rstrip(),
        _impact(report),
        _table("What stands in the way", refusals),
        _table("What to look at", others),
        *_details(report.impact, groups),
    ]
    ending = (
        f"Checked at `{report.head}`. A new commit on this proposal needs a new report."
        if report.head
        else ""
    )
    return _bounded([section for section in sections if section], ending)


def _bounded(sections: Sequence[str], ending: str) -> str:
    parts, left, left_out = [MARKER], _MAX_CHARACTERS - len(MARKER) - _RESERVED, 0
    for section in sections:
        if len(section) + 2 <= left:
            parts.append(section)
            left -= len(section) + 2
        else:
            left_out += 1
    if left_out:
        parts.append(f"{left_out} parts are too long for a comment; `commons show N` has them.")
    return "\n\n".join([*parts, ending] if ending else parts)


def _impact(report: Report) -> str:
    impact = report.impact
    if not (impact.records or impact.links or impact.questions):
        return ""
    rows = [
        ("pools", listed(impact.pools, escape)),
        ("licences", listed(impact.licenses, escape)),
        ("topics", coverage(impact, "topic", impact.topics, escape)),
        ("languages", coverage(impact, "language", impact.languages, escape)),
        ("answers", _answers(impact.answers)),
        ("signed by", f"`{report.author_key_id}`" if report.author_key_id else "no valid signature"),
    ]
    return "| it changes | |\n| --- | --- |\n" + "\n".join(
        f"| {name} | {value} |" for name, value in rows if value
    )


def _answers(answers: Answers | None) -> str:
    if answers is None:
        return ""
    return f"{answers.changed:,} of {answers.questions:,} questions get other first answers; {recall_change(answers)}"


def _table(title: str, groups: Sequence[FindingsOfCode]) -> str:
    if not groups:
        return ""
    rows = [
        f"| {_MARKS[group.severity]} `{group.code}`{_count(group)} | {_gist(group)}{_advice(group)} |"
        for group in groups
    ]
    return "\n".join([f"#### {title}", "", "| finding | what it says |", "| --- | --- |", *rows])


def _advice(group: FindingsOfCode) -> str:
    """How refused rows are mended is told below the report, together with the commands."""
    return "" if group.severity is Severity.REFUSE or not group.hint else f". {escape(group.hint)}"


def _gist(group: FindingsOfCode) -> str:
    """What is said when only one thing is, else what the code means."""
    if len(group.said) > 1:
        return escape(group.meaning)
    return f"{_place(group.said[0])}{escape(group.said[0].finding.message)}"


def _count(group: FindingsOfCode) -> str:
    return f", {_amount(group)}" if group.rows > 1 else ""


def _details(impact: Impact, groups: Sequence[FindingsOfCode]) -> Iterator[str]:
    for group in groups:
        shown = [pair for pair in impact.pairs if pair.code == group.code][:_PAIRS]
        sentences = _sentences(group.said) if len(group.said) > 1 else ""  # the table has said a single one
        body = "\n\n".join(part for part in (sentences, _side_by_side(shown)) if part)
        yield _folded(f"{group.code}, {_amount(group)}", body)
    if impact.answers and impact.answers.turns:
        yield _folded("Questions that get other answers", _turns(impact.answers))
    if impact.samples:
        rows = (f"* **{escape(s['title'] or '—')}** — {_short(s['text'])}" for s in impact.samples)
        yield _folded("Records to read" if impact.records else "Questions to read", "\n".join(rows))


def _amount(group: FindingsOfCode) -> str:
    count = group.rows or len(group.said)
    return f"{count} {'row' if group.rows else 'time'}{'s' * (count != 1)}"


def _sentences(said: Sequence[GroupedFinding]) -> str:
    lines = [f"* {_place(one)}{escape(one.finding.message)}" for one in said[:_MAX_SENTENCES]]
    if len(said) > _MAX_SENTENCES:
        lines.append(
            f"* … and {len(said) - _MAX_SENTENCES:,} more; `commons show N --format json` lists all."
        )
    return "\n".join(lines)


def _place(said: GroupedFinding) -> str:
    place = said.place(_MAX_ROWS)
    return f"{place}: " if place else ""


def _side_by_side(pairs: Iterable[Pair]) -> str:
    rows = [
        f"| {pair.row} | {_excerpt(pair.new)} | {_excerpt(pair.other)} | {pair.alike:.0%} |" for pair in pairs
    ]
    return (
        "\n".join(["| row | offered | the other | alike |", "| ---: | --- | --- | ---: |", *rows])
        if rows
        else ""
    )


def _excerpt(excerpt: Excerpt) -> str:
    title = f"**{escape(excerpt.title)}** — " if excerpt.title else ""
    return title + _short(excerpt.text)


def _turns(answers: Answers) -> str:
    rows = [
        f"| {_short(turn.question)} | {_titles(turn.enters)} | {_titles(turn.leaves)} | "
        f"{turn.recall_before:.2f} → {turn.recall_after:.2f} |"
        for turn in answers.turns
    ]
    more = answers.changed - len(answers.turns)
    ending = [f"\n… and {more:,} more questions." if more else ""]
    return "\n".join(
        ["| question | comes in | goes out | recall |", "| --- | --- | --- | --- |", *rows, *ending]
    ).rstrip()


def _titles(titles: Iterable[str]) -> str:
    return "; ".join(_short(title) for title in titles)


def _short(text: str) -> str:
    return escape(text if len(text) <= _EXCERPT_CHARACTERS else text[:_EXCERPT_CHARACTERS] + "…")


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""
