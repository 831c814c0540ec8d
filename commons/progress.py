"""How long work tells how far it is: a function that doors draw and operations call."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    def __call__(self, label: str, done: int, total: int) -> None:
        """``done`` of ``total`` units of the step ``label``; ``total`` 0 means that nobody knows."""


def silent(label: str, done: int, total: int) -> None:
    """For callers who do not care."""


def part_of(progress: Progress, before: int, whole: int) -> Progress:
    """For a step that is told of a part: ``before`` units came earlier, and there are ``whole`` in all."""

    def tell(label: str, done: int, total: int) -> None:  # noqa: ARG001 - the part's own total
        progress(label, before + done, whole)

    return tell
