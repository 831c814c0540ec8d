"""The operator's commands: hub, space."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from commons.cli import options
from commons.cli.options import Where
from commons.errors import MissingExtraError


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    epilog="\b\nExamples:\n  commons hub --folder ./hub --port 7000\n  commons hub user ada --folder ./hub\n",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def hub(arguments: tuple[str, ...]) -> None:
    """Start a Hub on this machine, or make an account on it. See commons hub --help."""
    try:
        from commons.local_hub.__main__ import main
    except ImportError as error:
        raise MissingExtraError(error.name or "pygit2", "hub") from error
    main(list(arguments))


@click.command(
    epilog="\b\nExamples:\n  commons space --repo our-org/commons\n  commons space --repo ./a-local-copy --port 7861\n"
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True)
@click.option("--model", help="The model the index was built with.")
@options.repository_options
def space(host: str, port: int, model: str | None, where: Where) -> int:
    """Serve the Space: search, browse and read a commons in a browser. --repo may also be a folder."""
    known = options.settings()
    environment = {
        **os.environ,
        "COMMONS_REPO": where.repo,
        "HF_ENDPOINT": where.endpoint,
        "COMMONS_MODEL": model or known.model,
        "GRADIO_SERVER_NAME": host,
        "GRADIO_SERVER_PORT": str(port),
    }
    if where.token:
        environment["HF_TOKEN"] = where.token
    app = Path(__file__).parents[2] / "space_app" / "app.py"
    return subprocess.run([sys.executable, str(app)], env=environment, check=False).returncode


COMMANDS = (hub, space)
