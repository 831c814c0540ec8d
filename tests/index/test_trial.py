"""An index is opened once in a confined child before it is opened here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.world import World

from commons import layout
from commons.errors import IndexArtifactError
from commons.index import library as libraries
from commons.index import retrieval, trial
from commons.index.build import confined_audit
from commons.records import shards
from commons.sandbox.limits import ProcessLimits


@pytest.fixture(scope="module")
def built(found_commons: Any, make_embedder: Any) -> World:
    world: World = found_commons()
    world.add([{"text": "Ice floats."}, {"text": "Steam is hot."}])
    world.build(make_embedder())
    return world


def test_an_index_that_does_no_harm_is_tried_once(
    built: World, embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = built.snapshot()
    assert libraries.open_library(snapshot, embedder, trials=tmp_path).index.manifest.records == 2
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(trial.confinement, "run", lambda *_, **__: pytest.fail("it was tried already"))
    libraries.open_library(snapshot, embedder, trials=tmp_path)


def test_an_index_that_breaks_the_process_that_opens_it_is_not_opened_here(
    built: World, embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def little(*_: object) -> ProcessLimits:
        return ProcessLimits(wall_clock_s=0.01)

    monkeypatch.setattr(confined_audit, "limits_for", little)
    monkeypatch.setattr(retrieval, "open_artifact", lambda *_, **__: pytest.fail("it was opened here"))
    with pytest.raises(IndexArtifactError, match="breaks the process") as refused:
        libraries.open_library(built.snapshot(), embedder, trials=tmp_path)
    assert refused.value.code == "index-damaged"
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_index_nothing_is_tried(built: World, tmp_path: Path) -> None:
    snapshot = built.snapshot()
    data = {
        str(shard): shards.row_count(snapshot.path(shard)) for shard in snapshot.shards(layout.Kind.RECORD)
    }
    trial.refuse_harmful(snapshot.folder, "another", data, tmp_path)
    assert list(tmp_path.iterdir()) == []
