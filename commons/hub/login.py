"""The login of this machine: the token that ``hf auth login`` stored, and what a token may do.

    token = login.stored_token("https://huggingface.co")        as every client of that Hub would send it
    login.of(repository.whoami_answer).may_propose_to("org/commons")

The stored token belongs to the Hub that the client asks (HF_ENDPOINT, else huggingface.co), as ``hf auth login`` tried it there.
Where another Hub is named by hand it is not sent, because whoever runs that one could use it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huggingface_hub import constants, get_token

from commons import addresses

_log = logging.getLogger(__name__)

# Of fine-grained tokens; https://huggingface.co/docs/hub/security-tokens
_PROPOSING = frozenset({"discussion.write", "repo.write"})


def token_for(hub: str, *, asked: str, token: str) -> str | None:
    """What to show ``hub``: the environment's ``token`` where that is the Hub that was ``asked`` for, else the stored one if it may.

    The address of a page names a Hub too, and may have come in a message: who pasted it did not mean to hand its host a login.
    """
    return (token if addresses.endpoint_of(hub) == addresses.endpoint_of(asked) else "") or stored_token(hub)


def token_for_models(models: str, *, data: str, token: str) -> str | None:
    """What to show the Hub ``models``, where the ``token`` of the environment belongs to the Hub ``data``: nothing, unless both are one.

    A local Hub's token says who somebody is there, and the public Hub's would let whoever runs the local one in.
    """
    if addresses.endpoint_of(models) != addresses.endpoint_of(data):
        return None
    return token_for(models, asked=data, token=token)


def stored_token(endpoint: str) -> str | None:
    """The token that the Hub's client would send to ``endpoint`` of itself; None where there is none, or it belongs to another Hub."""
    if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN or not _is_of_the_client(endpoint):
        return None
    return _token()


def withheld_from(endpoint: str) -> str:
    """The Hub that the stored login belongs to, where it is kept from ``endpoint``; else nothing."""
    if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN or _is_of_the_client(endpoint) or not _token():
        return ""
    return _hub_of_the_client()


def _is_of_the_client(endpoint: str) -> bool:
    return addresses.endpoint_of(endpoint) == _hub_of_the_client()


def _hub_of_the_client() -> str:
    return addresses.endpoint_of(constants.ENDPOINT)


def _token() -> str | None:
    try:
        return get_token()
    except (OSError, ValueError) as error:  # a token file that may not be read, or holds no text
        _log.warning("The stored login at %s cannot be read: %s", constants.HF_TOKEN_PATH, error)
        return None


@dataclass(frozen=True)
class Login:
    """Who a token belongs to and what the Hub tells of its rights; what it does not tell is not guessed."""

    user: str
    role: str = ""  # read, write or fineGrained
    permissions: tuple[
        tuple[str, frozenset[str]], ...
    ] = ()  # (user, organisation or repository; "" for all, rights)

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Login:
        """From what ``whoami`` answers; Hubs differ in how much they tell."""
        token = _mapping(_mapping(answer.get("auth")).get("accessToken"))
        rights = _mapping(token.get("fineGrained"))
        scoped = [_mapping(each) for each in _list(rights.get("scoped"))]
        permissions = [
            (str(_mapping(each.get("entity")).get("name") or ""), _words(each.get("permissions")))
            for each in scoped
        ]
        everywhere = [("", _words(rights["global"]))] if "global" in rights else []
        return cls(str(answer["name"]), str(token.get("role") or ""), (*everywhere, *permissions))

    def may_propose_to(self, repo_id: str) -> bool:
        """Whether it may open pull requests there, as far as the Hub tells."""
        if self.role == "read":
            return False
        if self.role != "fineGrained" or not self.permissions:
            return True
        places = ("", repo_id, repo_id.partition("/")[0])
        return any(place in places and rights & _PROPOSING for place, rights in self.permissions)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(value: Any) -> frozenset[str]:
    return frozenset(map(str, _list(value)))
