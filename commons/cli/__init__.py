"""The command line: a door that only translates. Every command calls one operation and prints one result.

Results go to stdout, hints and progress to stderr. Exit codes: 0 clean, 1 refused or failed, 2 warnings only, 64 wrong usage, 130
interrupted. This file is the one place that turns errors into exit codes. A command is loaded when it is called, from the file of its name.
"""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext
from importlib import import_module

import click

from commons import near_misses, quick_start, settings
from commons.sandbox import confinement
from commons.version import __version__

WRONG_USAGE = 64
INTERRUPTED = 130

# In the order in which people meet them.
COMMANDS = (
    *("init", "key", "check", "contribute"),
    *("proposals", "show", "review", "adopt", "land", "log", "bot"),
    *("build", "search", "record", "related", "context", "cite"),
    *("verify", "verify-citation", "prove", "verify-proof"),
    *("env", "license", "codes", "schema", "migrate"),
    *("hub", "space", "mcp"),
)
_PROGRAM = object()  # marks a run that has a process to itself
_EPILOG = """\b
Examples:
  commons contribute notes.csv --license cc-by-4.0 --topic medicine --source-url https://example.org
  commons search "What causes glaucoma?" --allow cc0-1.0,cc-by-4.0
  commons proposals
  commons hub --folder ./hub          start a Hub on this machine
"""


class _LoadedWhenCalled(click.Group):
    """Commands by name; importing all of them to run one would take longer than most of them run."""

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        with quick_start.loading() if context.obj is _PROGRAM else nullcontext():
            command: click.Command = import_module(f"commons.cli.{name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = "".join(
                f" Did you mean {name}?" for name in near_misses.nearest(args[0], COMMANDS, most=1)
            )
            raise click.UsageError(error.message + near, ctx) from None


@click.command(
    cls=_LoadedWhenCalled,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="commons")
def cli() -> None:
    """An open knowledge commons on the Hugging Face Hub: contribute records, review and land them, search, verify."""
    if settings.from_environment().unconfined:
        confinement.permit_unconfined()


def main(arguments: list[str] | None = None) -> None:
    """The entry point of the ``commons`` script."""
    sys.exit(run(arguments, process=_PROGRAM))


def run(arguments: list[str] | None = None, *, process: object = None) -> int:
    """Run one command and return its exit code; ``process`` is for ``main``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a foreign file holds may have no UTF-8 form
    try:
        code = cli.main(args=arguments, prog_name="commons", standalone_mode=False, obj=process)
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        error.show(sys.stderr)
        return WRONG_USAGE
    except click.ClickException as error:
        error.show(sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader (head, less) has gone; that is its right.
        sys.stderr.close()
        return 0
    except (KeyboardInterrupt, click.Abort):
        print("\nInterrupted; nothing was left half done.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _complaint(error)


def _complaint(error: Exception) -> int:
    """Print what happened and what to do next; what is no error of ours or of the system goes on as it is."""
    from commons.cli.shared.output import complain
    from commons.errors import CommonsError, UsageError, from_system

    if isinstance(error, OSError):
        error = from_system(error)
    if not isinstance(error, CommonsError):
        raise error
    complain(error)
    return WRONG_USAGE if isinstance(error, UsageError) else 1
