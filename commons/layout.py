"""Where things lie in a commons repository, and the reverse: what a path says about its file.

data/<pool>/<collection>/<digest>.parquet
links/<pool>/<collection>/<digest>.parquet
questions/<collection>/<digest>.parquet
log/openings/<contribution>.parquet
log/envelopes/<aa>/<sha256>.json
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from commons.records.schema import Kind

POLICY = "governance/policy.toml"
ROLES = "governance/roles.json"
PEOPLE = "governance/people.json"

# Config names of ``load_dataset`` that are neither a pool nor a collection.
RESERVED_CONFIGS = ("links", "questions", "default", "all")

# The only names a contributor may bring: ASCII, fixed depth, no dot at either end of a component.
_SLUG = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_SHARD = re.compile(
    rf"(?P<kind>data|links)/(?P<pool>{_SLUG})/(?P<collection>{_SLUG})/(?P<digest>[0-9a-f]{{64}})\.parquet"
    rf"|(?P<q>questions)/(?P<qcollection>{_SLUG})/(?P<qdigest>[0-9a-f]{{64}})\.parquet"
)
_OPENINGS = re.compile(r"log/openings/(?P<contribution>kc1[a-z2-7]{52})\.parquet")
_ENVELOPE = re.compile(r"log/envelopes/(?P<shelf>[0-9a-f]{2})/(?P<digest>[0-9a-f]{64})\.json")


@dataclass(frozen=True)
class ShardPath:
    """The address of one Parquet file; ``digest`` is the SHA-256 of its bytes, ``pool`` is empty for questions."""

    kind: Kind
    pool: str
    collection: str
    digest: str

    def __str__(self) -> str:
        parts = [self.kind.value, self.pool, self.collection, f"{self.digest}.parquet"]
        return "/".join(part for part in parts if part)


def parse_shard(path: str) -> ShardPath | None:
    match = _SHARD.fullmatch(path)
    if not match:
        return None
    if match["q"]:
        return ShardPath(Kind.QUESTION, "", match["qcollection"], match["qdigest"])
    return ShardPath(Kind(match["kind"]), match["pool"], match["collection"], match["digest"])


def openings_path(contribution: str) -> str:
    return f"log/openings/{contribution}.parquet"


def parse_openings(path: str) -> str | None:
    """The contribution id of an openings path."""
    match = _OPENINGS.fullmatch(path)
    return match["contribution"] if match else None


def envelope_path(digest_hex: str) -> str:
    return f"log/envelopes/{digest_hex[:2]}/{digest_hex}.json"


def parse_envelope(path: str) -> str | None:
    """The SHA-256 (hex) an envelope's path claims."""
    match = _ENVELOPE.fullmatch(path)
    return match["digest"] if match and match["digest"].startswith(match["shelf"]) else None


def is_slug(text: str) -> bool:
    return re.fullmatch(_SLUG, text) is not None
