"""Show: what is proposed, what the gate says of it, its reviews, and where they lead; for whoever asks, and under the proposal.

examined = show.examine(repository, 12)     the report on exactly the head it names
show.publish(examined)                      one comment, edited in place
"""

from __future__ import annotations

from commons.gate.comparison.compare import ComparisonResources
from commons.hub.repository import Repository
from commons.progress import Progress, silent
from commons.proposals import examination, report_comment
from commons.proposals.examination import Examination
from commons.proposals.report_comment import CommentChange


def examine(
    repository: Repository,
    number: int,
    resources: ComparisonResources | None = None,
    *,
    progress: Progress = silent,
) -> Examination:
    """Proposal ``number`` as it stands now, open or closed."""
    return examination.examine(repository, number, resources, progress=progress)


def publish(examined: Examination) -> CommentChange:
    """Put the report under the proposal: edit our earlier comment when there is one, else write it. Says what was done.

    Raises:
        CommonsError: the proposal is closed (``proposal-closed``); what is decided has its last word.
    """
    examination.refuse_closed(examined.proposal)
    return report_comment.publish(examined)
