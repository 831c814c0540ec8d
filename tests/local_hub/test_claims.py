"""A claim is never believed because what it is about exists: each way to upload, asked by somebody who lies.

Whoever may only propose must not change what others read, and knowing the public name of a content must neither give the
content nor pass for having sent it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Sequence

import httpx
import pyarrow
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError
from support.patience import PATIENCE_S

from commons.local_hub import RunningHub
from commons.local_hub.xet_hashes import file_name, name_chunk, range_name, text, xorb_name

from .conftest import People
from .xet_wire import Cas, Piece, chunk, shard

DATASET = {"repo_type": "dataset"}
PROPOSES = "xet-write-token/main?create_pr=1"  # what a token gets that may only open pull requests


def content(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  the same bytes every time


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def facts(api: HfApi, repo: str, path: str) -> tuple[str, str]:
    """The public names of a file: its sha256 and its Xet hash."""
    (entry,) = api.get_paths_info(repo, path, **DATASET)
    return entry.lfs.sha256, entry.xet_hash


class Xorb:
    """Contents as chunks of a xorb, with the names they truly have."""

    def __init__(self, *contents: bytes) -> None:
        named = [name_chunk(each) for each in contents]
        self.data = b"".join(contents)
        self.body = b"".join(map(chunk, contents))
        self.name, self.file_hash = text(xorb_name(named)), text(file_name(named))
        self.piece = Piece(self.name, len(self.data), 0, len(contents), text(range_name(named)))

    def shard(self) -> bytes:
        return shard(self.file_hash, sha256_hex(self.data), self.piece)


# xet ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("honest_xorb", [False, True])
def test_an_existing_file_cannot_be_given_other_chunks(
    ada: HfApi, people: People, dataset: str, python: Callable[..., str], honest_xorb: bool
) -> None:
    """One xorb and one shard under a file's public names, from somebody who may only propose."""
    data, evil = content(300_000, seed=1), Xorb(b"evil" * 25_000, b"EVIL" * 25_000, b"evil" * 25_000)
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, **DATASET)
    sha256, file_hash = facts(ada, dataset, "x.bin")
    cas = Cas(people, "bob-proposes", dataset, PROPOSES)
    name = evil.name if honest_xorb else "ab" * 32
    xorb = cas.put_xorb(name, evil.body)
    claims = [(file_hash, sha256), (file_hash, sha256_hex(evil.data)), (evil.file_hash, sha256)]
    answers = [
        cas.put_shard(shard(*claim, Piece(name, 300_000, 0, 3, evil.piece.range_hash))) for claim in claims
    ]
    program = (
        "import hashlib; from huggingface_hub import hf_hub_download as get;"
        f"print(hashlib.sha256(open(get({dataset!r}, 'x.bin', repo_type='dataset'), 'rb').read()).hexdigest())"
    )
    assert python(program, who="eve") == sha256
    assert xorb.status_code == (200 if honest_xorb else 422)
    assert {each.status_code for each in answers} == {422 if honest_xorb else 400}


def test_a_new_file_cannot_take_a_name_that_is_not_its_own(people: People, dataset: str) -> None:
    """Neither hash may be somebody's who comes later with the real content."""
    mine, theirs = Xorb(content(5000, 2)), Xorb(content(5000, 3))
    cas = Cas(people, "bob-proposes", dataset, PROPOSES)
    assert cas.put_xorb(mine.name, mine.body).status_code == 200
    for claim in ((theirs.file_hash, sha256_hex(mine.data)), (mine.file_hash, sha256_hex(theirs.data))):
        assert cas.put_shard(shard(*claim, mine.piece)).status_code == 422
        assert cas.reconstruction(claim[0]).status_code == 404


def test_a_xorb_that_is_here_keeps_its_bytes(local: RunningHub, people: People, dataset: str) -> None:
    """Another encoding of the same chunks moves every byte range that a client was told."""
    plain = b"the same line again\n" * 3000
    first = Xorb(plain)
    packed = chunk(pyarrow.Codec("lz4").compress(plain, asbytes=True), content_bytes=len(plain), scheme=1)
    cas = Cas(people, "bob-proposes", dataset, PROPOSES)
    assert cas.put_xorb(first.name, first.body).json() == {"was_inserted": True}
    assert cas.put_xorb(first.name, packed).json() == {"was_inserted": False}
    repository = local.hub.repositories.find("dataset", dataset)
    assert repository is not None
    assert local.hub.xet.xorb_path(repository, first.name).read_bytes() == first.body


def lz4(data: bytes) -> bytes:
    return pyarrow.Codec("lz4").compress(data, asbytes=True)


HALF = b"a" * 100
BAD_XORBS = {
    "two-frames": chunk(lz4(HALF) + lz4(HALF), content_bytes=100, scheme=1),
    "more-bytes": chunk(lz4(HALF) + b"more", content_bytes=100, scheme=1),
    "longer-content": chunk(HALF, content_bytes=50),
    "no-chunk": b"XETBLOB",
    "empty-chunk": chunk(b""),
}


@pytest.mark.parametrize("case", BAD_XORBS)
def test_a_xorb_that_can_be_read_in_two_ways_is_refused(people: People, dataset: str, case: str) -> None:
    cas = Cas(people, "bob-proposes", dataset, PROPOSES)
    assert cas.put_xorb(Xorb(HALF).name, BAD_XORBS[case]).status_code == 400


def test_what_follows_the_chunks_of_a_xorb_is_not_kept(
    local: RunningHub, people: People, dataset: str
) -> None:
    made = Xorb(content(3000, 4))
    cas = Cas(people, "bob-proposes", dataset, PROPOSES)
    assert cas.put_xorb(made.name, made.body + b"XETBLOB and anything").status_code == 200
    repository = local.hub.repositories.find("dataset", dataset)
    assert repository is not None
    assert local.hub.xet.xorb_path(repository, made.name).read_bytes() == made.body


def test_naming_somebodys_chunks_is_not_having_them(people: People, ada: HfApi, dataset: str) -> None:
    """A file's two public names and its xorb's are not enough to register it as one's own."""
    made = Xorb(content(3000, 5), content(2000, 6))
    cas = Cas(people, "ada", dataset, "xet-write-token/main")
    assert cas.put_xorb(made.name, made.body).status_code == 200
    thief = Cas(people, "bob-proposes", dataset, PROPOSES)
    names = (made.file_hash, sha256_hex(made.data))
    guess = Piece(made.name, 5000, 0, 2)
    assert thief.put_shard(shard(*names, guess)).status_code == 422
    assert thief.put_shard(shard(*names, made.piece, verified=False)).status_code == 400
    assert thief.put_shard(shard(*names, Piece(made.name, 4000, 0, 2))).status_code == 400
    assert cas.put_shard(made.shard()).status_code == 200
    assert cas.reconstruction(made.file_hash).status_code == 200
    assert thief.reconstruction(made.file_hash).status_code == 404, "nobody has committed it yet"


def test_a_cas_token_is_for_one_repository_and_one_purpose(
    ada: HfApi, bob: HfApi, people: People, dataset: str
) -> None:
    ada.create_repo("ada/beside", exist_ok=True, **DATASET)
    made = Xorb(content(1000, 7))
    reads, proposes = (
        Cas(people, "bob", dataset, "xet-read-token/main"),
        Cas(people, "bob", dataset, PROPOSES),
    )
    beside = Cas(people, "bob", "ada/beside", PROPOSES)
    assert reads.put_xorb(made.name, made.body).status_code == 401
    beside.address = proposes.address
    assert beside.put_xorb(made.name, made.body).status_code == 404
    with people.http("bob") as http:
        for path in ("main", "refs%2Fheads%2Fmain", "refs%2Fpr%2F1"):
            assert http.get(f"/api/datasets/{dataset}/xet-write-token/{path}").status_code == 403


def test_a_cas_token_for_a_pull_request_ends_with_it(
    ada: HfApi, bob: HfApi, people: People, dataset: str
) -> None:
    for title in ("first", "second"):
        bob.create_pull_request(dataset, title, **DATASET)
    made = Xorb(content(1000, 9))
    first, second = (
        Cas(people, "bob-proposes", dataset, f"xet-write-token/refs%2Fpr%2F{num}") for num in (1, 2)
    )
    assert first.put_xorb(made.name, made.body).status_code == 200
    ada.change_discussion_status(dataset, 1, "closed", **DATASET)
    with people.http("ada") as http:
        assert http.delete(f"/api/datasets/{dataset}/discussions/1/ref").status_code == 200
    assert first.put_shard(made.shard()).status_code == 403
    assert second.put_shard(made.shard()).status_code == 200


def test_a_cas_token_is_worth_what_its_owner_may_do_now(
    local: RunningHub, ada: HfApi, people: People, dataset: str
) -> None:
    token = local.hub.create_token("bob", "fineGrained", "for a day")
    known = People(people.url, {"bob": token})
    made = Xorb(content(1000, 8))
    cas = Cas(known, "bob", dataset, PROPOSES)
    ada.update_repo_settings(dataset, private=True, **DATASET)
    assert cas.put_xorb(made.name, made.body).status_code == 404
    ada.update_repo_settings(dataset, private=False, **DATASET)
    assert cas.put_xorb(made.name, made.body).status_code == 200
    (listed,) = [each for each in local.hub.tokens.all("bob") if each.name == "for a day"]
    local.hub.tokens.revoke(listed.id)
    assert cas.put_shard(made.shard()).status_code == 401


# large files through LFS -----------------------------------------------------------------------------------------------


def lfs(people: People, who: str | None, repo: str, operation: str, data: bytes, **more: object) -> dict:
    wanted = {
        "operation": operation,
        "transfers": ["basic", "multipart"],
        "objects": [{"oid": sha256_hex(data), "size": len(data)}],
        **more,
    }
    with people.http(who) as http:
        answer = http.post(f"/datasets/{repo}.git/info/lfs/objects/batch", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["objects"][0]


def send(people: People, who: str, repo: str, data: bytes) -> None:
    """Upload without committing."""
    planned = lfs(people, who, repo, "upload", data)
    assert httpx.put(planned["actions"]["upload"]["href"], content=data).status_code == 200


def commit(people: People, who: str, repo: str, *lines: dict, query: str = "") -> httpx.Response:
    body = [{"key": "header", "value": {"summary": "take"}}, *lines]
    with people.http(who) as http:
        return http.post(
            f"/api/datasets/{repo}/commit/main{query}", content="\n".join(json.dumps(line) for line in body)
        )


def lfs_line(data: bytes, path: str = "x.bin") -> dict:
    return {"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": sha256_hex(data)}}


def pointer_line(data: bytes, size: int | None = None) -> dict:
    """A small file whose text is the pointer to a large one."""
    size = len(data) if size is None else size
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256_hex(data)}\nsize {size}\n"
    encoded = base64.b64encode(pointer.encode()).decode()
    return {"key": "file", "value": {"path": "y.bin", "content": encoded, "encoding": "base64"}}


def test_an_upload_that_was_not_committed_is_there_for_its_owner_only(people: People, dataset: str) -> None:
    """Its sha256 may be known to the whole world: a ledger prints it."""
    data = content(4000, 10)
    send(people, "ada", dataset, data)
    assert "actions" not in lfs(people, "ada", dataset, "upload", data)
    assert "actions" in lfs(people, "bob-proposes", dataset, "upload", data), (
        "bob is asked to send it himself"
    )
    for who in ("bob-proposes", None):
        assert lfs(people, who, dataset, "download", data)["error"]["code"] == 404
        with people.http(who) as http:
            asked = {"oid": sha256_hex(data), "size": len(data)}
            verification = http.post(f"/datasets/{dataset}.git/info/lfs/objects/verify", json=asked)
        assert verification.status_code == 404
    for line in (lfs_line(data), pointer_line(data)):
        taken = commit(people, "bob-proposes", dataset, line, query="?create_pr=1")
        assert taken.status_code == 400, "and what is not theirs is not committed under its name"
        assert "was not uploaded" in taken.headers["X-Error-Message"]
    send(people, "bob-proposes", dataset, data)
    assert commit(people, "bob-proposes", dataset, lfs_line(data), query="?create_pr=1").status_code == 200
    assert commit(people, "ada", dataset, lfs_line(data)).status_code == 200
    assert "actions" in lfs(people, None, dataset, "download", data), "now the repository shows it"


def test_a_pointer_that_comes_as_text_is_checked_like_any_other(people: People, dataset: str) -> None:
    data = content(4000, 11)
    assert commit(people, "ada", dataset, pointer_line(data)).status_code == 400, "nothing stored"
    send(people, "ada", dataset, data)
    assert commit(people, "ada", dataset, pointer_line(data, size=10)).status_code == 400, "another size"
    assert commit(people, "ada", dataset, pointer_line(data)).status_code == 200
    with people.http() as http:
        assert http.get(f"/datasets/{dataset}/resolve/main/y.bin").content == data


def test_parts_go_into_ones_own_upload_only(people: People, dataset: str) -> None:
    """Two people upload the same file in parts, and one of them sends rubbish."""
    data = content(65 * 2**20, 12)
    half = 64 * 2**20

    def plan(who: str) -> tuple[str, Sequence[str]]:
        upload = lfs(people, who, dataset, "upload", data)["actions"]["upload"]
        parts = [address for key, address in sorted(upload["header"].items()) if key.isdigit()]
        return upload["href"], parts

    complete, parts = plan("ada")
    evil_complete, evil_parts = plan("bob-proposes")
    assert httpx.put(parts[0], content=data[:half], timeout=PATIENCE_S).status_code == 200
    assert httpx.put(evil_parts[0], content=bytes(half), timeout=PATIENCE_S).status_code == 200
    assert httpx.put(evil_parts[1], content=data[half:], timeout=PATIENCE_S).status_code == 200
    assert httpx.put(parts[1], content=data[half:], timeout=PATIENCE_S).status_code == 200
    assert httpx.post(evil_complete, json={}, timeout=PATIENCE_S).status_code == 422
    assert httpx.post(complete, json={}, timeout=PATIENCE_S).status_code == 200
    assert commit(people, "bob-proposes", dataset, lfs_line(data), query="?create_pr=1").status_code == 400
    assert commit(people, "ada", dataset, lfs_line(data)).status_code == 200


def test_an_upload_address_is_worth_what_its_owner_may_do_now(
    local: RunningHub, ada: HfApi, people: People, dataset: str
) -> None:
    token = local.hub.create_token("bob", "fineGrained", "lost")
    known = People(people.url, {"bob": token})
    data = content(4000, 13)
    href = lfs(known, "bob", dataset, "upload", data)["actions"]["upload"]["href"]
    send(people, "ada", dataset, data)
    commit(people, "ada", dataset, lfs_line(data))
    read = lfs(known, "bob", dataset, "download", data)["actions"]["download"]["href"]
    nobody = lfs(people, None, dataset, "download", data)["actions"]["download"]["href"]
    assert httpx.get(read).content == data
    ada.update_repo_settings(dataset, private=True, **DATASET)
    assert {httpx.get(read).status_code, httpx.put(href, content=data).status_code} == {404}
    assert httpx.get(nobody).status_code == 401
    ada.update_repo_settings(dataset, private=False, **DATASET)
    (listed,) = [each for each in local.hub.tokens.all("bob") if each.name == "lost"]
    local.hub.tokens.revoke(listed.id)
    assert {httpx.get(read).status_code, httpx.put(href, content=data).status_code} == {401}


def test_an_upload_for_a_branch_needs_the_right_to_that_branch(people: People, dataset: str) -> None:
    wanted = {
        "operation": "upload",
        "objects": [{"oid": "1" * 64, "size": 3}],
        "ref": {"name": "refs/heads/main"},
    }
    with people.http("bob-proposes") as http:
        url = f"/datasets/{dataset}.git/info/lfs/objects/batch"
        assert http.post(url, json=wanted).status_code == 403
        assert http.post(url + "?create_pr=1", json=wanted).status_code == 403


# between repositories, and what no ref leads to -----------------------------------------------------------------------


def test_only_what_a_repository_shows_is_copied_to_another(
    ada: HfApi, bob: HfApi, people: People, dataset: str
) -> None:
    data, hidden = content(3000, 14), content(3000, 15)
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, **DATASET)
    send(people, "ada", dataset, hidden)
    bob.create_repo("bob/takes", exist_ok=True, **DATASET)

    def take(who: str, *wanted: bytes) -> httpx.Response:
        body = {
            "target": {"type": "dataset", "name": "bob/takes"},
            "files": [{"sha256": sha256_hex(each), "filename": "x"} for each in wanted],
        }
        with people.http(who) as http:
            return http.post(f"/api/datasets/{dataset}/lfs-files/duplicate", json=body)

    failed = take("bob", data, hidden).json()["failed"]
    assert [each["sha256"] for each in failed] == [sha256_hex(hidden)]
    assert commit(people, "bob", "bob/takes", lfs_line(data)).status_code == 200
    assert commit(people, "bob", "bob/takes", lfs_line(hidden)).status_code == 400
    assert take("carol", data).status_code == 403
    ada.update_repo_settings(dataset, private=True, **DATASET)
    assert take("bob", data).status_code == 404


def test_a_commit_that_no_ref_leads_to_is_not_there(ada: HfApi, people: People, dataset: str) -> None:
    """Also not as what a proposal builds on, which would bring it back."""
    gone = ada.upload_file(path_or_fileobj=b"gone", path_in_repo="gone.txt", repo_id=dataset, **DATASET).oid
    large = content(2000, 16)
    ada.upload_file(path_or_fileobj=large, path_in_repo="l.bin", repo_id=dataset, **DATASET)
    ada.delete_file("gone.txt", dataset, **DATASET)
    ada.delete_file("l.bin", dataset, **DATASET)
    with people.http() as http:
        assert http.get(f"/datasets/{dataset}/resolve/{gone}/gone.txt").text == "gone"
        ada.super_squash_history(dataset, **DATASET)
        assert http.get(f"/datasets/{dataset}/resolve/{gone}/gone.txt").status_code == 404
        assert http.get(f"/api/datasets/{dataset}/tree/{gone[:10]}").status_code == 404
    with people.http("bob-proposes") as http:
        header = {"key": "header", "value": {"summary": "bring back", "parentCommit": gone}}
        line = {"key": "file", "value": {"path": "a", "content": "", "encoding": "base64"}}
        body = f"{json.dumps(header)}\n{json.dumps(line)}"
        taken = http.post(f"/api/datasets/{dataset}/commit/main?create_pr=1", content=body)
    assert taken.status_code == 412
    assert commit(people, "bob-proposes", dataset, lfs_line(large), query="?create_pr=1").status_code == 400


def test_a_pinned_commit_is_not_another_because_a_branch_has_its_name(ada: HfApi, dataset: str) -> None:
    first = ada.dataset_info(dataset).sha
    ada.upload_file(path_or_fileobj=b"new", path_in_repo="a", repo_id=dataset, **DATASET)
    for make in (ada.create_branch, ada.create_tag):
        with pytest.raises(Exception, match="Invalid"):
            make(dataset, **{"branch" if make == ada.create_branch else "tag": first}, **DATASET)
    assert ada.dataset_info(dataset, revision=first).sha == first


def test_the_official_client_goes_on_as_before(ada: HfApi, bob: HfApi, people: People, dataset: str) -> None:
    """A proposal by somebody else of a file that is here, a copy, and the same content once more."""
    data = content(200_000, 17)
    ada.upload_file(path_or_fileobj=data, path_in_repo="x.bin", repo_id=dataset, **DATASET)
    proposer = people.api("bob-proposes")
    offer = proposer.create_commit(
        dataset,
        [CommitOperationAdd("again.bin", data), CommitOperationAdd("more.bin", data + b"more")],
        commit_message="offer",
        create_pr=True,
        **DATASET,
    )
    ada.merge_pull_request(dataset, offer.pr_num, **DATASET)
    assert facts(ada, dataset, "again.bin") == facts(ada, dataset, "x.bin")


def test_what_was_merged_is_not_exchanged_afterwards(ada: HfApi, bob: HfApi, dataset: str) -> None:
    """The page of a merged pull request shows what its ref holds."""
    offer = [CommitOperationAdd("a", b"what was read")]
    num = bob.create_commit(dataset, offer, commit_message="offer", create_pr=True, **DATASET).pr_num
    ada.merge_pull_request(dataset, num, **DATASET)
    for api in (bob, ada):
        with pytest.raises(HfHubHTTPError, match="merged"):
            api.upload_file(
                path_or_fileobj=b"other",
                path_in_repo="a",
                repo_id=dataset,
                revision=f"refs/pr/{num}",
                **DATASET,
            )
