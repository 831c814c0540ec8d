"""Pull requests and discussions: every event, conflicts, and merging by path."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError

from .conftest import People

DATASET = {"repo_type": "dataset"}


def propose(api: HfApi, repo: str, files: dict[str, bytes | None], title: str = "An offer") -> int:
    operations = [
        CommitOperationDelete(path) if data is None else CommitOperationAdd(path, data)
        for path, data in files.items()
    ]
    info = api.create_commit(repo, operations, commit_message=title, create_pr=True, **DATASET)
    assert info.pr_num is not None
    return info.pr_num


def add(api: HfApi, repo: str, path: str, data: bytes, **more: str) -> str:
    return api.upload_file(path_or_fileobj=data, path_in_repo=path, repo_id=repo, **DATASET, **more).oid


def refused(status: int, call: Callable[..., object], *args: object, **kwargs: object) -> str:
    with pytest.raises(HfHubHTTPError) as fault:
        call(*args, **kwargs)
    assert fault.value.response.status_code == status
    return str(fault.value)


def test_a_stranger_offers_files_and_the_owner_merges_them(ada: HfApi, bob: HfApi, dataset: str) -> None:
    data = bytes(range(256)) * 400
    num = propose(bob, dataset, {"data/new.parquet": data, "note.txt": b"hi"})
    details = bob.get_discussion_details(dataset, num, **DATASET)
    assert details.status == "open"
    assert details.author == "bob"
    assert details.conflicting_files == []
    assert "+hi" in details.diff
    assert details.git_reference == f"refs/pr/{num}"
    assert [event.type for event in details.events] == ["comment", "commit"]
    refused(403, bob.merge_pull_request, dataset, num, **DATASET)
    ada.merge_pull_request(dataset, num, comment="thank you", **DATASET)
    merged = ada.get_discussion_details(dataset, num, **DATASET)
    assert merged.status == "merged"
    assert merged.merge_commit_oid == ada.dataset_info(dataset).sha
    assert [event.type for event in merged.events] == ["comment", "commit", "comment", "status-change"]
    assert "+hi" in merged.diff
    assert "data/new.parquet" in ada.list_repo_files(dataset, **DATASET)
    refused(400, ada.merge_pull_request, dataset, num, **DATASET)


def test_an_author_goes_on_pushing_to_their_pull_request(
    ada: HfApi, bob: HfApi, people: People, dataset: str
) -> None:
    num = propose(bob, dataset, {"a": b"1"})
    add(bob, dataset, "b.bin", b"22", revision=f"refs/pr/{num}")
    add(ada, dataset, "c", b"3", revision=f"refs/pr/{num}")
    refused(403, add, people.api("eve"), dataset, "d", b"4", revision=f"refs/pr/{num}")
    files = bob.list_repo_files(dataset, revision=f"refs/pr/{num}", **DATASET)
    assert {"a", "b.bin", "c"} <= set(files)
    commits = [
        each for each in bob.get_discussion_details(dataset, num, **DATASET).events if each.type == "commit"
    ]
    assert [each.author for each in commits] == ["bob", "bob", "ada"]


def test_a_draft_is_published_before_it_is_merged(ada: HfApi, bob: HfApi, dataset: str, tmp_path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.bin").write_bytes(b"b" * 1000)
    bob.upload_folder(folder_path=tmp_path, repo_id=dataset, create_pr=True, **DATASET)
    (num,) = [each.num for each in bob.get_repo_discussions(dataset, **DATASET)]
    assert bob.get_discussion_details(dataset, num, **DATASET).status == "draft"
    refused(400, ada.merge_pull_request, dataset, num, **DATASET)
    bob.change_discussion_status(dataset, num, "open", **DATASET)
    ada.merge_pull_request(dataset, num, **DATASET)
    assert {"a.txt", "b.bin"} <= set(ada.list_repo_files(dataset, **DATASET))


def test_changes_to_different_paths_merge(ada: HfApi, bob: HfApi, dataset: str) -> None:
    add(ada, dataset, "d/one", b"1")
    add(ada, dataset, "d/two", b"2")
    num = propose(bob, dataset, {"d/one": b"one", "d/three": b"3"})
    add(ada, dataset, "d/two", b"two")
    ada.delete_file(".gitattributes", dataset, **DATASET)
    ada.merge_pull_request(dataset, num, **DATASET)
    assert set(ada.list_repo_files(dataset, **DATASET)) == {"d/one", "d/two", "d/three"}
    entries = ada.get_paths_info(dataset, ["d/one", "d/two"], **DATASET)
    assert [entry.size for entry in entries] == [3, 3]


CONFLICTS: dict[str, tuple[dict[str, bytes | None], dict[str, bytes | None], list[str]]] = {
    "both change": ({"x": b"theirs"}, {"x": b"ours"}, ["x"]),
    "both change to the same": ({"x": b"same"}, {"x": b"same"}, []),
    "one deletes, one changes": ({"x": None}, {"x": b"ours"}, ["x"]),
    "both delete": ({"x": None}, {"x": None}, []),
    "both add differently": ({"new": b"a"}, {"new": b"b"}, ["new"]),
    "a file where we have a folder": ({"new": b"a"}, {"new/inside": b"b"}, ["new"]),
    "a folder where we have a file": ({"new/inside": b"a"}, {"new": b"b"}, ["new/inside"]),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_conflicts_are_listed_by_path(ada: HfApi, bob: HfApi, case: str) -> None:
    theirs, ours, conflicts = CONFLICTS[case]
    repo = ada.create_repo("ada/conflict-" + case.replace(" ", "-").replace(",", ""), **DATASET).repo_id
    add(ada, repo, "x", b"start")
    num = propose(bob, repo, theirs)
    operations = [
        CommitOperationDelete(p) if d is None else CommitOperationAdd(p, d) for p, d in ours.items()
    ]
    ada.create_commit(repo, operations, commit_message="ours", **DATASET)
    assert ada.get_discussion_details(repo, num, **DATASET).conflicting_files == conflicts
    if conflicts:
        assert conflicts[0] in refused(409, ada.merge_pull_request, repo, num, **DATASET)
        assert ada.get_discussion_details(repo, num, **DATASET).status == "open"
    else:
        ada.merge_pull_request(repo, num, **DATASET)


def test_a_conversation(ada: HfApi, bob: HfApi, people: People, dataset: str) -> None:
    opened = bob.create_discussion(dataset, "A question", description="Why <b>?", **DATASET)
    num = opened.num
    comment = bob.comment_discussion(dataset, num, "first", **DATASET)
    edited = bob.edit_discussion_comment(dataset, num, comment.id, "second", **DATASET)
    assert (edited.content, edited.edited, edited.number_of_edits) == ("second", True, 1)
    refused(403, ada.edit_discussion_comment, dataset, num, comment.id, "not mine", **DATASET)
    renamed = bob.rename_discussion(dataset, num, "A better question", **DATASET)
    assert (renamed.old_title, renamed.new_title) == ("A question", "A better question")
    refused(403, people.api("eve").rename_discussion, dataset, num, "Spam spam", **DATASET)
    hidden = ada.hide_discussion_comment(dataset, num, comment.id, **DATASET)
    assert (hidden.hidden, hidden.content) == (True, "")
    closed = ada.change_discussion_status(dataset, num, "closed", comment="answered", **DATASET)
    assert closed.new_status == "closed"
    bob.change_discussion_status(dataset, num, "open", **DATASET)
    details = bob.get_discussion_details(dataset, num, **DATASET)
    assert details.title == "A better question"
    assert details.events[0]._event["data"]["latest"]["html"] == "<p>Why &lt;b&gt;?</p>"
    assert [event.type for event in details.events] == [
        "comment", "comment", "title-change", "comment", "status-change", "status-change",
    ]  # fmt: skip
    refused(400, bob.create_discussion, dataset, "ab", **DATASET)
    refused(404, bob.get_discussion_details, dataset, 999, **DATASET)


def test_listing_filters_by_kind_status_and_author(ada: HfApi, bob: HfApi, dataset: str) -> None:
    first = bob.create_discussion(dataset, "talk", **DATASET).num
    second = propose(bob, dataset, {"a": b"1"})
    third = ada.create_pull_request(dataset, "draft", **DATASET).num
    ada.change_discussion_status(dataset, first, "closed", **DATASET)

    def listed(**filters: str) -> list[int]:
        return [each.num for each in ada.get_repo_discussions(dataset, **DATASET, **filters)]

    assert listed() == [third, second, first]
    assert listed(discussion_type="pull_request") == [third, second]
    assert listed(discussion_type="discussion") == [first]
    assert listed(discussion_status="open") == [third, second]
    assert listed(discussion_status="closed") == [first]
    assert listed(author="bob") == [second, first]


def test_a_reader_token_cannot_speak(people: People, dataset: str) -> None:
    refused(403, people.api("ada-read").create_discussion, dataset, "hello", **DATASET)
    proposer = people.api("bob-proposes")
    num = propose(proposer, dataset, {"x.bin": b"123"})
    add(proposer, dataset, "y.bin", b"456", revision=f"refs/pr/{num}")
