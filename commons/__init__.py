"""An open knowledge commons on the Hugging Face Hub.

What a researcher needs in five lines, loaded when it is first asked for:

    import commons

    library = commons.open_library("our-org/commons")                   a repository on the Hub, or a folder
    answer = commons.search(library, "What causes glaucoma?", k=5)
    answer.hits[0].record.text, answer.hits[0].citation()
    commons.verify("our-org/commons").ok

Nouns are folders, what the project does is ``operations/``, doors only translate: start reading at ``cli/``, then the operation of the
command's name, then the rooms it calls.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from commons.version import __version__

__all__ = ["Filters", "__version__", "open_library", "search", "verify"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("commons.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
