"""Land: exactly the checked bytes, in one commit, or nothing at all; whoever pushes, races or dies in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from huggingface_hub import CommitOperationAdd, CommitOperationDelete

from commons import layout
from commons.errors import CommonsError, ConflictError, HubError, ProposalError
from commons.hub.repository import Repository
from commons.layout import Kind, Need
from commons.operations import land, show
from commons.records import shards
from commons.records.schema import Record

if TYPE_CHECKING:
    from support.world import World


# What ``land`` is about to do when it tells that so many steps are done.
WRITING_CARDS, COMMITTING = 3, 4


def at_step(wanted: int, action: Callable[[], object]) -> Any:
    """A progress function that acts once, when the landing comes to the step."""
    acted: list[int] = []

    def progress(label: str, done: int, total: int) -> None:
        if done == wanted and not acted:
            acted.append(done)
            action()

    return progress


def refused(world: World, number: int, key: Any, **options: Any) -> ProposalError:
    """The error of a landing that must not change main."""
    before = world.head()
    with pytest.raises(ProposalError) as caught:
        land.land(world.repository(), number, key("maya"), **options)
    assert world.head() == before
    return caught.value


def rows(world: World) -> list[Record]:
    snapshot = world.snapshot()
    return [
        row
        for shard in snapshot.shards(Kind.RECORD)
        for row in shards.read(Kind.RECORD, snapshot.path(shard))
        if isinstance(row, Record)
    ]


class TestALanding:
    @pytest.fixture(scope="class")
    @classmethod
    def landed(cls, found_commons: Any) -> dict[str, Any]:
        """One landing, looked at from all sides."""
        world: World = found_commons()
        before = world.head()
        link = {"predicate": "schema:about", "object": "https://www.wikidata.org/entity/Q283"}
        proposal = world.propose(
            [
                {"text": "Water boils.", "title": "Water <b>", "links": [link]},
                {"text": "Eis schmilzt.", "lang": "de", "license": "CC-BY-SA-4.0"},
            ]
        )
        repository = world.repository()
        offered = {
            path: repository.read(file, proposal.head)
            for path, file in repository.files(proposal.head).items()
            if path not in world.files()
        }
        examined = world.approve(proposal.number)
        landing = world.land(proposal.number)
        return {
            "world": world,
            "before": before,
            "proposal": proposal,
            "offered": offered,
            "examined": examined,
            "landing": landing,
        }

    def test_the_bytes_on_main_are_the_bytes_that_were_checked(self, landed: dict[str, Any]) -> None:
        repository = landed["world"].repository()
        on_main = repository.files(landed["landing"].sha)
        for path, data in landed["offered"].items():
            if layout.parse_person(path):  # becomes a row of the people table
                assert path not in on_main
            else:
                assert repository.read(on_main[path], landed["landing"].sha) == data

    def test_it_is_one_commit_on_top_of_what_was_read(self, landed: dict[str, Any]) -> None:
        history = landed["world"].repository().history("main")
        assert history[0] == landed["landing"].sha
        assert history[1] == landed["before"]

    def test_the_proposal_is_closed_with_a_link_not_merged(self, landed: dict[str, Any]) -> None:
        closed = landed["world"].repository().proposal(landed["proposal"].number)
        assert closed.status == "closed"
        assert landed["landing"].url in closed.comments[-1].text
        assert landed["landing"].contribution in closed.comments[-1].text

    def test_the_signed_review_is_kept(self, landed: dict[str, Any]) -> None:
        reviewed = show.examine(landed["world"].repository(), landed["proposal"].number).reviews
        for one in reviewed:
            path = layout.envelope_path(one.sha256_hex)
            assert landed["world"].snapshot().read(path) == one.envelope

    def test_the_counts_are_right(self, landed: dict[str, Any]) -> None:
        landing = landed["landing"]
        assert (landing.records, landing.links) == (2, 1)
        assert landing.contribution == landed["examined"].report.contribution

    def test_the_card_offers_a_config_for_pools_and_collections(self, landed: dict[str, Any]) -> None:
        readme = landed["world"].snapshot().read("README.md").decode()
        front = yaml.safe_load(readme.split("---")[1])
        configs = {config["config_name"]: config for config in front["configs"]}
        assert list(configs) == ["open", "by-sa", "odbl", "notes", "links", "questions"]
        assert configs["open"]["default"] is True
        assert set(front["license"]) == {"cc0-1.0", "cc-by-sa-4.0"}
        assert set(front["language"]) == {"de", "en"}

    def test_pages_are_generated_for_the_collection_and_the_change(self, landed: dict[str, Any]) -> None:
        snapshot = landed["world"].snapshot()
        assert "(#1)" in snapshot.read("CHANGELOG.md").decode()
        assert "carl" not in snapshot.read("CHANGELOG.md").decode(), "a name stands in the people table alone"
        assert "A notebook" in snapshot.read("ATTRIBUTION.md").decode()
        assert "2 records" in snapshot.read("cards/notes.md").decode()
        assert snapshot.people[rows(landed["world"])[0].contributor].user == "carl"

    def test_landing_it_again_is_refused(self, landed: dict[str, Any], key: Any) -> None:
        assert refused(landed["world"], landed["proposal"].number, key).code == "proposal-closed"

    def test_the_same_rows_offered_again_repeat_what_is_there(self, landed: dict[str, Any]) -> None:
        world = landed["world"]
        prepared = world.prepare([{"text": "Water boils.", "title": "Water <b>"}])
        assert prepared.accepted == 0
        (repeated_row,) = next(iter(prepared.repeated.values()))
        assert repeated_row.findings[0].code == "duplicate-in-commons"


@pytest.mark.usefixtures("gate_in_this_process")
class TestWhatIsNotLanded:
    def test_a_proposal_that_nobody_reviewed(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "unreviewed"}], "unreviewed").number
        error = refused(shared, number, key)
        assert error.code == "not-accepted"
        assert "0 of 1 approvals" in error.message
        assert f"commons review {number} --approve" in error.hint

    def test_a_proposal_that_the_gate_refuses(self, shared: World, key: Any) -> None:
        number = shared.propose_files({"README.md": b"# mine"}).number
        error = refused(shared, number, key)
        assert error.code == "not-accepted"
        assert "README.md" in error.message

    def test_a_head_that_moved_after_the_review(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "moved"}], "moved").number
        shared.approve(number)
        other = shared.seal([{"text": "slipped in"}], "slipped").files
        shared.push(number, other)
        error = refused(shared, number, key)
        assert error.code == "not-accepted"

    def test_a_head_that_moved_by_a_commit_that_changes_nothing_that_matters(
        self, shared: World, key: Any
    ) -> None:
        """The review names a head, not a state of files: back and forth is a new head."""
        number = shared.propose([{"text": "touched"}], "touched").number
        shared.approve(number)
        path = "data/x.txt"
        shared.push(number, {path: b"x"})
        shared.api("carl").delete_file(
            path, shared.repo_id, repo_type="dataset", revision=f"refs/pr/{number}"
        )
        error = refused(shared, number, key)
        assert error.code == "not-accepted"
        assert "Not counted: 1 of another head." in error.message

    def test_a_head_that_moves_between_the_check_and_the_commit(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "racing"}], "racing").number
        shared.approve(number)
        moved = at_step(WRITING_CARDS, lambda: shared.push(number, {"data/evil.py": b"import os"}))
        assert refused(shared, number, key, progress=moved).code == "head-moved"

    def test_a_push_after_the_last_look_changes_no_byte_that_lands(
        self, found_commons: Any, key: Any
    ) -> None:
        world: World = found_commons()
        number = world.propose([{"text": "the checked text"}]).number
        world.approve(number)
        late = at_step(COMMITTING, lambda: world.push(number, {"data/evil.py": b"import os"}))
        land.land(world.repository(), number, key("maya"), progress=late)
        assert [row.text for row in rows(world)] == ["the checked text"]
        assert "data/evil.py" not in world.files()
        assert not world.repository().proposal(number).is_open

    def test_a_closed_proposal(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "withdrawn"}], "withdrawn").number
        shared.approve(number)
        shared.repository("carl").close(number, comment="I changed my mind.")
        assert refused(shared, number, key).code == "proposal-closed"

    def test_a_proposal_landed_by_somebody_without_the_right_key(self, shared: World, key: Any) -> None:
        number = shared.propose([{"text": "wrong hands"}], "hands").number
        shared.approve(number)
        before = shared.head()
        with pytest.raises(CommonsError):
            land.land(shared.repository(), number, key("eve"))
        with pytest.raises(HubError):
            land.land(shared.repository("eve"), number, key("maya"))
        assert shared.head() == before
        assert shared.repository().proposal(number).is_open

    def test_a_number_that_is_no_proposal(self, shared: World, key: Any) -> None:
        shared.api("eve").create_discussion(shared.repo_id, "Just talking", repo_type="dataset")
        talking = max(d.num for d in shared.api().get_repo_discussions(shared.repo_id, repo_type="dataset"))
        for number in (talking, 9999):
            with pytest.raises(HubError):
                land.land(shared.repository(), number, key("maya"))

    def test_waiting_time_that_is_not_over(self, found_commons: Any, key: Any) -> None:
        world: World = found_commons({"wait_hours = 0": "wait_hours = 48"})
        number = world.propose([{"text": "patience"}]).number
        world.approve(number)
        assert "open for review until" in refused(world, number, key).message


@pytest.mark.usefixtures("gate_in_this_process")
class TestRaces:
    def test_two_landings_of_one_proposal_bring_it_once(self, world: World, key: Any) -> None:
        number = world.propose([{"text": "wanted twice"}]).number
        world.approve(number)
        results: list[object] = []

        def try_landing() -> None:
            try:
                results.append(land.land(world.repository(), number, key("maya")))
            except (ProposalError, ConflictError) as error:
                results.append(error)

        threads = [threading.Thread(target=try_landing) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(isinstance(result, land.Landing) for result in results) == 1
        assert [row.text for row in rows(world)] == ["wanted twice"]
        assert not world.repository().proposal(number).is_open

    def test_two_proposals_landed_at_once_both_arrive_and_nothing_is_lost(
        self, world: World, key: Any
    ) -> None:
        """The loser of the race reads main again and lands on top of the winner."""
        one = world.propose([{"text": "first"}], "one").number
        two = world.propose([{"text": "second"}], "two").number
        world.approve(one)
        world.approve(two)
        between = at_step(COMMITTING, lambda: land.land(world.repository(), two, key("maya")))
        land.land(world.repository(), one, key("maya"), progress=between)
        assert {row.text for row in rows(world)} == {"first", "second"}
        snapshot = world.snapshot()
        readme = snapshot.read("README.md").decode()
        assert "[one](cards/one.md)" in readme
        assert "[two](cards/two.md)" in readme
        assert all(f"(#{number})" in snapshot.read("CHANGELOG.md").decode() for number in (one, two))

    def test_two_proposals_with_the_same_record_cannot_both_land(self, world: World, key: Any) -> None:
        one = world.propose([{"text": "the same words"}], "one").number
        two = world.propose([{"text": "the same words"}], "two").number
        world.approve(one)
        world.approve(two)
        between = at_step(COMMITTING, lambda: land.land(world.repository(), two, key("maya")))
        with pytest.raises(ProposalError) as caught:
            land.land(world.repository(), one, key("maya"), progress=between)
        assert caught.value.code == "not-accepted"
        assert [row.text for row in rows(world)] == ["the same words"]

    def test_a_landing_killed_between_commit_and_close_is_finished_by_the_next(
        self, world: World, key: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = world.propose([{"text": "interrupted"}]).number
        world.approve(number)

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Repository, "close", die)
            with pytest.raises(KeyboardInterrupt):
                land.land(world.repository(), number, key("maya"))
        landed = world.head()
        assert world.repository().proposal(number).is_open
        with pytest.raises(ProposalError) as caught:
            land.land(world.repository(), number, key("maya"))
        assert caught.value.code == "proposal-closed"
        assert not world.repository().proposal(number).is_open
        assert world.head() == landed, "nothing landed twice"
        assert [row.text for row in rows(world)] == ["interrupted"]

    def test_a_landing_killed_before_its_commit_leaves_everything_as_it_was(
        self, world: World, key: Any
    ) -> None:
        number = world.propose([{"text": "killed"}]).number
        world.approve(number)
        before = world.head()

        def die() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            land.land(world.repository(), number, key("maya"), progress=at_step(COMMITTING, die))
        assert world.head() == before
        world.land(number)
        assert [row.text for row in rows(world)] == ["killed"]


@pytest.mark.usefixtures("gate_in_this_process")
class TestWhatTheProposerWrites:
    def test_a_title_is_text_in_every_page_and_one_line_in_the_history(self, world: World, key: Any) -> None:
        files = world.seal([{"text": "titled"}]).files
        title = "<img src=x onerror=alert(1)> [click](https://evil.example) # x"
        number = world.repository("carl").propose(files, title=title, description="").number
        world.approve(number)
        world.land(number)
        changelog = world.snapshot().read("CHANGELOG.md").decode()
        assert "<img" not in changelog
        assert "[click](" not in changelog
        assert "https://evil" not in changelog


class TestWhatSomebodyEdited:
    """Who may write to ``main`` without a maintainer's key is seen by ``verify``; our next signature must not make it good."""

    def edit(self, world: World, path: str, data: bytes | None) -> None:
        change = CommitOperationAdd(path, data) if data is not None else CommitOperationDelete(path)
        world.api().create_commit(
            world.repo_id, [change], commit_message="By hand", repo_type="dataset", revision="main"
        )

    def refused(self, world: World, act: Callable[[], object]) -> None:
        before = world.head()
        with pytest.raises(CommonsError) as caught:
            act()
        assert caught.value.code in ("file-edited", "file-missing")
        assert world.head() == before

    @pytest.mark.parametrize("deleted", [False, True])
    def test_a_people_table_that_was_edited_says_nothing_of_anybody(
        self, world: World, deleted: bool
    ) -> None:
        """An account that was given to somebody else would let him sign as them, and whoever is missing in it would be erased."""
        number = world.propose([{"text": "Ice floats."}]).number
        world.approve(number)
        table = world.snapshot(need=Need.GOVERNANCE).people_table
        maya = next(iter(table.persons.values()))
        forged = table.with_person(
            replace(maya, accounts=(*maya.accounts, world.repository().account("eve")))
        )
        self.edit(world, layout.PEOPLE, None if deleted else forged.to_bytes())
        self.refused(world, lambda: world.land(number))
        self.refused(world, lambda: show.examine(world.repository(), number).report)

    def test_a_change_log_that_was_edited_is_not_written_on(self, world: World) -> None:
        """It also says which proposals have landed, under which nobody looks for refusals any more."""
        number = world.propose([{"text": "Ice floats."}]).number
        world.approve(number)
        self.edit(world, layout.CHANGELOG, b"# Changelog\n\n* Nothing to see (#1).\n")
        self.refused(world, lambda: world.land(number))
