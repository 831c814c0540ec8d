"""The card's section on search quality: what the manifests measured, and nothing else of the card touched."""

from __future__ import annotations

from typing import Any

import pytest

from commons.cards import search_quality
from commons.evidence.answerability import SIGNALS
from commons.index.figures import AnswerBands, BandErrors, Fusion, LanguageFusion, Probe, SearchQuality
from commons.index.manifest import Manifest, PoolIndex, Recall
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


def spoken(dense: float, keywords: float, weight: float, **changes: Any) -> LanguageFusion:
    probe = Probe(
        records=500, asked=200, weight=weight, dense=dense, keywords=keywords, hybrid=keywords + 0.01
    )
    fields = {"dense_weight": weight, "chosen_by": "probe", "tuned_on": 0, "probe": probe, **changes}
    return LanguageFusion(**fields)


def test_each_language_says_its_weight_what_chose_it_and_on_what_it_was_measured(made: Manifest) -> None:
    measured = SearchQuality(dense=judged(0.6), keywords=judged(0.55), hybrid=judged(0.7))
    few = Probe(records=3, asked=0, weight=0.8, dense=0, keywords=0, hybrid=0)
    languages = {
        "en": spoken(0.5, 0.4, 0.75, chosen_by="questions", tuned_on=120, quality=measured),
        "fr": spoken(0, 0, 0.8, chosen_by="default", probe=few),
        "hi": spoken(0.05, 0.42, 0.3),
    }
    fused = Fusion(dense_weight=0.8, tuned_on=120, languages=languages)
    section = search_quality.section([made.model_copy(update={"fusion": fused})], records=1234)
    cells = rows(section.partition("How much meaning weighs")[2])
    assert cells["en"] == ["0.75", "120 questions", "50 other questions", "0.600", "0.550", "0.700"]
    assert cells["fr"] == ["0.80", "default: too few records to probe", "", "", "", ""]
    assert cells["hi"] == ["0.30", "200 probes", "the 200 probes", "0.050", "0.420", "0.430"]
    assert "The model hardly reads hi: records in this language are found by their words." in section


def test_a_model_that_reads_every_language_is_not_talked_about(made: Manifest) -> None:
    fused = Fusion(dense_weight=0.8, tuned_on=0, languages={"de": spoken(0.3, 0.44, 0.65)})
    assert "hardly reads" not in search_quality.section(
        [made.model_copy(update={"fusion": fused})], records=1234
    )


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
