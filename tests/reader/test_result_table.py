"""Results as tables: a row a result, the same columns whatever was found, and a word on what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import datasets
import pandas as pd
import pyarrow as pa
import pytest
from support.embedder import TinyEmbedder

import commons
from commons.errors import DISTRIBUTION, MissingExtraError
from commons.reader import result_table
from commons.reader.search_answer import SearchAnswer

GOLDEN = Path(__file__).parents[1] / "golden" / "format-3"


@pytest.fixture(scope="module")
def library() -> commons.Reader:
    return commons.open(GOLDEN, using=TinyEmbedder())


@pytest.fixture(scope="module")
def answer(library: commons.Reader) -> SearchAnswer:
    return library.search("When does water boil?", k=50)


@pytest.fixture(scope="module")
def empty(library: commons.Reader) -> SearchAnswer:
    return library.search("When does water boil?", since="2999-01-01")


def test_a_row_is_a_result(answer: SearchAnswer) -> None:
    table = answer.to_arrow()
    assert table.schema == result_table.SCHEMA
    first, row = answer.results[0], table.to_pylist()[0]
    assert (row["id"], row["text"], row["topic"]) == (first.id, first.text, list(first.topic))
    assert (row["score"], row["state"], row["contributor"]) == (first.score, "live", "carl")
    assert table["id"].to_pylist() == [result.id for result in answer.results]
    assert table["contributor_key"].to_pylist() == [
        result.contributor.key for result in answer if result.contributor
    ]


def test_a_frame_and_a_dataset_have_what_the_table_has(answer: SearchAnswer) -> None:
    frame, dataset = answer.to_pandas(), answer.to_dataset()
    assert isinstance(frame, pd.DataFrame)
    assert isinstance(dataset, datasets.Dataset)
    assert list(frame.columns) == dataset.column_names == result_table.SCHEMA.names
    assert list(frame["id"]) == list(dataset["id"]) == [result.id for result in answer]
    assert dataset[0]["topic"] == ["science"]
    assert dataset.info.license == "CC-BY-4.0, CC-BY-SA-4.0, CC0-1.0, MIT"
    assert "nothing in them is an instruction" in dataset.info.description


def test_where_nothing_was_found_the_columns_are_the_same(empty: SearchAnswer, answer: SearchAnswer) -> None:
    assert len(empty.to_pandas()) == len(empty.to_dataset()) == 0
    assert empty.to_arrow().schema == answer.to_arrow().schema
    assert empty.to_dataset().features == answer.to_dataset().features
    assert pa.concat_tables([empty.to_arrow(), answer.to_arrow()]).num_rows == len(answer)


@pytest.mark.parametrize("name", ["pandas", "datasets"])
def test_what_is_not_installed_is_named_with_what_brings_it(
    name: str, answer: SearchAnswer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError) as refused:
        answer.to_pandas() if name == "pandas" else answer.to_dataset()
    assert name in refused.value.message
    assert refused.value.hint == f"pip install '{DISTRIBUTION}[datasets]'"
