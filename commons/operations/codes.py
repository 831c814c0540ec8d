"""Codes: every code a check can find, with its severity, what it means and what to do."""

from __future__ import annotations

from commons.gate.findings import CODES, table


def as_table() -> str:
    """A Markdown table, one code a line."""
    return table()


def as_json() -> dict[str, dict[str, str]]:
    return {
        code: {"severity": severity.value, "meaning": meaning, "hint": hint}
        for code, (severity, meaning, hint) in CODES.items()
    }
