"""The Space with the small embedder, as its own process: ``python -m support.serve_space`` in ``tests/``."""

from __future__ import annotations

import os

from support.embedder import TinyEmbedder

from commons import settings
from space_app import app

if __name__ == "__main__":
    app.serve(
        settings.from_environment(),
        lambda _: TinyEmbedder(),
        host="127.0.0.1",
        port=int(os.environ["GRADIO_SERVER_PORT"]),
    )
