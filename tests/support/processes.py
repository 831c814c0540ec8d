"""Child processes as a person at a terminal has them, whatever shell the tests themselves run in.

child = processes.interruptible([*COMMONS, "check", "a.csv"], stdout=subprocess.PIPE)
child.send_signal(signal.SIGINT)
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

# The command under test, also where it is not on the path.
COMMONS = (sys.executable, "-c", "from commons.cli import main; main()")

# A shell without job control starts what it puts into the background with SIGINT ignored, and a child inherits that.
_INTERRUPTIBLE = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def interruptible(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a child that SIGINT ends; its process id is the command's. ``options`` go to ``subprocess.Popen``."""
    return subprocess.Popen([sys.executable, "-IS", "-c", _INTERRUPTIBLE, *command], **options)
