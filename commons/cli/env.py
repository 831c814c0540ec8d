"""commons env: what is installed and in use here, and what is missing."""

from __future__ import annotations

import click
from rich.filesize import decimal

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, out, plain
from commons.errors import CommonsError
from commons.operations import env
from commons.operations.env import Environment, Folder

_EPILOG = """\b
Examples:
  commons env
  COMMONS_MODEL_ENDPOINT=https://hf-mirror.com commons env      with models from another Hub
  commons env --format json        to go with a report of a fault
"""
_NAME_CHARACTERS = 24


@click.command("env", epilog=_EPILOG)
@options.repository_options
@options.format_option()
def command(where: Where, style: str) -> int:
    """Say what is installed, which model, engine, Hub, login and key are in use, and what is missing with the command that brings it.

    No token and no key is ever printed, and nothing is made.
    """
    known = options.settings()
    key, trouble = _key()
    environment = env.describe(
        env.Surroundings(
            repo=where.repo,
            endpoint=where.endpoint,
            token=where.token,
            home=known.home,
            key_file="" if known.key_pem else str(known.key_file),
            key=key,
            key_trouble=trouble,
            model=known.model,
            model_endpoint=known.model_endpoint,
            engine=known.engine,
        )
    )
    if style == "json":
        emit_json(environment.to_json())
    elif style == "quiet":
        for lack in environment.missing:
            click.echo(lack.command)
    else:
        _print(environment)
    return 0


def _key() -> tuple[str, str]:
    """The id of this person's key, or why there is none."""
    try:
        return options.signing_key().public.key_id, ""
    except CommonsError as error:
        return "", error.message


def _print(environment: Environment) -> None:
    _section("Installed")
    _line("commons", environment.commons)
    _line("python", environment.python)
    _line("platform", environment.platform)
    for name, version in environment.libraries.items():
        _line(name, version or "not installed")
    _section("Extras")
    for name, lacking in environment.extras.items():
        _line(name, f"lacks {', '.join(lacking)}" if lacking else "installed")
    _section("Embedding")
    _line("model", f"{environment.model}, named by {environment.model_by}")
    here = "is here" if environment.model_is_here else "is fetched when it is needed"
    _line("models come from", f"{environment.model_hub}; this one {here}")
    _line("engine", environment.engine)
    _line("engines for this machine", ", ".join(environment.engines) or "none can run")
    _line("fastest when it was tried", ", ".join(environment.engines_remembered) or "nothing was tried yet")
    _section("Hub")
    hub = environment.hub
    _line("endpoint", hub.endpoint)
    _line("answers", "yes" if hub.answers else f"no: {hub.trouble}")
    login = f"{hub.user} (token of role {hub.role})" if hub.role else hub.user
    _line("login", login or hub.login_trouble)
    _section("Commons")
    _line("repo", environment.repo or "none is named")
    if environment.repo:
        _line("root", environment.root or environment.repo_trouble)
    for address, root in environment.roots.items():
        _line("pinned", f"{root} of {address}")
    _section("Kept here")
    _line("key", environment.key or "none")
    _line("key file", environment.key_file or "in COMMONS_KEY")
    _line("Hub cache", _in_words(environment.hub_cache))
    _line("COMMONS_HOME", _in_words(environment.home))
    _section("Missing")
    if not environment.missing:
        out.print("  nothing")
    for lack in environment.missing:
        out.print(f"  {plain(lack.what)}\n    [dim]→ {plain(lack.command)}[/]")


def _section(title: str) -> None:
    out.print(f"[bold]{title}[/]")


def _line(name: str, value: str) -> None:
    out.print(f"  [dim]{name:<{_NAME_CHARACTERS}}[/]  {plain(value)}")


def _in_words(folder: Folder) -> str:
    size = "not there yet" if folder.bytes is None else decimal(folder.bytes)
    return f"{folder.path} ({size}{'' if folder.writable else ', cannot be written'})"
