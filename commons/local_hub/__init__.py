"""A Hugging Face Hub for one machine: a real server, everything on disk, nothing but this folder of code.

Unmodified ``huggingface_hub`` and ``datasets`` clients work with ``HF_ENDPOINT`` and a token::

    from commons.local_hub import running

    with running("state/hub") as local:
        local.hub.create_user("ada")
        token = local.hub.create_token("ada")
        HfApi(endpoint=local.url, token=token).create_repo("ada/notes", repo_type="dataset")

Stands alone: it imports nothing of the rest of the commons, and nothing of the commons knows more of it than its address.
Reading order: ``hub`` (the store and its parts), ``references`` (how anything changes), ``uploads`` and ``xet`` (what is
believed of an upload), ``commits``, ``discussions``, ``merging``, then ``app`` and ``routes`` (how it is spoken to).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import FolderInUse, HubFault
from .hub import LocalHub
from .rate_limits import RequestLimit
from .serving import RunningHub, running, serve
from .tokens import ROLE_WORDS

if TYPE_CHECKING:
    from .app import create_app

__all__ = [
    "ROLE_WORDS",
    "FolderInUse",
    "HubFault",
    "LocalHub",
    "RequestLimit",
    "RunningHub",
    "create_app",
    "running",
    "serve",
]


def __getattr__(name: str) -> Any:
    if name == "create_app":  # late: making accounts needs no web server
        from .app import create_app

        return create_app
    raise AttributeError(name)
