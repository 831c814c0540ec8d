"""Containers as ``datasets`` meets them: a proposal that it could not load is refused, one of another writer of ours is loaded.

The client is the real one.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import researcher
from support.world import World

from commons import digests, layout
from commons.gate.findings import Severity
from commons.operations import show
from commons.records import shards
from commons.records.schema import SCHEMAS
from tests.gate.test_containers import HUGGING_FACE, written

LOADER = """
import sys
from datasets import load_dataset
print(sorted(load_dataset(sys.argv[1], split="train", revision=sys.argv[2])["text"]))
"""


@pytest.fixture(scope="module")
def world(found_commons: Any) -> World:
    founded: World = found_commons()
    founded.add([{"text": "Ice floats."}])
    return founded


def proposed(world: World, text: str, **options: Any) -> int:
    """A proposal of one record, signed as it must be, whose shard another writer wrote."""
    files = {}
    for path, data in world.seal([{"text": text}], "more").files.items():
        shard = layout.parse_shard(path)
        table = shards.read_table(data, SCHEMAS[shard.kind]) if shard else None
        other = written(table, **options) if shard else data
        files[path.replace(shard.digest, digests.sha256_hex(other)) if shard else path] = other
    return world.propose_files(files).number


def loaded(world: World, number: int, folder: Path) -> subprocess.CompletedProcess[str]:
    return researcher.run(LOADER, world.repo_id, f"refs/pr/{number}", world=world, folder=folder)


def test_metadata_that_keeps_everybody_from_loading_is_refused(world: World, tmp_path: Path) -> None:
    number = proposed(world, "Stones sink.", metadata=HUGGING_FACE)
    report = show.examine(world.repository(), number).report
    assert report.verdict is Severity.REFUSE
    assert {finding.code for finding in report.findings} == {"foreign-metadata"}
    assert loaded(world, number, tmp_path).returncode != 0  # what it would have done on main


def test_a_shard_of_another_writer_of_ours_is_taken_and_loads(world: World, tmp_path: Path) -> None:
    number = proposed(world, "Wood floats.", compression_level=1, write_page_index=False)
    assert show.examine(world.repository(), number).report.findings == ()
    done = loaded(world, number, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == "['Ice floats.', 'Wood floats.']"
