"""Sentences about a report that the comment on a proposal and the terminal have in common.

``safe`` makes foreign text harmless for where it is shown: Markdown escapes it, a terminal strips what would command it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from commons.gate.impact import Answers, Impact

Safe = Callable[[str], str]
_MOST = 8


def added(impact: Impact, safe: Safe) -> str:
    """What a contribution brings, in one sentence; nothing when it brings nothing."""
    new = impact.records - min(impact.replaced, impact.records)
    parts = [
        counted(new, "new record"),
        counted(impact.replaced, "replaced record"),
        counted(impact.links, "link"),
        counted(impact.questions, "question"),
    ]
    said = [part for part in parts if part]
    if not said:
        return ""
    where = (
        f" for {', '.join(safe(name) for name in list(impact.collections)[:_MOST])}"
        if impact.collections
        else ""
    )
    return f"{', '.join(said)}{where}."


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}" if number else ""


def coverage(impact: Impact, kind: str, counts: Mapping[str, int], safe: Safe) -> str:
    """Each name with how many records the commons holds of it before and after; only what is added when that is not known, or when
    questions are added and no records."""
    if impact.held is None or not impact.records:
        return listed(counts, safe)
    return _joined(
        [
            f"{safe(name)} {(before := impact.held.get(f'{kind} {name}', 0)):,} → {before + count:,}"
            for name, count in counts.items()
        ]
    )


def listed(counts: Mapping[str, int], safe: Safe) -> str:
    return _joined([f"{safe(name)} {count:,}" for name, count in counts.items()])


def recall_change(answers: Answers) -> str:
    return f"recall of the first ten {answers.recall_before:.3f} → {answers.recall_after:.3f}"


def _joined(items: list[str]) -> str:
    return ", ".join(items[:_MOST]) + (f", and {len(items) - _MOST} more" if len(items) > _MOST else "")
