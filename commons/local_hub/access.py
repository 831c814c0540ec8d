"""What an identity may do to a repository.

=============  =============================================================================
read           see it and its files; public repositories need no identity
discuss        open pull requests and discussions, comment, push to one's own pull request
write          commit, branch, tag, merge, rename and close other people's discussions
admin          settings, move, delete
=============  =============================================================================

Two things limit an identity: its role in the repository's namespace, and the role of the token it came with. A
repository somebody may not see answers exactly like one that does not exist.
"""

from __future__ import annotations

from .accounts import Account, Identity
from .errors import Forbidden, Gated, RepoNotFound, Unauthorized
from .repositories import StoredRepository

_WRITERS = ("admin", "write")
NO_TOKEN = "Invalid username or password."  # noqa: S105  the Hub's own words for a call that needs a token


def require_identity(identity: Identity | None) -> Identity:
    if identity is None:
        raise Unauthorized(NO_TOKEN)
    return identity


def may_see(identity: Identity | None, repository: StoredRepository) -> bool:
    if not repository.private:
        return True
    return identity is not None and identity.role_in(repository.owner_id) is not None


def may_write(identity: Identity | None, repository: StoredRepository) -> bool:
    return (
        identity is not None
        and identity.role == "write"
        and identity.role_in(repository.owner_id) in _WRITERS
    )


def may_admin(identity: Identity | None, repository: StoredRepository) -> bool:
    return may_write(identity, repository)


def may_discuss(identity: Identity | None, repository: StoredRepository) -> bool:
    return identity is not None and identity.role != "read" and may_see(identity, repository)


def require_see(identity: Identity | None, repository: StoredRepository) -> None:
    if not may_see(identity, repository):
        raise RepoNotFound(anonymous=identity is None)


def require_content(identity: Identity | None, repository: StoredRepository) -> None:
    """Reading files needs more than seeing when the repository is gated."""
    require_see(identity, repository)
    if not repository.gated or (identity is not None and identity.role_in(repository.owner_id) is not None):
        return
    kind, name = repository.type, repository.full_name
    if identity is None:
        raise Gated(
            f"Access to {kind} {name} is restricted. You must have access to it and be authenticated.",
            anonymous=True,
        )
    raise Gated(
        f"Access to {kind} {name} is restricted and you are not in the authorized list. Ask its owner for access.",
        anonymous=False,
    )


def require_discuss(identity: Identity | None, repository: StoredRepository) -> Identity:
    require_see(identity, repository)
    known = require_identity(identity)
    if not may_discuss(known, repository):
        raise Forbidden(f"Forbidden: a token of role {known.role!r} cannot open pull requests or discussions")
    return known


def require_write(identity: Identity | None, repository: StoredRepository) -> Identity:
    require_see(identity, repository)
    known = require_identity(identity)
    if not may_write(known, repository):
        raise Forbidden(_why_not(known, f"write to {repository.type} {repository.full_name}"))
    return known


def require_admin(identity: Identity | None, repository: StoredRepository) -> Identity:
    require_see(identity, repository)
    known = require_identity(identity)
    if not may_admin(known, repository):
        raise Forbidden(_why_not(known, f"change {repository.type} {repository.full_name}"))
    return known


def require_namespace(identity: Identity | None, owner: Account) -> Identity:
    """May the caller create repositories under this name?"""
    known = require_identity(identity)
    if known.role != "write" or known.role_in(owner.id) not in _WRITERS:
        raise Forbidden(_why_not(known, f'create a repository under the namespace "{owner.name}"'))
    return known


def _why_not(identity: Identity, action: str) -> str:
    if identity.role != "write":
        return f"Forbidden: a token of role {identity.role!r} cannot {action}; use a token of role 'write'"
    return f"Forbidden: you don't have the rights to {action}"
