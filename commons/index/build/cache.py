"""The build cache: the parts of each index that a build leaves in its work folder, so that the next build only adds to them.

    <work>/parts/<embedder>/<key>/      the files of a part, and their digests

A part follows from what its key names (data, template, versions) and from nothing else, so a build with a cache and one without end with
the same bytes. One whose files are not as they were left is as good as none, and is made again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from commons import digests
from commons.errors import IndexArtifactError
from commons.files import flush, link, staging
from commons.index import artifact

_DIGESTS = "digests.json"


def key_of(*what: object) -> str:
    """A key that names all of ``what``."""
    return digests.sha256_hex(json.dumps(what).encode())


def keys_along(start: str, names: Iterable[str]) -> Iterator[str]:
    """For each of ``names`` a key that names it, all before it, and the ``start``."""
    for name in names:
        start = key_of(start, name)
        yield start


class BuildCache:
    """The parts of one embedder's indexes in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()

    def take(self, key: str, into: Path) -> dict[str, Path] | None:
        """name -> the file, put ``into`` an empty folder, as it was left; None when there is no such part."""
        try:
            named: dict[str, str] = json.loads((self._folder / key / _DIGESTS).read_bytes())
            for name, digest in named.items():
                link(self._folder / key / name, into / name)
                artifact.refuse_other_bytes(into / name, digest)
        except (OSError, ValueError, AttributeError, IndexArtifactError):
            for path in into.iterdir():
                path.unlink()
            return None
        self._used.add(key)
        return {name: into / name for name in named}

    def keep(self, key: str, files: Iterable[Path]) -> dict[str, str]:
        """Keep these files, which nobody changes from here on, as the part of this key; name -> SHA-256."""
        sha256_by_path = {path: digests.sha256_of(path) for path in files}
        named = {path.name: digest for path, digest in sha256_by_path.items()}
        if key not in self._used:
            with staging(self._folder) as made:
                for path in sha256_by_path:
                    link(path, made / path.name)
                (made / _DIGESTS).write_text(json.dumps(named))
                flush(made / _DIGESTS)
                shutil.rmtree(self._folder / key, ignore_errors=True)
                with suppress(OSError):  # another build on the same folder was quicker
                    made.rename(self._folder / key)
            self._used.add(key)
        return named

    def tidy(self) -> None:
        """Remove the parts that were neither taken nor kept since this was opened."""
        for place in self._folder.glob("*/"):
            if (place / _DIGESTS).is_file() and place.name not in self._used:
                shutil.rmtree(place, ignore_errors=True)
