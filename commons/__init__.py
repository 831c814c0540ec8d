"""An open knowledge commons on the Hugging Face Hub.

What a program needs in five lines, loaded when it is first asked for:

    import commons

    library = commons.open("our-org/commons")                   a repository on the Hub, its page's address, or a folder
    answer = library.search("What causes glaucoma?", k=5, allow=["cc0-1.0", "cc-by-4.0"])
    answer.answerable, answer.results[0].text, answer.results[0].attribution
    commons.verify("our-org/commons").ok

Every error is a ``commons.CommonsError``; its ``code`` is for programs, ``message`` and ``hint`` are for people.

Nouns are folders, what the project does is ``operations/``, doors only translate: start reading at ``cli/``, then the operation of the
command's name, then the rooms it calls.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from commons.version import __version__

if TYPE_CHECKING:
    from commons.errors import CommonsError
    from commons.evidence.packet import Packet, Result
    from commons.reader.opening import aopen, open, verify
    from commons.reader.reader import Reader
    from commons.reader.search_answer import SearchAnswer

__all__ = [
    "CommonsError",
    "Packet",
    "Reader",
    "Result",
    "SearchAnswer",
    "__version__",
    "aopen",
    "open",
    "verify",
]

# Name -> the module that has it; a test holds them against what type checkers read above.
_HOMES = {
    "CommonsError": "commons.errors",
    "Packet": "commons.evidence.packet",
    "Reader": "commons.reader.reader",
    "Result": "commons.evidence.packet",
    "SearchAnswer": "commons.reader.search_answer",
    "aopen": "commons.reader.opening",
    "open": "commons.reader.opening",
    "verify": "commons.reader.opening",
}

if not TYPE_CHECKING:  # else a misspelt name would be of type Any

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
