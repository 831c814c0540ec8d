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
from commons.gate.wording import VERDICTS, additions, answer_change, coverage, enumeration
from commons.governance import decision
from commons.hub.repository import MAX_COMMENT_CHARACTERS
from commons.proposals import correction_page, receipts, refusals, unsigned_page
from commons.proposals.examination import Examination
from commons.proposals.markdown import details

MARKER = "<!-- commons:report -->"  # finds the one comment that is edited in place
MAX_REPORT_CHARACTERS = MAX_COMMENT_CHARACTERS - 9_000  # the rest is for the envelopes that its stamp names
_RESERVED = 400  # characters, for the last lines
_MAX_SENTENCES = 12
_MAX_ROWS = 8
_PAIRS = 3  # of each kind
_EXCERPT_CHARACTERS = 180
_MARKS = {None: "✅", Severity.REFUSE: "⛔", Severity.WARN: "⚠️", Severity.NOTE: "·"}


def of(examined: Examination) -> str:
    """The comment on what was examined: the report, or what its tables hold where nobody signed, and how to go on."""
    report = examined.report
    if examined.unsigned:
        gone = _table("What to look at", by_code(f for f in report.findings if f.code == "envelope-gone"))
        page = unsigned_page.render(examined.unsigned, examined.proposal, examined.repository.id)
        return "\n\n".join(part for part in (MARKER, page, gone) if part)
    steps = receipts.next_steps(report, examined.repository.id) if report.refusals() else ""
    objection = correction_page.objection(examined)
    notes = (objection, _founding(examined), _refused_before(examined), steps)
    return render(report, "\n\n".join(note for note in notes if note))


def _founding(examined: Examination) -> str:
    """That the members are too few for somebody else to approve it."""
    policy, roles = examined.snapshot.policy, examined.snapshot.roles
    if examined.report.refusals() or not decision.is_founders_own(policy, roles, examined.author):
        return ""
    words = decision.founding_words(policy, roles)
    return f"{words[0].upper()}{words[1:]}."


def _refused_before(examined: Examination) -> str:
    """What follows from a refusal in the log, with a link to what was refused."""
    former = refusals.refused_under(examined)
    return refusals.words(examined, f"[#{former.number}]({former.url})" if former else "")


def render(report: Report, steps: str = "") -> str:
    """A report, starting with ``MARKER``, and below it how to go on; together they fit into a comment."""
    groups = by_code(report.findings)
    refusals = [group for group in groups if group.severity is Severity.REFUSE]
    others = [group for group in groups if group.severity is not Severity.REFUSE]
    verdict = f"{_MARKS[report.verdict]} **{VERDICTS[report.verdict]}**"
    sections = [
        f"### Report of the gate\n\n{verdict} {additions(report.impact, escape)}".rstrip(),
        _impact(report),
        *correction_page.sections(report.impact.corrections),
        _table("What stands in the way", refusals),
        _table("What to look at", others),
        *_details(report.impact, groups),
    ]
    ending = (
        f"Checked at `{report.head}`. A new commit on this proposal needs a new report."
        if report.head
        else ""
    )
    return _page([section for section in sections if section], [part for part in (ending, steps) if part])


def _page(sections: Sequence[str], endings: Sequence[str]) -> str:
    """All sections for which there is room in a comment, and all endings."""
    parts, left_out = [MARKER], 0
    left = MAX_REPORT_CHARACTERS - len(MARKER) - _RESERVED - sum(len(ending) + 2 for ending in endings)
    for section in sections:
        if len(section) + 2 <= left:
            parts.append(section)
            left -= len(section) + 2
        else:
            left_out += 1
    if left_out:
        parts.append(f"{left_out} parts are too long for a comment; `commons show N` has them.")
    return "\n\n".join([*parts, *endings])


def _impact(report: Report) -> str:
    impact = report.impact
    if not (impact.records or impact.links or impact.questions):
        return ""
    rows = [
        ("pools", enumeration(impact.pools, escape)),
        ("licences", enumeration(impact.licenses, escape)),
        ("topics", coverage(impact, "topic", impact.topics, escape)),
        ("languages", coverage(impact, "language", impact.languages, escape)),
        ("answers", answer_change(impact.answers)),
        ("signed by", f"`{report.author_key_id}`" if report.author_key_id else "no valid signature"),
    ]
    return "| it changes | |\n| --- | --- |\n" + "\n".join(
        f"| {name} | {value} |" for name, value in rows if value
    )


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
    if len(group.groups) > 1:
        return escape(group.meaning)
    return f"{_place(group.groups[0])}{escape(group.groups[0].finding.message)}"


def _count(group: FindingsOfCode) -> str:
    return f", {_amount(group)}" if group.rows > 1 else ""


def _details(impact: Impact, groups: Sequence[FindingsOfCode]) -> Iterator[str]:
    for group in groups:
        shown = [pair for pair in impact.pairs if pair.code == group.code][:_PAIRS]
        # The table has said a single one.
        sentences = _sentences(group.groups) if len(group.groups) > 1 else ""
        body = "\n\n".join(part for part in (sentences, _side_by_side(shown)) if part)
        yield details(f"{group.code}, {_amount(group)}", body)
    if impact.answers and impact.answers.turns:
        yield details("Questions that get other answers", _turns(impact.answers))
    if impact.samples:
        rows = (f"* **{escape(sample.title or '—')}** — {_short(sample.text)}" for sample in impact.samples)
        yield details("Records to read" if impact.records else "Questions to read", "\n".join(rows))


def _amount(group: FindingsOfCode) -> str:
    count = group.rows or len(group.groups)
    return f"{count} {'row' if group.rows else 'time'}{'s' * (count != 1)}"


def _sentences(groups: Sequence[GroupedFinding]) -> str:
    lines = [f"* {_place(group)}{escape(group.finding.message)}" for group in groups[:_MAX_SENTENCES]]
    if len(groups) > _MAX_SENTENCES:
        lines.append(
            f"* … and {len(groups) - _MAX_SENTENCES:,} more; `commons show N --format json` lists all."
        )
    return "\n".join(lines)


def _place(group: GroupedFinding) -> str:
    place = escape(group.place(_MAX_ROWS))
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
