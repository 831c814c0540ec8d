"""What later steps of a verification need of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from commons.errors import CommonsError
from commons.governance.log_audit import AuditResult
from commons.governance.people import People
from commons.index.build.model_audit import ModelChecks
from commons.ledger.log import Leaf, Log
from commons.ledger.statements import GENERATION
from commons.progress import Progress, silent
from commons.records.summary import Summary
from commons.snapshots.snapshot import Snapshot

T = TypeVar("T")


@dataclass
class VerificationContext:
    """None where an earlier step failed."""

    snapshot: Snapshot
    paths: list[str]  # of plain files
    strays: list[str]  # links, pipes and the like, which nothing here opens
    checks_by_model: ModelChecks | None = None
    progress: Progress = silent
    log: Log | None = None
    leaves: list[Leaf] | None = None
    audited: AuditResult | None = None
    people: People | None = None
    bound: dict[str, str] = field(
        default_factory=dict
    )  # path -> SHA-256 (hex), where its bytes are those of the inventory
    too_large: set[str] = field(default_factory=set)  # paths of what nobody signed and no later step opens
    summary: Summary = field(default_factory=Summary)
    summary_complete: bool = False
    counted: dict[str, int] = field(default_factory=dict)  # shard -> how many of its rows are in it

    @property
    def has_inventory(self) -> bool:
        """Whether the log has come to format 3, whose inventory binds every byte."""
        return needed(self.audited, "the statements").generation == GENERATION


def needed(value: T | None, what: str) -> T:
    """``value``; where an earlier step failed, CommonsError (``not-checked``) says so."""
    if value is None:
        raise CommonsError(f"Not checked, because {what} could not be read.", code="not-checked")
    return value
