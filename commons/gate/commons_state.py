"""What a commons holds already, as far as the gate needs it. Plain values: they travel into the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CommonsState:
    """What the commons already holds, as far as the gate needs it."""

    ids: frozenset[str] = frozenset()  # of rows
    contributions: frozenset[str] = frozenset()
    envelopes: frozenset[str] = frozenset()  # SHA-256 (hex) of statements in the log
    retired_keys: frozenset[str] = frozenset()
    maintainers: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()  # who are not maintainers too
    accounts: Mapping[str, str] = field(default_factory=dict)  # host/user -> person id
    keys: Mapping[str, str] = field(default_factory=dict)  # key id -> person id
    refused: frozenset[str] = frozenset()  # envelopes that a refusal in the log speaks of
