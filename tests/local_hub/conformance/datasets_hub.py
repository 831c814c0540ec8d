"""The accounts and repositories that the hub-bound tests of datasets use, on the Hub in ``HF_ENDPOINT``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from huggingface_hub import HfApi

CI_HUB_USER = "__DUMMY_DATASETS_USER__"
CI_HUB_USER_TOKEN = "hf_DatasetsCITokenXXXXXXXXXXXXXXXX"
CI_HUB_ENDPOINT = os.environ["HF_ENDPOINT"]


@pytest.fixture
def ci_hub_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_ENDPOINT", CI_HUB_ENDPOINT)
    monkeypatch.setattr(
        "datasets.config.HUB_DATASETS_URL", CI_HUB_ENDPOINT + "/datasets/{repo_id}/resolve/{revision}/{path}"
    )
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        CI_HUB_ENDPOINT + "/{repo_id}/resolve/{revision}/{filename}",
    )


@pytest.fixture
def set_ci_hub_access_token(ci_hub_config: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", CI_HUB_USER_TOKEN)


@pytest.fixture(scope="session")
def hf_api() -> HfApi:
    return HfApi(endpoint=CI_HUB_ENDPOINT)


@pytest.fixture(scope="session")
def hf_token() -> str:
    return CI_HUB_USER_TOKEN


@pytest.fixture
def cleanup_repo(hf_api: HfApi) -> Callable[[str], None]:
    return lambda repo_id: hf_api.delete_repo(repo_id, token=CI_HUB_USER_TOKEN, repo_type="dataset")


@pytest.fixture
def temporary_repo(cleanup_repo: Callable[[str], None]) -> Callable[..., AbstractContextManager[str]]:
    @contextmanager
    def temporary(repo_id: str | None = None) -> Iterator[str]:
        repo_id = repo_id or f"{CI_HUB_USER}/test-{time.time_ns()}"
        try:
            yield repo_id
        finally:
            cleanup_repo(repo_id)

    return temporary


@pytest.fixture
def temporary_bucket() -> None:
    pytest.skip("this Hub has no buckets")


def _repository(hf_api: HfApi, name: str, file: Path, path: str, *, private: bool) -> Iterator[str]:
    repo_id = f"{CI_HUB_USER}/{name}-{time.time_ns()}"
    hf_api.create_repo(repo_id, token=CI_HUB_USER_TOKEN, repo_type="dataset", private=private)
    hf_api.upload_file(
        path_or_fileobj=str(file),
        path_in_repo=path,
        repo_id=repo_id,
        repo_type="dataset",
        token=CI_HUB_USER_TOKEN,
    )
    if not private:
        hf_api.update_repo_settings(repo_id, gated="auto", repo_type="dataset", token=CI_HUB_USER_TOKEN)
    yield repo_id
    hf_api.delete_repo(repo_id, token=CI_HUB_USER_TOKEN, repo_type="dataset")


@pytest.fixture
def hf_private_dataset_repo_txt_data(hf_api: HfApi, ci_hub_config: None, text_file: Path) -> Iterator[str]:
    yield from _repository(hf_api, "text", text_file, "data/text_data.txt", private=True)


@pytest.fixture
def hf_gated_dataset_repo_txt_data(hf_api: HfApi, ci_hub_config: None, text_file: Path) -> Iterator[str]:
    yield from _repository(hf_api, "gated", text_file, "data/text_data.txt", private=False)


@pytest.fixture
def hf_private_dataset_repo_zipped_txt_data(
    hf_api: HfApi, ci_hub_config: None, zip_csv_with_dir_path: Path
) -> Iterator[str]:
    yield from _repository(hf_api, "zip-text", zip_csv_with_dir_path, "data.zip", private=True)


@pytest.fixture
def hf_private_dataset_repo_zipped_img_data(
    hf_api: HfApi, ci_hub_config: None, zip_image_path: Path
) -> Iterator[str]:
    yield from _repository(hf_api, "zip-images", zip_image_path, "data.zip", private=True)
