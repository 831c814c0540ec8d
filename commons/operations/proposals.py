"""Proposals: what is waiting for a decision."""

from __future__ import annotations

from commons.hub.repository import Proposal, Repository


def waiting(repository: Repository, *, closed_too: bool = False) -> list[Proposal]:
    """Pull requests, oldest first, without head and comments."""
    return repository.proposals(only_open=not closed_too)
