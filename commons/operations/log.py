"""Log: what maintainers do with the log itself. So far: sweep the conversations for refusals that it does not know.

swept = log.sweep(repository, key)          every proposal, open or closed
swept.refusals, swept.proposals
"""

from __future__ import annotations

from dataclasses import dataclass

from commons.hub.repository import Repository
from commons.layout import Need
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.proposals import refusals
from commons.proposals.refusals import UnloggedRefusal
from commons.snapshots import snapshot as snapshots


@dataclass(frozen=True)
class Sweep:
    """The refusals that became leaves, and under how many proposals was looked."""

    refusals: tuple[UnloggedRefusal, ...]
    proposals: int


def sweep(repository: Repository, key: SigningKey, *, progress: Progress = silent) -> Sweep:
    """Take every refusal that decides, under whatever proposal, into the log; ``key`` is a maintainer's.

    Raises:
        ProposalError: the key is no maintainer's (``not-a-maintainer``); asked before anything is read.
        ConflictError: main moved three times while we worked; run it again.
    """
    snapshot = snapshots.take(repository, need=Need.GOVERNANCE)
    snapshot.refuse_unwritable()
    refusals.refuse_non_maintainer(snapshot, key)
    numbers = [proposal.number for proposal in repository.proposals(only_open=False)]
    conversations = []
    for done, number in enumerate(numbers):
        progress("Reading proposals", done, len(numbers))
        conversations.append(repository.conversation(number))
    progress("Reading proposals", len(numbers), len(numbers))
    return Sweep(refusals.record(repository, key, conversations), len(numbers))
