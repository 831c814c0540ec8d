"""Tickets and the people behind them: an address that lets somebody in is worth what its owner may do now.

A ticket outlives the call that it was given out in by hours. Meanwhile a token is revoked, a member leaves, a repository
becomes private. So a ticket names the token it was given to, and whoever shows it is looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..access import require_content
from ..accounts import Identity
from ..errors import Unauthorized
from ..http import Call
from ..repositories import StoredRepository


@dataclass(frozen=True, slots=True)
class Admission:
    """Who came with a ticket (``None``: anybody), to which repository, and what else it says."""

    identity: Identity | None
    repository: StoredRepository
    facts: dict[str, Any]

    @property
    def account_id(self) -> str | None:
        return self.identity.account.id if self.identity else None


def ticket(call: Call, purpose: str, repository: StoredRepository, *, valid_s: int, **facts: Any) -> str:
    """A ticket for whoever calls."""
    return _issue(call, purpose, call.identity, repository, valid_s, facts)


def pass_on(call: Call, admitted: Admission, purpose: str, *, valid_s: int, **facts: Any) -> str:
    """Another ticket for somebody who came with one."""
    return _issue(call, purpose, admitted.identity, admitted.repository, valid_s, facts)


def admit(call: Call, purposes: tuple[str, ...], shown: str) -> Admission:
    """Who shows a ticket, if they may still read the repository. Raises ``Unauthorized``, ``RepoNotFound``."""
    facts = call.hub.tickets.redeem(purposes, shown)
    token_id = facts.get("token", "")  # tickets of an older version named nobody
    identity = call.hub.tokens.identify_again(token_id) if token_id else None
    if token_id is not None and identity is None:
        raise Unauthorized("The token that this address was made for is revoked or has expired")
    repository = call.hub.repositories.by_id(facts["repository"])
    require_content(identity, repository)
    return Admission(identity, repository, facts)


def _issue(
    call: Call,
    purpose: str,
    identity: Identity | None,
    repository: StoredRepository,
    valid_s: int,
    facts: dict[str, Any],
) -> str:
    token_id = identity.token_id if identity else None
    return call.hub.tickets.issue(purpose, valid_s=valid_s, repository=repository.id, token=token_id, **facts)
