"""What is offered to the gate: new files by path, and existing paths that would be changed or deleted; or the folder of an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commons.hub.repository import RepoFile


@dataclass(frozen=True)
class IndexOffer:
    """The folder of one embedder's index as a proposal leaves it: whole, whatever it changed there."""

    slug: str
    files: Mapping[str, RepoFile]  # by repository path


@dataclass(frozen=True)
class Offer:
    """``sizes`` names every new file; ``files`` holds the bytes of those worth fetching: none when one is too large or out of place.

    ``proposer`` is the account (``host/user``) that offers it; empty where nobody has yet. ``index`` is there where nothing else is touched
    than the folder of one index, whose files may be changed.
    """

    files: Mapping[str, bytes]
    sizes: Mapping[str, int]
    changed: tuple[str, ...] = ()
    proposer: str = ""
    index: IndexOffer | None = None

    @classmethod
    def of(cls, files: Mapping[str, bytes], proposer: str = "") -> Offer:
        return cls(files, {path: len(data) for path, data in files.items()}, proposer=proposer)
