"""Repetitions are found inside a contribution and against the commons; what only looks alike is not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commons.gate.comparison import repetitions
from commons.gate.comparison.repetitions import Repetition, RepetitionKind
from commons.records.likeness import similarity, sketches
from commons.records.likeness.sketches import Sketches
from commons.records.schema import Record

TEXT = (
    "Glaucoma is a group of diseases that can damage the eye's optic nerve and result in vision loss and blindness. "
    "It happens when fluid pressure inside the eyes rises slowly."
)


def sketch(records: list[Record]) -> Sketches:
    return sketches.make([r.lang for r in records], [r.title for r in records], [r.text for r in records])


def find(offered: list[Record], known: list[Record]) -> list[Repetition]:
    return list(repetitions.find(offered, sketch(offered), sketch(known), known.__getitem__))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"text": TEXT.upper()}, RepetitionKind.SAME_WORDS),
        ({"text": f"  {TEXT.replace(' ', '  ').replace(',', ';')} …"}, RepetitionKind.SAME_WORDS),
        ({"text": TEXT, "lang": "en-GB"}, RepetitionKind.SAME_WORDS),
        ({"text": TEXT, "title": "Glaucoma"}, RepetitionKind.SAME_TEXT),
        ({"text": TEXT.replace("slowly", "very slowly")}, RepetitionKind.NEAR),
        ({"text": f"Please note: {TEXT}"}, RepetitionKind.NEAR),
    ],
)
def test_a_repetition_is_found_here_and_there(
    changes: dict[str, Any], kind: RepetitionKind, make_record: Any
) -> None:
    first, again = make_record(TEXT), make_record(**changes)
    (there,) = find([again], [first])
    (here,) = find([first, again], [])
    assert (there.kind, there.new, there.other) == (kind, 0, 0)
    assert (here.kind, here.new, here.other) == (kind, 1, 0)
    assert there.alike == here.alike >= similarity.NEAR


@pytest.mark.parametrize(
    "other",
    [
        {"text": TEXT, "lang": "de"},  # the same characters in another language
        {"text": "Cataract is a clouding of the lens of the eye, which is typically clear."},
        {"text": " ".join(reversed(TEXT.split()))[::-1]},
        {"title": "Year", "text": "1969"},
    ],
)
def test_what_is_not_alike_is_no_repetition(other: dict[str, Any], make_record: Any) -> None:
    known = [make_record(TEXT), make_record("1969", title="In which year did people land on the moon?")]
    assert find([make_record(**other)], known) == []


def test_of_several_the_most_alike_is_named(make_record: Any) -> None:
    known = [make_record(TEXT[: -20 - 10 * n]) for n in range(5, 0, -1)]
    (repetition,) = find([make_record(TEXT)], known)
    assert repetition.other == 4


def test_all_pairs_above_the_threshold_are_found_and_none_below(make_record: Any) -> None:
    """The odds of a sketch to miss a pair at the threshold are one in a thousand; here are sixty pairs at all distances."""
    chance = random.Random(7)  # noqa: S311  a test that can be repeated
    vocabulary = ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(4000)]
    for _ in range(60):
        words = chance.sample(vocabulary, 60)
        other = [w if chance.random() > 0.12 else chance.choice(vocabulary) for w in words]
        first, second = make_record(" ".join(words)), make_record(" ".join(other))
        expected = similarity.alike(first, second) >= similarity.NEAR
        assert bool(find([second], [first])) == expected


def test_sketches_are_kept_and_a_damaged_file_is_as_good_as_none(tmp_path: Path, make_record: Any) -> None:
    import pyarrow as pa

    table = pa.table({"lang": ["en", "en"], "title": [None, "T"], "text": [TEXT, "Other words entirely."]})
    first = sketches.of_shard(table, "d" * 64, tmp_path)
    (stored,) = tmp_path.rglob("*.npz")
    whole = stored.read_bytes()
    for spoiled in (whole, b"", whole[:100], b"PK\x03\x04" + whole[4:200], whole.replace(b"body", b"bodx")):
        stored.write_bytes(spoiled)
        again = sketches.of_shard(table, "d" * 64, tmp_path)
        assert np.array_equal(again.signatures, first.signatures)
        assert again.whole.tolist() == first.whole.tolist()


def test_an_empty_commons_and_an_empty_contribution_repeat_nothing(make_record: Any) -> None:
    assert find([], []) == find([], [make_record(TEXT)]) == find([make_record(TEXT)], []) == []
