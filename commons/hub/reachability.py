"""Whether a Hub answers, and who is logged in to it: what somebody asks before blaming anything else.

reachability.ask("https://huggingface.co", token="hf_…")
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants

from commons.errors import CommonsError
from commons.hub.repository import Repository

_NOBODY = "nobody/nothing"  # a question about the Hub alone needs a repository's name all the same


@dataclass(frozen=True)
class HubStanding:
    """``trouble`` is why it does not answer, ``login_trouble`` why nobody is logged in; never a token."""

    endpoint: str
    trouble: str = ""
    user: str = ""
    role: str = ""
    login_trouble: str = ""

    @property
    def answers(self) -> bool:
        return not self.trouble


def ask(endpoint: str, token: str | None) -> HubStanding:
    """Ask the Hub for its name and for ours."""
    repository = Repository(_NOBODY, endpoint=endpoint, token=token)
    try:
        repository.account("nobody")
    except CommonsError as error:
        return HubStanding(repository.endpoint, error.message, login_trouble="It was not asked for.")
    try:
        login = repository.login
    except CommonsError as error:
        return HubStanding(repository.endpoint, login_trouble=f"{error.message} {error.hint}".strip())
    return HubStanding(repository.endpoint, user=login.user, role=login.role)


def cache() -> Path:
    """The folder of the Hub client's cache."""
    return Path(constants.HF_HUB_CACHE)
