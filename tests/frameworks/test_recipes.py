"""The frameworks' page: what it shows is Python of names that are there, and an import without a framework says what brings it."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest
from support.embedder import TinyEmbedder

import commons
from commons.errors import DISTRIBUTION
from commons.frameworks import asking

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n([\s\S]*?)```", (ROOT / "commons" / "frameworks" / "RECIPES.md").read_text())


def test_the_page_has_a_block_a_framework() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_is_python_and_reads_what_a_result_has(block: str) -> None:
    fields = {*asking.METADATA, *commons.Result.model_fields}
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = {"commons": commons, "library": commons.Reader, "answer": commons.SearchAnswer}.get(
                node.value.id
            )
            assert owner is None or hasattr(owner, node.attr) or node.attr in owner.__annotations__, node.attr
            assert node.value.id != "result" or node.attr in fields, node.attr


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [("langchain", "langchain_core", "langchain"), ("llama_index", "llama_index", "llama-index")],
)
def test_without_its_framework_an_import_names_the_extra(
    module: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"commons.frameworks.{module}", raising=False)
    with pytest.raises(ImportError) as refused:
        importlib.import_module(f"commons.frameworks.{module}")
    assert f"pip install '{DISTRIBUTION}[{extra}]'" in str(refused.value)


def test_metadata_are_flat_and_the_same_for_every_framework() -> None:
    library = commons.open(ROOT / "tests" / "golden" / "format-3", using=TinyEmbedder())
    packet = library.search("When does water boil?", k=2).packet
    metadata = asking.metadata_of(packet.results[0], packet)
    assert tuple(metadata) == asking.METADATA
    assert all(isinstance(value, str | float | bool) for value in metadata.values())
    assert {*asking.FOR_EMBEDDING, *asking.FOR_PROMPTS} <= set(asking.METADATA)
