"""``datasets`` as researchers use it, in a process of its own."""

from __future__ import annotations

import io
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import CommitOperationAdd, HfApi


def shard(*words: str) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"word": list(words)}), buffer)
    return buffer.getvalue()


def test_load_dataset_by_every_way(ada: HfApi, bob: HfApi, dataset: str, python: Callable[..., str]) -> None:
    card = b"---\nconfigs:\n- config_name: default\n  data_files: data/*.parquet\n- config_name: more\n  data_files: more/*.parquet\n---\n"
    ada.create_commit(
        dataset,
        [
            CommitOperationAdd("README.md", card),
            CommitOperationAdd("data/a.parquet", shard("one", "two")),
            CommitOperationAdd("more/b.parquet", shard("three")),
        ],
        commit_message="data",
        repo_type="dataset",
    )
    ada.create_tag(dataset, tag="v1", repo_type="dataset")
    offer = bob.create_commit(
        dataset,
        [CommitOperationAdd("data/c.parquet", shard("offered"))],
        commit_message="offer",
        repo_type="dataset",
        create_pr=True,
    )
    program = f"""
from datasets import load_dataset
r = "{dataset}"
print(load_dataset(r, split="train")["word"][:])
print(load_dataset(r, "more", split="train")["word"][:])
print([row["word"] for row in load_dataset(r, split="train", streaming=True)])
print(load_dataset(r, split="train", revision="v1")["word"][:])
print(load_dataset(r, split="train", revision="refs/pr/{offer.pr_num}")["word"][:])
"""
    assert python(program, who="bob").splitlines() == [
        "['one', 'two']",
        "['three']",
        "['one', 'two']",
        "['one', 'two']",
        "['one', 'two', 'offered']",
    ]


def test_push_to_hub_and_load_again(python: Callable[..., str]) -> None:
    program = """
from datasets import Dataset, load_dataset
Dataset.from_dict({"n": list(range(1000))}).push_to_hub("ada/pushed")
Dataset.from_dict({"n": [1, 2]}).push_to_hub("ada/pushed", split="test")
print(sum(load_dataset("ada/pushed", split="train")["n"]), load_dataset("ada/pushed")["test"].num_rows)
"""
    assert python(program) == "499500 2"
