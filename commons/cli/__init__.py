"""The command line: a door that only translates. Every command calls one verb and prints one result.

Results go to stdout, hints and progress to stderr. Exit codes: 0 clean, 1 refused or failed, 2 warnings only, 64 wrong usage, 130
interrupted. This file is the one place that turns errors into exit codes.
"""

from __future__ import annotations

import io
import sys

import click

from commons import __version__
from commons.cli import building, contributing, explaining, maintaining, operating, reading, signing, tending
from commons.cli.output import complain
from commons.errors import CommonsError, UsageError, from_system

WRONG_USAGE = 64
INTERRUPTED = 130

_EPILOG = """\b
Examples:
  commons contribute notes.csv --license cc-by-4.0 --topic medicine --source-url https://example.org
  commons search "What causes glaucoma?" --allow cc0-1.0,cc-by-4.0
  commons proposals
  commons hub                         start a Hub on this machine
"""


@click.group(
    epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="commons")
def cli() -> None:
    """An open knowledge commons on the Hugging Face Hub: contribute records, review and land them, search, verify."""


for _command in (
    *contributing.COMMANDS,
    *explaining.COMMANDS,
    *maintaining.COMMANDS,
    *building.COMMANDS,
    *reading.COMMANDS,
    *signing.COMMANDS,
    *operating.COMMANDS,
    *tending.COMMANDS,
):
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """The entry point of the ``commons`` script."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a foreign file holds may have no UTF-8 form
    try:
        code = cli.main(args=arguments, prog_name="commons", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        error.show(sys.stderr)
        return WRONG_USAGE
    except click.ClickException as error:
        error.show(sys.stderr)
        return 1
    except UsageError as error:
        complain(error)
        return WRONG_USAGE
    except CommonsError as error:
        complain(error)
        return 1
    except BrokenPipeError:
        # The reader (head, less) has gone; that is its right.
        sys.stderr.close()
        return 0
    except OSError as error:
        complain(from_system(error))
        return 1
    except (KeyboardInterrupt, click.Abort):
        print("\nInterrupted; nothing was left half done.", file=sys.stderr)
        return INTERRUPTED
