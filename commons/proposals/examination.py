"""A proposal as the gate sees it: what it would change against the commit it grew from, examined in confinement."""

from __future__ import annotations

from commons.errors import HubError
from commons.gate import confined
from commons.gate import examine as gate
from commons.gate.examine import Offer
from commons.gate.findings import Report, Severity
from commons.gate.signatures import Standing
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.snapshots.snapshot import Snapshot


def fetch(repository: Repository, proposal: Proposal, policy: Policy) -> Offer:
    """The files the proposal adds at ``proposal.head``, and what else it touches.

    Bytes are fetched by commit, never by ref, and only when paths and sizes are in order.
    """
    base = _merge_base(repository, proposal)
    before, after = repository.files(base), repository.files(proposal.head)
    added = {path: file for path, file in after.items() if path not in before}
    changed = [
        path for path, file in before.items() if path not in after or after[path].digest != file.digest
    ]
    offer = Offer({}, {path: file.size for path, file in added.items()}, tuple(sorted(changed)))
    if any(finding.severity is Severity.REFUSE for finding in gate.precheck(offer, policy)):
        return offer
    files = {path: repository.read(file, proposal.head) for path, file in sorted(added.items())}
    return Offer(files, offer.sizes, offer.changed)


def examine(offer: Offer, proposal: Proposal, snapshot: Snapshot, held: Standing) -> Report:
    """The report on the proposal's head, by the policy of ``snapshot`` and what the commons holds already."""
    return confined.examine(offer, snapshot.policy_bytes, held, head=proposal.head)


def _merge_base(repository: Repository, proposal: Proposal) -> str:
    on_main = set(repository.history("main"))
    for sha in repository.history(proposal.head):
        if sha in on_main:
            return sha
    raise HubError(
        f"Proposal {proposal.number} shares no commit with main.",
        hint="Close it and run commons contribute again.",
        code="unrelated-history",
    )
