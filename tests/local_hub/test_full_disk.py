"""A full disk answers 507 and breaks nothing; when there is room again the same request succeeds."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from support import disks
from support.patience import PATIENCE_S

from commons.local_hub import running

from .test_bad_input import check_refusal, commit_body, file

DISK_BYTES = 16 * 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        yield disk


def test_a_full_disk(small_disk: Path) -> None:
    with running(small_disk / "hub") as local:
        local.hub.create_user("ada")
        token = local.hub.create_token("ada")
        api = HfApi(endpoint=local.url, token=token)
        repo = api.create_repo("ada/full", repo_type="dataset").repo_id
        api.upload_file(path_or_fileobj=b"before", path_in_repo="a", repo_id=repo, repo_type="dataset")
        before = api.dataset_info(repo).sha
        with httpx.Client(
            base_url=local.url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S
        ) as http:
            commit = f"/api/datasets/{repo}/commit/main"
            plan = {"operation": "upload", "objects": [{"oid": "0" * 64, "size": 2 * DISK_BYTES}]}
            batch = http.post(f"/datasets/{repo}.git/info/lfs/objects/batch", json=plan).json()
            href = batch["objects"][0]["actions"]["upload"]["href"]
            check_refusal(httpx.put(href, content=bytes(2 * DISK_BYTES), timeout=PATIENCE_S), 507)
            filler = small_disk / "filler"
            fill(filler)
            check_refusal(http.post(commit, content=commit_body(file("b", b"x" * 5000))), 507)
            check_refusal(http.post(f"/api/datasets/{repo}/discussions", json={"title": "x" * 3000}), 507)
            check_refusal(http.post("/api/repos/create", json={"name": "other", "type": "dataset"}), 507)
            assert http.get(f"/api/datasets/{repo}").json()["sha"] == before
            assert http.get(f"/datasets/{repo}/resolve/main/a").content == b"before"
            filler.unlink()
            assert http.post(commit, content=commit_body(file("b", b"x" * 5000))).status_code == 200
            assert (
                http.post("/api/repos/create", json={"name": "other", "type": "dataset"}).status_code == 200
            )
        for store in (small_disk / "hub" / "repositories").glob("*/git"):
            fsck = subprocess.run(
                ["git", "-C", store, "fsck", "--strict"], capture_output=True, text=True, check=False
            )
            assert fsck.returncode == 0, fsck.stderr


def fill(path: Path) -> None:
    """Take every last byte."""
    with path.open("wb", buffering=0) as out:
        for size in (2**20, 2**12, 1):
            try:
                while out.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
