"""Writing the keyword indexes of a pool, one a language, in segments: one a run of records, so that a landing makes the last one anew of
each language that grew, and leaves the others.

The files are a pure function of the runs in order: one writing thread, and names that follow from the content in place of the random ones
tantivy gives. So ``verify`` can build them again and compare bytes, as it does with FAISS.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.errors import IndexArtifactError
from commons.files import flush
from commons.index import keyword_fields
from commons.index.build.cache import BuildCache, key_of
from commons.index.keyword_fields import LANGUAGES, META, ROW, Text

# Raised when the same texts are indexed in another way, also when ``records.languages`` says so, so that segments of before are not
# taken for ours.
_FORM = 3
_HEAP_BYTES = 1_000_000_000  # enough for any run of texts in one segment; only what is used is taken
# The two ways Rust says what the operating system refused, and how tantivy says it to whoever comes after.
_SYSTEM_ERROR = re.compile(r"(?:os error|Os { code:) (\d+)")
_KILLED = "index writer was killed"
_LEAST_FREE_BYTES = 1_048_576


@dataclass(frozen=True)
class Run:
    """Records of one language in index order that become one segment: their positions and texts, and a ``key`` that names all of them."""

    language: str  # primary subtag
    key: str
    texts: Callable[[], Iterable[tuple[int, Text]]]


def build(folder: Path, runs: Iterable[Run], cache: BuildCache | None = None) -> list[str]:
    """Write the indexes of these runs into ``folder``, which is made anew; the names of its files.

    Segments that are in the ``cache`` are not made again.

    Raises:
        IndexArtifactError: a run came out in more than one segment (``keywords-too-large``).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    metas: dict[str, list[Any]] = {}
    for run in runs:
        key = key_of("keywords", _FORM, keyword_fields.version(), run.language, run.key)
        # Not in the folder itself: tantivy's threads may put a lock file there once more when everything seems done.
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=".words-", ignore_cleanup_errors=True
        ) as bench:
            segment = (cache and cache.take(key, Path(bench))) or _segment(Path(bench), run)
            if cache:
                cache.keep(key, segment.values())
            metas.setdefault(run.language, []).append(json.loads(segment.pop(META).read_text()))
            for name, path in segment.items():
                path.rename(folder / name)
    description = {LANGUAGES: {language: _joined(parts) for language, parts in sorted(metas.items())}}
    (folder / META).write_text(json.dumps(description, indent=1))
    flush(folder / META)
    return sorted(path.name for path in folder.iterdir())


def _segment(bench: Path, run: Run) -> dict[str, Path]:
    """name -> file of one run's segment, under a name that follows from its content, and what describes it."""
    try:
        _write(bench, run)
    except ValueError as error:
        raise _of_the_system(error, bench) from error
    meta = json.loads((bench / META).read_text())
    segments = meta["segments"]
    if len(segments) > 1:
        raise IndexArtifactError(
            f"The keyword index came out in {len(segments)} segments where one was expected.",
            hint="Its texts are too long for the memory of the writer; land them in smaller contributions.",
            code="keywords-too-large",
        )
    files = {}
    for segment in segments:
        old = sorted(bench.glob(f"{segment['segment_id'].replace('-', '')}.*"))
        content = hashlib.sha256()
        for path in old:
            content.update(path.suffix.encode() + path.read_bytes())
        name = content.hexdigest()[:32]
        segment["segment_id"] = str(uuid.UUID(name))
        files = {name + path.suffix: path.rename(bench / (name + path.suffix)) for path in old}
        for path in files.values():
            flush(path)
    (bench / META).write_text(json.dumps(meta))
    return {**files, META: bench / META}


def _of_the_system(error: ValueError, bench: Path) -> OSError | ValueError:
    """What the operating system refused tantivy, for example because the disk is full; ``error`` itself when that was not it."""
    if refused := _SYSTEM_ERROR.search(str(error)):
        number = int(refused[1])
    elif _KILLED in str(error):  # the thread that met it is gone and did not say
        number = errno.ENOSPC if shutil.disk_usage(bench).free < _LEAST_FREE_BYTES else errno.EIO
    else:
        return error
    return OSError(number, os.strerror(number), str(bench))


def _write(folder: Path, run: Run) -> None:
    tantivy = keyword_fields.library()
    analyzers = keyword_fields.analyzers_of(run.language)
    index = tantivy.Index(keyword_fields.schema(analyzers), path=str(folder))
    keyword_fields.register(index, analyzers)
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for row, text in run.texts():
        document = tantivy.Document()
        for field, content in keyword_fields.contents(run.language, text.words):
            document.add_text(field, content)
        document.add_unsigned(ROW, row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _joined(metas: Sequence[Any]) -> Any:
    """The description of an index that has the segments of all of these."""
    segments = [segment for meta in metas for segment in meta["segments"]]
    return {**metas[0], "segments": segments, "opstamp": sum(meta["opstamp"] for meta in metas)}
