"""What a source says of its licence: restrictions and silence refuse, what is not understood is for a person."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons.governance import license_statements, license_texts, licenses
from commons.governance.license_statements import Suitability
from tests.governance.license_texts_of_others import LIMITED, LIMITED_LATER, LIMITED_UNSEEN, OPEN

MIT = "MIT License\n\nCopyright (c) 2024 Ada\n\nPermission is hereby granted, free of charge, to any person obtaining a copy"
NC = (
    "Attribution-NonCommercial 4.0 International\n\n=======\n\nCreative Commons Corporation is not a law firm"
)
BY = "Attribution 4.0 International\n\n=======\n\nCreative Commons Corporation is not a law firm"


def legal_text(spdx: str) -> str:
    return (Path(license_texts.__file__).parent / "license_texts" / f"{spdx}.txt").read_text("utf-8")


MIT_WHOLE = legal_text("MIT").replace("[year] [fullname]", "2024 Ada")
NAMED = {
    "CC BY 4.0": ("CC-BY-4.0",),
    "licensed under a Creative Commons Attribution-ShareAlike 3.0 Unported License": ("CC-BY-SA-3.0",),
    "[CC-BY-NC-SA 4.0](https://creativecommons.org/licenses/by-nc-sa/4.0/)": ("CC-BY-NC-SA-4.0",),
    "Attribution-NonCommercial-NoDerivatives 4.0": ("CC-BY-NC-ND-4.0",),
    "Creative Commons Attribution-NonCommercial-ShareAlike License": ("CC-BY-NC-SA",),
    "![](https://img.shields.io/badge/License-CC_BY--NC_4.0-lightgrey.svg)": ("CC-BY-NC-4.0",),
    '<img src="https://licensebuttons.net/l/by-nc-nd/4.0/88x31.png">': ("CC-BY-NC-ND-4.0",),
    "<https://creativecommons.org/licenses/by-nc/3.0/de/>": ("CC-BY-NC-3.0",),
    "BUSL-1.1 and EUPL-1.2": ("BUSL-1.1", "EUPL-1.2"),
    "The MIT Press, Cambridge, MA": (),
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
        Suitability.REVIEW,
        ("CC-BY-SA-3.0",),
    ),
    "a restriction on the data, the code open": (
        {"LICENSE": MIT},
        ["Dataset: CC BY-NC 4.0"],
        Suitability.REVIEW,
        ("MIT", "CC-BY-NC-4.0"),
    ),
    "data and code apart": ({"LICENSE": BY_PARTS}, [], Suitability.REVIEW, ("CC-BY-4.0", "MIT")),
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
    "a family without its version": ({}, ["The data is under CC BY."], Suitability.REVIEW, ("CC-BY",)),
    "a version no pool takes": ({}, ["The data is under CC BY 3.0."], Suitability.REVIEW, ("CC-BY-3.0",)),
    "a list in the card": (
        {"README.md": "---\nlicense:\n- cc-by-4.0\n- mit\n---\n# Birds\n"},
        [],
        Suitability.REVIEW,
        ("CC-BY-4.0", "MIT"),
    ),
    "a choice": (
        {"README.md": "SPDX-License-Identifier: Apache-2.0 OR MIT\n"},
        [],
        Suitability.ACCEPT,
        ("Apache-2.0", "MIT"),
    ),
    "two at once": (
        {"README.md": "SPDX-License-Identifier: Apache-2.0 AND MIT\n"},
        [],
        Suitability.REVIEW,
        ("Apache-2.0", "MIT"),
    ),
    "a card whose YAML is broken": (
        {"README.md": "---\nlicense: [cc-by-nc-4.0\n---\n", "LICENSE": MIT},
        [],
        Suitability.REVIEW,
        ("MIT",),
    ),
    "a limit and no licence": ({}, ["For research use only."], Suitability.REVIEW, ()),
}
LEGAL_TEXTS = Path(license_texts.__file__).parent / "license_texts"


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


def test_of_real_repositories_none_is_accepted_that_its_reader_did_not_accept() -> None:
    """A quarter of a set of 54; scripts/bench/gate.md has the whole, and how many are left to a person."""
    sample = Path(__file__).parent / "samples" / "licence-statements.jsonl.gz"
    with gzip.open(sample, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            reading = license_statements.read(row["files"], row["lines"])
            assert row["verdict"] == "accept" or reading.suitability is not Suitability.ACCEPT, row["repo"]
            assert (reading.suitability is Suitability.REFUSE) == (row["verdict"] == "refuse"), row["repo"]


@pytest.mark.parametrize("text", [*LIMITED.values(), *LIMITED_LATER.values(), *LIMITED_UNSEEN])
def test_a_limit_beside_an_open_licence_file_is_never_accepted(text: str) -> None:
    prose = f"# Birds\n\nA list of the birds of the world, with their names.\n\n{text}\n\n## Use\n\nLoad it with the library."
    for files in ({"README.md": text}, {"README.md": prose}, {"DATA": text}, {"LICENSE.part": text.upper()}):
        reading = license_statements.read({"LICENSE": MIT_WHOLE, **files})
        assert reading.suitability is not Suitability.ACCEPT, files
        assert reading.reason
    assert (
        license_statements.read({"LICENSE": f"{MIT_WHOLE}\n\n{text}"}).suitability is not Suitability.ACCEPT
    )
    assert (
        license_statements.read({"LICENSE": MIT_WHOLE}, text.split("\n")).suitability
        is not Suitability.ACCEPT
    )


@pytest.mark.parametrize("case", OPEN)
def test_plain_open_statements_are_accepted(case: str) -> None:
    files = {
        name: text.replace("{MIT}", MIT_WHOLE).replace("{BY}", legal_text("CC-BY-4.0"))
        for name, text in OPEN[case].items()
    }
    assert license_statements.read(files).suitability is Suitability.ACCEPT


@pytest.mark.parametrize("spdx", sorted(path.stem for path in LEGAL_TEXTS.glob("*.txt")))
def test_the_legal_text_of_a_licence_that_pools_take_is_known_in_full(spdx: str) -> None:
    assert spdx in licenses.BY_SPDX
    text = legal_text(spdx)
    for spelling in (
        text,
        text.replace("\n", "\r\n"),
        text.upper() if spdx == "MIT" else text,
        text.replace("    ", "  "),
    ):
        reading = license_statements.read({"LICENSE": spelling})
        assert (reading.suitability, reading.licenses) == (Suitability.ACCEPT, (spdx,))


@given(st.sampled_from(["MIT", "Apache-2.0", "CC-BY-4.0", "CC0-1.0", "ODbL-1.0"]), st.data())
@settings(max_examples=60, deadline=None)
def test_one_word_more_or_less_inside_a_legal_text_is_never_accepted(spdx: str, data: st.DataObject) -> None:
    """Not in every place: between two paragraphs stand everybody's own words, and single letters and numbers are no words."""
    paragraphs = legal_text(spdx).split("\n\n")
    long = [at for at, paragraph in enumerate(paragraphs) if len(paragraph.split()) > 30]
    at = data.draw(st.sampled_from(long))
    words = paragraphs[at].split()
    place = data.draw(st.integers(8, len(words) - 8))
    if data.draw(st.booleans()):
        words.insert(
            place, data.draw(st.sampled_from(["academic", "noncommercial", "never", "except", "students"]))
        )
    else:
        while len(re.findall("[a-z]", words[place].lower())) < 3:
            place += 1
        del words[place]
    paragraphs[at] = " ".join(words)
    reading = license_statements.read({"LICENSE": "\n\n".join(paragraphs)})
    assert reading.suitability is not Suitability.ACCEPT


@pytest.mark.parametrize(
    ("spdx", "without"),
    [
        ("ODbL-1.0", ("Re-utilising the whole or a", "Re-utilising whole or a")),
        ("ODbL-1.0", ("by the distribution of copies", "by the of copies")),
        ("CC-BY-4.0", ("personality rights; however", "personality however")),
    ],
)
def test_a_word_taken_out_where_the_words_around_it_stand_elsewhere_too_is_seen(
    spdx: str, without: tuple[str, str]
) -> None:
    text = " ".join(legal_text(spdx).replace("\n\n", " ¶ ").split())
    assert without[0] in text
    altered = text.replace(*without, 1).replace(" ¶ ", "\n\n")
    assert license_statements.read({"LICENSE": altered}).suitability is not Suitability.ACCEPT


HOSTILE = {
    "brackets": "[a](" * 2000,
    "images in links": "![[" * 2000 + "]]" * 2000,
    "hyphens": "creative commons" + "-" * 5000,
    "tags": "<" * 5000,
    "names": "cc by " * 3000,
    "years": "copyright (c) " + "2020, " * 3000,
    "rules": "---\n" * 5000,
    "YAML that nests": "---\n" + "[" * 5000 + "\n---\n",
    "YAML that repeats": "---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\nlicense: mit\n---\n",
    "nothing but zeros": "\0" * 5000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_a_hostile_text_gets_a_verdict(name: str) -> None:
    assert license_statements.read({"LICENSE": HOSTILE[name]}).reason


@given(st.text(), st.lists(st.text()))
def test_whatever_is_stated_gets_a_verdict(text: str, lines: list[str]) -> None:
    reading = license_statements.read({"LICENSE": text}, lines)
    assert reading.reason
    assert (reading.suitability is Suitability.ACCEPT) <= bool(reading.licenses)
