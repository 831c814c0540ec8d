"""What is installed on huggingface.co is what the Space imports: an index whose words nobody can read answers nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ONLY_FOR_BUILDING = {"threadpoolctl"}


def test_everything_an_index_is_read_with_is_required_in_the_same_version() -> None:
    lines = (ROOT / "space_app" / "requirements.txt").read_text().splitlines()
    required = [Requirement(line) for line in lines if line[:1].isalpha()]
    named = {one.name: one.specifier for one in required}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for one in map(Requirement, project["optional-dependencies"]["search"]):
        if one.name not in ONLY_FOR_BUILDING:
            assert named.get(one.name) == one.specifier, one
