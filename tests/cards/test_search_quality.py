"""The card's section on search quality: what the manifests measured, and nothing else of the card touched."""

from __future__ import annotations

from typing import Any

import pytest

from commons.cards import search_quality
from commons.evidence.answerability import SIGNALS
from commons.index.manifest import AnswerBands, BandErrors, Fusion, Manifest, PoolIndex, Recall, SearchQuality
from commons.index.quality import Quality


def judged(ndcg: float, questions: int = 50) -> Quality:
    return Quality(questions=questions, ndcg_at_10=ndcg, recall_at_10=0.9, mrr_at_10=0.5)


@pytest.fixture
def made(embedder: Any) -> Manifest:
    """As a build leaves it, with what was measured; what it binds is of no interest here."""
    file = {"path": "x", "sha256": "0" * 64, "rows": 10}
    pool = PoolIndex.model_validate(
        {
            **{"index": file, "positions": file, "factory": "SQfp16"},
            "recall": Recall(at_10=0.987, queries=50, asked="questions"),
        }
    )
    measured = SearchQuality(dense=judged(0.6), keywords=judged(0.55), hybrid=judged(0.7))
    return Manifest.model_construct(
        embedder=embedder.identity,
        records=1234,
        pools={"open": pool},
        fusion=Fusion(dense_weight=0.8, tuned_on=40),
        quality={"medquad": measured, "all": measured},
        before={"all": judged(0.65), "medquad": judged(0.65, questions=49)},
    )


def rows(section: str) -> dict[str, list[str]]:
    """The table of a section: name -> cells."""
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines[2:]}


def test_each_measure_stands_beside_the_questions_it_was_taken_on(made: Manifest) -> None:
    section = search_quality.section([made], records=1234)
    assert rows(section)["all of them"] == ["50", "0.700", "+0.050", "0.900", "0.500", "0.600", "0.550"]
    assert list(rows(section)) == ["all of them", "medquad"]
    assert "An index of 1,234 records." in section
    assert "open 0.987" in section
    assert "tests/tiny" in section


def test_a_change_is_told_only_against_as_many_questions(made: Manifest) -> None:
    assert rows(search_quality.section([made], records=1234))["medquad"][2] == ""


def test_an_index_that_is_behind_says_so(made: Manifest) -> None:
    section = search_quality.section([made], records=1300)
    assert "An index of 1,234 records; the commons holds 1,300 by now." in section


def test_without_questions_there_is_no_table(made: Manifest) -> None:
    section = search_quality.section([made.model_copy(update={"quality": {}, "before": {}})], records=1234)
    assert rows(section) == {}
    assert "No question" in section


def test_without_an_index_there_is_no_section_but_its_place(made: Manifest) -> None:
    empty = search_quality.section([], records=5)
    assert "##" not in empty
    card = f"# A card\n\n{empty}\n\nThe end.\n".encode()
    filled = search_quality.replaced(card, search_quality.section([made], records=1234))
    assert b"0.700" in filled
    assert search_quality.replaced(filled, empty) == card


@pytest.mark.parametrize("card", [b"", b"# A card\n", b"<!-- search quality: begin -->\n", b"\xff\n"])
def test_a_card_without_the_place_stays_as_it_is(card: bytes, made: Manifest) -> None:
    assert search_quality.replaced(card, search_quality.section([made], records=1)) == card


def test_the_same_manifests_give_the_same_section_in_any_order(made: Manifest, make_embedder: Any) -> None:
    other = made.model_copy(
        update={"embedder": made.embedder.model_copy(update={"model": "tests/other"}), "records": 7}
    )
    section = search_quality.section([made, other], records=1234)
    assert section == search_quality.section([other, made], records=1234)
    assert section.index("tests/other") < section.index("tests/tiny")


def test_it_says_how_far_the_bands_can_be_relied_on(made: Manifest) -> None:
    coefficients = dict.fromkeys(SIGNALS, 0.1)
    stated = {"intercept": 0.0, "coefficients": coefficients, "answers_from": 0.5, "known_from": 0.2}
    errors = BandErrors(
        answerable=80, answers=0.9, false_not_known=0.05, unanswerable=90, false_answers=0.2, far=80,
        far_false_answers=0.0, far_not_known=0.9,
    )  # fmt: skip
    bands = AnswerBands(calibrated_on=70, errors=errors, **stated)
    section = search_quality.section([made.model_copy(update={"bands": bands})], records=1234)
    assert "calibrated on 70 questions. Of 80 others, 90% are called answered and 5% not known" in section
    assert "with their records left out, 20% are still called answered" in section
    few = made.model_copy(update={"bands": AnswerBands(calibrated_on=0, **stated)})
    assert "too few questions to calibrate" in search_quality.section([few], records=1234)
