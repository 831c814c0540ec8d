"""How long the Hub's client waits for an answer: the client itself waits for ever, and a Hub that says nothing would hang every command.

Importing this sets the limits; whoever calls the Hub imports it. ``HF_HUB_DOWNLOAD_TIMEOUT`` (seconds) is obeyed where it is set.
"""

from __future__ import annotations

import os

import httpx2
from huggingface_hub import constants, set_client_factory
from huggingface_hub.utils._http import hf_request_event_hook  # a client without it knows no HF_HUB_OFFLINE

CONNECT_S = 10.0
# Between two bytes of an answer. A Hub begins to answer a question within seconds.
ANSWER_S = float(constants.HF_HUB_DOWNLOAD_TIMEOUT) if "HF_HUB_DOWNLOAD_TIMEOUT" in os.environ else 30.0
# It answers a commit of many files when it has made it; its gateway gives up after a minute.
COMMIT_ANSWER_S = max(120.0, ANSWER_S)
_SENDING_S = 60.0  # between two pieces of what is uploaded

_READING = ("GET", "HEAD")


def _client() -> httpx2.Client:
    return httpx2.Client(
        event_hooks={"request": [hf_request_event_hook, _wait_longer_for_what_is_done]},
        follow_redirects=True,
        timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S, write=_SENDING_S),
    )


def _wait_longer_for_what_is_done(request: httpx2.Request) -> None:
    """A request that changes something has the longer limit, unless its caller set one of its own."""
    limits = request.extensions.get("timeout") or {}
    if request.method not in _READING and limits.get("read") == ANSWER_S:
        request.extensions["timeout"] = {**limits, "read": COMMIT_ANSWER_S}


set_client_factory(_client)
