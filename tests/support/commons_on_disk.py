"""A commons as a plain folder whose shards were put there unsigned: what a build, the index and the readers of a folder look at.

It is no ``World``: nobody proposes or lands in it, and its log says nothing of its rows, so that a case costs milliseconds and may hold
what no gate would take.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons import digests
from commons.layout import Kind
from commons.operations import build
from commons.records import identity, shards
from commons.records.schema import Link, Question, Record, Row, Source
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

# Its policy, people and log stand; only its shards are replaced.
_FOUNDED = Path(__file__).parents[1] / "golden" / "format-2"


_KINDS = {Question: Kind.QUESTION, Link: Kind.LINK}


@dataclass(frozen=True)
class CommonsOnDisk:
    folder: Path

    @property
    def snapshot(self) -> Snapshot:
        return snapshots.of_folder(self.folder)

    def put(self, rows: Sequence[Row], pool: str = "open", collection: str = "notes") -> Path:
        """Add a shard of these rows; where it lies."""
        kind = _KINDS.get(type(rows[0]), Kind.RECORD)
        data = shards.write(kind, rows)
        place = self.folder / kind.value / ("" if kind is Kind.QUESTION else pool) / collection
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{digests.sha256_hex(data)}.parquet"
        path.write_bytes(data)
        return path

    def build(self, embedder: Any, work: Path, **options: Any) -> build.BuiltIndex:
        """A build whose files stay where they can be looked at."""
        return build.build(
            self.snapshot, embedder, work, Path(tempfile.mkdtemp(dir=self.folder.parent)), **options
        )

    def publish(self, built: build.BuiltIndex) -> None:
        """What a commit of the build makes of the folder."""
        place = self.folder / "index" / built.manifest.embedder.slug
        fresh = place.with_name("fresh")
        for path, file in built.files.items():
            here = fresh / Path(path).relative_to(place.relative_to(self.folder))
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, here)
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)


def founded(place: Path) -> CommonsOnDisk:
    """A commons without records in ``place``, which must not exist."""
    made = CommonsOnDisk(place)
    for part in ("governance", "log", "README.md"):
        source = _FOUNDED / part
        if source.is_dir():
            shutil.copytree(source, place / part)
        else:
            shutil.copyfile(source, place / part)
    return made


def record(text: str, **changes: Any) -> Record:
    """A record of this text, its id right."""
    fields: dict[str, Any] = {
        "title": None,
        "text": text,
        "lang": "en",
        "topic": ("science",),
        "license": "CC0-1.0",
        "sources": (Source(title="A notebook"),),
        "contributor": "kk1" + "a" * 52,
        "contribution": "kc1" + "a" * 52,
        **changes,
    }
    return Record(id=identity.record_id(Record(id="", **fields).core()), **fields)


def question(text: str, *relevant: Record, lang: str = "en") -> Question:
    return Question(text, lang, tuple(sorted(one.id for one in relevant)), "CC0-1.0")


def link(subject: Record | str, predicate: str, other: Record | str) -> Link:
    """A link between records, their ids, or to an address."""
    ends = [end.id if isinstance(end, Record) else end for end in (subject, other)]
    return Link(ends[0], predicate, ends[1], "CC0-1.0", "kk1" + "a" * 52, "kc1" + "a" * 52)
