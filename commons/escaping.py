"""Text inside Markdown: whatever comes from a record stays text, in reports and cards alike."""

from __future__ import annotations

import html
import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@])")


def escape(text: str) -> str:
    """One line without Markdown and without HTML."""
    flat = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))


def code(text: str) -> str:
    """One line as code, whatever it holds; CommonMark ends a span only at as many backticks as began it."""
    flat = " ".join(text.split()) or " "
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {flat} " if flat.startswith("`") or flat.endswith("`") else flat
    return f"{fence}{padded}{fence}".replace("|", "\\|")  # a pipe ends a table's cell even inside code
