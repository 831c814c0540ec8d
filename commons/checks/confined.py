"""The gate in a child process with limits on memory, processor time and wall clock.

Parsing proves nothing about a hostile file, and a memory limit may end the interpreter without an exception, so contributors' bytes are
never parsed in the process that holds a token. The child inherits no environment but what it needs to start, reads one folder, and
prints one JSON report.

    report = confined.examine(offer, policy_bytes, standing)
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

from commons.checks import gate
from commons.checks.findings import Finding, Impact, Report
from commons.checks.gate import Offer
from commons.checks.signatures import Standing
from commons.governance import policy as policies

MEMORY_BYTES = 2 * 1024**3
CPU_S = 120
WALL_CLOCK_S = 300
_STANDING = tuple(field.name for field in fields(Standing))
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "SYSTEMROOT")


def examine(offer: Offer, policy: bytes, standing: Standing, *, head: str = "") -> Report:
    """``gate.examine`` in a child. A child that runs out of bounds is itself a finding (``check-limit``)."""
    with tempfile.TemporaryDirectory(prefix="commons-check-") as folder:
        _lay_out(Path(folder), offer, policy, standing, head)
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # One malloc arena and the system allocator keep the address space close to what is really used.
        environment |= {
            "MALLOC_ARENA_MAX": "2",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        try:
            child = subprocess.run(
                # -P keeps the caller's folder off the import path: it may be a checkout of somebody's dataset.
                [sys.executable, "-P", "-m", "commons.checks.confined", folder],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=WALL_CLOCK_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _out_of_bounds(f"it took more than {WALL_CLOCK_S} s", head)
    if child.returncode != 0:
        last = child.stderr.decode(errors="replace").strip().splitlines()[-1:] or [
            f"exit status {child.returncode}"
        ]
        return _out_of_bounds(last[0], head)
    return Report.from_json(json.loads(child.stdout))


def _out_of_bounds(reason: str, head: str) -> Report:
    return Report(
        (Finding("check-limit", f"the files could not be checked within bounds: {reason}"),),
        Impact(),
        head=head,
    )


def _lay_out(folder: Path, offer: Offer, policy: bytes, standing: Standing, head: str) -> None:
    (folder / "policy.toml").write_bytes(policy)
    for name in _STANDING:
        (folder / name).write_text("\n".join(getattr(standing, name)))
    names = {}
    for number, (path, data) in enumerate(offer.files.items()):
        names[path] = str(number)  # a path from outside never becomes a path of ours
        (folder / str(number)).write_bytes(data)
    context = {
        "files": names,
        "sizes": dict(offer.sizes),
        "changed": offer.changed,
        "head": head,
    }
    (folder / "context.json").write_text(json.dumps(context))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(folder: Path) -> None:
    context = json.loads((folder / "context.json").read_text())
    offer = Offer(
        files={path: (folder / name).read_bytes() for path, name in context["files"].items()},
        sizes=context["sizes"],
        changed=tuple(context["changed"]),
    )
    standing = Standing(**{name: frozenset((folder / name).read_text().split()) for name in _STANDING})
    policy = policies.parse((folder / "policy.toml").read_bytes())
    _limit()
    report = gate.examine(offer, policy, standing, head=context["head"])
    sys.stdout.write(json.dumps(report.to_json()))
    sys.stdout.flush()
    os._exit(0)  # the report is out; libraries that tear down their threads under a memory limit may abort


if __name__ == "__main__":
    _child(Path(sys.argv[1]))
