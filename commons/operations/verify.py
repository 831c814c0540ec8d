"""Verify: everything a copy of a commons claims, checked offline against nothing but itself.

    verdict = verify.verify(snapshot, root="3f2a…", memory=Path("…/checkpoints"))
    verdict.ok, verdict.checks[0].problems, verdict.unchecked

Works on any copy: a snapshot from a Hub or a plain folder. What it cannot know by itself is *which* commons this is, and whether its log is
the one it was yesterday: the first is the root that a reader pins, the second is remembered. Bytes are hashed before they are parsed,
and nothing from the copy is run. What is asked of it is ``verification.steps``.
"""

from __future__ import annotations

from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.progress import Progress, silent
from commons.snapshots.snapshot import Snapshot
from commons.verification import steps, tree
from commons.verification.context import VerificationContext
from commons.verification.memory import CheckpointMemory
from commons.verification.verdict import CheckResult, Verdict


def verify(
    snapshot: Snapshot,
    *,
    root: str = "",
    memory: Path | None = None,
    embedder: Embedder | None = None,
    progress: Progress = silent,
) -> Verdict:
    """Check every claim of the copy; a check that cannot be made because an earlier one failed says so.

    Args:
        root: the commons this has to be, as 64 hex digits; empty takes the copy's word for it, and the verdict says so.
        memory: folder with what was seen before; None neither compares nor remembers.
        embedder: with one, a sample of the records is embedded again and compared with the published vectors.
    """
    context = VerificationContext(snapshot, *tree.paths_of(snapshot.folder), embedder)
    checks = list(steps.run(context, progress))
    known = context.audited.root if context.audited else ""
    checks.append(_root(context, known, root, memory, all(check.ok for check in checks)))
    return Verdict(snapshot.name, snapshot.revision, tuple(checks), known)


def _root(
    context: VerificationContext, known: str, pinned: str, folder: Path | None, all_ok: bool
) -> CheckResult:
    """That this is the commons that was meant, as far as anybody said which."""
    check = CheckResult("root", known or "unknown")
    if pinned and known != pinned:
        check.add(f"this copy has the root {known or 'of no log'}, not {pinned}: it is another commons")
        return check
    check.looked_at += (
        ", as pinned" if pinned else ", not pinned: that this is the commons you mean is the copy's own word"
    )
    if folder and context.log and known:
        memory = CheckpointMemory(folder)
        memory.check(context.snapshot, context.log, known, check, pinned=bool(pinned))
        if all_ok and check.ok:
            memory.remember(context.snapshot, context.log, known, check)
    return check
