"""What a commons holds already, as far as the gate needs it. Plain values: they travel into the sandbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CommonsState:
    """What the commons already holds, as far as the gate needs it."""

    ids: frozenset[str] = frozenset()  # of rows
    contributions: frozenset[str] = frozenset()
    envelopes: frozenset[str] = frozenset()  # SHA-256 (hex) of statements in the log
    retired_keys: frozenset[str] = frozenset()
    maintainers: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()  # who are not maintainers too
