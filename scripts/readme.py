"""Holds README's excerpt of the demo against a run of it: every line that is shown is printed, in that order.

`…` stands for anything; addresses of the machine, and figures that follow from a processor's arithmetic (three decimals), are not compared.
What follows the last headline is printed by a demo that stays, which none does here.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- demo output: begin -->", "<!-- demo output: end -->"
CHANGING = re.compile(r"…|(?<=127\.0\.0\.1:)\d+|\d\.\d{3}\b")


def main(arguments: list[str]) -> int:
    printed = Path(arguments[0]).read_text() if arguments else demo()
    missing = first_missing(shown(), printed.splitlines())
    if missing:
        print(
            f"README.md shows a line that the demo does not print, or not there:\n  {missing}",
            file=sys.stderr,
        )
        return 1
    print("README.md shows what the demo prints.")
    return 0


def demo() -> str:
    with tempfile.TemporaryDirectory(prefix="commons-demo-") as state:
        command = [str(ROOT / "scripts" / "demo"), "--check", "--state", state]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def shown() -> list[str]:
    """The lines of the excerpt; one that begins with `…` is a word to the reader."""
    block = (ROOT / "README.md").read_text().split(BEGIN)[1].split(END)[0].split("```")[1]
    lines = [line for line in block.splitlines() if line.strip() and not line.startswith("…")]
    return lines[: max(number for number, line in enumerate(lines) if line.startswith("──")) + 1]


def first_missing(lines: list[str], printed: list[str]) -> str:
    """The first line that none of those printed after the one before it fits; nothing when all are there."""
    left = iter(printed)
    for line in lines:
        pattern = re.compile(".*".join(re.escape(part) for part in CHANGING.split(line.rstrip())))
        if not any(pattern.match(candidate.rstrip()) for candidate in left):
            return line
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
