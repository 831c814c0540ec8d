"""Codes: every code a check can find, with what it means and what to do."""

from __future__ import annotations

import json

import pytest

from commons.cli import run
from commons.gate.findings import CODES, table


def test_codes_are_listed_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["codes"]) == 0
    assert capsys.readouterr().out == table()
    assert run(["codes", "--format", "json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(CODES)
