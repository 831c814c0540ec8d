"""A terminal where somebody sits: what commands read from the environment is theirs, and their files lie in one folder.

terminal.sit_down(monkeypatch, world, "maya", tmp_path)        from here on commands run as Maya, with her key
run(["review", "7", "--approve"])
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.world import World, key_of, pem_of


def sit_down(
    patch: pytest.MonkeyPatch, world: World, who: str, folder: Path, *, has_key: bool = True
) -> None:
    """Be ``who`` in ``folder``; without a key, the first command that signs makes one where it looks for theirs."""
    place = folder / f"{who}.pem"
    if has_key:
        place.write_text(pem_of(key_of(who)))
    for name, value in {
        "HF_ENDPOINT": world.url,
        "HF_TOKEN": world.tokens[who],
        "COMMONS_REPO": world.repo_id,
        "COMMONS_KEY_FILE": str(place),
        "COMMONS_HOME": str(folder / "home"),
    }.items():
        patch.setenv(name, value)
    patch.chdir(folder)
