"""Tokens: how long a text is for a model that has to read it.

    counter = tokens.counter()                   UTF-8 bytes / 3, rounded up: more than the tokenizers of today make of most texts
    counter = tokens.counter(my_tokenizer)       any function from a text to a number
    counter.count("What causes glaucoma?")       7

English and program code have about four bytes a token, other scripts two to four, so that a third is a safe guess where no tokenizer is
at hand. It needs no model, and gives the same number everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Real

from commons.errors import UsageError

UTF8_THIRDS = "utf8-thirds"
_BYTES_A_TOKEN = 3


@dataclass(frozen=True)
class TokenCounter:
    """``name`` says in a hash which one it was."""

    name: str
    count: Callable[[str], int]


def utf8_thirds(text: str) -> int:
    """The bytes of the text in UTF-8 by three, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN)


def counter(count_tokens: Callable[[str], float] | None = None) -> TokenCounter:
    """The counter that is given, by the name of its function or class, else ``utf8_thirds``."""
    if count_tokens is None:
        return TokenCounter(UTF8_THIRDS, utf8_thirds)
    name = getattr(count_tokens, "__qualname__", "") or type(count_tokens).__qualname__
    module = getattr(count_tokens, "__module__", "") or type(count_tokens).__module__
    return TokenCounter(f"{module}.{name}", partial(_counted, count_tokens))


def _counted(count_tokens: Callable[[str], float], text: str) -> int:
    """A guess may be a fraction; what is no number of tokens is refused.

    Raises:
        UsageError: ``tokenizer-invalid``.
    """
    counted = count_tokens(text) if callable(count_tokens) else count_tokens
    if isinstance(counted, bool) or not isinstance(counted, Real) or not 0 <= counted < math.inf:
        raise UsageError(
            f"count_tokens gave {str(counted)[:40]!r}, which is no number of tokens.",
            hint="Give a function from a text to how many tokens it has.",
            code="tokenizer-invalid",
        )
    return math.ceil(counted)
