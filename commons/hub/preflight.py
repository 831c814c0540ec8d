"""What is asked of the Hub before the work, so that nobody prepares and signs what then cannot be offered.

preflight.refuse_unready(repository)
"""

from __future__ import annotations

from commons.errors import AccessError
from commons.hub.repository import Repository


def refuse_unready(repository: Repository) -> None:
    """Raise unless somebody is logged in, may open pull requests, and the repository is there.

    Raises:
        AccessError: nobody is logged in, or the Hub does not know the token (``access-denied``); the token may only read
            (``token-read-only``).
        HubError: there is no such repository (``repository-missing``), or the Hub cannot be reached.
    """
    login = repository.login
    if not login.may_propose_to(repository.id):
        raise AccessError(
            f"The token of {login.user} may not open pull requests on {repository.id}.",
            hint=f"Make one that may write discussions at {repository.endpoint}/settings/tokens, and log in with it: hf auth login",
            code="token-read-only",
        )
    repository.head()
