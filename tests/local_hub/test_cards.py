"""A README is its metadata and what stands below it, and each byte is in one of them."""

from __future__ import annotations

from typing import Any

import pytest

from commons.local_hub import cards

READMES: dict[str, tuple[str, dict[str, Any], str]] = {
    "both": ("---\nlicense: mit\n---\n# Title\n", {"license": "mit"}, "# Title\n"),
    "written on Windows": ("---\r\nlicense: mit\r\n---\r\n# Title\r\n", {"license": "mit"}, "# Title\r\n"),
    "with a byte order mark": ("\ufeff---\nlicense: mit\n---\n# Title\n", {"license": "mit"}, "# Title\n"),
    "an empty block": ("---\n---\n# Title\n", {}, "# Title\n"),
    "an empty block, and a rule below": ("---\n---\n# Title\n\n---\n", {}, "# Title\n\n---\n"),
    "dashes at the end of a value": ("---\ntitle: a ---\n---\nText", {"title": "a ---"}, "Text"),
    "metadata alone": ("---\nlicense: mit\n---", {"license": "mit"}, ""),
    "no block": ("# Title\n\n---\nlicense: mit\n---\n", {}, "# Title\n\n---\nlicense: mit\n---\n"),
    "no end": ("---\nlicense: mit\n", {}, "---\nlicense: mit\n"),
}


@pytest.mark.parametrize("name", READMES)
def test_metadata_and_body(name: str) -> None:
    text, metadata, body = READMES[name]
    assert cards.metadata(text) == metadata
    assert cards.body(text) == body
