"""Init: the founding commit of a commons.

One commit brings the policy, the founder's key as first maintainer, a log that begins with their signed statement of both, and a card;
from then on the rules in the repository hold.
"""

from __future__ import annotations

import secrets

from commons import digests, layout
from commons.cards import dataset_card
from commons.errors import HubError
from commons.governance import policy as policies
from commons.governance import roles
from commons.governance.roles import Person, RoleKey, Roles
from commons.hub.repository import Repository
from commons.ledger import log
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.records.summary import Summary


def found(
    repository: Repository, founder: SigningKey, *, name: str, origin: str = "", private: bool = False
) -> str:
    """Create the repository where it is missing and make the founding commit; returns the commit's sha.

    Raises:
        HubError: there is a commons already (``commons-exists``), or the Hub refuses.
    """
    policy_bytes = dataset_card.founding_policy(name, origin or _new_origin(repository.id))
    policy = policies.parse(policy_bytes)  # refuses such a name before anything is created
    if not repository.exists():
        repository.create(private=private)
    parent = repository.head()
    if layout.POLICY in repository.files(parent):
        raise HubError(f"{repository.id} is a commons already.", code="commons-exists")
    user = repository.whoami()
    public = founder.public
    people = {public.key_id: Person(hub_user=user)}
    roles_bytes = Roles(maintainers=(RoleKey.of(public),)).to_bytes()
    statement = Signer(founder, policy.commons.origin).policy(
        policy_bytes, digests.sha256_hex(policy_bytes), roles_bytes
    )
    envelope = digests.sha256_hex(statement)
    files = {
        layout.POLICY: policy_bytes,
        layout.ROLES: roles_bytes,
        layout.PEOPLE: roles.people_bytes(people),
        layout.envelope_path(envelope): statement,
        **log.create(policy.commons.origin, [Leaf(StatementKind.POLICY, envelope)], founder).files,
        **dataset_card.render(repository.id, policy, Summary(), people),
    }
    return repository.commit(files, message=f"Found {name}", parent=parent)


def _new_origin(repo_id: str) -> str:
    """Unique without asking anybody; says where it began, though the commons may move."""
    return f"knowledge-commons/{repo_id}/{secrets.token_hex(8)}"
