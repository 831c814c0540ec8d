"""Sentences about a report that the comment on a proposal and the terminal have in common.

``safe`` makes foreign text harmless for where it is shown: Markdown escapes it, a terminal strips what would command it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from commons.gate.findings import Severity
from commons.gate.impact import Answers, Impact

Safe = Callable[[str], str]
VERDICTS = {
    None: "Nothing stands against it.",
    Severity.WARN: "A person should look at it.",
    Severity.REFUSE: "Refused by the gate.",
}
_MOST = 8


def verdict(severity: Severity | None, left_out: str = "") -> str:
    """The verdict on what is offered, where ``left_out`` ("2 rows") was refused before."""
    if severity is None and left_out:
        return f"Nothing stands against the rest; {left_out} {'stay' if left_out[:2] != '1 ' or ' and ' in left_out else 'stays'} out."
    return VERDICTS[severity]


def additions(impact: Impact, safe: Safe) -> str:
    """What a contribution brings, in one sentence; nothing when it brings nothing."""
    new = impact.records - min(impact.replaced, impact.records)
    amounts = [
        amount(new, "new record"),
        amount(impact.replaced, "replaced record"),
        amount(impact.links, "link"),
        amount(impact.questions, "question"),
    ]
    present = [words for words in amounts if words]
    if not present:
        return ""
    collections = ", ".join(safe(name) for name in list(impact.collections)[:_MOST])
    return f"{', '.join(present)}{f' for {collections}' if collections else ''}."


def amount(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}" if number else ""


def coverage(impact: Impact, kind: str, counts: Mapping[str, int], safe: Safe) -> str:
    """Each name with how many records the commons holds of it before and after; only what is added when that is not known, or when
    questions are added and no records."""
    if impact.records_before is None or not impact.records:
        return enumeration(counts, safe)
    return first_of(
        [
            f"{safe(name)} {(before := impact.records_before.get(f'{kind} {name}', 0)):,} → {before + count:,}"
            for name, count in counts.items()
        ]
    )


def enumeration(counts: Mapping[str, int], safe: Safe) -> str:
    return first_of([f"{safe(name)} {count:,}" for name, count in counts.items()])


def answer_change(answers: Answers | None) -> str:
    """What the questions of the commons would find; nothing where it was not asked."""
    if answers is None:
        return ""
    recall = f"recall of the first ten {answers.recall_before:.3f} → {answers.recall_after:.3f}"
    return f"{answers.changed:,} of {answers.questions:,} questions get other first answers; {recall}"


def sentence(words: str) -> str:
    """With the full stop that it may lack."""
    return words if words.endswith((".", "?", "!")) else f"{words}."


def conjunction(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def first_of(words: Sequence[str], most: int = _MOST) -> str:
    """The first few, and how many more there are."""
    more = f", and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
