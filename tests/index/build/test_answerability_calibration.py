"""Calibrating bands: on enough questions of the commons, with their records left out; else what is committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import commons_on_disk
from support.audited import Audited
from support.commons_on_disk import question, record

from commons.evidence import answerability
from commons.evidence.answerability import COMMITTED, Band
from commons.index import answer_bands, manifest, retrieval
from commons.index.build import answerability_calibration as calibration
from commons.index.build.askings import Example, ExampleKind
from commons.index.figures import AnswerBands
from commons.index.retrieval import Index
from commons.layout import Kind
from commons.operations import build
from commons.records import shards


def bands_of(made: Audited) -> AnswerBands:
    bands = manifest.parse(made.manifest_path.read_bytes()).bands
    assert bands is not None
    return bands


def opened(made: Audited) -> Index:
    snapshot = made.commons.snapshot
    data = {str(path): shards.row_count(snapshot.path(path)) for path in snapshot.shards(Kind.RECORD)}
    return retrieval.open_artifact(made.commons.folder, "tiny", data=data)


def test_enough_questions_calibrate_the_bands_and_say_their_errors(whole: Audited) -> None:
    bands = bands_of(whole)
    assert bands.calibrated_on == 60
    assert bands.errors
    assert bands.errors.answerable == bands.errors.unanswerable == 80
    assert bands.errors.balanced_accuracy > 0.6
    assert answer_bands.model_of(bands) != COMMITTED


def test_a_record_that_is_left_out_is_not_given_and_the_others_are(whole: Audited, embedder: Any) -> None:
    index = opened(whole)
    text = "At what depth is coral 7?"
    vector = embedder.embed_questions([text])[0]
    first, second, *_ = index.search(vector, 5, question=text)
    others = index.without([first.id]).search(vector, 5, question=text)
    assert others[0].id == second.id
    assert first.id not in {each.id for each in others}


def test_few_questions_leave_the_committed_coefficients_and_say_so(
    make_embedder: Any, tmp_path: Path
) -> None:
    commons = commons_on_disk.founded(tmp_path / "commons")
    stones = [record(f"Granite number {n} is hard.") for n in range(30)]
    commons.put(stones)
    commons.put([question(f"Which granite is {n}?", row) for n, row in enumerate(stones)])
    built: build.BuiltIndex = commons.build(make_embedder(), tmp_path / "work")
    bands = built.manifest.bands
    assert bands
    assert (bands.calibrated_on, bands.errors) == (0, None)
    assert answer_bands.model_of(bands) == COMMITTED


def test_questions_nothing_answers_are_examples_and_their_ids_are_bound(
    make_embedder: Any, tmp_path: Path
) -> None:
    commons = commons_on_disk.founded(tmp_path / "commons")
    stones = [record(f"Granite number {n} is hard.") for n in range(150)]
    commons.put(stones)
    commons.put([question(f"Which granite is {n}?", row) for n, row in enumerate(stones)])
    without = commons.build(make_embedder(), tmp_path / "work").manifest.bands
    commons.put([question(f"Who sang aria {n}?") for n in range(8)], collection="unknown")
    with_them = commons.build(make_embedder(), tmp_path / "work").manifest.bands
    assert without
    assert with_them
    assert without.errors
    assert with_them.errors
    assert without.unanswerable_sha256 == ""
    assert with_them.unanswerable_sha256 != ""
    assert with_them.calibrated_on == without.calibrated_on
    assert with_them.errors.unanswerable > without.errors.unanswerable


def test_the_same_examples_give_the_same_bands(whole: Audited, embedder: Any, tmp_path: Path) -> None:
    again = whole.commons.build(embedder, tmp_path / "work", kind="rabitq").manifest.bands
    assert again == bands_of(whole)


def test_an_artifact_without_bands_is_judged_by_the_committed_ones(whole: Audited) -> None:
    old = manifest.parse(whole.manifest_path.read_bytes()).model_copy(update={"bands": None})
    assert b"bands" not in old.to_bytes()
    read = manifest.parse(old.to_bytes())
    index = Index(read, "", 0, ())
    assert answer_bands.certain(index, Band.ANSWERS).calibrated_on == 0
    assert answer_bands.model_of(read.bands) == COMMITTED
    assert calibration.tuning_questions([]) == 0


@pytest.mark.parametrize("held_out", [True, False])
@pytest.mark.parametrize("kind", [ExampleKind.ANSWERABLE, ExampleKind.LEFT_OUT])
def test_where_a_half_lacks_a_kind_of_examples_the_committed_ones_stand(
    held_out: bool, kind: ExampleKind
) -> None:
    """As in a commons of one record, of which nothing is left to ask when it is left out."""
    signals = np.zeros(len(answerability.SIGNALS))
    kinds = (ExampleKind.ANSWERABLE, ExampleKind.LEFT_OUT)
    examples = [
        Example(each, half, signals)
        for each in kinds
        for half in (True, False)
        if (each, half) != (kind, held_out)
    ] * 60
    bands = calibration.calibrate(examples, 60)
    assert (bands.calibrated_on, bands.errors) == (0, None)
    assert bands == calibration.calibrate([], 0)
