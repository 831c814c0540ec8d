"""What is offered to the gate: new files by path, and existing paths that would be changed or deleted; or the folder of an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """``sizes`` names every new file; ``files`` holds the bytes of those worth fetching: none when one is too large or out of place.

    ``proposer`` is the account (``host/user``) that offers it; empty where nobody has yet. ``index`` is the
    embedder's slug where nothing is touched but the folder of its index, which may be changed; then ``sizes`` is of all that is in it.
    """

    files: Mapping[str, bytes]
    sizes: Mapping[str, int]
    changed: tuple[str, ...] = ()
    proposer: str = ""
    index: str = ""

    @classmethod
    def of(cls, files: Mapping[str, bytes], proposer: str = "") -> Offer:
        return cls(files, {path: len(data) for path, data in files.items()}, proposer=proposer)
