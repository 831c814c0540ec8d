"""Squashing, removing large files for good, sharing them, and reading with git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, HfApi
from huggingface_hub.errors import RevisionNotFoundError

from commons.local_hub import RunningHub

from .conftest import People

DATASET = {"repo_type": "dataset"}


def test_a_squashed_branch_has_one_commit_and_the_same_files(ada: HfApi, dataset: str) -> None:
    for n in range(3):
        ada.upload_file(path_or_fileobj=b"%d" % n, path_in_repo=f"{n}.txt", repo_id=dataset, **DATASET)
    before = ada.list_repo_files(dataset, **DATASET)
    ada.super_squash_history(dataset, commit_message="all of it", **DATASET)
    (only,) = ada.list_repo_commits(dataset, **DATASET)
    assert only.title == "all of it"
    assert ada.list_repo_files(dataset, **DATASET) == before


def test_a_removed_large_file_is_gone_from_history_and_disk(
    local: RunningHub, ada: HfApi, dataset: str
) -> None:
    secret, harmless = b"secret" * 1000, b"kept" * 1000
    with_secret = ada.create_commit(
        dataset,
        [CommitOperationAdd("d/secret.bin", secret), CommitOperationAdd("kept.bin", harmless)],
        commit_message="both",
        **DATASET,
    )
    ada.delete_file("d/secret.bin", dataset, **DATASET)
    files = {file.filename: file for file in ada.list_lfs_files(dataset, **DATASET)}
    assert set(files) == {"", "kept.bin"}, "a file no branch shows any more has no name"
    ada.permanently_delete_lfs_files(dataset, [files[""]], **DATASET)
    titles = [commit.title for commit in ada.list_repo_commits(dataset, **DATASET)]
    assert titles == ["Delete d/secret.bin with huggingface_hub", "both", "initial commit"]
    both = ada.list_repo_commits(dataset, **DATASET)[1].commit_id
    assert both != with_secret.oid
    assert set(ada.list_repo_files(dataset, revision=both, **DATASET)) == {".gitattributes", "kept.bin"}
    path = ada.hf_hub_download(dataset, "kept.bin", force_download=True, **DATASET)
    assert Path(path).read_bytes() == harmless
    with pytest.raises(RevisionNotFoundError):
        ada.hf_hub_download(dataset, "d/secret.bin", revision=with_secret.oid, **DATASET)
    assert not [
        path for path in local.hub.folder.rglob("*") if path.is_file() and secret in path.read_bytes()
    ]
    ada.upload_file(path_or_fileobj=secret, path_in_repo="again.bin", repo_id=dataset, **DATASET)
    path = ada.hf_hub_download(dataset, "again.bin", **DATASET)
    assert Path(path).read_bytes() == secret


def test_a_large_file_is_copied_between_repositories_without_sending_it(ada: HfApi, dataset: str) -> None:
    data = b"copied" * 10_000
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, **DATASET)
    other = ada.create_repo("ada/copy-target", **DATASET).repo_id
    copy = CommitOperationCopy("x.bin", "y.bin", src_repo_id=dataset, src_repo_type="dataset")
    ada.create_commit(other, [copy], commit_message="copy", **DATASET)
    assert Path(ada.hf_hub_download(other, "y.bin", **DATASET)).read_bytes() == data


def test_xet_downloads_rebuild_any_part_of_a_file(ada: HfApi, people: People, dataset: str) -> None:
    """What the CAS answers for a byte range, put together by hand."""
    data = bytes(range(256)) * 2000
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, **DATASET)
    with people.http("ada") as http:
        head = http.head(f"/datasets/{dataset}/resolve/main/x.bin")
        token = http.get(f"/api/datasets/{dataset}/xet-read-token/main").json()
        address = f"{token['casUrl']}/v1/reconstructions/{head.headers['X-Xet-Hash']}"
        bearer = {"Authorization": f"Bearer {token['accessToken']}"}
        assert httpx.get(address).status_code == 401
        whole = httpx.get(address, headers=bearer).json()
        part = httpx.get(address, headers=bearer | {"Range": "bytes=300000-300099"}).json()
        past = httpx.get(address, headers=bearer | {"Range": "bytes=512000-512001"})
    assert sum(term["unpacked_length"] for term in whole["terms"]) == len(data)
    assert part["terms"][0]["range"]["start"] >= whole["terms"][0]["range"]["start"]
    assert part["terms"][0]["unpacked_length"] < len(data)
    assert past.status_code == 416
    (fetch,) = part["fetch_info"][part["terms"][0]["hash"]]
    span = fetch["url_range"]
    piece = httpx.get(fetch["url"], headers={"Range": f"bytes={span['start']}-{span['end']}"})
    assert piece.status_code == 206
    assert len(piece.content) == span["end"] - span["start"] + 1


def git(*words: str, cwd: Path | None = None) -> str:
    environment = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["git", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else f"failed: {done.stderr}"


def test_git_clones_and_fetches_but_does_not_push(
    ada: HfApi, bob: HfApi, people: People, dataset: str, tmp_path: Path
) -> None:
    ada.upload_file(path_or_fileobj=b"hello\n", path_in_repo="a/b.txt", repo_id=dataset, **DATASET)
    clone = tmp_path / "clone"
    assert "failed" not in git("clone", f"{people.url}/datasets/{dataset}", str(clone))
    assert (clone / "a/b.txt").read_text() == "hello\n"
    add = [CommitOperationAdd("c.txt", b"offer")]
    offer = bob.create_commit(dataset, add, commit_message="offer", create_pr=True, **DATASET)
    assert "failed" not in git("fetch", "origin", f"refs/pr/{offer.pr_num}", cwd=clone)
    assert git("rev-parse", "FETCH_HEAD", cwd=clone).strip() == offer.oid
    assert git("fsck", "--strict", "--no-dangling", cwd=clone) == ""
    assert "403" in git("push", "origin", "HEAD:refs/heads/other", cwd=clone)
    ada.update_repo_settings(dataset, private=True, **DATASET)
    assert "failed" in git("clone", f"{people.url}/datasets/{dataset}", str(tmp_path / "no"))
    with_token = people.url.replace("http://", f"http://ada:{people.tokens['ada']}@")
    assert "failed" not in git("clone", f"{with_token}/datasets/{dataset}.git", str(tmp_path / "yes"))


def test_git_sees_branches_come_and_go(local: RunningHub, ada: HfApi, people: People, dataset: str) -> None:
    """Also those whose names stood in each other's way, and after an operator packed the refs."""

    def seen() -> set[str]:
        listed = git("ls-remote", "--heads", f"{people.url}/datasets/{dataset}").splitlines()
        return {line.split("\t")[1].removeprefix("refs/heads/") for line in listed}

    ada.create_branch(dataset, branch="a/b/c", **DATASET)
    ada.create_branch(dataset, branch="x", **DATASET)
    assert seen() == {"main", "a/b/c", "x"}
    repository = local.hub.repositories.find("dataset", dataset)
    assert repository is not None
    git("pack-refs", "--all", cwd=local.hub.repositories.folder(repository) / "git")
    ada.delete_branch(dataset, branch="a/b/c", **DATASET)
    ada.create_branch(dataset, branch="a", **DATASET)
    ada.delete_branch(dataset, branch="x", **DATASET)
    ada.create_branch(dataset, branch="x/y", **DATASET)
    assert seen() == {"main", "a", "x/y"}
