"""An operation and its tests carry the same name, so that whoever has seen one finds the other."""

from __future__ import annotations

from pathlib import Path

from commons import operations

_OPERATIONS = Path(operations.__file__).parent


def test_every_operation_has_a_test_file_of_its_name() -> None:
    names = {path.stem for path in _OPERATIONS.glob("*.py")} - {"__init__"}
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert names
    assert names <= tested
