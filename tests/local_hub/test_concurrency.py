"""Many clients at once: nothing is lost, who comes too late is told so, and repositories do not wait for each other."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
from huggingface_hub import HfApi

from commons.local_hub import RunningHub

from .conftest import People
from .test_bad_input import commit_body, file

CLIENTS = 32


def test_many_clients_commit_and_propose_to_one_repository(ada: HfApi, people: People, dataset: str) -> None:
    def work(number: int) -> list[int]:
        with people.http("ada" if number % 2 else "bob") as http:
            statuses = []
            for step in range(3):
                query = "" if number % 2 else "?create_pr=1"
                body = commit_body(file(f"d/{number}-{step}"))
                statuses.append(
                    http.post(f"/api/datasets/{dataset}/commit/main{query}", content=body).status_code
                )
            return statuses

    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = [status for each in pool.map(work, range(CLIENTS)) for status in each]
    assert statuses == [200] * CLIENTS * 3
    assert len(ada.list_repo_commits(dataset, repo_type="dataset")) == 1 + CLIENTS // 2 * 3
    assert len(ada.list_repo_files(dataset, repo_type="dataset")) == 1 + CLIENTS // 2 * 3
    discussions = list(ada.get_repo_discussions(dataset, repo_type="dataset"))
    assert sorted(each.num for each in discussions) == list(range(1, CLIENTS // 2 * 3 + 1))
    refs = ada.list_repo_refs(dataset, repo_type="dataset", include_pull_requests=True)
    assert len({ref.target_commit for ref in refs.pull_requests or []}) == CLIENTS // 2 * 3


def test_of_many_commits_on_one_parent_one_wins(ada: HfApi, people: People, dataset: str) -> None:
    parent = ada.dataset_info(dataset).sha

    def commit(number: int) -> int:
        body = commit_body(file(f"{number}"), header={"summary": f"number {number}", "parentCommit": parent})
        with people.http("ada") as http:
            return http.post(f"/api/datasets/{dataset}/commit/main", content=body).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert Counter(pool.map(commit, range(CLIENTS))) == {200: 1, 412: CLIENTS - 1}


def test_a_merge_happens_once(ada: HfApi, people: People, dataset: str) -> None:
    with people.http("bob") as http:
        http.post(
            f"/api/datasets/{dataset}/commit/main?create_pr=1", content=commit_body(file("a"))
        ).raise_for_status()

    def merge(_: int) -> int:
        with people.http("ada") as http:
            return http.post(f"/api/datasets/{dataset}/discussions/1/merge").status_code

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(merge, range(8))) == {200: 1, 400: 7}
    assert len(ada.list_repo_commits(dataset, repo_type="dataset")) == 3


def test_a_busy_repository_does_not_hold_up_another(
    local: RunningHub, ada: HfApi, people: People, dataset: str
) -> None:
    """While one repository is locked and more clients wait for it than most servers have threads."""
    other = ada.create_repo("ada/not-busy", repo_type="dataset").repo_id
    busy = local.hub.repositories.find("dataset", dataset)
    assert busy is not None

    def commit(repo: str, number: int) -> int:
        with people.http("ada") as http:
            url = f"/api/datasets/{repo}/commit/main"
            return http.post(url, content=commit_body(file(f"{number}"))).status_code

    with ThreadPoolExecutor(60) as pool:
        with local.hub.repositories.lock(busy):
            waiting = [pool.submit(commit, dataset, number) for number in range(50)]
            assert commit(other, 0) == 200
            assert (
                httpx.get(f"{people.url}/datasets/{dataset}/resolve/main/.gitattributes").status_code == 200
            )
            assert not any(each.done() for each in waiting)
        assert {each.result() for each in waiting} == {200}
