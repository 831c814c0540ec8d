"""Dominance: one contributor or one source that would come to hold most of a topic which many share today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from commons.gate import offered
from commons.gate.comparison.known_records import KnownRecords
from commons.gate.findings import Finding
from commons.gate.offered import Offered

_MOST = 0.5
_ESTABLISHED = 200  # records; a topic with fewer has nobody to be taken over from


def find(records: Sequence[Offered], held: KnownRecords) -> Iterator[Finding]:
    """A finding for each topic in which somebody goes from less than half of the records to more."""
    brought: dict[str, dict[str, Counter[str]]] = {}
    for one in records:
        for topic in one.record.topic:
            mine = brought.setdefault(topic, {"contributor": Counter(), "source": Counter()})
            mine["contributor"][one.record.contributor] += 1
            mine["source"][offered.label(one.record.sources)] += 1
    for topic, mine in sorted(brought.items()):
        before = held.topics[topic]
        if before < _ESTABLISHED:
            continue
        after = before + mine["contributor"].total()
        for role, had in held.shares(topic).items():
            for who, brings in mine[role].items():
                share_before, share_after = had[who] / before, (had[who] + brings) / after
                if share_before <= _MOST < share_after:
                    message = f"the {role} {who or 'unnamed'} would go from {share_before:.0%} to {share_after:.0%} of {topic}"
                    yield Finding("dominance", message)
