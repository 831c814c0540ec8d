"""The Space with the small embedder, as its own process: ``python -m space.serve`` in ``tests/``."""

from __future__ import annotations

import os

from commons import settings
from space_app import app

from .embedding import Trigrams

if __name__ == "__main__":
    app.serve(
        settings.from_environment(), Trigrams, host="127.0.0.1", port=int(os.environ["GRADIO_SERVER_PORT"])
    )
