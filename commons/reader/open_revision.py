"""One revision of a commons, opened as far as anybody has asked: its rules, then its records, then its index and the model of that.

    opened = OpenRevision(snapshot, load_embedder, trials)
    opened.records().catalogue                  records and links are fetched and read here
    opened.library()                            the index is fetched, and the model loaded, here

What is here stays: whoever reads from it never mixes two revisions, whatever is opened beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from commons import extras
from commons.embedding.embedder import Embedder
from commons.evidence.results import EvidenceOrigin
from commons.index import library as libraries
from commons.index.library import Library
from commons.layout import Need
from commons.reader.lazy_value import LazyValue
from commons.snapshots.snapshot import Snapshot


class OpenRevision:
    """Safe for many threads at once.

    ``records``, called, gives the records and links, as evidence of them is bound to this revision; HubError: they cannot be fetched,
    SchemaError: one of their shards cannot be read. ``library``, called, gives the commons made ready to answer; MissingExtraError: the
    extra ``search`` is not installed, IndexArtifactError: there is no index, or it cannot be asked, HubError: it cannot be fetched.
    """

    def __init__(
        self, snapshot: Snapshot, load_embedder: Callable[[Snapshot], Embedder], trials: Path | None = None
    ) -> None:
        """``snapshot`` has the rules at least; ``trials`` as in ``index.library.open_library``."""
        self.snapshot = snapshot
        self.records: LazyValue[EvidenceOrigin] = LazyValue(self._read_records)
        self.library: LazyValue[Library] = LazyValue(self._open_library)
        self._load_embedder = load_embedder
        self._trials = trials

    def _read_records(self) -> EvidenceOrigin:
        snapshot = self.snapshot.with_files(Need.CORRECTING)
        return EvidenceOrigin(snapshot, snapshot.catalogue())

    def _open_library(self) -> Library:
        extras.require("search")
        catalogue = self.records().catalogue
        snapshot = self.snapshot.with_files(Need.READING)
        embedder = self._load_embedder(snapshot)
        return libraries.open_library(snapshot, embedder, catalogue=catalogue, trials=self._trials)
