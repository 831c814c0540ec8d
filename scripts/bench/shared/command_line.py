"""The command line of a bench: its docstring is the help, which ends with an example."""

from __future__ import annotations

import argparse
from pathlib import Path


def parser(documentation: str | None, *examples: str, data: bool = True) -> argparse.ArgumentParser:
    """``data``: whether the bench reads published data sets, one folder each."""
    lines = "".join(f"\n  python scripts/bench/{example}" for example in examples)
    options = argparse.ArgumentParser(
        description=documentation,
        epilog=f"examples:{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if data:
        options.add_argument("data", type=Path, metavar="DATA", help="folder with one folder a data set")
    return options
