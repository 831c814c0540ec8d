"""Coroutines in a thread of their own: a browser's test that ran before in this process leaves an event loop running in the main one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import anyio

_Value = TypeVar("_Value")


def run(program: Callable[[], Awaitable[_Value]]) -> _Value:
    """What the coroutine function gives."""
    with ThreadPoolExecutor(1, thread_name_prefix="own-loop") as threads:
        return threads.submit(anyio.run, program).result()
