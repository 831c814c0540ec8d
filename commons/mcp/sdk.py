"""The SDK of the protocol: whether the one that is installed is one that we speak through.

sdk.require()          raises where it is missing, or is an older one that knows neither our server nor the protocol of today
"""

from __future__ import annotations

from importlib import metadata

from commons import extras
from commons.errors import DISTRIBUTION, CommonsError

OLDEST = (2, 3)
# The builder of a Gradio Space pins mcp below 2; what lies in the repository is imported before what it installs.
IN_A_SPACE = (
    "Put mcp 2.3 and mcp-types into the Space's repository, and httpx2 and opentelemetry-api into its requirements.txt: "
    "commons/mcp/INSTALL.md has the lines."
)


def require() -> None:
    """Raise CommonsError unless the SDK can be used (``missing-extra``, ``mcp-too-old``); nothing of it is imported."""
    extras.require("agents")
    installed = metadata.version("mcp")
    numbers = tuple(int(part) for part in installed.split(".")[:2] if part.isdigit())
    if numbers < OLDEST:
        raise CommonsError(
            f"This needs mcp {OLDEST[0]}.{OLDEST[1]} or newer, and {installed} is installed.",
            hint=f"pip install '{DISTRIBUTION}[agents]' in its own environment: gradio[mcp] and huggingface_hub[mcp] keep it below 2.",
            code="mcp-too-old",
        )
