"""What is offered to the gate: new files by path, and existing paths that would be changed or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """``sizes`` names every new file; ``files`` holds the bytes of those worth fetching: none when one is too large or out of place."""

    files: Mapping[str, bytes]
    sizes: Mapping[str, int]
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Offer:
        return cls(files, {path: len(data) for path, data in files.items()})
