"""One dataset repository on a Hub: what comes back is what was asked for, and every failure is one of ours."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from commons import layout
from commons.errors import AccessError, ConflictError, HubError, NotACommonsError, UnreachableError
from commons.hub.repository import Repository
from commons.layout import Kind, Need
from commons.snapshots import snapshot as snapshots

if TYPE_CHECKING:
    from support.world import World


class TestReading:
    def test_a_revision_is_resolved_to_a_commit_once(self, shared: World) -> None:
        repository = shared.repository()
        head = repository.head()
        assert len(head) == 40
        assert repository.head(head) == head
        assert repository.history("main")[0] == head

    def test_files_are_listed_with_size_and_digest_and_read_back(self, shared: World) -> None:
        repository, head = shared.repository(), shared.head()
        for path, file in repository.files(head).items():
            data = repository.read(file, head)
            assert len(data) == file.size, path

    def test_bytes_that_are_not_what_the_tree_says_are_refused(self, shared: World) -> None:
        from dataclasses import replace

        repository, head = shared.repository(), shared.head()
        file = repository.files(head)["README.md"]
        for digest in ("0" * 40, "0" * 64):
            with pytest.raises(HubError) as caught:
                repository.read(replace(file, digest=digest), head)
            assert caught.value.code == "digest-mismatch"

    def test_large_files_and_small_ones_are_both_checked_by_their_digest(self, world: World) -> None:
        data = bytes(range(256)) * 50_000
        repository = world.repository()
        sha = repository.commit(
            {"big.parquet": data, "small.txt": b"small"}, message="Two files", parent=world.head()
        )
        files = repository.files(sha)
        assert files["big.parquet"].digest == hashlib.sha256(data).hexdigest()
        assert repository.read(files["big.parquet"], sha) == data
        assert repository.read(files["small.txt"], sha) == b"small"

    def test_who_am_i(self, shared: World) -> None:
        assert shared.repository().whoami() == "maya"
        assert shared.repository("carl").whoami() == "carl"


class TestWriting:
    def test_a_commit_on_an_older_parent_is_a_conflict_and_changes_nothing(self, world: World) -> None:
        repository, before = world.repository(), world.head()
        after = repository.commit({"a.txt": b"1"}, message="One", parent=before)
        with pytest.raises(ConflictError):
            repository.commit({"b.txt": b"2"}, message="Two", parent=before)
        assert world.head() == after
        assert "b.txt" not in world.files()

    def test_files_are_added_and_deleted_in_one_commit(self, world: World) -> None:
        repository = world.repository()
        first = repository.commit({"a.txt": b"1", "b.txt": b"1"}, message="One", parent=world.head())
        second = repository.commit({"c.txt": b"2"}, deleted=["a.txt"], message="Two", parent=first)
        assert {"b.txt", "c.txt"} <= world.files()
        assert "a.txt" not in world.files()
        assert repository.history("main")[:2] == [second, first]

    def test_a_stranger_may_propose_but_not_commit(self, world: World) -> None:
        before = world.head()
        with pytest.raises(AccessError):
            world.repository("eve").commit({"a.txt": b"1"}, message="Mine", parent=before)
        proposal = world.repository("eve").propose({"a.txt": b"1"}, title="Mine", description="Please")
        assert proposal.is_open
        assert proposal.author == "eve"
        assert world.head() == before

    def test_proposing_what_is_there_already_is_an_error_not_a_crash(self, world: World) -> None:
        data = world.snapshot().read("README.md")
        with pytest.raises(HubError):
            world.repository("carl").propose({"README.md": data}, title="Nothing", description="")


class TestProposals:
    def test_comments_are_posted_edited_and_read_in_order(self, shared: World) -> None:
        number = shared.propose_files({"data/a.txt": b"x"}).number
        shared.repository().comment(number, "first")
        shared.repository("eve").comment(number, "second")
        comments = [c for c in shared.repository().proposal(number).comments if c.text]
        assert [(c.author, c.text) for c in comments][-2:] == [("maya", "first"), ("eve", "second")]
        shared.repository().edit_comment(number, comments[-2].id, "edited")
        assert [c.text for c in shared.repository().proposal(number).comments if c.text][-2:] == [
            "edited",
            "second",
        ]

    def test_open_ones_are_listed_oldest_first_and_closed_ones_on_demand(self, world: World) -> None:
        numbers = [world.propose_files({f"data/{n}.txt": b"x"}).number for n in range(3)]
        world.repository().close(numbers[1], comment="No.")
        assert [p.number for p in world.repository().proposals()] == [numbers[0], numbers[2]]
        everything = world.repository().proposals(only_open=False)
        assert [p.number for p in everything] == numbers
        assert [p.is_open for p in everything] == [True, False, True]

    def test_a_discussion_is_not_a_proposal(self, world: World) -> None:
        number = world.api("eve").create_discussion(world.repo_id, "Hello", repo_type="dataset").num
        with pytest.raises(HubError) as caught:
            world.repository().proposal(number)
        assert caught.value.code == "not-a-proposal"
        assert world.repository().proposals() == []

    @pytest.mark.parametrize("number", [9999, 0, -1])
    def test_a_number_that_nobody_has_is_an_error_of_ours(self, number: int, shared: World) -> None:
        with pytest.raises(HubError):
            shared.repository().proposal(number)


class TestErrors:
    @pytest.mark.parametrize("name", ["nowhere/at-all", "maya/none"])
    def test_a_repository_that_is_not_there(self, name: str, shared: World) -> None:
        with pytest.raises(HubError) as caught:
            Repository(name, endpoint=shared.url, token=shared.tokens["maya"]).head()
        assert caught.value.code == "repository-missing"
        assert shared.url in caught.value.message

    def test_a_revision_that_is_not_there(self, shared: World) -> None:
        for revision in ("v9", "0" * 40, "refs/pr/9999"):
            with pytest.raises(HubError) as caught:
                shared.repository().head(revision)
            assert caught.value.code == "revision-missing"

    def test_a_token_that_nobody_gave_out(self, shared: World) -> None:
        with pytest.raises(AccessError):
            Repository(shared.repo_id, endpoint=shared.url, token="hf_wrong").whoami()

    def test_no_token_is_used_that_happens_to_lie_on_disk(
        self, shared: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_TOKEN", shared.tokens["maya"])
        with pytest.raises(AccessError):
            Repository(shared.repo_id, endpoint=shared.url).whoami()

    def test_a_hub_that_does_not_answer(self, shared: World) -> None:
        with pytest.raises(UnreachableError) as caught:
            Repository(shared.repo_id, endpoint="http://127.0.0.1:9").head()
        assert "commons hub" in caught.value.hint

    @pytest.mark.parametrize(
        "endpoint", ["http://127.0.0.1:99999", "not a url", "ftp://127.0.0.1", "http://"]
    )
    def test_an_endpoint_that_is_none_is_an_error_of_ours(self, endpoint: str, shared: World) -> None:
        with pytest.raises(HubError):
            Repository(shared.repo_id, endpoint=endpoint).head()

    @pytest.mark.parametrize("name", ["a/b/c", "a b/c", "../x", "a/..", "", "a/b.git", "x" * 200])
    def test_a_name_that_is_none_is_an_error_of_ours(self, name: str, shared: World) -> None:
        with pytest.raises(HubError):
            Repository(name, endpoint=shared.url).head()


class TestSnapshots:
    @pytest.fixture(scope="class")
    @classmethod
    def landed(cls, found_commons: Any) -> World:
        world: World = found_commons()
        world.add([{"text": "one"}, {"text": "zwei", "lang": "de", "license": "odbl"}], "numbers")
        return world

    def test_it_holds_what_was_asked_for_at_one_commit(self, landed: World) -> None:
        snapshot = landed.snapshot(need=Need.READING)
        assert snapshot.revision == landed.head()
        assert [(s.kind, s.pool, s.collection) for s in snapshot.shards(Kind.RECORD)] == [
            (Kind.RECORD, "odbl", "numbers"),
            (Kind.RECORD, "open", "numbers"),
        ]
        assert snapshot.policy.commons.name == "Test commons"
        assert snapshot.roles.maintainers
        assert [person.user for person in snapshot.people.values()].count("carl") == 1

    def test_what_has_landed_is_known_by_id(self, landed: World) -> None:
        snapshot = landed.snapshot()
        assert len(snapshot.row_ids()) == 2
        assert len(snapshot.openings()) == 1
        (contribution,) = snapshot.openings()
        assert snapshot.has(layout.openings_path(contribution))

    def test_an_older_revision_stays_what_it_was(self, landed: World) -> None:
        founding = landed.repository().history("main")[-2]
        snapshot = landed.snapshot(founding)
        assert snapshot.revision == founding
        assert snapshot.shards(Kind.RECORD) == []

    def test_a_plain_folder_is_the_same_to_whoever_reads(self, landed: World) -> None:
        here, there = snapshots.of_folder(landed.snapshot().folder), landed.snapshot()
        assert here.shards(Kind.RECORD) == there.shards(Kind.RECORD)
        assert here.row_ids() == there.row_ids()
        assert here.revision == "folder"

    def test_files_that_only_look_like_shards_are_not_taken_for_some(
        self, landed: World, tmp_path: Any
    ) -> None:
        import shutil

        copy = shutil.copytree(landed.snapshot().folder, tmp_path / "copy")
        for name in (
            "data/open/numbers/notes.parquet",
            "data/open/x.parquet",
            "data/open/UP/" + "0" * 64 + ".parquet",
        ):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(b"x")
        assert snapshots.of_folder(copy).shards(Kind.RECORD) == landed.snapshot().shards(Kind.RECORD)

    def test_what_has_no_policy_is_no_commons(self, landed: World, tmp_path: Any) -> None:
        with pytest.raises(NotACommonsError) as caught:
            snapshots.of_folder(tmp_path)
        assert "commons init" in caught.value.hint
        landed.api().create_repo("maya/no-commons", repo_type="dataset", exist_ok=True)
        with pytest.raises(NotACommonsError):
            snapshots.take(Repository("maya/no-commons", endpoint=landed.url))

    def test_a_missing_file_is_an_error_of_ours(self, landed: World) -> None:
        with pytest.raises(HubError) as caught:
            landed.snapshot().read("nothing.txt")
        assert caught.value.code == "file-missing"
