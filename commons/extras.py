"""Which optional libraries belong to which extra, asked before anything is fetched or started for want of which it would end.

extras.require("search")        MissingExtraError names the first library that is missing, and what to install
"""

from __future__ import annotations

from importlib.util import find_spec

from commons.errors import MissingExtraError

# extra -> names by which its libraries are imported; a test holds them against pyproject.toml.
LIBRARIES = {
    "datasets": ("datasets",),
    "search": ("faiss", "openvino", "tantivy", "threadpoolctl", "tokenizers"),
    "index": ("sentence_transformers", "torch"),
    "fast": ("nncf",),
    "energy": ("codecarbon",),
    "space": ("faiss", "openvino", "tantivy", "tokenizers", "gradio"),
    "hub": ("blake3", "markdown_it", "nh3", "pygit2", "python_multipart", "starlette", "uvicorn"),
    "bot": ("starlette", "uvicorn"),
    "agents": ("mcp", "starlette", "uvicorn"),
    "graphs": ("pyoxigraph",),
    "langchain": ("langchain_core",),
    "llama-index": ("llama_index",),
}


def missing(extra: str) -> list[str]:
    """The libraries of the extra that are not installed, by the names by which they are imported."""
    return [library for library in LIBRARIES[extra] if find_spec(library) is None]


def require(extra: str) -> None:
    """Raise MissingExtraError unless every library of the extra can be imported; none is."""
    for library in missing(extra):
        raise MissingExtraError(library, extra)
