"""What a source says of its licence: names in any wording, weighed; restrictions and silence refuse, contradictions are for a person."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.governance import license_statements
from commons.governance.license_statements import Suitability

MIT = "MIT License\n\nCopyright (c) 2024 Ada\n\nPermission is hereby granted, free of charge, to any person obtaining a copy"
NC = (
    "Attribution-NonCommercial 4.0 International\n\n=======\n\nCreative Commons Corporation is not a law firm"
)
BY = "Attribution 4.0 International\n\n=======\n\nCreative Commons Corporation is not a law firm"

NAMED = {
    "CC BY 4.0": ("CC-BY-4.0",),
    "licensed under a Creative Commons Attribution-ShareAlike 3.0 Unported License": ("CC-BY-SA-3.0",),
    "[CC-BY-NC-SA 4.0](https://creativecommons.org/licenses/by-nc-sa/4.0/)": ("CC-BY-NC-SA-4.0",),
    "Attribution-NonCommercial-NoDerivatives 4.0": ("CC-BY-NC-ND-4.0",),
    "Creative Commons Attribution-NonCommercial-ShareAlike License": ("CC-BY-NC-SA",),
    "dedicated to the public domain under CC0": ("CC0-1.0",),
    "the Open Database License (ODbL)": ("ODbL-1.0",),
    "Apache License\n Version 2.0, January 2004": ("Apache-2.0",),
    "GNU Affero General Public License": ("AGPL-3.0-only",),
    "The attribution of the painting is disputed.": (),
    "We submit it under protest.": (),
    "": (),
}
BY_PARTS = f"The data is under CC BY 4.0.\n\nThe scripts are licensed under the MIT license.\n\n{MIT}"
WEIGHED = {
    "silence": ({}, ["A dataset of birds."], Suitability.REFUSE, ()),
    "an open licence in the file": ({"LICENSE": BY}, [], Suitability.ACCEPT, ("CC-BY-4.0",)),
    "an open licence in the README alone": (
        {},
        ["The data is licensed under CC BY-SA 4.0."],
        Suitability.ACCEPT,
        ("CC-BY-SA-4.0",),
    ),
    "a restriction": ({"LICENSE.md": NC}, [], Suitability.REFUSE, ("CC-BY-NC-4.0",)),
    "a restriction on the code, the data open": (
        {"LICENSE": NC},
        ["The dataset is licensed under CC-BY-SA 3.0."],
        Suitability.ACCEPT,
        ("CC-BY-SA-3.0",),
    ),
    "data and code apart": ({"LICENSE": BY_PARTS}, [], Suitability.ACCEPT, ("CC-BY-4.0", "MIT")),
    "the same work under two": (
        {"LICENSE": BY},
        ["This work is licensed under CC BY-SA 4.0."],
        Suitability.REVIEW,
        ("CC-BY-4.0", "CC-BY-SA-4.0"),
    ),
    "parts of others": (
        {"LICENSE": MIT},
        ["Prompts come with their respective licenses."],
        Suitability.REVIEW,
        ("MIT",),
    ),
    "a licence for software": (
        {"COPYING": "GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007"},
        [],
        Suitability.REVIEW,
        ("GPL-3.0-only",),
    ),
    "a file that is no licence": ({"NOTICE.md": BY, "setup.py": MIT}, [], Suitability.REFUSE, ()),
}


@pytest.mark.parametrize("text", NAMED)
def test_the_licences_that_a_text_names(text: str) -> None:
    assert license_statements.named_in(text) == NAMED[text]


@pytest.mark.parametrize("case", WEIGHED)
def test_what_is_made_of_a_source(case: str) -> None:
    files, lines, outcome, named = WEIGHED[case]
    reading = license_statements.read(files, lines)
    assert reading.suitability is outcome
    assert set(named) <= set(reading.licenses)
    assert reading.reason


def test_real_repositories_are_judged_as_their_reader_did() -> None:
    """A quarter of a set of 54; scripts/bench/gate.md has the whole, and the one that is wrong."""
    sample = Path(__file__).parent / "samples" / "licence-statements.jsonl.gz"
    with gzip.open(sample, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            reading = license_statements.read(row["files"], row["lines"])
            assert (row["repo"], reading.suitability) == (row["repo"], row["verdict"])


@given(st.text(), st.lists(st.text()))
def test_whatever_is_stated_gets_a_verdict(text: str, lines: list[str]) -> None:
    reading = license_statements.read({"LICENSE": text}, lines)
    assert reading.reason
    assert (reading.suitability is Suitability.ACCEPT) <= bool(reading.licenses)
