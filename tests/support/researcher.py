"""A researcher who has none of our code, and an account that may only read: a process of its own that meets a commons with ``datasets``.

    done = researcher.run("from datasets import load_dataset …", world.repo_id, world=world, folder=tmp_path)
    done.returncode, done.stdout

In a process of its own also because ``datasets`` reads HF_ENDPOINT when it is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.patience import PATIENCE_S
from support.world import STRANGER, World


def run(program: str, *arguments: str, world: World, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``program`` in ``folder``, with an empty cache there."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={
            **os.environ,
            "HF_ENDPOINT": world.url,
            "HF_TOKEN": world.tokens[STRANGER],
            "HF_HOME": str(folder / "hf"),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
