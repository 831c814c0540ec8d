"""Text inside Markdown: whatever comes from a record stays text, in reports and cards alike."""

from __future__ import annotations

import html
import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@])")


def escape(text: str) -> str:
    """One line without Markdown and without HTML."""
    flat = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))
