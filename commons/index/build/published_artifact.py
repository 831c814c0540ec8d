"""A published artifact and what it was made of, as an audit looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commons import layout
from commons.index.build.assembly import Materials, Member
from commons.index.manifest import Manifest
from commons.index.positions import LogPlaces
from commons.ledger.landings import Acceptance


@dataclass(frozen=True)
class PublishedArtifact:
    """The artifact of ``manifest``, whose files and data lie in ``folder``; ``landed`` is what the log says."""

    folder: Path
    manifest: Manifest
    landed: Mapping[str, Acceptance]

    @cached_property
    def materials(self) -> dict[str, Materials]:
        """What each pool is made of, by its name."""
        return {name: self._materials(name) for name in self.manifest.pools}

    def _materials(self, pool: str) -> Materials:
        made = self.manifest
        members = [
            Member(number, shard, self.folder / data.path, self.folder / file.path, file.sha256, data.rows)
            for number, (data, file) in enumerate(zip(made.data, made.vectors, strict=True))
            if (shard := layout.parse_shard(data.path)) and shard.pool == pool
        ]
        dimension, log = made.embedder.dimension, LogPlaces(self.landed, self.folder)
        return Materials(made.embedder.slug, pool, members, dimension, log, made.encoding, made.version)
