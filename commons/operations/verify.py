"""Verify: everything a copy of a commons claims, checked offline against nothing but itself.

    verdict = verify.verify(snapshot, root="3f2a…", memory=Path("…/checkpoints"))
    verdict.ok, verdict.complete, verdict.checks[0].problems

Works on any copy: a snapshot from a Hub or a plain folder. What it cannot know by itself is *which* commons this is, and whether its log is
the one it was yesterday: the first is the root that a reader pins, the second is remembered. Bytes are hashed before they are parsed,
and nothing from the copy is run. What is asked of it is ``verification.steps``.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.index.build.model_audit import ModelChecks
from commons.index.build.vector_audit import SAMPLE_RECORDS
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
    sample: int | None = SAMPLE_RECORDS,
    seed: int | None = None,
    measure: bool = False,
    progress: Progress = silent,
) -> Verdict:
    """Check every claim of the copy; a check that cannot be made because an earlier one failed says so.

    Args:
        root: the commons this has to be, as 64 hex digits; empty takes the copy's word for it, and the verdict says so.
        memory: folder with what was seen before; None neither compares nor remembers.
        embedder: with one, ``sample`` of the records of each index (None: all, 0: none) are embedded again and compared with the
            published vectors; the rows are drawn by ``seed``, at random where none is given, and the verdict names it.
        measure: measure recall and quality again as well; needs the embedder.
    """
    seed = secrets.randbits(32) if seed is None else seed
    by_model = ModelChecks(embedder, sample, seed, measure) if embedder else None
    context = VerificationContext(snapshot, *tree.paths_of(snapshot.folder), by_model, progress)
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
