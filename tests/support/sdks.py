"""An older SDK of the Model Context Protocol, as far as anybody looks who wants to know which one is installed."""

from __future__ import annotations

from pathlib import Path


def older_sdk(place: Path) -> Path:
    """A folder that holds what looks like mcp 1.30, to be put first on the path."""
    for name in ("mcp", "mcp-1.30.0.dist-info"):
        (place / name).mkdir(parents=True)
    (place / "mcp" / "__init__.py").touch()
    about = "Metadata-Version: 2.1\nName: mcp\nVersion: 1.30.0\n"
    (place / "mcp-1.30.0.dist-info" / "METADATA").write_text(about)
    return place
