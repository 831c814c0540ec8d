"""A confined child for tests: it runs the code in its context, ``before`` it enters and after, on ``files``.

``openings`` are what Python code has asked to open or load since then.
"""

from __future__ import annotations

import json  # noqa: F401  for the code
import os  # noqa: F401
import signal  # noqa: F401
import sys
import time  # noqa: F401

from commons.sandbox import confinement

_OPENINGS = {"open", "import", "os.listdir", "os.scandir", "ctypes.dlopen"}


def main() -> None:
    given = confinement.context()
    names = dict(globals())
    exec(given.get("before", ""), names)  # noqa: S102
    openings: list[str] = []
    files = confinement.enter(lambda: None)
    sys.addaudithook(
        lambda event, args: openings.append(f"{event} {args[0]}") if event in _OPENINGS else None
    )
    exec(given["code"], {**names, "files": files, "openings": openings})  # noqa: S102


if __name__ == "__main__":
    main()
