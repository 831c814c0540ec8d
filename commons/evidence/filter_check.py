"""A filter that nothing in the commons can pass is a slip of whoever wrote it, and is said, with what there is.

    filter_check.unknown(catalogue, policy, filters)             one sentence for each such value, with its hint
    filter_check.refuse_unknown(catalogue, policy, filters)      UsageError instead

A topic or pool of the policy is known before the first record comes; then there is only nothing there yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commons import near_misses
from commons.errors import UsageError
from commons.governance.policy import Policy
from commons.records.catalogue import Catalogue, Filters

_MAX_LISTED = 30
# Facet -> (what a sentence calls a value that nothing has, what it calls those there are). Licences are a list of what is allowed,
# not of what is looked for.
_WORDS = {
    "topic": ("no topic", "Topics"),
    "collection": ("no collection", "Collections"),
    "lang": ("no record in the language", "Languages"),
    "pool": ("no pool", "Pools"),
}


@dataclass(frozen=True)
class UnknownValue:
    """A value of a filter that no record has; ``hint`` lists those there are, the nearest first."""

    message: str
    hint: str


def unknown(catalogue: Catalogue, policy: Policy, filters: Filters) -> list[UnknownValue]:
    """The values of the filters that neither a record has nor the policy knows."""
    planned = {"topic": set(policy.topics), "pool": set(policy.pools)}
    strange = [
        (name, value)
        for name in _WORDS
        for value in getattr(filters, name)
        if value not in planned.get(name, ())
        and not catalogue.page(Filters().with_facet(name, (value,)), limit=0).total
    ]
    if not strange:
        return []
    present = catalogue.facets()
    return [_unknown_value(name, value, [*present[name], *planned.get(name, ())]) for name, value in strange]


def refuse_unknown(catalogue: Catalogue, policy: Policy, filters: Filters) -> None:
    """Raise UsageError (``filter-unknown``) where there is any."""
    values = unknown(catalogue, policy, filters)
    if values:
        raise UsageError(
            " ".join(value.message for value in values),
            hint=" ".join(dict.fromkeys(value.hint for value in values)),
            code="filter-unknown",
        )


def _unknown_value(name: str, value: str, present: Iterable[str]) -> UnknownValue:
    nothing, plural = _WORDS[name]
    known = list(dict.fromkeys(present))
    meant = near_misses.question(value, known)
    more = f" and {len(known) - _MAX_LISTED:,} more" if len(known) > _MAX_LISTED else ""
    listed = (
        f"{plural} here: {', '.join(known[:_MAX_LISTED])}{more}." if known else "There are no records yet."
    )
    return UnknownValue(f"There is {nothing} {value!r} here{f'; {meant}' if meant else '.'}", listed)
