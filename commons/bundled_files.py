"""The folders that belong to the project but are no part of the package: ``space_app`` and ``dataset_cards``.

In a checkout they lie beside ``commons/``, as a Space wants them; in a wheel inside of it, so that an installation puts no name but
``commons`` into site-packages.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """Where ``name`` lies here."""
    inside = _HERE / "_bundled" / name
    return inside if inside.is_dir() else _HERE.parent / name
