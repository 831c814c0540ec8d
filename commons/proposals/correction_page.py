"""Corrections as Markdown: what the record says and what it would say, side by side, with the words that differ marked.

    correction_page.sections(report.impact.corrections)         one part for each
    correction_page.objection(examined)                         who may object, and until when

Only what differs is shown, with a few words around it. All words are escaped before they are marked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import takewhile

from commons.escaping import escape
from commons.gate.impact import Correction, Excerpt
from commons.governance.people import Person
from commons.ledger.statements import StatementKind
from commons.proposals.examination import Examination
from commons.proposals.markdown import details
from commons.records.languages import characters

_OPEN = 3  # corrections that stand open; the rest is folded
_CONTEXT_PIECES = 24  # twelve words, for every second piece is a blank
_PLACES = 12  # in one correction
_TITLE_CHARACTERS = 80
# Pairs of equal words in two texts, beyond which a comparison takes seconds. Prose has fewer; a text that repeats one word has more.
_MOST_PAIRS = 100_000
# A word; of scripts that put no blanks between words each character is one.
_UNSPACED = characters()
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+|\s+")


def sections(corrections: Sequence[Correction]) -> Iterator[str]:
    """Each correction; the first few as they are, the others folded away."""
    for number, correction in enumerate(corrections):
        name, body = escape(_name(correction.old)), side_by_side(correction)
        if number < _OPEN:
            yield f"#### Replaces `{correction.old.id}`\n\n{name}\n\n{body}"
        else:
            yield details(f"Replaces {correction.old.id}", f"{name}\n\n{body}")


def side_by_side(correction: Correction) -> str:
    """A table of the places that differ."""
    rows = list(_rows(correction))
    more = [f"\n… and {len(rows) - _PLACES:,} more places." if len(rows) > _PLACES else ""]
    if not rows:
        return "Title and text stay as they are."
    return "\n".join(["| it says | it would say |", "| --- | --- |", *rows[:_PLACES], *more]).rstrip()


def objection(examined: Examination) -> str:
    """Who wrote what is to be replaced, and what they can do about it; empty where nothing is replaced."""
    if not examined.corrects:
        return ""
    rule = examined.snapshot.policy.decision.rule(StatementKind.CONTRIBUTION, corrects=True)
    ends = examined.proposal.opened_at + timedelta(hours=rule.wait_hours)
    until = f" until {ends:%Y-%m-%d %H:%M} UTC; it does not land before that" if rule.wait_hours else ""
    users = ", ".join(f"@{user}" for user in _users(examined))
    if users:
        return f"Written by {users}, who can object to the correction in this conversation{until}."
    return f"Reviewers can object to the correction{until}." if until else ""


def _users(examined: Examination) -> list[str]:
    """The accounts on this Hub of those whose records are replaced: not who was erased, and not who corrects herself."""
    people, repository = examined.snapshot.people, examined.repository
    authors: dict[str, Person] = {}
    for correction in examined.report.impact.corrections:
        author = people.get(correction.contribution) or people.get(correction.key)
        if author and author.id != examined.report.author_person:
            authors[author.id] = author
    here = [
        name
        for author in authors.values()
        for account in author.accounts
        if repository.account(name := account.rpartition("/")[2]) == account
    ]
    return list(dict.fromkeys(here))


def _rows(correction: Correction) -> Iterator[str]:
    for old, new in (
        (correction.old.title, correction.new.title),
        (correction.old.text, correction.new.text),
    ):
        before, after = _compared(old, new)
        matcher = SequenceMatcher(str.isspace, before, after, autojunk=False)
        for place in matcher.get_grouped_opcodes(_CONTEXT_PIECES):
            left = [(tag, start, end) for tag, start, end, _, _ in place]
            right = [(tag, start, end) for tag, _, _, start, end in place]
            yield f"| {_cell(before, left, '~~')} | {_cell(after, right, '**')} |"


def _compared(old: str, new: str) -> tuple[list[str], list[str]]:
    """What is compared: words and blanks; where that would take long, all between the common beginning and end as one."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    counts = Counter(word for word in after if not word.isspace())
    if sum(counts[word] for word in before) <= _MOST_PAIRS:
        return before, after
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return _joined(before, start, len(before) - end), _joined(after, start, len(after) - end)


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """How many pieces two texts have in common where they begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _joined(words: Sequence[str], start: int, end: int) -> list[str]:
    """The words from ``start`` to ``end`` as one, and as one what lies beyond the context of these."""
    first, last = max(0, start - _CONTEXT_PIECES), end + _CONTEXT_PIECES
    whole = [words[:first], *([word] for word in words[first:start]), words[start:end]]
    whole += [*([word] for word in words[end:last]), words[last:]]
    return ["".join(part) for part in whole if part]


def _cell(words: Sequence[str], pieces: Sequence[tuple[str, int, int]], mark: str) -> str:
    """One side of a place: what is not the same on both sides stands between marks."""
    parts = ["…"] if pieces[0][1] > 0 else []
    for tag, start, end in pieces:
        if text := escape("".join(words[start:end])):
            parts.append(text if tag == "equal" else f"{mark}{text}{mark}")
    return " ".join([*parts, "…"] if pieces[-1][2] < len(words) else parts)


def _name(excerpt: Excerpt) -> str:
    return " ".join((excerpt.title or excerpt.text).split())[:_TITLE_CHARACTERS]
