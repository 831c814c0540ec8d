"""Each bench says how it is run, runs from where it lies, and has its figures beside it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "scripts" / "bench"
MODULES = sorted(BENCH.glob("*.py"))
BENCHES = [module for module in MODULES if module.read_text().startswith("#!")]


def test_there_are_benches() -> None:
    assert {"ledger", "local_hub", "gate", "repetition", "embedding", "index", "hybrid", "pipeline"} == {
        bench.stem for bench in BENCHES
    }


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
