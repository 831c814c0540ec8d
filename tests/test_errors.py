"""Errors of others in one line, whatever they say."""

from __future__ import annotations

import pytest

from commons.errors import first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("bad page\n  at offset 4"), "bad page"),
        (ValueError("\n\nbad page\n"), "bad page"),
        (ValueError("\n\n  the cause  \n  File x, line 3"), "the cause"),
        (ValueError(" \n\t\n"), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        ("Traceback\nValueError", "Traceback"),
        ("", "no reason given"),
    ],
)
def test_an_error_is_named_in_its_first_line_or_by_its_kind(error: BaseException | str, line: str) -> None:
    assert first_line(error) == line
