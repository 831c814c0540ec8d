"""The package index that several tests of the scripts ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .package_index import Index, running


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with running(tmp_path) as offered:
        yield offered
