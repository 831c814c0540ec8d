"""The operator's word that files may be read where nothing confines: it comes from the environment, and by default it is not given."""

from __future__ import annotations

import pytest

from commons import cli
from commons.sandbox import confinement


@pytest.mark.parametrize(("value", "permitted"), [("", False), ("0", False), ("1", True)])
def test_commands_read_it_from_the_environment(
    value: str, permitted: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(confinement, "_unconfined_permitted", False)
    monkeypatch.setenv("COMMONS_UNCONFINED", value)
    assert cli.run(["codes"]) == 0
    assert confinement._unconfined_permitted is permitted
