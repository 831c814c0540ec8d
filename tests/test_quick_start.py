"""What a process of ours is spared when it starts is nothing that it, or anybody else in it, will miss."""

from __future__ import annotations

import subprocess
import sys

from commons.sandbox import confinement

PROGRAM = """
import gc, sys
from commons import quick_start
finders = list(sys.meta_path)
with quick_start.loading():
    import pyarrow
    assert not gc.isenabled()
pyarrow.array(["text"])
assert gc.isenabled()
assert "pandas" not in sys.modules
assert sys.meta_path == finders
import pandas
pandas.DataFrame({"text": ["a"]})
"""
NUMBERS = """
array = pyarrow.array(numpy.zeros(3))
confinement.answer([array.to_pylist(), "pandas" in sys.modules, gc.isenabled(), openings])
"""


def test_pandas_is_loaded_by_whoever_wants_it_and_by_nobody_else() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


def test_a_confined_child_makes_arrays_of_numbers_without_pandas_and_collects_garbage() -> None:
    context = {"code": NUMBERS, "before": "import gc, sys, numpy, pyarrow\npyarrow.array(['text'])"}
    assert confinement.run("tests.support.sample_child", {}, context=context) == [[0.0] * 3, False, True, []]
