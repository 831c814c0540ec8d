"""Sentences about what a contribution changes."""

from __future__ import annotations

from commons.gate import wording
from commons.gate.impact import Impact


def test_records_are_told_with_what_the_commons_held() -> None:
    impact = Impact(records=20, languages={"en": 20}, records_before={"language en": 100})
    assert wording.coverage(impact, "language", impact.languages, str) == "en 100 → 120"


def test_questions_do_not_make_the_commons_hold_more_records() -> None:
    impact = Impact(questions=20, languages={"en": 20}, records_before={"language en": 100})
    assert wording.coverage(impact, "language", impact.languages, str) == "en 20"
    assert wording.additions(impact, str) == "20 questions."
