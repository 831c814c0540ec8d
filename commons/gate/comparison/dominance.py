"""Dominance: one contributor or one source that would come to hold most of a topic which many share today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from commons.gate import offered_records
from commons.gate.comparison.known_records import KnownRecords, Origin
from commons.gate.findings import Finding
from commons.gate.offered_records import OfferedRecord

_MOST = 0.5
_ESTABLISHED = 200  # records; a topic with fewer has nobody to be taken over from


def find(records: Sequence[OfferedRecord], known: KnownRecords) -> Iterator[Finding]:
    """A finding for each topic in which somebody goes from less than half of the records to more."""
    offered: dict[str, dict[Origin, Counter[str]]] = {}
    for entry in records:
        for topic in entry.record.topic:
            counts = offered.setdefault(topic, {origin: Counter() for origin in Origin})
            counts[Origin.CONTRIBUTOR][entry.record.contributor] += 1
            counts[Origin.SOURCE][offered_records.label(entry.record.sources)] += 1
    for topic, counts in sorted(offered.items()):
        before = known.topics[topic]
        if before < _ESTABLISHED:
            continue
        after = before + counts[Origin.CONTRIBUTOR].total()
        for origin, shares in known.shares(topic).items():
            for name, count in counts[origin].items():
                share_before, share_after = shares[name] / before, (shares[name] + count) / after
                if share_before <= _MOST < share_after:
                    message = f"the {origin} {name or 'unnamed'} would go from {share_before:.0%} to {share_after:.0%} of {topic}"
                    yield Finding("dominance", message)
