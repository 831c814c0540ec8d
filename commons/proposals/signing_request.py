"""The comment that asks an author to sign again, after a change of format has outdated what an open proposal says.

if request := signing_request.due(examined): repository.comment(number, request)
"""

from __future__ import annotations

import shlex

from commons import layout
from commons.proposals.examination import Examination
from commons.proposals.markdown import shell

_MARKER = "<!-- commons:sign-again -->"


def due(examined: Examination) -> str:
    """The comment; empty when the statement is of the present generation, or its author has been asked."""
    outdated = any(finding.code == "statement-outdated" for finding in examined.report.findings)
    if not outdated or any(_MARKER in comment.text for comment in examined.proposal.comments):
        return ""
    brings_rows = any(layout.parse_openings(path) for path in examined.offer.sizes)
    repo = shlex.quote(examined.repository.id)
    command = (
        f"commons contribute FILE --repo {repo}"
        if brings_rows
        else f"commons key rotate --to FILE --repo {repo}"
    )
    return (
        f"{_MARKER}\n**Please sign again.** This commons has a new format, in which statements name persons; what was signed before "
        "it is not landed any more. With the present `commons`, offer the same once more, and close this proposal:\n\n"
        + shell(command)
    )
