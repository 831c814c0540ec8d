"""Licences: what people write, and what it means here; one table, every reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.governance import licenses

# what people write -> SPDX id; the Hub's own ids are the second of each pair
MEANT = {
    "CC0-1.0": ("cc0-1.0", "open"),
    "PDDL-1.0": ("pddl", "open"),
    "CDLA-Permissive-2.0": ("cdla-permissive-2.0", "open"),
    "CC-BY-4.0": ("cc-by-4.0", "open"),
    "ODC-By-1.0": ("odc-by", "open"),
    "MIT": ("mit", "open"),
    "Apache-2.0": ("apache-2.0", "open"),
    "Unlicense": ("unlicense", "open"),
    "CC-BY-SA-3.0": ("cc-by-sa-3.0", "by-sa"),
    "CC-BY-SA-4.0": ("cc-by-sa-4.0", "by-sa"),
    "ODbL-1.0": ("odbl", "odbl"),
}


@pytest.mark.parametrize("spdx", MEANT)
def test_a_licence_is_known_by_its_spdx_id_and_its_hub_id_in_any_case(spdx: str) -> None:
    hub_id, pool = MEANT[spdx]
    for written in (spdx, hub_id, spdx.upper(), spdx.lower(), hub_id.title(), f"  {hub_id}\n"):
        verdict = licenses.resolve(written)
        assert verdict.license is not None, written
        assert (verdict.license.spdx, verdict.license.hub_id, verdict.license.pool) == (spdx, hub_id, pool)
        assert verdict.reason == ""


@pytest.mark.parametrize(
    ("written", "spdx"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International License", "CC-BY-4.0"),
        ("Attribution-ShareAlike 3.0 Unported", "CC-BY-SA-3.0"),
        ("The MIT License", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("http://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/deed.fr", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/legalcode", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
        ("https://www.opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://choosealicense.com/licenses/mit/", "MIT"),
        ("https://spdx.org/licenses/CC-BY-4.0.html", "CC-BY-4.0"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("http://opendatacommons.org/licenses/by/1.0/", "ODC-By-1.0"),
        ("creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)", "CC-BY-4.0"),
        ("Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
        ("Community Data License Agreement – Permissive – Version 2.0", "CDLA-Permissive-2.0"),
        ("Open Database License (ODbL) v1.0", "ODbL-1.0"),
        ("CC0", "CC0-1.0"),
        ("CC-0", "CC0-1.0"),
        ("PDDL", "PDDL-1.0"),
        ("odbl-1.0", "ODbL-1.0"),
        ("Apache 2", "Apache-2.0"),
        ("apache-2", "Apache-2.0"),
        ("ASL 2.0", "Apache-2.0"),
        ("Expat", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("cc-by-4", "CC-BY-4.0"),
        ("cc by sa 4", "CC-BY-SA-4.0"),
        ("CC_BY_4.0", "CC-BY-4.0"),
        ("CC-BY-4.0-International", "CC-BY-4.0"),
        ("license:cc-by-4.0", "CC-BY-4.0"),
        ('["mit"]', "MIT"),
        ("(MIT)", "MIT"),
        ("CC\u2011BY\u20114.0", "CC-BY-4.0"),  # no-break hyphens
        ("CC\u2013BY\u20134.0", "CC-BY-4.0"),
        ("\uff23\uff23\uff0d\uff22\uff39\uff0d4.0", "CC-BY-4.0"),
        ("CC BY\u00a04.0", "CC-BY-4.0"),
        ("CC-BY-4.0\u200b", "CC-BY-4.0"),
    ],
)
def test_a_licence_is_known_by_its_name_its_address_and_its_near_spellings(written: str, spdx: str) -> None:
    known = licenses.resolve(written).license
    assert known is not None
    assert known.spdx == spdx


def test_the_table_is_complete_and_every_entry_can_be_shown() -> None:
    assert set(licenses.BY_SPDX) == set(MEANT)
    for known in licenses.BY_SPDX.values():
        assert known.name
        assert known.url.startswith("https://")


def test_what_needs_attribution() -> None:
    free = {spdx for spdx, known in licenses.BY_SPDX.items() if not known.attribution}
    assert free == {"CC0-1.0", "PDDL-1.0", "CDLA-Permissive-2.0", "Unlicense"}


REFUSED = {
    "cc-by-nc-4.0": "forbids commercial",
    "CC-BY-NC-SA-4.0": "forbids commercial",
    "CC_BY_NC_4.0": "forbids commercial",
    "cc-by-nc-nd-3.0": "forbids commercial",
    "CC BY\u2011NC 4.0": "forbids commercial",
    "cc-by-nd-4.0": "forbids derivatives",
    "CC-BY-ND-2.0": "forbids derivatives",
    "cc": "names a family",
    "cc-by": 'did you mean "CC-BY-4.0"?',
    "CC BY": 'did you mean "CC-BY-4.0"?',
    "Creative Commons Attribution": 'did you mean "CC-BY-4.0"?',
    "cc-by-sa": 'did you mean "CC-BY-SA-3.0" or "CC-BY-SA-4.0"?',
    "gpl": "names a family",
    "bsd": "names a family",
    "other": "no licence is given",
    "unknown": "no licence is given",
    "None": "no licence is given",
    "UNLICENSED": "no licence is given",
    "openrail++": "restricts what it may be used for",
    "Proprietary": "keeps the rights",
    "GPL-3.0-only": "copyleft",
    "GPL-3.0": "copyleft",
    "GPLv3": "copyleft",
    "GNU General Public License v3.0": "copyleft",
    "GFDL-1.3": "copyleft",
    "BSD-3-Clause": "for software",
    "WTFPL": "for software",
    "MIT-0": "for software",
    "CC-BY-3.0": "an open licence, but no pool",
    "cc-by-2.0": "an open licence, but no pool",
    "OGL-UK-3.0": "an open licence, but no pool",
    "Open Government Licence v3.0": "an open licence, but no pool",
    "MIT OR Apache-2.0": "choose one: MIT or Apache-2.0",
    "(MIT OR Apache-2.0)": "choose one: MIT or Apache-2.0",
    "mit,apache-2.0": "choose one: MIT or Apache-2.0",
    "MIT OR GPL-3.0": "choose one: MIT",
    "CC BY 4.0 or MIT": "choose one: CC-BY-4.0 or MIT",
    "CC-BY-4.0+": "choose one: CC-BY-4.0",
    "Apache 2.0 or later": "choose one: Apache-2.0",
    "MIT AND CC-BY-4.0": "several licences at once",
    "MIT OR CC-BY-NC-4.0": "choose one: MIT",
    "CC-BY-4.0 WITH Classpath-exception-2.0": "by an exception",
    "my own terms": "not an SPDX",
    "Apach-2.0": 'did you mean "Apache-2.0"?',
    "MIT License, for research only": "limits who may use it",
    "CC BY 4.0 for academic use": "limits who may use it",
    "Creative Commons Attribution-NonCommercial 4.0": "forbids commercial",
    "https://creativecommons.org/licenses/by-nc/4.0/": "forbids commercial",
    "https://creativecommons.org/licenses/by-nd/4.0/": "forbids derivatives",
    "https://creativecommons.org/licenses/by/3.0/": "an open licence, but no pool",
    "https://creativecommons.org/licenses/by-sa/3.0/de/": "an open licence, but no pool",
    "[CC BY 4.0](https://creativecommons.org/licenses/by-nc/4.0/)": "forbids commercial",
    "https://example.org/licenses/by/4.0/": "not an SPDX",
    "public domain": "if its owner dedicated it, write CC0-1.0",
    "https://creativecommons.org/publicdomain/mark/1.0/": "if its owner dedicated it, write CC0-1.0",
    "": "no licence is given",
    "  ": "no licence is given",
    "x" * 100_000: "not an SPDX",
    "nc-" * 100_000: "not an SPDX",
    "[" * 150: "not an SPDX",
    "<b>MIT</b>": "not an SPDX",
    "MIT\0": "not an SPDX",
}


@pytest.mark.parametrize("written", REFUSED, ids=lambda written: repr(written[:30]))
def test_a_licence_that_cannot_enter_is_refused_with_its_reason(written: str) -> None:
    verdict = licenses.resolve(written)
    assert verdict.license is None
    assert REFUSED[written] in verdict.reason
    assert len(verdict.reason) < 200


@given(st.text(max_size=30))
def test_whatever_is_written_gets_a_licence_or_a_reason(written: str) -> None:
    verdict = licenses.resolve(written)
    assert (verdict.license is None) == bool(verdict.reason)


@given(
    st.sampled_from(sorted(licenses.BY_SPDX)),
    st.sampled_from(["-nc", " NC", " non-commercial", "-nd", " for research only"]),
)
def test_a_restriction_behind_a_licence_is_never_left_out(spdx: str, restriction: str) -> None:
    assert licenses.resolve(spdx + restriction).license is None


@pytest.mark.parametrize("spdx", ["MIT", "Apache-2.0"])
def test_a_choice_names_what_may_be_chosen(spdx: str) -> None:
    assert licenses.BY_SPDX[spdx] in licenses.resolve("MIT OR Apache-2.0").choices
