"""The audit of a foreign index, in its child: an honest one passes, what is wrong is named, and the child can do no harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, record

from commons import layout
from commons.gate import index_audit
from commons.index.build import confined_audit
from commons.sandbox.limits import MIB, ProcessLimits

FAISS = layout.faiss_path("tiny", "open")


@pytest.fixture
def commons(tmp_path: Path, embedder: Any) -> CommonsOnDisk:
    made = commons_on_disk.founded(tmp_path / "commons")
    made.put([record(f"Record number {number} of many.") for number in range(40)])
    made.publish(made.build(embedder, tmp_path / "work", kind="rabitq"))
    return made


def findings(commons: CommonsOnDisk) -> list[str]:
    return [f"{f.code}: {f.message}" for f in index_audit.audit(commons.folder, "tiny", {})]


def test_an_honest_index_passes_and_nothing_is_left_behind(
    commons: CommonsOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert findings(commons) == []
    assert list(scratch.iterdir()) == []


def test_a_link_is_named_and_not_followed(commons: CommonsOnDisk, tmp_path: Path) -> None:
    """Also one to the very bytes that the manifest names."""
    whole = commons.folder / FAISS
    whole.rename(tmp_path / "elsewhere")
    whole.symlink_to(tmp_path / "elsewhere")
    assert findings(commons) == [f"index-invalid: {FAISS} is a link, not a file"]


def test_what_a_hub_hands_out_for_a_link_is_not_the_file_that_the_manifest_names(
    commons: CommonsOnDisk,
) -> None:
    (commons.folder / FAISS).write_bytes(b"/etc/passwd")
    (told,) = findings(commons)
    assert "open.faiss is not the file its manifest names" in told


def test_a_table_that_breaks_its_reader_is_a_finding(commons: CommonsOnDisk) -> None:
    place = commons.folder / layout.manifest_path("tiny")
    made = json.loads(place.read_bytes())
    positions = commons.folder / made["pools"]["open"]["positions"]["path"]
    positions.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    from commons import digests

    made["pools"]["open"]["positions"]["sha256"] = digests.sha256_of(positions)
    place.write_text(json.dumps(made))
    assert findings(commons)[0].startswith("index-invalid: ")


@pytest.mark.parametrize(
    "limits",
    [
        ProcessLimits(file_bytes=16, open_files=1024),
        ProcessLimits(wall_clock_s=0.01, file_bytes=MIB, open_files=1024),
    ],
    ids=["files", "time"],
)
def test_one_that_needs_more_than_it_may_have_is_refused(
    limits: ProcessLimits, commons: CommonsOnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined_audit, "limits_for", lambda folder, paths: limits)
    assert findings(commons)
