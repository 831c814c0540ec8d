"""What ``import commons`` offers: at once, with nothing heavy, and with types that a strict checker reads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import commons

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "faiss",
    "pyarrow",
    "numpy",
    "pydantic",
    "huggingface_hub",
    "datasets",
    "pandas",
    "asyncio",
    "gradio",
    "click",
)
PROGRAM = """
import commons
from commons.errors import UsageError

library = commons.open("org/name", revision="v1.2.0")
reveal_type(library)
answer = library.search("x", k=3, allow=["cc0-1.0"], lang="en", since="2026-01-01")
reveal_type(answer.results[0].license)
reveal_type(answer.band)
reveal_type(library.get("kr1").state.replaced_by)


async def ask(library: commons.Reader) -> commons.Result:
    return (await library.asearch("x")).results[0]


try:
    commons.verify("./copy").ok
except UsageError as error:
    reveal_type(error.hint)
library.search("x", lnag="en")
commons.opne("org/name")
"""
SAID = [
    'Revealed type is "commons.reader.reader.Reader"',
    'Revealed type is "str"',
    'Revealed type is "commons.evidence.answerability.Band"',
    'Revealed type is "str | None"',
    'Revealed type is "str"',
    'Unexpected keyword argument "lnag" for "search" of "Reader"',
    'Module has no attribute "opne"',
]


def test_importing_it_imports_nothing_heavy() -> None:
    look = f"import sys, commons; print([name for name in {HEAVY} if name in sys.modules], dir(commons))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ")
    for name in commons.__all__:
        assert f"'{name}'" in done.stdout


def test_opening_and_reading_a_record_needs_no_index_model_or_door() -> None:
    program = (
        "import sys, commons\n"
        "library = commons.open('tests/golden/format-3')\n"
        "assert len(library) == 10 and library.collections()\n"
        "print([name for name in ('torch', 'faiss', 'openvino', 'gradio', 'datasets', 'starlette', 'pygit2', 'click')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_every_name_is_there_and_typed_as_it_is_loaded() -> None:
    """What a type checker imports is what is loaded."""
    tree = ast.parse((ROOT / "commons" / "__init__.py").read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name))
    imported = {
        alias.name: node.module
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == commons._HOMES
    assert set(commons.__all__) == {*imported, "__version__"}
    for name in commons.__all__:
        assert getattr(commons, name) is not None


def test_a_name_that_is_not_there_is_none() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_library'"):
        _ = commons.open_library  # type: ignore[attr-defined]


def test_a_users_strict_checker_reads_its_types(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")),
            *("--cache-dir", str(ROOT / ".mypy_cache"), "--hide-error-context", str(tmp_path / "program.py")),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    said = re.findall(r"program\.py:\d+: (?:note: (?=Rev)|error: )(.*?)(?:  \[.*)?$", done.stdout, re.M)
    assert said == SAID, done.stdout + done.stderr
