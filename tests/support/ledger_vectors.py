"""Other people's cases (see ``vectors/README.md``), read once and handed out as plain data."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "ledger" / "vectors"


def load(name: str) -> Any:
    data = (VECTORS / name).read_bytes()
    return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)


def merkle_cases(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """The cases of one of: inclusion, consistency, subtreeinclusion, subtreeconsistency; hashes as bytes."""
    cases = load("merkle-proofs.json.gz")["cases"]
    return [(name, _decoded(case)) for name, case in cases.items() if name.startswith(f"{kind}/")]


def tessera(path: str) -> bytes | None:
    """A file of the Tessera log, as a ``tiles.Read``."""
    file = VECTORS / "tessera-log" / path
    return file.read_bytes() if file.is_file() else None


def _decoded(case: dict[str, Any]) -> dict[str, Any]:
    def decode(value: Any) -> Any:
        return base64.b64decode(value)

    hashes = {name: decode(case[name]) for name in ("root", "root1", "root2", "leafHash") if name in case}
    return case | hashes | {"proof": [decode(sibling) for sibling in case["proof"] or []]}
