"""Errors: what is said of one in a sentence of ours."""

from __future__ import annotations

import pytest

from commons.errors import first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no such file"), "no such file"),
        (ValueError("\n\n  the cause  \n  File x, line 3"), "the cause"),
        (ValueError(""), "ValueError"),
        (ValueError(" \n\t\n"), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_of_an_error_the_first_line_that_says_something(error: BaseException, line: str) -> None:
    assert first_line(error) == line
