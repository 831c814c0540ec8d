"""Stand-ins for the helpers that test modules of datasets import; those that hub-bound tests use are real."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest

_LIBRARIES = {
    "pil": "PIL",
    "torchcodec": "torchcodec",
    "zstandard": "zstandard",
    "lz4": "lz4",
    "py7zr": "py7zr",
}


class OfflineSimulationMode(Enum):
    CONNECTION_FAILS = 0
    CONNECTION_TIMES_OUT = 1
    HF_HUB_OFFLINE_SET_TO_1 = 2


def for_all_test_methods(*decorators: Callable[[Any], Any]) -> Callable[[type], type]:
    def decorate(cls: type) -> type:
        for name, method in list(vars(cls).items()):
            if callable(method) and name.startswith("test"):
                for decorator in decorators:
                    method = decorator(method)  # noqa: PLW2901
                setattr(cls, name, method)
        return cls

    return decorate


def xfail_if_500_502_http_error(function: Any) -> Any:
    """Upstream forgives its CI server such errors; here they are failures."""
    return function


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if name.startswith("require_"):
        library = _LIBRARIES.get(name.removeprefix("require_"), "")
        present = bool(library) and importlib.util.find_spec(library) is not None
        return pytest.mark.skipif(not present, reason=f"{name}: not installed")
    return pytest.mark.skip(reason=f"{name}: not for hub-bound tests")
