"""Writing the keyword index of a pool, in segments: one a run of shards, so that a landing makes the last one anew and leaves the others.

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
from commons.index.keyword_fields import META, ROW, Text

# Raised when the same texts are indexed in another way, also when ``records.languages`` says so, so that segments of before are not
# taken for ours.
_FORM = 2
_HEAP_BYTES = 1_000_000_000  # enough for any run of texts in one segment; only what is used is taken
# The two ways Rust says what the operating system refused, and how tantivy says it to whoever comes after.
_SYSTEM_ERROR = re.compile(r"(?:os error|Os { code:) (\d+)")
_KILLED = "index writer was killed"
_LEAST_FREE_BYTES = 1_048_576


@dataclass(frozen=True)
class Run:
    """Records in index order that become one segment: the position of the ``first``, and a ``key`` that names all of them."""

    first: int
    key: str
    texts: Callable[[], Iterable[Text]]


def build(
    folder: Path, runs: Iterable[Run], languages: Iterable[str], cache: BuildCache | None = None
) -> list[str]:
    """Write the index of these runs into ``folder``, which is made anew; the names of its files.

    ``languages`` are the tags that occur, which must be known before the first text is read. Segments that are in the ``cache`` are not
    made again.

    Raises:
        IndexArtifactError: a run came out in more than one segment (``keywords-too-large``).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fields = sorted({field for tag in languages for field in keyword_fields.fields_of(tag)})
    metas = []
    for run in runs:
        key = key_of("keywords", _FORM, keyword_fields.version(), fields, run.first, run.key)
        # Not in the folder itself: tantivy's threads may put a lock file there once more when everything seems done.
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=".words-", ignore_cleanup_errors=True
        ) as bench:
            segment = (cache and cache.take(key, Path(bench))) or _segment(Path(bench), run, fields)
            if cache:
                cache.keep(key, segment.values())
            metas.append(json.loads(segment.pop(META).read_text()))
            for name, path in segment.items():
                path.rename(folder / name)
    (folder / META).write_text(json.dumps(_joined(metas), indent=1))
    flush(folder / META)
    return sorted(path.name for path in folder.iterdir())


def _segment(bench: Path, run: Run, fields: Sequence[str]) -> dict[str, Path]:
    """name -> file of one run's segment, under a name that follows from its content, and what describes it."""
    try:
        _write(bench, run, fields)
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


def _write(folder: Path, run: Run, fields: Sequence[str]) -> None:
    tantivy = keyword_fields.library()
    index = tantivy.Index(keyword_fields.schema(fields), path=str(folder))
    keyword_fields.register(index, fields)
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for row, text in enumerate(run.texts(), start=run.first):
        document = tantivy.Document()
        for field in keyword_fields.fields_of(text.lang):
            document.add_text(field, text.words)
        document.add_unsigned(ROW, row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _joined(metas: Sequence[Any]) -> Any:
    """The description of an index that has the segments of all of these."""
    segments = [segment for meta in metas for segment in meta["segments"]]
    return {**metas[0], "segments": segments, "opstamp": sum(meta["opstamp"] for meta in metas)}
