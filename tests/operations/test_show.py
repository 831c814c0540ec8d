"""Show: what the gate says of a proposal, on exactly the head that was read, and one comment that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete

from commons.governance.decision import Outcome
from commons.operations import show
from commons.proposals import report_page

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


def comments(world: World, number: int) -> list[str]:
    return [comment.text for comment in world.repository().proposal(number).comments]


def reports(world: World, number: int) -> list[str]:
    return [text for text in comments(world, number) if text.startswith(report_page.MARKER)]


class TestTheReport:
    def test_it_is_one_comment_edited_in_place_when_the_head_changes(self, world: World) -> None:
        number = world.propose([{"text": "x"}]).number
        first = show.examine(world.repository(), number)
        show.publish(first)
        show.publish(show.examine(world.repository(), number))
        assert len(reports(world, number)) == 1
        assert first.proposal.head in reports(world, number)[0]
        head = world.push(number, {"data/notes.txt": b"x"})
        second = show.examine(world.repository(), number)
        show.publish(second)
        (only,) = reports(world, number)
        assert head in only
        assert first.proposal.head not in only
        assert "path-forbidden" in only

    def test_somebody_elses_comment_that_looks_like_a_report_is_left_alone(self, shared: World) -> None:
        number = shared.propose([{"text": "Something to report on."}], "reported").number
        fake = f"{report_page.MARKER}\n\n✅ all good"
        shared.repository("eve").comment(number, fake)
        show.publish(show.examine(shared.repository(), number))
        assert fake in reports(shared, number)
        assert len(reports(shared, number)) == 2

    def test_it_says_what_stands_against_a_proposal_and_changes_nothing(self, world: World) -> None:
        number = world.propose_files({"README.md": b"# Mine now"}).number
        examined = show.examine(world.repository(), number)
        assert {finding.code for finding in examined.report.findings} == {"file-changed"}
        assert examined.decision.outcome is Outcome.REFUSE
        assert comments(world, number) in ([], [""])


class TestWhatAProposalMayTouch:
    def codes(self, world: World, operations: list[Any]) -> set[str]:
        info = world.api("carl").create_commit(
            world.repo_id, operations, commit_message="By hand", repo_type="dataset", create_pr=True
        )
        report = show.examine(world.repository(), int(info.pr_num or 0)).report
        return {finding.code for finding in report.findings}

    @pytest.fixture(scope="class")
    @classmethod
    def landed(cls, found_commons: Any) -> World:
        world: World = found_commons()
        world.add([{"text": "There already."}])
        return world

    @pytest.mark.parametrize(
        "path", ["README.md", "governance/policy.toml", "governance/roles.json", "governance/people.parquet"]
    )
    def test_generated_pages_and_governance_are_not_a_contributors_to_change(
        self, path: str, landed: World
    ) -> None:
        assert self.codes(landed, [CommitOperationAdd(path, b"mine")]) == {"file-changed"}

    def test_an_existing_shard_may_neither_change_nor_go(self, landed: World) -> None:
        path = next(path for path in landed.files() if path.startswith("data/"))
        assert self.codes(landed, [CommitOperationAdd(path, b"other")]) == {"file-changed"}
        assert self.codes(landed, [CommitOperationDelete(path)]) == {"file-changed"}

    def test_the_log_and_the_index_are_not_a_contributors_to_write(self, landed: World) -> None:
        for path in ("log/checkpoint", "index/minilm/manifest.json", "log/tile/0/001"):
            found = self.codes(landed, [CommitOperationAdd(path, b"mine")])
            # A file of an index is taken for a proposed index, which it is not.
            assert found & {"path-forbidden", "file-changed", "index-invalid"}, path

    def test_a_good_contribution_with_one_file_too_many_is_refused(self, landed: World) -> None:
        files = {**landed.seal([{"text": "fine"}], "extra").files, "data/extra.py": b"import os"}
        operations = [CommitOperationAdd(path, data) for path, data in files.items()]
        assert self.codes(landed, operations) == {"path-forbidden"}

    def test_a_proposal_from_before_a_landing_is_judged_by_what_it_adds(self, landed: World) -> None:
        """Its base is an older main; what landed since is not its doing."""
        number = landed.propose([{"text": "from before"}], "before").number
        landed.add([{"text": "landed meanwhile"}], "meanwhile")
        assert show.examine(landed.repository(), number).report.findings == ()
