"""Contributing from a dataset on the Hub, read by the plain ``datasets`` library in a child process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import HfApi
from support import terminal

from commons.cli import run

if TYPE_CHECKING:
    from support.world import World

ROWS = "headline,body\nGneiss,Gneiss is a banded metamorphic rock.\nMarble,Marble is limestone changed by heat and pressure.\n"


@pytest.fixture
def as_carl(shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    terminal.sit_down(monkeypatch, shared, "carl", tmp_path, has_key=False)
    return shared


def test_a_dataset_on_the_hub_is_mapped_like_a_file(
    as_carl: World, capsys: pytest.CaptureFixture[str]
) -> None:
    api = HfApi(endpoint=as_carl.url, token=as_carl.tokens["carl"])
    api.create_repo("carl/rocks", repo_type="dataset")
    api.upload_file(
        path_or_fileobj=ROWS.encode(), path_in_repo="rocks.csv", repo_id="carl/rocks", repo_type="dataset"
    )
    words = ["carl/rocks", "--map", "title=headline,text=body", "--license", "cc0-1.0", "--lang", "en"]
    words += ["--topic", "science", "--source-title", "Rocks", "--dry-run", "--format", "json"]
    assert run(["contribute", *words]) == 0
    (report,) = json.loads(capsys.readouterr().out)["proposals"]
    assert report["impact"]["records"] == 2
    assert report["impact"]["collections"] == {"carl-rocks": 2}


def test_a_dataset_that_is_not_there_is_an_error_with_a_next_step(
    as_carl: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(["contribute", "carl/nothing", "--license", "cc0-1.0", "--lang", "en", "--topic", "science"]) == 1
    )
    said = capsys.readouterr().err
    assert "dataset-unreadable" in said
    assert "--split" in said


MIXED = """---
configs:
- config_name: second
  data_files: b.csv
- config_name: zh-Hans_v1.0
  data_files: a.csv
---
"""


@pytest.mark.parametrize(
    ("options", "code", "names"),
    [
        ([], "dataset-config-missing", "second, zh-Hans_v1.0"),
        (["--config", "secnod"], "dataset-config-unknown", 'did you mean "second"?'),
        (["--config", "second", "--split", "test"], "dataset-split-unknown", "--split: train"),
    ],
    ids=["none", "misspelt", "split"],
)
def test_of_several_configs_and_splits_the_names_are_listed(
    options: list[str], code: str, names: str, as_carl: World, capsys: pytest.CaptureFixture[str]
) -> None:
    api = HfApi(endpoint=as_carl.url, token=as_carl.tokens["carl"])
    api.create_repo("carl/mixed", repo_type="dataset", exist_ok=True)
    for path, content in {"README.md": MIXED, "a.csv": ROWS, "b.csv": ROWS}.items():
        api.upload_file(
            path_or_fileobj=content.encode(), path_in_repo=path, repo_id="carl/mixed", repo_type="dataset"
        )
    assert run(["check", "carl/mixed", "--license", "cc0-1.0", *options]) == 1
    said = capsys.readouterr().err
    assert code in said
    assert names in said
