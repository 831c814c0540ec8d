"""commons space: the Space on this machine."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from commons import bundled_files, extras
from commons.cli.shared import options
from commons.cli.shared.options import Where

_EPILOG = """\b
Examples:
  commons space --repo our-org/commons
  commons space --repo ./a-local-copy --port 7861
  commons space --repo ./a-local-copy --model ./our-model     an index that was built with a model from that folder
"""


@click.command("space", epilog=_EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True)
@click.option("--model", metavar="ID|FOLDER", help="The model, where it is not to be that of the index.")
@options.repository_options
def command(host: str, port: int, model: str | None, where: Where) -> NoReturn:
    """Serve the Space: search, browse and read a commons in a browser. --repo may also be a folder."""
    extras.require("space")
    known = options.settings()
    environment = {
        **os.environ,
        "COMMONS_REPO": where.repo,
        "HF_ENDPOINT": where.endpoint,
        "COMMONS_ENDPOINT": where.endpoint,  # which would win where it is set
        "COMMONS_MODEL": model or known.model,
        "GRADIO_SERVER_NAME": host,
        "GRADIO_SERVER_PORT": str(port),
    }
    if where.token:
        environment["HF_TOKEN"] = where.token
    app = bundled_files.folder("space_app") / "app.py"
    sys.stdout.flush()
    sys.stderr.flush()
    # In our place, not as a child: whoever ends this process, by whatever signal, ends the Space.
    os.execve(sys.executable, [sys.executable, str(app)], environment)  # noqa: S606
