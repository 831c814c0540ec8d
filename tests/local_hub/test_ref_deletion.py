"""The ref of a closed pull request can be deleted; its conversation stays."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

from commons.local_hub import RunningHub

from .conftest import People

DATASET = {"repo_type": "dataset"}
PAGE = {"Accept": "text/html"}


@pytest.fixture
def offer(bob: HfApi, ada: HfApi, dataset: str) -> str:
    """A pull request with a large file of its own and one that main has as well; its commit."""
    ada.upload_file(path_or_fileobj=b"both" * 1000, path_in_repo="both.bin", repo_id=dataset, **DATASET)
    added = {"own.bin": b"own" * 1000, "again.bin": b"both" * 1000, "small.txt": b"small"}
    operations = [CommitOperationAdd(path, data) for path, data in added.items()]
    return bob.create_commit(dataset, operations, commit_message="offer", create_pr=True, **DATASET).oid


def delete(people: People, who: str | None, dataset: str) -> httpx.Response:
    with people.http(who) as http:
        return http.delete(f"/api/datasets/{dataset}/discussions/1/ref")


def stored(local: RunningHub, dataset: str) -> int:
    repository = local.hub.repositories.find("dataset", dataset)
    assert repository is not None
    return local.hub.repositories.stored_bytes(repository)


def test_a_closed_pull_request_keeps_its_conversation(
    local: RunningHub, ada: HfApi, bob: HfApi, people: People, dataset: str, offer: str, tmp_path: Path
) -> None:
    bob.comment_discussion(dataset, 1, "please", **DATASET)
    assert delete(people, "ada", dataset).status_code == 409, "it is open"
    ada.change_discussion_status(dataset, 1, "closed", comment="no", **DATASET)
    assert delete(people, "bob", dataset).status_code == 403, "its author may not remove what was judged"
    assert delete(people, None, dataset).status_code == 401
    assert stored(local, dataset) == 7000
    deletion = delete(people, "ada", dataset)
    assert (deletion.status_code, deletion.json()["refDeletion"]["data"]["oid"]) == (200, offer)
    assert stored(local, dataset) == 4000, "what main has as well stays"
    assert delete(people, "ada", dataset).status_code == 409
    refs = ada.list_repo_refs(dataset, include_pull_requests=True, **DATASET)
    assert refs.pull_requests == []
    for revision in ("refs/pr/1", offer):
        with pytest.raises(RevisionNotFoundError):
            ada.list_repo_files(dataset, revision=revision, **DATASET)
    details = bob.get_discussion_details(dataset, 1, **DATASET)
    assert (details.status, details.diff) == ("closed", "")
    assert [event.type for event in details.events] == [
        "comment", "commit", "comment", "comment", "status-change", "ref-deletion",
    ]  # fmt: skip
    with people.http() as http:
        page = http.get(f"/datasets/{dataset}/discussions/1", headers=PAGE)
        assert page.status_code == 200
        assert "please" in page.text
        assert "its ref was deleted" in page.text
        assert offer not in page.text, "no link to a commit that is not there"
    with pytest.raises(HfHubHTTPError, match="proposed anew"):
        bob.change_discussion_status(dataset, 1, "open", **DATASET)
    with pytest.raises(RevisionNotFoundError):
        ada.upload_file(
            path_or_fileobj=b"x", path_in_repo="x", repo_id=dataset, revision="refs/pr/1", **DATASET
        )
    listed = subprocess.run(
        ["git", "ls-remote", f"{people.url}/datasets/{dataset}"], capture_output=True, text=True, check=True
    )
    assert "refs/pr" not in listed.stdout
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for version in ("0", "2"):  # in the second one git itself hands out whatever is asked for by its id
        command = [
            "git",
            "-c",
            f"protocol.version={version}",
            "fetch",
            "-q",
            f"{people.url}/datasets/{dataset}",
        ]
        fetched = subprocess.run([*command, offer], cwd=tmp_path, capture_output=True, check=False)
        assert fetched.returncode != 0, version
        main = ada.dataset_info(dataset).sha
        fetched = subprocess.run([*command, main], cwd=tmp_path, capture_output=True, check=False)
        assert fetched.returncode == 0, fetched.stderr
    ada.upload_file(path_or_fileobj=b"own" * 1000, path_in_repo="own.bin", repo_id=dataset, **DATASET)
    with people.http() as http:
        assert http.get(f"/datasets/{dataset}/resolve/main/own.bin").content == b"own" * 1000


def test_a_merged_pull_request_loses_its_ref_and_nothing_else(
    ada: HfApi, people: People, dataset: str, offer: str
) -> None:
    ada.merge_pull_request(dataset, 1, **DATASET)
    assert delete(people, "ada", dataset).status_code == 200
    assert {"own.bin", "small.txt"} <= set(ada.list_repo_files(dataset, revision=offer, **DATASET))
    with people.http() as http:
        assert http.get(f"/datasets/{dataset}/resolve/main/own.bin").content == b"own" * 1000
        assert http.get(f"/datasets/{dataset}/discussions/1", headers=PAGE).status_code == 200


def test_the_button_is_there_for_writers_and_works_from_its_own_page_only(
    ada: HfApi, people: People, dataset: str, offer: str
) -> None:
    ada.change_discussion_status(dataset, 1, "closed", **DATASET)
    address = f"/datasets/{dataset}/discussions/1"
    password = {who: (who, people.tokens[who]) for who in ("ada", "bob")}
    with people.http() as http:
        http.headers.update(PAGE)
        assert "<form" not in http.get(address).text
        assert "<form" not in http.get(address, auth=password["bob"]).text
        page = http.get(address, auth=password["ada"])
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
        assert "3.0 kB" in page.text
        (proof,) = re.findall(r'name="proof" value="([^"]+)"', page.text)
        press = f"{address}/delete-ref"
        assert http.post(press, auth=password["ada"]).status_code == 401, "a form on somebody else's page"
        assert http.post(press, data={"proof": proof}).status_code == 401
        assert http.post(press, data={"proof": proof}, auth=password["bob"]).status_code == 403
        done = http.post(press, data={"proof": proof}, auth=password["ada"])
        assert (done.status_code, done.headers["Location"]) == (303, address)
        assert "its ref was deleted" in http.get(address).text


def test_a_browsers_password_changes_nothing_by_a_clever_name(people: People, dataset: str) -> None:
    """A form anywhere may post to any address; the browser adds the password by itself."""
    with people.http() as http:
        for name in ("x/git-upload-pack", "x/delete-ref"):
            url = f"/api/datasets/{dataset}/branch/{name}"
            assert http.post(url, auth=("ada", people.tokens["ada"])).status_code == 401
