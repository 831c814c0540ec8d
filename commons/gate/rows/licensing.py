"""The licence of a row: one the policy takes, and no more than its sources allow."""

from __future__ import annotations

from collections.abc import Iterator

from commons.gate.findings import Finding, excerpt
from commons.governance import licenses
from commons.governance.policy import Policy
from commons.records.schema import Record


def check(record: Record, policy: Policy) -> Iterator[Finding]:
    pool = policy.pool_of(record.license)
    if pool is None:
        yield Finding("license-refused", refusal(record.license, policy))
        return
    own = licenses.BY_SPDX[record.license]
    for source in record.sources:
        if not source.license:
            continue
        resolved = licenses.resolve(source.license)
        if own in resolved.choices:
            continue  # the source lets one choose, and the record has chosen
        if resolved.license is None:
            yield Finding(
                "license-contradiction", f"the source says {excerpt(source.license)}: {resolved.reason}"
            )
        elif resolved.license.pool not in ("open", pool) or (
            resolved.license.attribution and not own.attribution
        ):
            yield Finding(
                "license-contradiction",
                f"the record says {record.license} but its source {resolved.license.spdx}",
            )


def refusal(written: str, policy: Policy) -> str:
    """Why this licence stays out, and which are taken."""
    resolved = licenses.resolve(written)
    if resolved.license is None:
        return (
            f"{resolved.reason}{'.' * (not resolved.reason.endswith('?'))} Accepted here: {_accepted(policy)}"
        )
    if policy.pool_of(resolved.license.spdx):
        return f"{excerpt(written)} must be written as {resolved.license.spdx}"
    return f"the policy of this commons does not take {resolved.license.spdx}. Accepted here: {_accepted(policy)}"


def _accepted(policy: Policy) -> str:
    return ", ".join(spdx for allowed in policy.pools.values() for spdx in allowed)
