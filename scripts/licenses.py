"""Lists the licence of every locked dependency, and fails on one that nobody has allowed or that says none.

A licence is an SPDX expression: the package's own `License-Expression`, or its `License` field where that is one, or its classifier
where that names exactly one, or what a person read in its licence file (`BY_HAND`). CUDA libraries are not judged: they are NVIDIA's,
under NVIDIA's terms, and come only where PyTorch's CPU build is not to be had.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

from license_expression import ExpressionError, ExpressionParseError, get_spdx_licensing

SCRIPTS = Path(__file__).parent
LOCKS = ("requirements.lock", "torch.lock")
EXAMPLES = """\
examples:
  scripts/licenses              the table; exit code 1 if one is not allowed
  scripts/licenses --summary    how many packages each licence has
"""

# What may be installed beside Apache-2.0 code. Files under MPL and libraries under LGPL or with a linking exception keep their own
# licence; we do not change or contain them.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CNRI-Python",
    "GPL-2.0-only WITH GCC-exception-2.0",
    "ISC",
    "LGPL-2.1-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
BY_HAND = {  # their metadata says "BSD", "GPL" or the whole text; read in the licence file of each
    "jinja2": "BSD-3-Clause",
    "mpmath": "BSD-3-Clause",
    "pygit2": "GPL-2.0-only WITH GCC-exception-2.0",
    "python-stdnum": "LGPL-2.1-or-later",
    "scipy": "BSD-3-Clause",
    "semantic-version": "BSD-2-Clause",
    "sympy": "BSD-3-Clause",
    "transformers": "Apache-2.0",
}
NOT_JUDGED = re.compile(r"(nvidia|cuda)-")
_SPDX = get_spdx_licensing()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/licenses",
        description="The licences of the locked dependencies.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--summary", action="store_true", help="count instead of listing")
    options = parser.parse_args(arguments)
    licences = {name: licence(name) for name in locked()}
    here = {name: expression for name, expression in licences.items() if expression is not None}
    if options.summary:
        for expression, count in Counter(here.values()).most_common():
            print(f"{count:4}  {expression or 'unknown'}")
    else:
        for name, expression in here.items():
            print(f"{name:28} {expression or 'unknown'}")
    print(
        f"{len(here)} packages; {len(licences) - len(here)} more are locked for other platforms, or for CUDA."
    )
    refusals = [name for name, expression in here.items() if not allowed(expression)]
    for name in refusals:
        print(
            f"{name}: {here[name] or 'no licence that can be read'} is not allowed; see scripts/licenses.py.",
            file=sys.stderr,
        )
    return 1 if refusals else 0


def locked() -> list[str]:
    pins = "".join((SCRIPTS / lock).read_text() for lock in LOCKS)
    names = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
    return sorted(name for name in names if not NOT_JUDGED.match(name))


def licence(name: str) -> str | None:
    """An SPDX expression, "" where the package says none that can be read, None where it is not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    by_classifier = {BY_CLASSIFIER[name] for name in classifiers if name in BY_CLASSIFIER}
    candidates = (
        BY_HAND.get(name),
        about.get("License-Expression"),
        about.get("License"),
        by_classifier.pop() if len(by_classifier) == 1 else None,
    )
    return next(filter(None, map(_normalised, candidates)), "")


def allowed(expression: str) -> bool:
    """Whether the allowed licences meet an SPDX expression: each part of an AND, one part of an OR."""
    return bool(expression) and _meets(_SPDX.parse(expression))


def _meets(part: object) -> bool:
    if isinstance(part, _SPDX.AND):
        return all(map(_meets, part.args))
    if isinstance(part, _SPDX.OR):
        return any(map(_meets, part.args))
    return str(part) in ALLOWED


def _normalised(text: str | None) -> str:
    try:
        return str(_SPDX.parse(text, validate=True)) if text and "\n" not in text else ""
    except (ExpressionError, ExpressionParseError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
