"""The gate in a child process, the sandbox: hostile bytes end in a report, never in a crash of the process that holds a token.

report = child_process.examine(offer, policy_bytes, state)
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from commons.gate import examine as examination
from commons.gate import offered_records
from commons.gate.commons_state import CommonsState
from commons.gate.findings import Finding
from commons.gate.impact import Impact
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance import policy as policies
from commons.sandbox import confinement
from commons.sandbox.confinement import OutOfBoundsError

_STATE = tuple(field.name for field in fields(CommonsState) if field.name != "accounts")


def examine(offer: Offer, policy: bytes, state: CommonsState, *, head: str = "") -> Report:
    """``examine.contribution`` in a child. A child that runs out of bounds is itself a finding (``check-limit``)."""
    try:
        answer = confinement.run(__name__, _files(offer, policy, state, head))
        offering = offered_records.from_json(answer["offering"])
        return replace(Report.from_json(answer["report"]), offering=offering)
    except OutOfBoundsError as error:
        message = f"the files could not be checked within bounds: {error.message}"
        return Report((Finding("check-limit", message),), Impact(), head=head)


def _files(offer: Offer, policy: bytes, state: CommonsState, head: str) -> dict[str, bytes]:
    """The files of the child's folder. A path from outside never becomes a path of ours: bytes lie under numbers."""
    names = {path: str(number) for number, path in enumerate(offer.files)}
    context = {
        "files": names,
        "sizes": dict(offer.sizes),
        "changed": offer.changed,
        "proposer": offer.proposer,
        "head": head,
        "accounts": dict(state.accounts),
    }
    return {
        "policy.toml": policy,
        "context.json": json.dumps(context).encode(),
        **{name: "\n".join(getattr(state, name)).encode() for name in _STATE},
        **{names[path]: data for path, data in offer.files.items()},
    }


def _child(folder: Path) -> dict[str, Any]:
    context = json.loads((folder / "context.json").read_text())
    offer = Offer(
        files={path: (folder / name).read_bytes() for path, name in context["files"].items()},
        sizes=context["sizes"],
        changed=tuple(context["changed"]),
        proposer=context["proposer"],
    )
    sets = {name: frozenset((folder / name).read_text().split()) for name in _STATE}
    state = CommonsState(**sets, accounts=context["accounts"])
    policy = policies.parse((folder / "policy.toml").read_bytes())
    confinement.enter()
    report = examination.contribution(offer, policy, state, head=context["head"])
    return {"report": report.to_json(), "offering": offered_records.to_json(report.offering)}


if __name__ == "__main__":
    confinement.answer(_child(Path(sys.argv[1])))
