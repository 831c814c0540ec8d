"""Markdown that the comments of a proposal have in common: what is folded away, and commands in a fence that holds.

Text is escaped by whoever writes it (``commons.escaping``); what stands in a fence is shown as it is.
"""

from __future__ import annotations


def details(title: str, body: str) -> str:
    """A part that is folded away until a reader opens it; nothing when there is nothing in it."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def shell(*commands: str) -> str:
    """Commands to copy into a terminal, one a line."""
    return fence("\n".join(commands), "sh")


def fence(text: str, language: str = "") -> str:
    """``text`` in a fence longer than any run of backticks in it, so that nothing in it can end the fence."""
    marks = "```"
    while marks in text:
        marks += "`"
    return f"{marks}{language}\n{text}\n{marks}"
