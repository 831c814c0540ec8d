"""Builders: machines whose keys publish an index and nothing else; whatever else is done with one is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.world import MAINTAINER, key_of

from commons import digests, layout
from commons.errors import CommonsError, ProposalError
from commons.governance.people import Person
from commons.governance.roles import RoleKey
from commons.layout import Need
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.operations import build, land, review, show, verify
from commons.operations.key import revoke
from commons.snapshots import sealed_commit

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

BUILDER = key_of("builder")


def with_builder(world: World) -> World:
    """The commons with a builder's key in its roles."""
    roles = world.snapshot(need=Need.GOVERNANCE).roles
    world.change_rules(roles=roles.model_copy(update={"builders": (RoleKey.of(BUILDER.public),)}))
    return world


def problems(world: World) -> str:
    """What ``verify`` has against the commons as it is on ``main``."""
    return "\n".join(
        problem for check in verify.verify(world.snapshot()).checks for problem in check.problems
    )


@pytest.fixture
def built(world: World) -> World:
    """A commons with a builder, a record, and no index."""
    world.add([{"text": "Ice floats."}])
    return with_builder(world)


class TestWhatABuilderMay:
    def test_an_index_by_its_key_holds_and_the_next_landing_goes_on_from_its_checkpoint(
        self, built: World, embedder: Any, tmp_path: Path
    ) -> None:
        published = build.build_and_publish(built.repository(), BUILDER, embedder, tmp_path)
        assert published.sha == built.head()
        assert problems(built) == ""
        built.add([{"text": "Stones sink."}], "stones")
        build.build_and_publish(built.repository(), BUILDER, embedder, tmp_path)
        assert problems(built) == ""

    def test_a_key_that_is_in_no_role_builds_nothing(
        self, built: World, embedder: Any, tmp_path: Path
    ) -> None:
        before = built.head()
        with pytest.raises(CommonsError) as caught:
            build.build_and_publish(built.repository(), key_of("eve"), embedder, tmp_path)
        assert caught.value.code == "not-a-builder"
        assert (built.head(), embedder.calls) == (before, [])


class TestWhatItMayNot:
    def test_it_has_no_word_on_proposals_and_lands_none(self, built: World) -> None:
        number = built.propose([{"text": "Stones sink."}], "stones").number
        examined = show.examine(built.repository(), number)
        with pytest.raises(CommonsError) as caught:
            review.submit(examined, BUILDER, approve=True)
        assert caught.value.code == "not-a-reviewer"
        built.approve(number)
        with pytest.raises(ProposalError) as caught_landing:
            land.land(built.repository(), number, BUILDER)
        assert caught_landing.value.code == "not-a-maintainer"

    def test_its_commit_that_changes_people_openings_rules_or_links_is_named(self, built: World) -> None:
        snapshot = built.snapshot()
        person = Person(snapshot.roles.person_of(key_of(MAINTAINER).public.key_id), bytes(32))
        opening = next(iter(snapshot.openings().values())).relative_to(snapshot.folder).as_posix()
        changes: dict[str, dict[str, bytes]] = {
            "people": {layout.PEOPLE: snapshot.people_table.with_person(person).to_bytes()},
            "governance": {layout.POLICY: snapshot.policy_bytes + b"\n# more\n"},
            "openings": {opening: snapshot.read(opening) + b"\0"},
            "links": {f"links/open/notes/{'0' * 64}.parquet": b"PAR1"},
        }
        for files in changes.values():
            sealed_commit.commit(built.snapshot(), BUILDER, files, statements=(), message="Only a build")
        told = problems(built)
        for part in changes:
            assert f"a builder changed {part}, which only a maintainer may" in told

    def test_a_statement_that_it_slips_in_is_named_whoever_signed_it(self, built: World) -> None:
        """A reviewer's own word, and rules signed by the builder itself."""
        snapshot = built.snapshot()
        origin = snapshot.policy.commons.origin
        word = Signer(key_of(MAINTAINER), origin).review(
            "kc1" + "a" * 52,
            "0" * 64,
            head="1" * 40,
            approve=False,
            person=snapshot.roles.person_of(key_of(MAINTAINER).public.key_id),
            size=snapshot.rules.size,
        )
        rules = Signer(BUILDER, origin).policy(
            snapshot.policy_bytes,
            digests.sha256_hex(snapshot.policy_bytes),
            snapshot.roles.to_bytes(),
            serial=snapshot.rules.serial + 1,
            replaces=snapshot.rules.policy_sha256,
        )
        statements = [(StatementKind.REVIEW, word), (StatementKind.POLICY, rules)]
        sealed_commit.commit(snapshot, BUILDER, {}, statements=statements, message="Only a build")
        told = problems(built)
        assert f"a builder brought a review statement (leaf {snapshot.rules.size})" in told
        assert f"a builder brought a policy statement (leaf {snapshot.rules.size + 1})" in told
        assert f"the policy was signed by {BUILDER.public.key_id}, who was no maintainer" in told

    def test_a_maintainer_revokes_it_as_any_key(self, built: World, embedder: Any, tmp_path: Path) -> None:
        build.build_and_publish(built.repository(), BUILDER, embedder, tmp_path)
        maintainer = key_of(MAINTAINER)
        proposal = revoke(
            built.repository(), built.snapshot(), maintainer, BUILDER.public, built.identity(MAINTAINER)
        )
        built.land(proposal.number)
        assert built.snapshot(need=Need.GOVERNANCE).roles.builders == ()
        with pytest.raises(CommonsError) as caught:
            build.build_and_publish(built.repository(), BUILDER, embedder, tmp_path)
        assert caught.value.code == "not-a-builder"
        assert problems(built) == ""

    def test_after_it_is_taken_from_the_roles_its_builds_count_no_more(
        self, built: World, embedder: Any, tmp_path: Path
    ) -> None:
        build.build_and_publish(built.repository(), BUILDER, embedder, tmp_path)
        roles = built.snapshot(need=Need.GOVERNANCE).roles
        built.change_rules(roles=roles.model_copy(update={"builders": ()}))
        assert problems(built) == "", "what it built before stays good"
        with pytest.raises(CommonsError) as caught:
            build.build_and_publish(built.repository(), BUILDER, embedder, tmp_path)
        assert caught.value.code == "not-a-builder"
        sealed_commit.commit(built.snapshot(), BUILDER, {}, statements=(), message="Once more")
        assert "None of the keys we know has signed this note" in problems(built)
