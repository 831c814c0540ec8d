"""Where a commons is, from whatever people paste."""

from __future__ import annotations

import pytest

from commons.addresses import DatasetAddress, dataset_of, endpoint_of, model_of
from commons.errors import UsageError
from commons.snapshots import source

ENDPOINTS = {
    "https://huggingface.co": "https://huggingface.co",
    "https://huggingface.co/": "https://huggingface.co",
    " HTTPS://huggingface.co\n": "https://huggingface.co",
    "hub.example.org": "https://hub.example.org",
    "hub.example.org:8443/": "https://hub.example.org:8443",
    "example.org/hub/": "https://example.org/hub",
    "localhost:8000": "http://localhost:8000",
    "http://localhost:8000/": "http://localhost:8000",
    "127.0.0.1:47321": "http://127.0.0.1:47321",
    "[::1]:80": "http://[::1]:80",
    "hub": "http://hub",
    "": "",
}

HUB = "https://huggingface.co"
DATASETS = {
    "org/name": DatasetAddress("org/name"),
    "org/name/": DatasetAddress("org/name"),
    "name": DatasetAddress("name"),
    "datasets/org/name": DatasetAddress("org/name"),
    "hf://datasets/org/name": DatasetAddress("org/name"),
    "hf://datasets/org/name@v1.0": DatasetAddress("org/name", revision="v1.0"),
    "hf://datasets/org/name@refs%2Fpr%2F12/data/x.parquet": DatasetAddress("org/name", revision="refs/pr/12"),
    "hf://datasets/org/name@refs/pr/12/data": DatasetAddress("org/name", revision="refs/pr/12"),
    "hf://datasets/org/name/data": DatasetAddress("org/name"),
    f"{HUB}/datasets/org/name": DatasetAddress("org/name", HUB),
    f"{HUB}/datasets/org/name/": DatasetAddress("org/name", HUB),
    f"{HUB}/datasets/org/name?row=3#top": DatasetAddress("org/name", HUB),
    f"{HUB}/datasets/org/name/tree/main": DatasetAddress("org/name", HUB, "main"),
    f"{HUB}/datasets/org/name/blob/v1.0/README.md": DatasetAddress("org/name", HUB, "v1.0"),
    f"{HUB}/datasets/org/name/tree/refs%2Fpr%2F3/data": DatasetAddress("org/name", HUB, "refs/pr/3"),
    f"{HUB}/datasets/org/name/tree/refs/pr/3/data": DatasetAddress("org/name", HUB, "refs/pr/3"),
    f"{HUB}/datasets/org/name/discussions/3": DatasetAddress("org/name", HUB),
    "https://hf.co/datasets/org/name": DatasetAddress("org/name", HUB),
    "huggingface.co/datasets/org/name/tree/main": DatasetAddress("org/name", HUB, "main"),
    "localhost:8000/datasets/org/name": DatasetAddress("org/name", "http://localhost:8000"),
    "https://example.org/hub/datasets/org/name": DatasetAddress("org/name", "https://example.org/hub"),
    "./datasets/org": DatasetAddress("./datasets/org"),
}


@pytest.mark.parametrize("written", ENDPOINTS)
def test_a_hub_is_known_by_any_way_to_write_its_address(written: str) -> None:
    assert endpoint_of(written) == ENDPOINTS[written]
    assert endpoint_of(endpoint_of(written)) == endpoint_of(written)


@pytest.mark.parametrize("written", DATASETS)
def test_a_dataset_is_known_by_its_id_its_path_or_its_page(written: str) -> None:
    assert dataset_of(written) == DATASETS[written]


@pytest.mark.parametrize(
    "written",
    [
        f"{HUB}/org/model",
        f"{HUB}/spaces/org/app",
        f"{HUB}/datasets/org",
        "hf://org/model",
        f"{HUB}/",
        "hf://",
    ],
)
def test_the_address_of_something_else_is_wrong_usage_with_an_example(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        dataset_of(written)
    assert "datasets/org/name" in caught.value.hint


@pytest.mark.parametrize(
    "written",
    [
        "org/model",
        " org/model\n",
        f"{HUB}/org/model",
        f"{HUB}/org/model/tree/main",
        "https://hf.co/org/model/",
    ],
)
def test_a_model_is_known_by_its_id_or_its_page(written: str) -> None:
    assert model_of(written) == "org/model"


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            "model",
            "./model",
            "/org/model",
            "~/model",
            "a/b/c",
            "org/",
            "/model",
            "org/..",
            "../model",
            "org/mo del",
        ),
        *("C:\\org\\model", "org/mödel", f"{HUB}/org", f"{HUB}/datasets/org/name", f"{HUB}/spaces/org/app"),
        *("https://example.org/org/model", "file:///org/model", "hf://org/model", "org/" + "x" * 97),
    ],
)
def test_what_cannot_be_the_id_of_a_model_is_wrong_usage_with_an_example(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        model_of(written)
    assert "NAMESPACE/NAME" in caught.value.hint


@pytest.mark.parametrize(
    "path", ["/nowhere-at-all", "./nowhere-at-all", "../nowhere-at-all", "~/nowhere-at-all"]
)
def test_a_folder_that_is_not_there_is_no_name_of_a_repository(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        source.named(path, endpoint="http://127.0.0.1:9")
    assert caught.value.code == "folder-missing"
    assert path in caught.value.message
