"""Contribute: foreign files to a signed contribution, and from there to a proposal.

    prepared = preparation.prepare(inputs, policy)                      every row is accepted or refused, none is lost
    contribution = contribute.seal(prepared, key, policy)               signed by the contributor
    report = contribute.check(contribution, snapshot)                   the maintainer's own gate, run before anybody waits
    proposal = contribute.propose(repository, contribution, prepared)   a pull request

What becomes of each row is decided in ``checks.preparation``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from commons.checks import confined, standing
from commons.checks.findings import Report
from commons.checks.gate import Offer
from commons.checks.preparation import Prepared, RefusedRow
from commons.errors import InputError
from commons.files import write_whole
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.hub.snapshot import Snapshot
from commons.ledger import contributions
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.records.schema import Kind


def write_refused(rows: Sequence[RefusedRow], path: Path) -> None:
    """Write the refused rows as JSON lines, whole or not at all."""
    write_whole(path, "".join(row.to_json() + "\n" for row in rows).encode("ascii"))


def seal(prepared: Prepared, key: SigningKey, policy: Policy) -> Contribution:
    """Sign what was accepted.

    Raises:
        InputError: nothing was accepted, or more than one contribution may hold.
    """
    limit = policy.limits.max_records
    if prepared.accepted == 0:
        raise InputError(
            "There is nothing to offer: every row was refused.",
            hint="Read the .refused.jsonl file.",
            code="nothing-accepted",
        )
    if prepared.accepted > limit:
        raise InputError(
            f"{prepared.accepted:,} records; one contribution may hold {limit:,}.",
            hint="Split the file, for example by topic, and contribute the parts one after the other.",
            code="limit-exceeded",
        )
    return contributions.seal(prepared.groups, key, commons=policy.commons.origin)


def check(contribution: Contribution, snapshot: Snapshot) -> Report:
    """What the gate will say of this contribution."""
    return confined.examine(Offer.of(contribution.files), snapshot.policy_bytes, standing.of(snapshot))


def propose(
    repository: Repository, contribution: Contribution, prepared: Prepared, *, message: str = ""
) -> Proposal:
    """Open the pull request."""
    groups = [(group, rows) for group, rows in prepared.groups.items() if group[0] is Kind.RECORD]
    named = Counter(collection for (_, _, collection), rows in groups for _ in rows)
    spdx = sorted({row.license for _, rows in groups for row in rows})
    total = sum(named.values())
    title = f"Add {total:,} record{'s' * (total != 1)} to {', '.join(named)} ({', '.join(spdx)})"
    description = "\n\n".join(
        part
        for part in (
            message,
            f"Contribution `{contribution.id}`, signed by `{contribution.key_id}`.",
            "Made with `commons contribute`. The gate's report follows as a comment once a maintainer has run it.",
        )
        if part
    )
    return repository.propose(contribution.files, title=title, description=description)
