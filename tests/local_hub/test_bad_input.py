"""What must be refused is refused with the Hub's error form, and nothing of it is kept."""

from __future__ import annotations

import base64
import json

import httpx
import pytest
from huggingface_hub import HfApi

from .conftest import People

BAD_PATHS = {
    "up": "../x",
    "up inside": "a/../../x",
    "here": "./x",
    "absolute": "/etc/passwd",
    "doubled slash": "a//b",
    "backslash": "..\\x",
    "drive": "C:/x",
    "git folder": ".git/config",
    "git folder below": "a/.GIT/hooks/post-update",
    "git short name": "GIT~1/config",
    "nul": "a\0b",
    "newline": "a\nb",
    "zero width": "a\u200bb",
    "bidi": "a\u202eb",
    "lone surrogate": "a\ud800b",
    "long part": "x" * 300,
    "long path": "x/" * 600 + "x",
    "empty": "",
    "number": 3,
}


def commit_body(*operations: dict[str, object], header: dict[str, object] | None = None) -> str:
    lines = [{"key": "header", "value": header or {"summary": "try"}}, *operations]
    return "\n".join(json.dumps(line) for line in lines)


def file(path: object, data: bytes = b"x") -> dict[str, object]:
    return {
        "key": "file",
        "value": {"path": path, "content": base64.b64encode(data).decode(), "encoding": "base64"},
    }


def check_refusal(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["X-Error-Message"]
    assert answer.json()["error"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", BAD_PATHS)
def test_path_tricks(ada: HfApi, people: People, name: str) -> None:
    repo = ada.create_repo("ada/paths", repo_type="dataset", exist_ok=True).repo_id
    before = ada.dataset_info(repo).sha
    with people.http("ada") as http:
        answer = http.post(f"/api/datasets/{repo}/commit/main", content=commit_body(file(BAD_PATHS[name])))
    check_refusal(answer, 422)
    assert ada.dataset_info(repo).sha == before


BAD_COMMITS = {
    "nothing": "",
    "not json": "{",
    "a list": "[1]",
    "deep": "[" * 100_000,
    "no header": json.dumps(file("a")),
    "no summary": commit_body(header={"summary": " "}),
    "summary of another type": commit_body(header={"summary": 3}),
    "parent of another type": commit_body(header={"summary": "x", "parentCommit": 5}),
    "unknown operation": commit_body({"key": "rename", "value": {}}),
    "not base64": commit_body({"key": "file", "value": {"path": "a", "content": "!!", "encoding": "base64"}}),
    "no content": commit_body({"key": "file", "value": {"path": "a"}}),
    "wrong hash": commit_body({"key": "lfsFile", "value": {"path": "a", "oid": "../../etc/passwd"}}),
    "upper-case hash": commit_body({"key": "lfsFile", "value": {"path": "a", "oid": "A" * 64}}),
}


@pytest.mark.parametrize("name", BAD_COMMITS)
def test_broken_commits(ada: HfApi, people: People, name: str) -> None:
    repo = ada.create_repo("ada/broken", repo_type="dataset", exist_ok=True).repo_id
    with people.http("ada") as http:
        answer = http.post(f"/api/datasets/{repo}/commit/main", content=BAD_COMMITS[name])
    check_refusal(answer, 400)
    assert ada.list_repo_files(repo, repo_type="dataset") == [".gitattributes"]


def test_a_file_cannot_replace_a_folder_unasked(ada: HfApi, people: People, dataset: str) -> None:
    ada.upload_file(path_or_fileobj=b"1", path_in_repo="d/f", repo_id=dataset, repo_type="dataset")
    with people.http("ada") as http:
        check_refusal(http.post(f"/api/datasets/{dataset}/commit/main", content=commit_body(file("d"))), 422)
        check_refusal(
            http.post(f"/api/datasets/{dataset}/commit/main", content=commit_body(file("d/f/g"))), 422
        )


def test_names_that_differ_only_in_case(ada: HfApi, people: People, dataset: str) -> None:
    """Two such files cannot both be on a Mac's or Windows' disk; renaming one in a single commit is fine."""
    ada.upload_file(path_or_fileobj=b"1", path_in_repo="Data/File", repo_id=dataset, repo_type="dataset")
    with people.http("ada") as http:
        url = f"/api/datasets/{dataset}/commit/main"
        check_refusal(http.post(url, content=commit_body(file("Data/file"))), 422)
        check_refusal(http.post(url, content=commit_body(file("data/other"))), 422)
        check_refusal(http.post(url, content=commit_body(file("caf\u00e9"), file("cafe\u0301"))), 422)
        gone = {"key": "deletedFile", "value": {"path": "Data/File"}}
        assert http.post(url, content=commit_body(gone, file("data/file"))).status_code == 200


@pytest.mark.parametrize(
    "name", ["a--b", "..", "a/b", "x.git", "-x", "é", "x" * 97, "a b", "a<script>", "a'; drop table"]
)
def test_names_that_no_repository_can_have(people: People, name: str) -> None:
    with people.http("ada") as http:
        answer = http.post("/api/repos/create", json={"name": name, "organization": "ada", "type": "dataset"})
    check_refusal(answer, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/ada/traps/resolve/main/..%2f..%2f..%2fhub.sqlite3",
        "/datasets/ada/traps/resolve/main/%2e%2e/%2e%2e/hub.sqlite3",
        "/datasets/ada/traps/resolve/..%2f..%2fmain/x",
        "/datasets/ada/traps/resolve/refs%2fheads%2f..%2f..%2fHEAD/x",
        "/datasets/ada/traps/resolve/main/%00",
        "/datasets/ada/traps/resolve/main/%ff",
        "/datasets/ada/traps/resolve/HEAD~1/.gitattributes",
        "/datasets/..%2fada/traps/resolve/main/x",
        "/api/datasets/ada/traps/tree/main/..%2f..",
        "/api/datasets/ada/traps/discussions/%2e%2e",
        "/api/datasets/ada/traps/discussions/99999999999999999999",
        "/api/datasets/ada/traps/commits/main?p=-1",
        "/api/datasets/ada/traps/tree/main?limit=x",
        "/api/settings/webhooks/%20",  # its message would end in a space, which no header may
        "/api/files/ada/traps",
        "/nothing/here",
    ],
)
def test_addresses_that_lead_nowhere(ada: HfApi, people: People, path: str) -> None:
    ada.create_repo("ada/traps", repo_type="dataset", exist_ok=True)
    with people.http("ada") as http:
        check_refusal(http.get(path), 400, 404)


def test_bodies_over_the_limit(people: People, dataset: str) -> None:
    with people.http("ada") as http:
        check_refusal(http.post("/api/validate-yaml", content=b" " * (9 * 2**20)), 413)
        unannounced = (b" " * 2**20 for _ in range(9))
        check_refusal(http.post("/api/validate-yaml", content=unannounced), 413)


def test_a_card_that_unfolds_to_gigabytes(people: People) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    with people.http("ada") as http:
        answer = http.post("/api/validate-yaml", json={"content": f"---\n{bomb}---\n"})
        assert answer.status_code == 400
        assert "aliases" in answer.json()["errors"][0]["message"]
        huge = http.post("/api/validate-yaml", json={"content": f"---\na: {'x' * 70_000}\n---\n"})
        assert huge.status_code == 400


def test_a_request_is_answered_under_its_own_id(people: People) -> None:
    with people.http() as http:
        assert http.get("/health", headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] == "mine"
        assert http.get("/health", headers={"X-Amzn-Trace-Id": "yours"}).headers["X-Request-Id"] == "yours"
        assert len(http.get("/nothing").headers["X-Request-Id"]) == 36


def test_other_peoples_tickets_do_not_work(people: People) -> None:
    for path in ("/lfs/whole/abc", "/lfs/whole/abc.def", "/lfs/part/eyJ9.eyJ9"):
        check_refusal(httpx.put(people.url + path, content=b"x"), 401)
    check_refusal(httpx.post(people.url + "/cas/x/v1/shards", content=b"x"), 401)
