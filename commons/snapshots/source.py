"""Where a commons is read from: a dataset repository on a Hub, or a plain folder. Readers need not know which.

place = source.named("our-org/commons", endpoint=…, token=…)      or "./a-copy", or the address of a page
place.snapshot("main", need=Need.READING)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from commons import addresses, layout
from commons.errors import UsageError
from commons.files import is_file
from commons.hub.repository import Repository
from commons.layout import Need
from commons.progress import Progress, silent
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

_PATHS = ("/", "./", "../", "~")  # no repository's name begins so


@dataclass(frozen=True)
class OnHub:
    """A dataset repository; its mark is the commit a revision points to. ``revision`` is what its address names, and stands for main."""

    repository: Repository
    revision: str = ""

    @property
    def name(self) -> str:
        return self.repository.id

    def mark(self, revision: str = "main") -> str:
        """What differs whenever there is something new to read."""
        return self.repository.head(self._meant(revision))

    def snapshot(self, revision: str = "main", *, need: Need = Need.READING) -> Snapshot:
        return snapshots.take(self.repository, self._meant(revision), need=need)

    def _meant(self, revision: str) -> str:
        return self.revision if self.revision and revision == "main" else revision

    def address(self, revision: str) -> str:
        """The web page that shows this revision."""
        return self.repository.tree_url(revision)


@dataclass(frozen=True)
class InFolder:
    """A plain copy; its mark is a digest over the names, sizes and times of what a reader needs. It has one revision, the present one."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    def mark(self, revision: str = "main") -> str:  # noqa: ARG002
        digest = hashlib.sha256()
        globs = layout.patterns(Need.READING)
        for path in sorted({p for pattern in globs for p in self.folder.glob(pattern)}):
            if is_file(path):
                about = path.stat()
                digest.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def snapshot(self, revision: str = "main", *, need: Need = Need.READING) -> Snapshot:  # noqa: ARG002
        return snapshots.of_folder(self.folder)

    def address(self, revision: str) -> str:  # noqa: ARG002
        """Nothing: no page shows a folder."""
        return ""


CommonsSource = OnHub | InFolder


def named(
    name: str, *, endpoint: str, token: str | None = None, progress: Progress = silent
) -> CommonsSource:
    """What ``name`` means: a folder that exists, else a repository on a Hub, as ``addresses`` reads it; ``endpoint`` where it names no Hub.

    Raises:
        UsageError: it names nothing, a folder that is not there (``folder-missing``), or something else than a dataset.
    """
    if not name:
        raise UsageError(
            "Which commons?", hint="Name a folder or NAMESPACE/NAME on the Hub, with --repo or COMMONS_REPO."
        )
    if Path(name).is_dir():
        return InFolder(Path(name))
    if name.startswith(_PATHS):
        raise UsageError(
            f"There is no folder {name}.",
            hint="Name one that is there, or NAMESPACE/NAME on the Hub.",
            code="folder-missing",
        )
    dataset = addresses.dataset_of(name)
    return OnHub(
        Repository(dataset.id, endpoint=dataset.endpoint or endpoint, token=token, progress=progress),
        dataset.revision,
    )
