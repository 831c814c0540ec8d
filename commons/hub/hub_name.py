"""What a Hub is called: its host, but for a local Hub a permanent name of its own, because its port means nothing."""

from __future__ import annotations

import contextlib
import re
from urllib.parse import urlsplit

from huggingface_hub import get_session
from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]  # public, but not in __all__

_TIMEOUT_S = 30
_OK = 200
_BUSY = (408, 429)
_FAULT = 500
_LOCAL_NAME = re.compile(r"local-[0-9a-f]{24,64}")


def of(endpoint: str) -> str:
    """The name of the Hub at ``endpoint``, which is asked for it; errors are those of the Hub's client."""
    response = get_session().get(f"{endpoint}/api/hub-name", timeout=_TIMEOUT_S)
    if response.status_code in _BUSY or response.status_code >= _FAULT:
        # No answer to the question: a Hub that is busy for a moment has no other name for it.
        hf_raise_for_status(response)
    if response.status_code == _OK:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            if _LOCAL_NAME.fullmatch(name := response.json()["name"]):
                return str(name)
    return urlsplit(endpoint).hostname or endpoint
