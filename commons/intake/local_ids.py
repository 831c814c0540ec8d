"""Local ids: names that rows of a file give themselves so that links in the same contribution can find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable


class LocalIds:
    """A name is looked for in its own file first, then in the others; it leads somewhere only when one record bears it."""

    def __init__(self) -> None:
        self._in_file: dict[tuple[Hashable, str], set[str]] = defaultdict(set)
        self._anywhere: dict[str, set[str]] = defaultdict(set)

    def add(self, file: Hashable, local_id: str, record_id: str) -> None:
        self._in_file[file, local_id].add(record_id)
        self._anywhere[local_id].add(record_id)

    def resolve(self, file: Hashable, target: str) -> str | None:
        """The record id that ``target`` means; ``target`` itself when no row bears it; None when several do."""
        bearers = self._in_file.get((file, target)) or self._anywhere.get(target) or {target}
        return next(iter(bearers)) if len(bearers) == 1 else None
