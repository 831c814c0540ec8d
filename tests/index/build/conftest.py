"""Artifacts to be audited."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import audited
from support.audited import Audited
from support.commons_on_disk import CommonsOnDisk


@pytest.fixture(scope="module")
def whole(make_embedder: Any, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Not to be changed."""
    place = tmp_path_factory.mktemp("audited")
    made = audited.with_log(place / "commons")
    audited.fill(made)
    made.commons.publish(made.commons.build(make_embedder(), place / "work", kind="rabitq"))
    return made


@pytest.fixture
def artifact_copy(whole: Audited, tmp_path: Path) -> Audited:
    """One to be tampered with."""
    shutil.copytree(whole.commons.folder, tmp_path / "copy")
    return replace(whole, commons=CommonsOnDisk(tmp_path / "copy"))


@pytest.fixture
def build_by(tmp_path: Path) -> Callable[..., Audited]:
    """A function: the same commons with an index by this embedder, and everything that follows from its vectors."""

    def build(embedder: Any, kind: str = "auto") -> Audited:
        made = audited.with_log(tmp_path / "built")
        audited.fill(made)
        made.commons.publish(made.commons.build(embedder, tmp_path / "built-work", kind=kind))
        return made

    return build
