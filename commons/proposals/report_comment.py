"""The one comment that holds the gate's report on a proposal, and all the state there is.

It begins with a marker, and its stamp says which commit was checked and which ``/commons check`` was answered last. So whoever may edit it
can go on where anybody left off: a restart forgets nothing, and asking twice does nothing twice. Only comments of one's own account are
believed, because anybody can write one that looks like ours.

Two processes of one account may each write a first comment at the same moment. Each looks again afterwards and hides all but the earliest,
so they agree without having met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from commons.hub.repository import MAX_COMMENT_CHARACTERS, Comment, Proposal, Repository
from commons.proposals import report_page
from commons.proposals.examination import Examination
from commons.proposals.report_page import MARKER

COMMAND = "/commons check"
_STAMP = re.compile(r"<!-- commons:checked (?P<head>[0-9a-f]{40}) (?P<asked>[0-9A-Za-z]*) -->")


class CommentChange(StrEnum):
    """What became of the comment; the values are the words of the bot's log."""

    WRITTEN = "written"
    EDITED = "edited"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Stamp:
    """What was checked, and the id of the last comment that asked for it (empty when nobody had)."""

    head: str
    asked: str

    def __str__(self) -> str:
        return f"<!-- commons:checked {self.head} {self.asked} -->"


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
    return "" if stamp.asked == _last_asked(proposal) else "somebody asked"


def publish(examined: Examination, *, repeat: bool = True) -> CommentChange:
    """Put the report on what was examined under the proposal; see ``publish_text``."""
    return publish_text(examined.repository, examined.proposal, report_page.of(examined), repeat=repeat)


def publish_text(
    repository: Repository, proposal: Proposal, text: str, *, repeat: bool = True
) -> CommentChange:
    """Put ``text`` under the proposal as it was read, editing our earlier report; says what was done.

    Without ``repeat``, nothing is written where somebody's report says exactly the same already: the bot's, for one.
    """
    me = repository.whoami()
    body = _cut(text)
    stamped = f"{body}\n\n{Stamp(proposal.head, _last_asked(proposal))}"
    now = repository.proposal(proposal.number)
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


def _without_stamp(text: str) -> str:
    return _STAMP.sub("", text).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= MAX_COMMENT_CHARACTERS else text[:MAX_COMMENT_CHARACTERS] + "\n\n… cut."


def _reports(proposal: Proposal, me: str) -> list[Comment]:
    """Our reports, earliest first; the id decides between two of one moment."""
    reports = [c for c in proposal.comments if c.author == me and c.text.startswith(MARKER)]
    return sorted(reports, key=lambda comment: (comment.created_at, comment.id))


def _stamp(proposal: Proposal, me: str) -> Stamp | None:
    for report in _reports(proposal, me)[:1]:
        if matches := list(_STAMP.finditer(report.text)):
            return Stamp(matches[-1]["head"], matches[-1]["asked"])
    return None


def _last_asked(proposal: Proposal) -> str:
    asked = [comment.id for comment in proposal.comments if is_command(comment.text)]
    return asked[-1] if asked else ""
