"""Each bench says how it is run, runs from where it lies, and has its figures beside it."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "scripts" / "bench"
MODULES = sorted(BENCH.glob("*.py"))
BENCHES = [module for module in MODULES if module.read_text().startswith("#!")]


def test_there_are_benches() -> None:
    assert {
        "ledger",
        "local_hub",
        "gate",
        "repetition",
        "embedding",
        "index",
        "hybrid",
        "pipeline",
        "dialects",
        "encodings",
        "intake",
        "exact",
        "word_statistics",
        "languages",
        "bands",
        "agents",
        "answering",
        "links",
        "citations",
        "clusters",
    } == {bench.stem for bench in BENCHES}


@pytest.mark.parametrize("bench", [*BENCHES, BENCH / "pipelines.py"], ids=lambda path: path.stem)
def test_help_ends_with_an_example_that_runs_this_bench(bench: Path) -> None:
    answer = subprocess.run([sys.executable, bench, "--help"], capture_output=True, text=True, check=True)
    examples = answer.stdout.partition("examples:\n")[2].splitlines()
    assert examples
    for example in examples:
        python, script, *words = example.split()
        assert (python, script) == ("python", f"scripts/bench/{bench.name}")
        options = {word for word in words if word.startswith("--")}
        assert options <= set(re.findall(r"--[\w-]+", answer.stdout.partition("examples:")[0])), example


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_figures_lie_beside_the_bench_or_it_says_where(module: Path) -> None:
    table = module.with_suffix(".md")
    names = re.findall(r"(\w+\.md)", module.read_text().split('"""')[1])
    assert names, "the docstring names the table"
    assert module not in BENCHES or names == [table.name]
    for name in names:
        assert (BENCH / name).is_file()


@pytest.mark.parametrize("table", sorted(BENCH.glob("*.md")), ids=lambda path: path.stem)
def test_a_table_says_which_bench_made_it(table: Path) -> None:
    made = re.search(r"^Made with `python scripts/bench/(\w+\.py)", table.read_text(), re.MULTILINE)
    assert made
    assert made[1] == table.with_suffix(".py").name
    assert re.search(r"^\*\*Setup\.\*\* ", table.read_text(), re.MULTILINE)
    assert "| --- |" in table.read_text()


def _imports(tree: ast.Module) -> dict[str, Any]:
    """Name in the module -> what it has imported of the commons; what is gone fails here."""
    return {
        alias.asname or alias.name: _resolved(node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "commons"
        for alias in node.names
    }


def _resolved(module: str, name: str) -> Any:
    parent = importlib.import_module(module)
    return getattr(parent, name) if hasattr(parent, name) else importlib.import_module(f"{module}.{name}")


@pytest.mark.parametrize(
    "module", sorted(BENCH.rglob("*.py")), ids=lambda path: path.relative_to(BENCH).with_suffix("").as_posix()
)
def test_what_a_bench_takes_of_the_commons_exists(module: Path) -> None:
    """No bench runs in the tests, so a name that moves would be missed only by whoever measures next."""
    tree = ast.parse(module.read_text())
    imports = _imports(tree)
    attributes = [
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imports
    ]
    assert [f"{name}.{attr}" for name, attr in attributes if not hasattr(imports[name], attr)] == []
