"""Files go up and come down unchanged, by every way the clients know."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

from .conftest import People


def content(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  the same bytes every time


def test_a_small_file_comes_back(ada: HfApi, dataset: str, tmp_path: Path) -> None:
    ada.upload_file(path_or_fileobj=b"hello", path_in_repo="a/b.txt", repo_id=dataset, repo_type="dataset")
    path = ada.hf_hub_download(dataset, "a/b.txt", repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == b"hello"


@pytest.mark.parametrize("size", [1, 70_000, 3_000_000])
def test_a_large_file_goes_through_xet(ada: HfApi, dataset: str, tmp_path: Path, size: int) -> None:
    data = content(size, seed=size)
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.parquet", repo_id=dataset, repo_type="dataset")
    path = ada.hf_hub_download(dataset, "x.parquet", repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == data
    (entry,) = ada.get_paths_info(dataset, "x.parquet", repo_type="dataset")
    assert entry.lfs.sha256 == hashlib.sha256(data).hexdigest()
    assert entry.size == size


def test_repetitive_content_is_compressed_on_the_way(ada: HfApi, dataset: str, tmp_path: Path) -> None:
    """Text and numbers make the client use both compressed chunk schemes."""
    numbers = b"".join(n.to_bytes(4, "little") for n in range(200_000))
    data = numbers + b"the same line again\n" * 50_000
    ada.upload_file(path_or_fileobj=data, path_in_repo="n.bin", repo_id=dataset, repo_type="dataset")
    path = ada.hf_hub_download(dataset, "n.bin", repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == data


def test_a_file_that_repeats_itself_comes_back_through_xet(ada: HfApi, dataset: str, tmp_path: Path) -> None:
    """Its pieces name the same chunks many times, in another order than they are stored in."""
    blocks = {name: content(400_000, seed=ord(name)) for name in "abc"}
    data = b"".join(blocks[name] for name in "abacbaacb")
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, repo_type="dataset")
    (entry,) = ada.get_paths_info(dataset, "x.bin", repo_type="dataset")
    assert entry.xet_hash
    path = ada.hf_hub_download(dataset, "x.bin", repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == data


def test_an_open_file_goes_through_lfs(ada: HfApi, dataset: str, tmp_path: Path) -> None:
    data = content(500_000)
    ada.upload_file(
        path_or_fileobj=io.BytesIO(data), path_in_repo="x.bin", repo_id=dataset, repo_type="dataset"
    )
    path = ada.hf_hub_download(dataset, "x.bin", repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == data


def test_without_xet_large_files_go_in_parts(python: Callable[..., str], dataset: str) -> None:
    program = f"""
import hashlib
from huggingface_hub import HfApi
data = b"0123456789abcdef" * (70 * 2**16)
open("big.bin", "wb").write(data)
api = HfApi()
api.upload_file(path_or_fileobj="big.bin", path_in_repo="big.bin", repo_id="{dataset}", repo_type="dataset")
path = api.hf_hub_download("{dataset}", "big.bin", repo_type="dataset")
print(open(path, "rb").read() == data)
"""
    assert (
        python(f"import os, tempfile; os.chdir(tempfile.mkdtemp())\n{program}", HF_HUB_DISABLE_XET="1")
        == "True"
    )


def test_a_folder_goes_up_and_comes_down(ada: HfApi, dataset: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "data").mkdir(parents=True)
    for n in range(5):
        (source / "data" / f"{n}.parquet").write_bytes(content(10_000, seed=n))
        (source / f"{n}.txt").write_text(f"text {n}")
    ada.upload_folder(folder_path=source, repo_id=dataset, repo_type="dataset")
    target = Path(ada.snapshot_download(dataset, repo_type="dataset", local_dir=tmp_path / "target"))
    for path in source.rglob("*.*"):
        assert (target / path.relative_to(source)).read_bytes() == path.read_bytes()


def test_what_did_not_change_is_not_committed_again(ada: HfApi, dataset: str) -> None:
    first = ada.upload_file(path_or_fileobj=b"same", path_in_repo="a", repo_id=dataset, repo_type="dataset")
    again = ada.upload_file(path_or_fileobj=b"same", path_in_repo="a", repo_id=dataset, repo_type="dataset")
    assert again.oid == first.oid


def test_operations_of_one_commit_act_together(ada: HfApi, dataset: str) -> None:
    ada.create_commit(
        dataset,
        [
            CommitOperationAdd("keep.bin", content(2000)),
            CommitOperationAdd("gone/a", b"1"),
            CommitOperationAdd("file", b"2"),
        ],
        commit_message="first",
        repo_type="dataset",
    )
    ada.create_commit(
        dataset,
        [
            CommitOperationCopy("keep.bin", "copied.bin"),
            CommitOperationDelete("gone/"),
            CommitOperationDelete("file"),
            CommitOperationAdd("file/now/a/folder", b"3"),
            CommitOperationAdd("gone", b"now a file"),
        ],
        commit_message="second",
        repo_type="dataset",
    )
    assert set(ada.list_repo_files(dataset, repo_type="dataset")) == {
        ".gitattributes", "keep.bin", "copied.bin", "file/now/a/folder", "gone",
    }  # fmt: skip


def test_deleting_what_is_not_there_says_so(ada: HfApi, dataset: str) -> None:
    with pytest.raises(EntryNotFoundError, match="A file with this name doesn't exist"):
        ada.delete_file("nothing.txt", dataset, repo_type="dataset")


def test_a_moved_branch_answers_412(ada: HfApi, dataset: str) -> None:
    start = ada.dataset_info(dataset).sha
    add = [CommitOperationAdd("a", b"1")]
    ada.create_commit(dataset, add, commit_message="one", repo_type="dataset", parent_commit=start)
    with pytest.raises(HfHubHTTPError, match="The branch was updated since you opened this page") as refused:
        ada.create_commit(
            dataset,
            [CommitOperationAdd("b", b"1")],
            commit_message="two",
            repo_type="dataset",
            parent_commit=start,
        )
    assert refused.value.response.status_code == 412


def test_a_repeated_commit_is_answered_with_the_first(ada: HfApi, people: People, dataset: str) -> None:
    """The answer to a commit was lost and the client sends it again."""
    start = ada.dataset_info(dataset).sha
    body = (
        f'{{"key":"header","value":{{"summary":"once","description":"","parentCommit":"{start}"}}}}\n'
        '{"key":"file","value":{"path":"a","content":"aGk=","encoding":"base64"}}\n'
    )
    with people.http("ada") as http:
        answers = [http.post(f"/api/datasets/{dataset}/commit/main", content=body).json() for _ in range(2)]
    assert answers[0]["commitOid"] == answers[1]["commitOid"]
    assert len(ada.list_repo_commits(dataset, repo_type="dataset")) == 2


@pytest.mark.parametrize("name", ["plain.txt", "large.bin"])
@pytest.mark.parametrize(
    ("asked", "span"),
    [("0-9", (0, 10)), ("90-", (90, 100)), ("-5", (95, 100)), ("95-1000", (95, 100))],
)
def test_ranges(ada: HfApi, people: People, name: str, asked: str, span: tuple[int, int]) -> None:
    data = bytes(range(100))
    repo = ada.create_repo("ada/ranges", repo_type="dataset", exist_ok=True).repo_id
    ada.upload_file(path_or_fileobj=data, path_in_repo=name, repo_id=repo, repo_type="dataset")
    with people.http() as http:
        answer = http.get(f"/datasets/{repo}/resolve/main/{name}", headers={"Range": f"bytes={asked}"})
        assert answer.status_code == 206
        assert answer.content == data[slice(*span)]
        assert answer.headers["Content-Range"] == f"bytes {span[0]}-{span[1] - 1}/100"
        past = http.get(f"/datasets/{repo}/resolve/main/{name}", headers={"Range": "bytes=100-"})
        assert past.status_code == 416
        assert past.headers["Content-Range"] == "bytes */100"


def test_head_tells_what_get_would_send(ada: HfApi, people: People, dataset: str) -> None:
    data = content(5000)
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, repo_type="dataset")
    ada.upload_file(path_or_fileobj=b"text", path_in_repo="x.txt", repo_id=dataset, repo_type="dataset")
    with people.http() as http:
        large = http.head(f"/datasets/{dataset}/resolve/main/x.bin")
        small = http.head(f"/datasets/{dataset}/resolve/main/x.txt")
    sha256 = hashlib.sha256(data).hexdigest()
    assert large.headers["ETag"] == large.headers["X-Linked-Etag"] == f'"{sha256}"'
    assert large.headers["Content-Length"] == large.headers["X-Linked-Size"] == "5000"
    assert large.headers["Accept-Ranges"] == "bytes"
    assert large.headers["X-Repo-Commit"] == ada.dataset_info(dataset).sha
    assert (
        small.headers["ETag"]
        == f'"{hashlib.sha1(b"blob 4" + bytes(1) + b"text", usedforsecurity=False).hexdigest()}"'
    )
    assert small.headers["Content-Length"] == "4"


def test_a_large_file_that_was_not_uploaded_cannot_be_committed(people: People, dataset: str) -> None:
    body = (
        '{"key":"header","value":{"summary":"lie"}}\n'
        f'{{"key":"lfsFile","value":{{"path":"x.bin","algo":"sha256","oid":"{"0" * 64}","size":3}}}}\n'
    )
    with people.http("ada") as http:
        answer = http.post(f"/api/datasets/{dataset}/commit/main", content=body)
    assert answer.status_code == 400
    assert "was not uploaded" in answer.headers["X-Error-Message"]


def test_an_upload_that_is_not_what_it_claims_is_refused(people: People, dataset: str) -> None:
    with people.http("ada") as http:
        plan = http.post(
            f"/datasets/{dataset}.git/info/lfs/objects/batch",
            json={"operation": "upload", "objects": [{"oid": "1" * 64, "size": 4}]},
        ).json()
        href = plan["objects"][0]["actions"]["upload"]["href"]
        assert httpx.put(href, content=b"four").status_code == 422
        assert httpx.put(href, content=b"more than four").status_code == 413
        again = http.post(
            f"/datasets/{dataset}.git/info/lfs/objects/batch",
            json={"operation": "upload", "objects": [{"oid": "1" * 64, "size": 4}]},
        ).json()
    assert "actions" in again["objects"][0], "nothing was stored"


def test_a_private_file_cannot_be_had_by_its_hash(ada: HfApi, bob: HfApi, people: People) -> None:
    """Knowing the sha256 of somebody's file is not having the file."""
    ada.create_repo("ada/secret", repo_type="dataset", private=True)
    data = content(4000, seed=7)
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id="ada/secret", repo_type="dataset")
    bob.create_repo("bob/thief", repo_type="dataset")
    sha256 = hashlib.sha256(data).hexdigest()
    body = (
        '{"key":"header","value":{"summary":"take"}}\n'
        f'{{"key":"lfsFile","value":{{"path":"x.bin","algo":"sha256","oid":"{sha256}","size":4000}}}}\n'
    )
    with people.http("bob") as http:
        assert http.post("/api/datasets/bob/thief/commit/main", content=body).status_code == 400
