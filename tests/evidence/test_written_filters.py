"""Filters as people write them."""

from __future__ import annotations

import pytest

from commons.errors import UsageError
from commons.evidence import written_filters
from commons.governance.people import Person


def test_licences_are_understood_the_way_people_write_them() -> None:
    assert written_filters.allowed_licenses(["cc0-1.0", "ODBL", "cc-by-4.0"]) == (
        "CC0-1.0",
        "ODbL-1.0",
        "CC-BY-4.0",
    )
    for written in ("cc-by-nc-4.0", "other", ""):
        with pytest.raises(UsageError):
            written_filters.allowed_licenses([written])


def test_a_contributor_is_known_by_key_user_and_name_and_nobody_else() -> None:
    ada = Person("kp1a", accounts=("huggingface.co/ada",), keys=("kk1a", "kk1b"), name="Ada L.")
    people = {"kk1a": ada, "kk1b": ada}
    assert written_filters.contributor_keys(["ada"], people) == ("kk1a", "kk1b")
    assert written_filters.contributor_keys(["Ada L.", "kk1z"], people) == ("kk1a", "kk1b", "kk1z")
    with pytest.raises(UsageError, match="eve"):
        written_filters.contributor_keys(["eve"], people)
