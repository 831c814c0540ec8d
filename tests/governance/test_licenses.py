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
    ],
)
def test_a_licence_is_known_by_its_name_and_its_address(written: str, spdx: str) -> None:
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
    "cc-by-nc-4.0": "commercial",
    "CC-BY-NC-SA-4.0": "commercial",
    "CC_BY_NC_4.0": "commercial",
    "cc-by-nc-nd-3.0": "commercial",
    "cc-by-nd-4.0": "derivatives",
    "CC-BY-ND-2.0": "derivatives",
    "cc": "family",
    "cc-by": "family",
    "cc-by-sa": "family",
    "gpl": "family",
    "bsd": "family",
    "other": "family",
    "unknown": "family",
    "None": "family",
    "openrail++": "family",
    "GPL-3.0-only": "no pool",
    "BSD-3-Clause": "no pool",
    "CC-BY-3.0": "no pool",
    "cc-by-2.0": "no pool",
    "WTFPL": "no pool",
    "MIT OR Apache-2.0": "not an SPDX",
    "my own terms": "not an SPDX",
    "CC BY 4.0 or MIT": "not an SPDX",
    "MIT License, for research only": "not an SPDX",
    "Creative Commons Attribution-NonCommercial 4.0": "commercial",
    "https://creativecommons.org/licenses/by-nc/4.0/": "commercial",
    "https://creativecommons.org/licenses/by-nd/4.0/": "derivatives",
    "https://creativecommons.org/licenses/by/3.0/": "not an SPDX",
    "https://creativecommons.org/licenses/by-sa/3.0/de/": "not an SPDX",
    "MIT-0": "no pool",
    "public domain": "not an SPDX",
    "": "no licence is given",
    "  ": "no licence is given",
    "x" * 100_000: "not an SPDX",
    "nc-" * 100_000: "not an SPDX",
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
    if verdict.license:
        assert written.strip().isascii()
