"""A value that is loaded when it is first asked for: once, however many threads ask at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class LazyValue(Generic[Value]):
    """Called, it gives the value. Where loading fails everybody who waits is told, each by a try of their own; later calls try again."""

    def __init__(self, load: Callable[[], Value]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: tuple[Value, ...] = ()

    def __call__(self) -> Value:
        if not self._loaded:
            with self._lock:
                if not self._loaded:
                    self._loaded = (self._load(),)
        return self._loaded[0]

    @property
    def is_loaded(self) -> bool:
        return bool(self._loaded)
