"""What a verification says: for each step what was looked at, what is wrong, and what was not checked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MAX_PROBLEMS = 20  # that one check lists; it counts all of them


@dataclass
class CheckResult:
    """One step: what was looked at, in words, and what is wrong with it: the first few problems and the whole count.

    ``unchecked``: sentences on what this step would have looked at and did not.
    """

    name: str
    looked_at: str = ""
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    unchecked: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problem_count

    def add(self, problem: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)


@dataclass(frozen=True)
class Verdict:
    """``root`` is the SHA-256 (hex) of the log's first envelope; empty when the log could not be read."""

    name: str
    revision: str
    checks: tuple[CheckResult, ...]
    root: str = ""

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def unchecked(self) -> list[str]:
        return [sentence for check in self.checks for sentence in check.unchecked]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "revision": self.revision,
            "root": self.root,
            "ok": self.ok,
            "checks": [{**asdict(check), "ok": check.ok} for check in self.checks],
        }
