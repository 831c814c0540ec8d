"""Malformed messages: what does not parse as one gets an error with its number, where that can be read, and a hint.

malformed.answer_to(problem)            the error to write; ``problem`` is what the SDK makes of such a line

The SDK passes over them without a word, and who waits for an answer waits for ever. JSON may hold half of a character (``"\\ud83d"``, as of
a text that was cut by its code units), which no Unicode text can.
"""

from __future__ import annotations

import json
import re
from typing import Any

import mcp_types as types
from pydantic import ValidationError

_MALFORMED = "That is no message of JSON-RPC 2.0, or holds half of a character."
_HINT = "Send one request a line: jsonrpc, id, method and params, as UTF-8 with whole characters."
_NUMBER = re.compile(r'"id"\s*:\s*(\d{1,18}|"[^"\\]{1,100}")')


def answer_to(problem: Exception) -> types.JSONRPCError:
    """An error of the protocol, whose words and form are those of every error of ours."""
    error = types.ErrorData(
        code=types.PARSE_ERROR,
        message=f"{_MALFORMED} {_HINT}",
        data={"error": "message-malformed", "message": _MALFORMED, "hint": _HINT},
    )
    return types.JSONRPCError(jsonrpc="2.0", id=_number_in(problem), error=error)


def _number_in(problem: Exception) -> int | str | None:
    if not isinstance(problem, ValidationError):
        return None
    for each in problem.errors(include_url=False):
        number = _number_of(each.get("input"))
        if number is not None:
            return number
    return None


def _number_of(given: Any) -> int | str | None:
    match given:
        case {"id": bool()}:
            return None
        case {"id": int() | str() as number}:
            return number
        case str() if written := _NUMBER.search(given):
            number = json.loads(written[1])
            return number if isinstance(number, int | str) else None
        case _:
            return None
