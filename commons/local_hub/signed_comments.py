"""Which comments carry a signed statement, told by their form.

Somebody who writes "**Approved**" has not reviewed anything. A signed review travels in a comment as a block of its own: a
fence that names what it carries, around one DSSE envelope (https://github.com/secure-systems-lab/dsse). Whether the signature
holds, who made it and whether it counts is nothing that a Hub knows; the page says so.
"""

from __future__ import annotations

import json
from functools import cache

from markdown_it import MarkdownIt

SIGNED_REVIEW = "commons-review"
MAX_COMMENT_CHARACTERS = 2**18
_ENVELOPE_KEYS = {"payload", "payloadType", "signatures"}


def carries_signed_review(text: str) -> bool:
    """Is there an envelope of a review in a block of its own, as opposed to words that look like one?"""
    if f"```{SIGNED_REVIEW}" not in text or len(text) > MAX_COMMENT_CHARACTERS:
        return False
    return any(
        token.type == "fence"
        and token.level == 0
        and token.info == SIGNED_REVIEW
        and _is_envelope(token.content)
        for token in _markdown().parse(text)
    )


def _is_envelope(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(value, dict)
        and value.keys() == _ENVELOPE_KEYS
        and isinstance(value["payload"], str)
        and isinstance(value["payloadType"], str)
        and isinstance(value["signatures"], list)
        and bool(value["signatures"])
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True})
