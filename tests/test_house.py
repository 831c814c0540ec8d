"""The shape of the house: imports point down, operations stand alone, names fit, and what texts name is there."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from commons.cli import COMMANDS

ROOT = Path(__file__).parents[1]
# From the ground up: a floor may import from those below it. Files that lie in commons/ itself are the ground.
FLOORS = (
    *("ground", "records", "ledger", "governance", "hub", "snapshots", "sandbox", "embedding"),
    *("evidence", "index", "cards", "gate", "intake", "proposals", "verification", "operations"),
    *("reader", "frameworks", "bot", "mcp", "cli", "space_app"),
)
ALONE = "local_hub"  # could leave any day
# Library -> the rooms that may import it; the rooms above are handed what they need.
HOMES = {
    "huggingface_hub": {"hub"},
    "datasets": {"reader"},  # makes tables in memory; what asks a Hub with it is a child process of ``hub``
    "faiss": {"index"},
    "tantivy": {"index"},
    "sentence_transformers": {"embedding"},
    "openvino": {"embedding"},
    "torch": {"embedding"},
    "gradio": {"space_app"},
    "pygit2": {"local_hub"},
    "mcp": {"mcp"},
    "mcp_types": {"mcp"},
    "click": {"cli"},
    "langchain_core": {"frameworks"},
    "llama_index": {"frameworks"},
    "rich": {"cards", "cli"},  # a card says sizes with rich.filesize
}
DOORS = {"bot", "hub", "mcp", "space"}  # commands that start a door and have no operation


def modules() -> dict[str, Path]:
    """Dotted name -> file, of everything that is shipped."""
    found = {}
    for path in [*(ROOT / "commons").rglob("*.py"), *(ROOT / "space_app").rglob("*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def room(module: str) -> str:
    parts = module.split(".")
    if parts[0] == "space_app":
        return "space_app"
    if len(parts) > 1 and (ROOT / "commons" / parts[1]).is_dir():
        return parts[1]
    return "ground"


@cache
def imports(module: str) -> frozenset[str]:
    """Every module of ours, or top name of a library, that the file imports anywhere in it."""
    path = MODULES[module]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module if path.name == "__init__.py" else module.rpartition(".")[0]
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {
                f"{base}.{name.name}" if f"{base}.{name.name}" in MODULES else base for name in node.names
            }
    return frozenset(name if name in MODULES else name.split(".")[0] for name in found)


def ours(module: str) -> set[str]:
    return {name for name in imports(module) if name in MODULES and name != module}


@pytest.mark.parametrize("module", sorted(m for m in MODULES if room(m) not in (ALONE, "ground")))
def test_nothing_imports_upward(module: str) -> None:
    allowed = set(FLOORS[: FLOORS.index(room(module)) + 1])
    if room(module) == "cli":
        allowed.add(ALONE)  # the command that starts it
    assert {name for name in ours(module) if room(name) not in allowed} == set()


def test_every_room_has_its_floor() -> None:
    assert {room(module) for module in MODULES} == {*FLOORS, ALONE}


def test_the_ground_and_the_local_hub_stand_by_themselves() -> None:
    for module in MODULES:
        if room(module) == "ground" and module != "commons":
            assert {room(name) for name in ours(module)} <= {"ground"}, module
        if room(module) == ALONE:
            assert {room(name) for name in ours(module)} <= {ALONE, "ground"}, module
            assert {name for name in ours(module) if room(name) == "ground"} <= {"commons"}, module


def test_no_two_modules_import_each_other_by_any_way() -> None:
    """Late imports and those for types count: a circle that is hidden is one."""
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join([*way[way.index(module) :], module])
        if module in done:
            return
        for name in sorted(ours(module)):
            if not name.startswith(f"{module}."):  # a package that names what is in it
                walk(name, (*way, module))
        done.add(module)

    for module in MODULES:
        if not module.endswith("local_hub"):
            walk(module, ())


@pytest.mark.parametrize("module", sorted(m for m in MODULES if room(m) == "operations"))
def test_no_operation_imports_another(module: str) -> None:
    assert {name for name in ours(module) if room(name) == "operations"} == set()


@pytest.mark.parametrize("library", HOMES)
def test_a_heavy_library_has_one_home(library: str) -> None:
    users = {room(module) for module in MODULES if library in imports(module)}
    assert users == HOMES[library]


def test_only_doors_read_the_settings() -> None:
    users = {room(module) for module in MODULES if "commons.settings" in ours(module)}
    assert users <= {"cli", "bot", "mcp", "reader", "space_app"}


def test_an_operation_its_command_and_its_test_carry_one_name() -> None:
    operations = {path.stem for path in (ROOT / "commons" / "operations").glob("[a-z]*.py")}
    commands = {name.replace("-", "_") for name in COMMANDS}
    assert {path.stem for path in (ROOT / "commons" / "cli").glob("[a-z]*.py")} == commands
    assert operations == commands - DOORS
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "operations").glob("test_*.py")}
    assert operations <= tests


def test_public_classes_have_names_of_their_own() -> None:
    places: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


NO_NOUNS = {"held", "told", "said", "kept", "found", "one", "looked", "happening"}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_names_of_things_are_nouns(module: str) -> None:
    bound = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.alias(asname=str(name)):
                bound.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                bound.add(name)
    assert bound & NO_NOUNS == set()


# What texts name

PATHLIKE = re.compile(
    r"(?<![\w/.-])(?:\.\./)?((?:commons|space_app|dataset_cards|scripts|tests)/[\w./-]+\.(?:py|md|toml|j2|lock|parquet))"
)
DOTTED = re.compile(r"``(?:commons\.)?([a-z_]+(?:\.[a-z_]+)+)``")


def texts() -> list[tuple[str, str]]:
    """(where, text) of documents, and of the docstrings and comments of every module."""
    documents = [
        *ROOT.glob("*.md"),
        *ROOT.glob("commons/**/*.md"),
        *ROOT.glob(".github/**/*.md"),
    ]
    named = [(str(path.relative_to(ROOT)), path.read_text()) for path in documents]
    return named + [(module, path.read_text()) for module, path in MODULES.items()]


def test_every_path_that_a_text_names_exists() -> None:
    missing = {
        (where, name)
        for where, text in texts()
        for name in PATHLIKE.findall(text)
        if not (ROOT / name).exists()
    }
    assert missing == set()


def test_every_module_that_a_docstring_names_exists() -> None:
    """``room.file`` in double backquotes is a place in the house where its first part is a room."""
    rooms = {path.name for path in (ROOT / "commons").iterdir() if path.is_dir()}
    missing = set()
    for where, text in texts():
        for name in DOTTED.findall(text):
            first, second = name.split(".")[:2]
            if first in rooms and f"commons.{first}.{second}" not in MODULES:
                source = MODULES[f"commons.{first}"].read_text() if f"commons.{first}" in MODULES else ""
                if second not in source:
                    missing.add((where, name))
    assert missing == set()


def test_pytest_passes_over_no_folder_that_holds_tests(request: pytest.FixtureRequest) -> None:
    """By default it leaves out every folder called build."""
    patterns = request.config.getini("norecursedirs")
    folders = {
        folder for path in (ROOT / "tests").rglob("test_*.py") for folder in path.relative_to(ROOT).parts[:-1]
    }
    assert {name for name in folders if any(fnmatch(name, pattern) for pattern in patterns)} == set()
