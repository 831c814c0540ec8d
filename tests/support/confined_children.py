"""Throw-away processes that enter the sandbox and then do as a test says, as a parser that was taken over would.

confined_children.after_entering("print(json.dumps(1 + 1))")
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from support.patience import PATIENCE_S

from commons.sandbox import confinement
from commons.sandbox.limits import ProcessLimits
from commons.sandbox.system_calls import Profile

ON_LINUX = sys.platform == "linux"
_PREAMBLE = """
import ctypes, errno, json, mmap, os, signal, socket, subprocess, sys, threading
from commons.sandbox import confinement
"""


def after_entering(
    code: str,
    *arguments: str,
    before: str = "",
    limits: ProcessLimits = ProcessLimits(),
    profile: Profile = Profile.PARSER,
    folders: Mapping[str, Path] | None = None,
    unconfined: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run ``before``, enter, run ``code``; both may use what ``_PREAMBLE`` imports. Its standard output begins with the introduction."""
    manifest = {
        "files": {},
        "limits": asdict(limits),
        "profile": profile.name,
        "folders": {name: str(path) for name, path in (folders or {}).items()},
        "unconfined": unconfined,
        "context": None,
    }
    enter = "confinement.enter(lambda: None)\nsys.stdout.flush()\n"
    script = _PREAMBLE + textwrap.dedent(before) + "\n" + enter + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments],
        env={**os.environ, **confinement._FRUGALITY},
        input=json.dumps(manifest),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def landlock_version() -> int:
    """Of this kernel; 0 where it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(ctypes.CDLL(None).syscall(444, None, 0, 1)))
