"""Init: the founding commit of a commons.

One commit brings the policy, the founder's key as first maintainer, a log that begins with their signed statement of both, and a card;
from then on the rules in the repository hold.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from commons import digests, layout
from commons.cards import dataset_card
from commons.errors import HubError
from commons.governance import people
from commons.governance import policy as policies
from commons.governance.people import People
from commons.governance.roles import RoleKey, Roles
from commons.hub.repository import Repository
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.records.summary import Summary
from commons.snapshots import sealed_commit


@dataclass(frozen=True)
class Founding:
    """The founding commit, and the root by which readers pin this commons: the SHA-256 (hex) of the log's first envelope."""

    sha: str
    root: str


def found(
    repository: Repository,
    founder: SigningKey,
    *,
    name: str,
    origin: str = "",
    private: bool = False,
    embedder: str = "",
    homepage: str = "",
) -> Founding:
    """Create the repository where it is missing and make the founding commit; ``embedder`` is the model its policy names,
    ``homepage`` the address of its Space.

    Raises:
        HubError: there is a commons already (``commons-exists``), or the Hub refuses.
    """
    policy_bytes = dataset_card.founding_policy(
        name, origin or _new_origin(repository.id), embedder=embedder, homepage=homepage
    )
    policy = policies.parse(policy_bytes)  # refuses such a name before anything is created
    if not repository.exists():
        repository.create(private=private)
    parent = repository.head()
    if layout.POLICY in repository.files(parent):
        raise HubError(f"{repository.id} is a commons already.", code="commons-exists")
    account = repository.account()
    opening = people.open_person(account)
    public = founder.public
    table = People().with_key(opening, opening.person, public.key_id)
    roles_bytes = Roles(maintainers=(RoleKey.of(public, opening.person),)).to_bytes()
    statement = Signer(founder, policy.commons.origin).policy(
        policy_bytes, digests.sha256_hex(policy_bytes), roles_bytes
    )
    root = digests.sha256_hex(statement)
    pages = dataset_card.render(repository.id, policy, Summary(), table.names(), root=root)
    files = {
        layout.POLICY: policy_bytes,
        layout.ROLES: roles_bytes,
        layout.PEOPLE: table.to_bytes(),
        **pages,
    }
    sha = sealed_commit.found(
        repository,
        founder,
        policy.commons.origin,
        files,
        policy_statement=statement,
        message=f"Found {name}",
        parent=parent,
    )
    return Founding(sha, root)


def _new_origin(repo_id: str) -> str:
    """Unique without asking anybody; says where it began, though the commons may move."""
    return f"knowledge-commons/{repo_id}/{secrets.token_hex(8)}"
