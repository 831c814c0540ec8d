"""What a verification says: for each step what was looked at, what is wrong, and what was not checked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MAX_PROBLEMS = 20  # that one check lists; it counts all of them


@dataclass
class CheckResult:
    """One step: what was looked at, in words, and what is wrong with it: the first few problems and the whole count.

    ``unchecked`` says what should have been checked and could not be, so that nothing the copy says can switch a check off unseen;
    ``assumptions`` what was not asked for, or only its author can know: the verdict takes these at their word.
    """

    name: str
    looked_at: str = ""
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    unchecked: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with what was checked."""
        return not self.problem_count

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was checked."""
        return not self.unchecked

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
        """Whether nothing is wrong with what was checked."""
        return all(check.ok for check in self.checks)

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was checked; without it ``ok`` says less than it seems to."""
        return all(check.complete for check in self.checks)

    @property
    def unchecked(self) -> list[str]:
        """What should have been checked and could not be, of all checks."""
        return [sentence for check in self.checks for sentence in check.unchecked]

    @property
    def assumed(self) -> bool:
        """Whether anything was taken at its word."""
        return any(check.assumptions for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "revision": self.revision,
            "root": self.root,
            "ok": self.ok,
            "complete": self.complete,
            "checks": [
                {**asdict(check), "ok": check.ok, "complete": check.complete} for check in self.checks
            ],
        }
