"""Naming a record by its text or title: never guessed."""

from __future__ import annotations

import pyarrow as pa
import pytest

from commons.intake import name_index
from commons.intake.name_index import NameIndex


def table(*rows: tuple[str, str | None, str]) -> pa.Table:
    return pa.table(dict(zip(name_index.COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))


TABLES = [
    ("water", table(("w1", "Ice", "Ice is solid water."), ("w2", None, "Water boils at 100 °C."))),
    ("songs", table(("s1", "Ice", "A song about ice."), ("s2", "Rain", "Rain, rain, go away."))),
    ("more", table(("m1", "Twins", "The same."), ("m2", "Twins too", "The same."), ("m3", "Rain", "Other rain."))),
    ("odd", table(("o1", "Solid", "Other."), ("o2", "A title", "Solid"), ("o3", "Self", "Self"))),
]  # fmt: skip


def find(name: str, collection: str = "nowhere") -> set[str] | None:
    return name_index.look_up({name}, TABLES).resolve(name, collection)


@pytest.mark.parametrize(
    ("name", "collection", "ids"),
    [
        ("Water boils at 100 °C.", "songs", {"w2"}),  # a text, wherever it stands
        ("The same.", "water", {"m1", "m2"}),  # every record that says it
        ("Ice", "water", {"w1"}),  # a title in its own collection
        ("Ice", "songs", {"s1"}),
        ("Twins", "water", {"m1"}),  # a title that one record of the commons bears
        ("Self", "water", {"o3"}),  # title and text of the same record
        ("ice", "water", set()),  # names are exact
        ("\ud800", "water", set()),  # what is no text is nobody's name
    ],
)
def test_a_name_leads_to_what_it_means(name: str, collection: str, ids: set[str]) -> None:
    assert find(name, collection) == ids


@pytest.mark.parametrize(
    ("name", "collection"),
    [
        ("Ice", "more"),  # two collections have it, and none is spoken of
        ("Rain", "water"),
        ("Solid", "odd"),  # the title of one record and the text of another
    ],
)
def test_a_name_that_could_mean_several_things_means_none(name: str, collection: str) -> None:
    assert find(name, collection) is None


def test_a_title_that_two_records_of_its_own_collection_bear_means_none() -> None:
    twice = [("a", table(("1", "Ice", "x"), ("2", "Ice", "y")))]
    assert name_index.look_up({"Ice"}, twice).resolve("Ice", "a") is None


def test_nothing_is_called_anything_where_there_is_nothing() -> None:
    assert NameIndex().resolve("Ice", "water") == set()
    assert name_index.look_up({"Ice"}, []).resolve("Ice", "water") == set()
