"""The one comment that holds the gate's report on a proposal, and all the state there is.

It begins with a marker, and its stamp says which commit was checked, which ``/commons check`` was answered last, and which envelopes were
seen under the proposal: what is proposed, and reviews by keys that have a word. So whoever may edit it can go on where anybody left off: a
restart forgets nothing, asking twice does nothing twice, and an envelope that was seen once and is gone is a finding in every report from
then on. Only comments of one's own account are believed, because anybody can write one that looks like ours.

Two processes of one account may each write a first comment at the same moment. Each looks again afterwards and hides all but the earliest,
so they agree without having met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from commons import layout
from commons.gate.findings import Finding
from commons.hub.repository import Comment, Proposal, Repository
from commons.proposals import report_page, reviews
from commons.proposals.examination import Examination
from commons.proposals.report_page import MARKER, MAX_REPORT_CHARACTERS

COMMAND = "/commons check"
# Envelopes that a stamp remembers, reviews first: only persons with a word add to those, while an author may push statements without end.
MAX_SEEN = 200
_DIGEST_CHARACTERS = 32  # of a SHA-256 in hex: enough that nobody finds another envelope with these
_STAMP = re.compile(
    r"<!-- commons:checked (?P<head>[0-9a-f]{40}) (?P<asked>[0-9A-Za-z]*)"
    rf"(?: (?P<reviews>[0-9a-f]{{16}})(?P<seen>(?: (?:review|statement):[0-9a-f]{{{_DIGEST_CHARACTERS}}})*))? -->"
)
_GONE = {
    "review": "its comment was hidden or edited",
    "statement": "something else was pushed in its place",
}


class CommentChange(StrEnum):
    """What became of the comment; the values are the words of the bot's log."""

    WRITTEN = "written"
    EDITED = "edited"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Stamp:
    """What was checked, and the id of the last comment that asked for it (empty when nobody had).

    ``reviews`` is the fingerprint of the reviews that stood there; ``seen`` are ``review:`` or ``statement:`` and the beginning of the
    SHA-256 of each envelope that this report or an earlier one saw.
    """

    head: str
    asked: str
    reviews: str
    seen: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"<!-- commons:checked {' '.join([self.head, self.asked, self.reviews, *self.seen])} -->"


def is_worth_a_look(text: str) -> bool:
    """Whether a comment is a reason to look at the proposal: it asks for a check, or may carry a signed review."""
    return is_command(text) or reviews.are_carried(text)


def is_command(text: str) -> bool:
    """Whether a comment asks for a check: its first line is the command."""
    return text.strip().partition("\n")[0].strip() == COMMAND


def due(proposal: Proposal, me: str) -> str:
    """Why the proposal needs to be checked, or nothing when the report of ``me`` speaks of its head and answers everybody."""
    if not proposal.is_open:
        return ""
    stamp = _stamp(proposal, me)
    if stamp is None:
        return "no report yet"
    if stamp.head != proposal.head:
        return "new commits"
    if stamp.reviews != reviews.fingerprint(proposal):
        return "reviews came or went"
    return "" if stamp.asked == _last_asked(proposal) else "somebody asked"


def publish(examined: Examination, *, repeat: bool = True) -> CommentChange:
    """Put the report on what was examined under the proposal, editing our earlier one; says what was done.

    What an earlier report of ours saw and is gone is a finding in it. Without ``repeat``, nothing is written where somebody's report says
    exactly the same already: the bot's, for one.
    """
    me = examined.repository.whoami()
    now = examined.repository.proposal(examined.proposal.number)
    before = _seen(now, me)
    there = _envelopes(examined, now)
    complete = examined.with_findings(_gone(name) for name in before if name not in there)
    seen = tuple(sorted(dict.fromkeys((*before, *there)), key=lambda name: name.partition(":")[0]))
    return _put(examined.repository, examined.proposal, now, me, report_page.of(complete), seen, repeat)


def publish_text(repository: Repository, proposal: Proposal, text: str) -> CommentChange:
    """Put ``text`` under the proposal as it was read, editing our earlier report; says what was done."""
    me = repository.whoami()
    now = repository.proposal(proposal.number)
    return _put(repository, proposal, now, me, text, _seen(now, me), True)


def _put(
    repository: Repository,
    proposal: Proposal,
    now: Proposal,
    me: str,
    text: str,
    seen: tuple[str, ...],
    repeat: bool,
) -> CommentChange:
    """``proposal`` as it was checked, ``now`` as it stands."""
    body = _cut(text)
    stamp = Stamp(proposal.head, _last_asked(proposal), reviews.fingerprint(proposal), seen[:MAX_SEEN])
    stamped = f"{body}\n\n{stamp}"
    ours = _reports(now, me)
    change = CommentChange.UNCHANGED
    if not ours and not repeat and any(_without_stamp(comment.text) == body for comment in now.comments):
        return change
    if not ours:
        repository.comment(proposal.number, stamped)
        change = CommentChange.WRITTEN
    elif ours[0].text != stamped:
        repository.edit_comment(proposal.number, ours[0].id, stamped)
        change = CommentChange.EDITED
    for other in _reports(repository.proposal(proposal.number), me)[1:]:
        repository.hide_comment(proposal.number, other.id)
    return change


def _envelopes(examined: Examination, now: Proposal) -> list[str]:
    """What is there, in the form of a stamp: reviews by keys that have a word, and what is proposed at the head that was examined."""
    roles = examined.snapshot.roles
    given = [*reviews.read_any(examined.proposal, examined.ground), *reviews.read_any(now, examined.ground)]
    signed = [review.sha256_hex for review in given if roles.may_review(review.vote.key_id)]
    proposed = [digest for path in sorted(examined.offer.sizes) if (digest := layout.parse_envelope(path))]
    names = [("review", digest) for digest in signed] + [("statement", digest) for digest in proposed]
    return list(dict.fromkeys(f"{kind}:{digest[:_DIGEST_CHARACTERS]}" for kind, digest in names))


def _gone(name: str) -> Finding:
    kind, _, digest = name.partition(":")
    return Finding(
        "envelope-gone", f"the {kind} {digest[:12]}… that an earlier report saw is gone: {_GONE[kind]}"
    )


def _seen(proposal: Proposal, me: str) -> tuple[str, ...]:
    stamp = _stamp(proposal, me)
    return stamp.seen if stamp else ()


def _without_stamp(text: str) -> str:
    return _STAMP.sub("", text).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= MAX_REPORT_CHARACTERS else text[:MAX_REPORT_CHARACTERS] + "\n\n… cut."


def _reports(proposal: Proposal, me: str) -> list[Comment]:
    """Our reports, earliest first; the id decides between two of one moment."""
    reports = [c for c in proposal.comments if c.author == me and c.text.startswith(MARKER)]
    return sorted(reports, key=lambda comment: (comment.created_at, comment.id))


def _stamp(proposal: Proposal, me: str) -> Stamp | None:
    for report in _reports(proposal, me)[:1]:
        if matches := list(_STAMP.finditer(report.text)):
            head, asked, carried, seen = matches[-1].group("head", "asked", "reviews", "seen")
            return Stamp(head, asked, carried or "", tuple((seen or "").split()))
    return None


def _last_asked(proposal: Proposal) -> str:
    asked = [comment.id for comment in proposal.comments if is_command(comment.text)]
    return asked[-1] if asked else ""
