"""People's accounts on the local Hub."""

from __future__ import annotations

from collections.abc import Iterable

from commons.local_hub import RunningHub


def register(hub: RunningHub, names: Iterable[str]) -> dict[str, str]:
    """Each gets an account and a token that may write; the tokens by name."""
    tokens = {}
    for name in names:
        hub.hub.create_user(name)
        tokens[name] = hub.hub.create_token(name)
    return tokens
