"""The server for agents with the small embedder, over stdio, as its own process: ``python -m support.serve_agents`` in ``tests/``."""

from __future__ import annotations

import os

from support.embedder import TinyEmbedder

from commons.index.editions import Keeper
from commons.mcp import stdio
from commons.mcp.opening import CommonsOpening
from commons.snapshots import source


def keeper(_: CommonsOpening) -> Keeper:
    place = source.named(os.environ["COMMONS_REPO"], endpoint=os.environ.get("HF_ENDPOINT", ""))
    return Keeper(place, lambda _: TinyEmbedder())


if __name__ == "__main__":
    stdio.serve(CommonsOpening(keeper))
