"""A commons to be audited, whose manifest says all a manifest can: two pools, templates, questions, an order of landing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, question, record

from commons import layout
from commons.index.build import artifact_audit
from commons.index.build.audit_result import ArtifactAudit
from commons.index.build.model_audit import ModelChecks
from commons.ledger.landings import Acceptance
from commons.records.schema import Question, Record

# Its log says in which order five contributions landed.
LOG_OF = Path(__file__).parents[1] / "golden" / "format-2-whole"


@dataclass(frozen=True)
class Audited:
    """A commons with an index, and what a reader who checks it finds."""

    commons: CommonsOnDisk
    landed: Mapping[str, Acceptance]

    @property
    def manifest_path(self) -> Path:
        return self.commons.folder / layout.manifest_path("tiny")

    def audit(self, checks: ModelChecks | None = None) -> ArtifactAudit:
        snapshot = self.commons.snapshot
        return artifact_audit.audit(snapshot.folder, "tiny", snapshot.paths(), self.landed, checks)


def with_log(place: Path) -> Audited:
    """A commons without records whose log knows contributions."""
    made = commons_on_disk.founded(place)
    for part in ("log", "governance"):
        shutil.rmtree(made.folder / part)
        shutil.copytree(LOG_OF / part, made.folder / part)
    return Audited(made, made.snapshot.landings)


def granites(contribution: str, count: int = 40) -> list[Record]:
    return [
        record(f"Of granite number {n}, found beside {n * 7 % 13} others.", contribution=contribution)
        for n in range(count)
    ]


def corals(contribution: str, count: int = 60) -> list[Record]:
    return [
        record(f"The coral {n} lives at {n * 3 % 17} metres.", contribution=contribution)
        for n in range(count)
    ]


def ices(contribution: str) -> list[Record]:
    return [
        record(f"Vom Eis Nummer {n}.", contribution=contribution, lang="de", license="CC-BY-SA-4.0")
        for n in range(5)
    ]


def questions_on(form: str, rows: list[Record], contribution: str) -> list[Question]:
    return [replace(question(form.format(n), row), contribution=contribution) for n, row in enumerate(rows)]


def fill(made: Audited) -> None:
    """Records of three contributions and questions of two, landed in another order than their paths have."""
    first, second, third, fourth = list(made.landed)[:4]
    stones, reef = granites(first), corals(third)
    made.commons.put(stones, collection="stones")
    made.commons.put(ices(second), pool="by-sa")
    made.commons.put(reef, collection="corals")
    made.commons.put(
        questions_on("Which granite is number {}?", stones, second)
        + questions_on("Where lives coral {}?", reef, second)
    )
    made.commons.put(questions_on("At what depth is coral {}?", reef[:40], fourth), collection="more")
