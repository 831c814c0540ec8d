"""The gate in a child process, the sandbox: hostile bytes end in a report, never in a crash of the process that holds a token.

report = child_process.examine(offer, policy_bytes, state)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, BinaryIO

from commons.gate import examine as examination
from commons.gate import offered_records, warm_up
from commons.gate.commons_state import CommonsState
from commons.gate.findings import Finding
from commons.gate.impact import Impact
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance import policy as policies
from commons.sandbox import confinement, limits
from commons.sandbox.limits import OutOfBoundsError, ProcessLimits

_STATE = tuple(field.name for field in fields(CommonsState) if field.name not in ("accounts", "keys"))


def examine(offer: Offer, policy: bytes, state: CommonsState, *, head: str = "") -> Report:
    """``examine.contribution`` in a child. A child that runs out of bounds is itself a finding (``check-limit``)."""
    try:
        answer = confinement.run(__name__, _files(offer, policy, state, head), limits=_limits(offer, state))
        offering = offered_records.from_json(answer["offering"])
        return replace(Report.from_json(answer["report"]), offering=offering)
    except OutOfBoundsError as error:
        message = f"the files could not be checked within bounds: {error.message}"
        return Report((Finding("check-limit", message),), Impact(), head=head)


def _limits(offer: Offer, state: CommonsState) -> ProcessLimits:
    """What the contributor brought decides; what the commons holds comes on top."""
    own = sum(len(name) + 1 for names in _STATE for name in getattr(state, names))
    return limits.for_input(sum(map(len, offer.files.values())), own=own)


def _files(offer: Offer, policy: bytes, state: CommonsState, head: str) -> dict[str, bytes]:
    """What is handed to the child. A path from outside never becomes a name of ours: bytes stand under numbers."""
    names = {path: str(number) for number, path in enumerate(offer.files)}
    context = {
        "files": names,
        "sizes": dict(offer.sizes),
        "changed": offer.changed,
        "proposer": offer.proposer,
        "head": head,
        "accounts": dict(state.accounts),
        "keys": dict(state.keys),
    }
    return {
        "policy.toml": policy,
        "context.json": json.dumps(context).encode(),
        **{name: "\n".join(getattr(state, name)).encode() for name in _STATE},
        **{names[path]: data for path, data in offer.files.items()},
    }


def _report(files: Mapping[str, BinaryIO]) -> dict[str, Any]:
    context = json.loads(files["context.json"].read())
    offer = Offer(
        files={path: files[name].read() for path, name in context["files"].items()},
        sizes=context["sizes"],
        changed=tuple(context["changed"]),
        proposer=context["proposer"],
    )
    sets = {name: frozenset(files[name].read().decode().split()) for name in _STATE}
    state = CommonsState(**sets, accounts=context["accounts"], keys=context["keys"])
    policy = policies.parse(files["policy.toml"].read())
    report = examination.contribution(offer, policy, state, head=context["head"])
    return {"report": report.to_json(), "offering": offered_records.to_json(report.offering)}


if __name__ == "__main__":
    confinement.answer(_report(confinement.enter(warm_up.load_and_try)))
