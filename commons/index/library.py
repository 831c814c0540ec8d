"""A library: a snapshot made ready to answer, its records, its index, and the embedder the index was built with.

library = libraries.open_library(snapshot, embedder)
library.origin                                         what evidence that is found in it is bound to
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.errors import IndexArtifactError
from commons.evidence.packet import LogPlace
from commons.evidence.results import EvidenceOrigin, IndexFacts
from commons.index import retrieval, trial
from commons.index.retrieval import Index
from commons.layout import Kind
from commons.records import shards
from commons.records.catalogue import Catalogue
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class Library:
    snapshot: Snapshot
    catalogue: Catalogue
    index: Index
    embedder: Embedder

    @cached_property
    def origin(self) -> EvidenceOrigin:
        """What an answer that was found here is bound to."""
        facts = IndexFacts(
            digest=self.index.digest,
            missing_records=self.index.missing_records,
            unread=tuple(self.index.unread),
            log_place=self._log_place,
            near_duplicate_of=self.index.clusters.near_duplicate,
            translation_of=self.index.clusters.translation,
        )
        return EvidenceOrigin(self.snapshot, self.catalogue, facts)

    def _log_place(self, record_id: str) -> LogPlace | None:
        place = self.index.log_position(record_id)
        return LogPlace(index=place.index, ordinal=place.ordinal, landed=place.landed) if place else None


def open_library(
    snapshot: Snapshot, embedder: Embedder, *, catalogue: Catalogue | None = None, trials: Path | None = None
) -> Library:
    """Check that index, data and embedder belong together and open them; with ``trials``, in a confined child first (``trial``).

    ``catalogue`` is the snapshot's, where it has been read already.

    Raises:
        IndexArtifactError: no index by this embedder, one of other data, or one made with other weights (``embedder-mismatch``).
    """
    data = {str(shard): shards.row_count(snapshot.path(shard)) for shard in snapshot.shards(Kind.RECORD)}
    if trials:
        trial.refuse_harmful(snapshot.folder, embedder.identity.slug, data, trials)
    index = retrieval.open_artifact(snapshot.folder, embedder.identity.slug, data=data)
    made_by = index.manifest.embedder
    if made_by.digest != embedder.identity.digest:
        raise IndexArtifactError(
            f"The index was built with other weights of {made_by.model}, or another use of them, than are loaded here.",
            hint="Rebuild it with this model: commons build --publish",
            code="embedder-mismatch",
        )
    if catalogue is None:
        catalogue = snapshot.catalogue()
    # The index may be older than a correction that has landed since.
    return Library(snapshot, catalogue, index.without(catalogue.states.replaced), embedder)
