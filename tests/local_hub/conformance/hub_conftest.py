"""Fixtures that the huggingface_hub tests expect, pointing at the Hub in ``HF_ENDPOINT``."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from huggingface_hub import HfApi, RepoUrl, constants

from . import testing_constants

# Before any test module reads it.
testing_constants.ENDPOINT_STAGING = os.environ["HF_ENDPOINT"]

from .testing_utils import repo_name  # noqa: E402


class RepoFactory(Protocol):
    def __call__(
        self,
        repo_type: str = "model",
        *,
        repo_id: str | None = None,
        token: str | None = None,
        **options: Any,
    ) -> RepoUrl: ...


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another one downloaded, nor a token of whoever runs this."""
    home = tmp_path_factory.mktemp("hf-home")
    monkeypatch.setattr(constants, "HF_HOME", str(home))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HUGGINGFACE_HUB_CACHE", str(home / "hub"), raising=False)
    monkeypatch.setattr(constants, "HF_ASSETS_CACHE", str(home / "assets"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(home / "stored_tokens"))


@pytest.fixture(autouse=True)
def _xet_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = importlib.util.find_spec("hf_xet") is not None
    if request.node.get_closest_marker("xet"):
        if not installed:
            pytest.skip("needs hf_xet")
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    if request.node.get_closest_marker("no_xet") and installed:
        pytest.skip("must run without hf_xet")
    if request.node.get_closest_marker("git_lfs"):
        pytest.skip("needs git-lfs")


@pytest.fixture(scope="session")
def api() -> HfApi:
    return HfApi(endpoint=testing_constants.ENDPOINT_STAGING, token=testing_constants.TOKEN)


@pytest.fixture(scope="session")
def api_prod() -> HfApi:
    return HfApi(endpoint=testing_constants.ENDPOINT_PRODUCTION, token=False)


@pytest.fixture(scope="session")
def repo_factory(api: HfApi) -> Iterator[RepoFactory]:
    made: list[tuple[RepoUrl, str | None]] = []

    def make(
        repo_type: str = "model", *, repo_id: str | None = None, token: str | None = None, **options: Any
    ) -> RepoUrl:
        url = api.create_repo(repo_id or repo_name(), repo_type=repo_type, token=token, **options)
        made.append((url, token))
        return url

    yield make
    for url, token in made:
        api.delete_repo(url.repo_id, repo_type=url.repo_type, token=token, missing_ok=True)


@pytest.fixture
def fx_cache_dir(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    request.cls.cache_dir = tmp_path


@pytest.fixture
def new_repo_id(api: HfApi) -> Iterator[str]:
    """An id that is free; what the test makes there is removed."""
    repo_id = f"{testing_constants.USER}/{repo_name()}"
    yield repo_id
    api.delete_repo(repo_id, missing_ok=True)
