"""A process of ours begins its work sooner: it loads without looking for garbage, and without pandas.

    with quick_start.loading():
        module = import_module("commons.cli.land")

What is loaded stays, so that looking through it for garbage while it grows is in vain, a fifth of the time. And Arrow loads all of pandas,
where that is installed, as soon as it makes an array, only to know pandas' own arrays when it meets them: a quarter of a second of
processor time. It asks once; told then that there is no pandas, it goes without, and anybody else may still have it. That is for programs
of ours alone, which hand Arrow nothing of pandas; never for a library.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class WithoutPandas(MetaPathFinder):
    """First in ``sys.meta_path``: to whoever asks for it, pandas is not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def loading() -> Iterator[None]:
    """While modules of this program are loaded, as the whole of what it will do."""
    gc.disable()
    try:
        yield
        if arrow := sys.modules.get("pyarrow"):
            _make_an_array(arrow)
    finally:
        gc.freeze()
        gc.enable()


def _make_an_array(arrow: object) -> None:
    without = WithoutPandas()
    sys.meta_path.insert(0, without)
    try:
        arrow.array([""])  # type: ignore[attr-defined]
    finally:
        sys.meta_path.remove(without)
