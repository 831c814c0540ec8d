"""Where a record has its public address."""

from __future__ import annotations

import pytest

from commons.evidence import permalink


@pytest.mark.parametrize(
    ("homepage", "address"),
    [
        ("", ""),
        ("https://our-org-commons.hf.space", "https://our-org-commons.hf.space"),
        ("https://our-org-commons.hf.space/", "https://our-org-commons.hf.space"),
        ("https://example.org/commons/", "https://example.org/commons"),
        ("https://huggingface.co/spaces/Our.Org/Know_ledge", "https://our-org-know-ledge.hf.space"),
        ("https://hf.co/spaces/org/name/", "https://org-name.hf.space"),
        ("https://huggingface.co/datasets/org/name", ""),
        ("https://huggingface.co/org", ""),
    ],
)
def test_a_homepage_that_is_a_space_is_where_records_have_their_pages(homepage: str, address: str) -> None:
    assert permalink.space_address(homepage) == address
