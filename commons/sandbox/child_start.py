"""How a confined child begins: ``python -P -m commons.sandbox.child_start MODULE`` runs ``MODULE`` as the program, and spares it seconds.

Starting costs such a process more than most files do, and a landing starts several. Two things of it are of no use to anybody: what is
loaded stays, so that looking through it for garbage while it grows is in vain (a fifth of the time; ``confinement.enter`` collects again);
and Arrow loads all of pandas, where that is installed, as soon as it makes an array, only to know pandas' own arrays when it meets them
(another third). Nothing that a child reads ever is one.
"""

from __future__ import annotations

import gc
import runpy
import sys
from importlib.abc import MetaPathFinder


class _WithoutPandas(MetaPathFinder):
    """To whoever asks for it, pandas is not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


if __name__ == "__main__":
    gc.disable()
    sys.meta_path.insert(0, _WithoutPandas())
    runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
