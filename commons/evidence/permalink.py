"""Permalinks: the public address of a record, a link or a contribution, which stays when revisions come and go.

    permalink.of(snapshot, "kr1…")
    https://our-org-commons.hf.space/record/kr1…              where the policy's homepage is the Space, or a page of our pages
    https://huggingface.co/datasets/our-org/commons?record=kr1…     else the page of the commons on its Hub
    commons://record/kr1…                                     a folder that names no homepage has no address; the id is one all the same

Whatever form it has, the id stands in it, and every door of ours finds the record by it (``records.identity.ids_in``).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from commons.snapshots.snapshot import Snapshot

_HUB_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
_SPACE_PATH = re.compile(r"/spaces/([\w.-]+)/([\w.-]+)/?")


def of(snapshot: Snapshot, row_id: str) -> str:
    """The address of the row with this id, whether or not it is here."""
    space = space_address(snapshot.policy.commons.homepage)
    if space:
        return f"{space}/record/{row_id}"
    if snapshot.repository:
        return f"{snapshot.repository.page_url}?record={row_id}"
    return f"commons://record/{row_id}"


def space_address(homepage: str) -> str:
    """Where the Space that a homepage names is served, without a slash at its end; empty where it names none.

    The page of a Space on the Hub shows the Space in a frame; its own address is the host that the Hub makes of owner and name.
    """
    parts = urlsplit(homepage)
    if not parts.hostname:
        return ""
    if parts.hostname not in _HUB_HOSTS:
        return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    named = _SPACE_PATH.fullmatch(parts.path)
    return f"https://{space_host(named[1], named[2])}" if named else ""


def space_host(owner: str, name: str) -> str:
    """The host of a Space: https://huggingface.co/docs/hub/spaces-embed"""
    return re.sub(r"[^a-z0-9]+", "-", f"{owner}-{name}".lower()).strip("-") + ".hf.space"
