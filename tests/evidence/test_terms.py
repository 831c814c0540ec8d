"""What an answer inherits from the licences in it."""

from __future__ import annotations

import pytest

from commons.evidence import terms
from commons.governance import licenses


@pytest.mark.parametrize("spdx", licenses.BY_SPDX)
def test_one_licence_asks_for_what_its_table_says(spdx: str) -> None:
    known, inherited = licenses.BY_SPDX[spdx], terms.of([spdx, spdx])
    assert [each.id for each in inherited.licenses] == [spdx]
    assert inherited.attribution_required is known.attribution
    assert bool(inherited.share_alike) is (known.pool != "open")
    assert inherited.mergeable
    assert spdx in inherited.statement


@pytest.mark.parametrize(
    ("together", "mergeable"),
    [
        ({"CC0-1.0", "CC-BY-4.0", "MIT"}, True),
        ({"CC-BY-4.0", "CC-BY-SA-4.0"}, True),
        ({"CC-BY-SA-3.0", "CC-BY-SA-4.0"}, True),
        ({"CC-BY-SA-4.0", "ODbL-1.0"}, False),
        ({"CC0-1.0", "LicenseRef-nobody-knows"}, False),
    ],
)
def test_licences_that_cannot_stand_in_one_work_are_said_to(together: set[str], mergeable: bool) -> None:
    inherited = terms.of(together)
    assert inherited.mergeable is mergeable
    assert ("keep their records apart" in inherited.statement) is not mergeable


def test_a_licence_that_is_in_no_table_is_taken_to_ask_for_everything() -> None:
    (strange,) = terms.of(["LicenseRef-nobody-knows"]).licenses
    assert (strange.attribution, strange.share_alike, strange.url) == (True, True, None)


def test_an_empty_answer_inherits_nothing() -> None:
    nothing = terms.of([])
    assert (nothing.licenses, nothing.statement, nothing.mergeable) == ((), "", True)
