"""What the package says of its types can be read by any program: every public annotation resolves."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import commons

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(commons.__path__, "commons.")
    if not module.name.endswith("__main__")
)

# A list of tools is there before Arrow is, so these name the types of a module that loads it for checkers alone.
LATE = dict.fromkeys(("commons.mcp.opening", "commons.mcp.resources"), "commons.index.editions")


def is_public(name: str) -> bool:
    return not name.startswith("_") or name == "__init__"


def annotated(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """(name, thing) of every public class and function defined here, and of every public method and property of those classes."""
    for name, thing in vars(module).items():
        if not is_public(name) or getattr(thing, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(thing):
            yield name, thing
            yield from ((f"{name}.{own}", function) for own, function in members(thing))
        elif inspect.isfunction(inspect.unwrap(thing)):
            yield name, inspect.unwrap(thing)


def members(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, thing in vars(cls).items():
        if not is_public(name):
            continue
        match thing:
            case property():
                yield name, thing.fget  # type: ignore[misc]
            case functools.cached_property():
                yield name, thing.func
            case classmethod() | staticmethod():
                yield name, thing.__func__
            case _ if inspect.isfunction(thing) and thing.__module__ == cls.__module__:
                yield name, thing


@pytest.mark.parametrize("name", MODULES)
def test_every_public_annotation_of_a_module_resolves(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").partition(".")[0] in ("", "commons"):
            raise
        pytest.skip(f"{name} needs {error.name}, which is not installed")
    unresolved = {}
    late = vars(importlib.import_module(LATE[name])) if name in LATE else None
    for thing, value in annotated(module):
        try:
            typing.get_type_hints(value, localns=late)
        except (NameError, AttributeError, TypeError) as error:
            unresolved[thing] = str(error)
    assert not unresolved


def test_a_name_that_only_a_type_checker_sees_would_be_reported() -> None:
    module = ModuleType("commons.example")
    source = "from __future__ import annotations\ndef size(rows: Rows) -> int: ...\n"
    exec(source, vars(module))  # noqa: S102
    ((name, function),) = annotated(module)
    assert name == "size"
    with pytest.raises(NameError, match="Rows"):
        typing.get_type_hints(function)
