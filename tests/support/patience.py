"""How long a test waits for something before it says that it does not come.

These are backstops, far above ten times what each step takes on a quiet machine, so that a loaded one changes nothing; no test asserts a
time. Whoever works on one test and wants to see it fail soon sets ``COMMONS_TESTS_PATIENCE_S``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = float(os.environ.get("COMMONS_TESTS_PATIENCE_S", "300"))
PATIENCE_MS = PATIENCE_S * 1000
_LOOK_S = 0.05


def eventually(what: Callable[[], Any]) -> Any:
    """The first true value of ``what``, or its last false one when patience is at its end."""
    until = time.monotonic() + PATIENCE_S
    while not (value := what()) and time.monotonic() < until:
        time.sleep(_LOOK_S)
    return value
