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
        verdict = licenses.resolve(source.license)
        if verdict.license is None:
            yield Finding(
                "license-contradiction", f"the source says {excerpt(source.license)}: {verdict.reason}"
            )
        elif verdict.license.pool not in ("open", pool) or (
            verdict.license.attribution and not own.attribution
        ):
            yield Finding(
                "license-contradiction",
                f"the record says {record.license} but its source {verdict.license.spdx}",
            )


def refusal(written: str, policy: Policy) -> str:
    verdict = licenses.resolve(written)
    if verdict.license is None:
        return verdict.reason
    if policy.pool_of(verdict.license.spdx):
        return f"{excerpt(written)} must be written as {verdict.license.spdx}"
    return f"the policy of this commons does not take {verdict.license.spdx}"
