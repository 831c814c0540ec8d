"""Repositories, refs and who may do what to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    BadRequestError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from commons.local_hub import FolderInUse, LocalHub, RunningHub, running

from .conftest import People


def test_a_person_is_who_their_token_says(people: People) -> None:
    me = people.api("carol").whoami()
    assert me["name"] == "carol"
    assert [(org["name"], org["roleInOrg"]) for org in me["orgs"]] == [("guild", "write")]
    assert me["auth"]["accessToken"]["role"] == "write"


def test_a_wrong_token_is_refused(people: People) -> None:
    with pytest.raises(HfHubHTTPError, match="Invalid") as refused:
        HfApi(endpoint=people.url, token="hf_wrong").dataset_info("ada/any")
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_the_life_of_a_repository(ada: HfApi, kind: str) -> None:
    extra = {"space_sdk": "static"} if kind == "space" else {}
    url = ada.create_repo(f"ada/life-{kind}", repo_type=kind, **extra)
    assert url.repo_id == f"ada/life-{kind}"
    assert ada.create_repo(f"ada/life-{kind}", repo_type=kind, exist_ok=True, **extra) == url
    with pytest.raises(HfHubHTTPError) as taken:
        ada.create_repo(f"ada/life-{kind}", repo_type=kind, **extra)
    assert taken.value.response.status_code == 409
    assert ".gitattributes" in ada.list_repo_files(f"ADA/Life-{kind}", repo_type=kind)
    ada.delete_repo(f"ada/life-{kind}", repo_type=kind)
    assert not ada.repo_exists(f"ada/life-{kind}", repo_type=kind)


def test_a_moved_repository_is_found_under_its_old_name(ada: HfApi, dataset: str) -> None:
    ada.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=dataset, repo_type="dataset")
    ada.move_repo(dataset, "guild/moved-here", repo_type="dataset")
    assert ada.dataset_info(dataset).id == "guild/moved-here"
    assert ada.file_exists(dataset, "x", repo_type="dataset")


def test_listing_shows_what_one_may_see(ada: HfApi, bob: HfApi) -> None:
    ada.create_repo("ada/list-open", repo_type="dataset")
    ada.create_repo("ada/list-hidden", repo_type="dataset", private=True)
    card = b"---\nlicense: mit\nlanguage:\n- en\ntags:\n- tiny\n---\n# Hello\n"
    ada.upload_file(
        path_or_fileobj=card, path_in_repo="README.md", repo_id="ada/list-open", repo_type="dataset"
    )
    assert {each.id for each in ada.list_datasets(search="list-")} == {"ada/list-open", "ada/list-hidden"}
    assert {each.id for each in bob.list_datasets(search="list-")} == {"ada/list-open"}
    assert [each.id for each in bob.list_datasets(filter=["license:mit", "tiny"])] == ["ada/list-open"]
    assert bob.dataset_info("ada/list-open").card_data["license"] == "mit"
    assert set(bob.dataset_info("ada/list-open").tags) == {"license:mit", "language:en", "tiny"}


def test_branches_tags_and_history(ada: HfApi, dataset: str) -> None:
    def refuses(status: int, call: object, *args: object, **kwargs: object) -> None:
        with pytest.raises(HfHubHTTPError) as refused:
            call(*args, **kwargs, repo_type="dataset")  # type: ignore[operator]
        assert refused.value.response.status_code == status

    start = ada.dataset_info(dataset).sha
    ada.upload_file(path_or_fileobj=b"1", path_in_repo="a", repo_id=dataset, repo_type="dataset")
    ada.create_branch(dataset, branch="work/one", revision=start, repo_type="dataset")
    refuses(409, ada.create_branch, dataset, branch="work/one")
    refuses(409, ada.create_branch, dataset, branch="work")
    refuses(404, ada.create_branch, dataset, branch="other", revision="nowhere")
    refuses(403, ada.delete_branch, dataset, branch="main")
    refuses(404, ada.delete_branch, dataset, branch="nowhere")
    ada.create_tag(dataset, tag="v1", tag_message="first", repo_type="dataset")
    refuses(409, ada.create_tag, dataset, tag="v1")
    refuses(400, ada.create_tag, dataset, tag="white space")
    with pytest.raises(RevisionNotFoundError):
        ada.create_tag(dataset, tag="v1", revision="nowhere", repo_type="dataset")
    refs = ada.list_repo_refs(dataset, repo_type="dataset")
    assert {ref.name: ref.target_commit for ref in refs.branches}["work/one"] == start
    assert refs.tags[0].target_commit == ada.dataset_info(dataset, revision="v1").sha
    assert [each.title for each in ada.list_repo_commits(dataset, repo_type="dataset")] == [
        "Upload a with huggingface_hub",
        "initial commit",
    ]
    ada.delete_tag(dataset, tag="v1", repo_type="dataset")
    ada.delete_branch(dataset, branch="work/one", repo_type="dataset")
    assert [ref.name for ref in ada.list_repo_refs(dataset, repo_type="dataset").branches] == ["main"]


def test_last_commit_of_each_path(ada: HfApi, dataset: str) -> None:
    for n in range(3):
        ada.upload_file(
            path_or_fileobj=b"x",
            path_in_repo=f"d/{n}",
            repo_id=dataset,
            repo_type="dataset",
            commit_message=f"c{n}",
        )
    items = ada.list_repo_tree(dataset, repo_type="dataset", recursive=True, expand=True)
    assert {item.path: item.last_commit.title for item in items} == {
        ".gitattributes": "initial commit", "d": "c2", "d/0": "c0", "d/1": "c1", "d/2": "c2",
    }  # fmt: skip


def test_a_tree_of_many_pages(ada: HfApi, people: People, dataset: str) -> None:
    lines = ['{"key":"header","value":{"summary":"many"}}']
    lines += [
        f'{{"key":"file","value":{{"path":"d/{n:04d}","content":"","encoding":"base64"}}}}'
        for n in range(2500)
    ]
    with people.http("ada") as http:
        http.post(f"/api/datasets/{dataset}/commit/main", content="\n".join(lines)).raise_for_status()
    assert len(list(ada.list_repo_tree(dataset, "d", repo_type="dataset"))) == 2500


# (who, what they do) -> the status they get on a public and on a private repository of the organisation
MATRIX = {
    (None, "info"): (200, 401),
    (None, "file"): (200, 401),
    (None, "commit"): (401, 401),
    (None, "propose"): (401, 401),
    (None, "settings"): (401, 401),
    ("bob", "info"): (200, 404),
    ("bob", "file"): (200, 404),
    ("bob", "commit"): (403, 404),
    ("bob", "propose"): (200, 404),
    ("bob", "branch"): (403, 404),
    ("bob", "settings"): (403, 404),
    ("bob-proposes", "commit"): (403, 404),
    ("bob-proposes", "propose"): (200, 404),
    ("eve", "info"): (200, 200),
    ("eve", "file"): (200, 200),
    ("eve", "commit"): (403, 403),
    ("eve", "propose"): (200, 200),
    ("carol", "commit"): (200, 200),
    ("carol", "branch"): (200, 200),
    ("ada-read", "file"): (200, 200),
    ("ada-read", "commit"): (403, 403),
    ("ada-read", "propose"): (403, 403),
    ("ada-read", "settings"): (403, 403),
    ("ada", "commit"): (200, 200),
    ("ada", "settings"): (200, 200),
}


@pytest.mark.parametrize(("who", "action"), MATRIX, ids=str)
@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_who_may_do_what(people: People, who: str | None, action: str, private: bool) -> None:
    repo = f"guild/matrix-{'private' if private else 'public'}"
    people.api("ada").create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
    body = (
        '{"key":"header","value":{"summary":"offer"}}\n{"key":"file","value":{"path":"a","content":"YQ=="}}\n'
    )
    with people.http(who) as http:
        answer = {
            "info": lambda: http.get(f"/api/datasets/{repo}"),
            "file": lambda: http.get(f"/datasets/{repo}/resolve/main/.gitattributes"),
            "commit": lambda: http.post(f"/api/datasets/{repo}/commit/main", content=body),
            "propose": lambda: http.post(f"/api/datasets/{repo}/commit/main?create_pr=1", content=body),
            "branch": lambda: http.post(f"/api/datasets/{repo}/branch/{who}-{action}", json={}),
            "settings": lambda: http.put(f"/api/datasets/{repo}/settings", json={"private": private}),
        }[action]()
    assert answer.status_code == MATRIX[who, action][private]


def test_a_private_repository_looks_like_none(bob: HfApi, ada: HfApi) -> None:
    ada.create_repo("ada/unseen", repo_type="dataset", private=True)
    with pytest.raises(RepositoryNotFoundError):
        bob.dataset_info("ada/unseen")
    with pytest.raises(RepositoryNotFoundError):
        bob.dataset_info("ada/never-was")


def test_a_gated_repository_shows_itself_but_not_its_files(ada: HfApi, bob: HfApi, dataset: str) -> None:
    ada.update_repo_settings(dataset, gated="auto", repo_type="dataset")
    assert bob.dataset_info(dataset).gated == "auto"
    with pytest.raises(GatedRepoError):
        bob.hf_hub_download(dataset, ".gitattributes", repo_type="dataset")
    assert ada.file_exists(dataset, ".gitattributes", repo_type="dataset")


def test_cards_are_checked_before_they_are_committed(ada: HfApi, dataset: str) -> None:
    for block in ("license: my-own", "a: &a [x]\nb: *a", "model-index: 3", "{", "- a list"):
        card = f"---\n{block}\n---\n".encode()
        with pytest.raises((ValueError, BadRequestError)):
            ada.upload_file(
                path_or_fileobj=card, path_in_repo="README.md", repo_id=dataset, repo_type="dataset"
            )


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as local:
        local.hub.create_user("zoe")
        token = local.hub.create_token("zoe")
        api = HfApi(endpoint=local.url, token=token)
        api.create_repo("zoe/kept", repo_type="dataset")
        api.upload_file(
            path_or_fileobj=b"z" * 20, path_in_repo="z.bin", repo_id="zoe/kept", repo_type="dataset"
        )
        api.create_discussion("zoe/kept", "A question", repo_type="dataset")
        before = api.dataset_info("zoe/kept")
    with running(tmp_path) as local:
        api = HfApi(endpoint=local.url, token=token)
        assert api.dataset_info("zoe/kept") == before
        path = api.hf_hub_download("zoe/kept", "z.bin", repo_type="dataset", cache_dir=tmp_path / "cache")
        assert Path(path).read_bytes() == b"z" * 20
        assert [each.title for each in api.get_repo_discussions("zoe/kept", repo_type="dataset")] == [
            "A question"
        ]


def test_one_folder_has_one_server(local: RunningHub) -> None:
    with pytest.raises(FolderInUse):
        LocalHub(local.hub.folder)


def test_a_user_can_be_added_beside_a_running_server(local: RunningHub) -> None:
    with LocalHub(local.hub.folder, exclusive=False) as beside:
        beside.create_user("late")
        token = beside.create_token("late")
    assert HfApi(endpoint=local.url, token=token).whoami()["name"] == "late"
