"""What a door keeps open for a long time does not grow with what is asked of it."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from support import commons_on_disk
from support.commons_on_disk import record
from support.embedder import TinyEmbedder

from commons.errors import CommonsError
from commons.index.editions import Keeper
from commons.snapshots.source import InFolder


def test_an_error_that_is_given_to_everybody_remembers_nobody(tmp_path: Path) -> None:
    place = tmp_path / "commons"
    commons_on_disk.founded(place).put([record("Ice floats.")])
    keeper = Keeper(InFolder(place), lambda _: TinyEmbedder())
    keeper.refresh()

    def frames() -> int:
        with pytest.raises(CommonsError) as caught:
            keeper.edition.searchable()
        return len(list(traceback.walk_tb(caught.value.__traceback__)))

    assert frames() == frames()
