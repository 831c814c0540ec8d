"""Rules that somebody edited by hand: nothing is done by them, everybody is told where the right ones stand, and these heal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.world import CONTRIBUTOR, MAINTAINER, key_of

from commons import layout
from commons.errors import PolicyError
from commons.governance.roles import RoleKey
from commons.hub.repository import Proposal
from commons.intake import offering
from commons.intake.mapping import Mapping
from commons.layout import Kind, Need
from commons.ledger import envelopes
from commons.operations import adopt, build, key, land, review, show, verify
from commons.proposals.examination import Examination

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

MAPPING = Mapping(
    {}, {"license": "cc0-1.0", "lang": "en", "topic": ["science"], "source.title": "A notebook"}
)


class Desk:
    """A commons with something to do for each command, prepared while its rules were right."""

    def __init__(self, world: World, embedder: Any) -> None:
        self.world, self.embedder = world, embedder
        world.add([{"text": "Landed by the right rules."}])
        self.waiting: Proposal = world.propose([{"text": "Waits for a review."}], "waiting")
        self.approved: Proposal = world.propose([{"text": "Waits to land."}], "approved")
        world.approve(self.approved.number)
        self.by_hand = world.propose_files({"rows.csv": b"text\nBy hand.\n"}).number
        self.examined: Examination = show.examine(world.repository(), self.waiting.number)

    def edit(self, path: str, data: bytes) -> None:
        self.world.repository().commit({path: data}, message="By hand", parent=self.world.head())

    def governance(self) -> Any:
        return self.world.snapshot(need=Need.GOVERNANCE)


COMMANDS: dict[str, Callable[[Desk], object]] = {
    "contribute": lambda d: d.world.propose([{"text": "New."}], "new"),
    "check": lambda d: offering.prepare(
        d.world.snapshot(need=Need.CHECKING), [d.world.input_of([{"text": "New."}], "new", Kind.RECORD)]
    ),
    "show": lambda d: show.examine(d.world.repository(), d.waiting.number),
    "review": lambda d: review.examine(
        d.world.repository(), d.waiting.number, key_of(MAINTAINER), head=d.waiting.head, approve=True
    ),
    "land": lambda d: land.land(d.world.repository(), d.approved.number, key_of(MAINTAINER)),
    "adopt": lambda d: adopt.adopt(
        d.world.repository(), d.by_hand, key_of(MAINTAINER), d.world.identity(MAINTAINER), mapping=MAPPING
    ),
    "key register": lambda d: key.register(
        d.world.repository(CONTRIBUTOR), d.governance(), key_of(CONTRIBUTOR), d.world.identity()
    ),
    "key rotate": lambda d: key.rotate(
        d.world.repository(CONTRIBUTOR),
        d.governance(),
        key_of(CONTRIBUTOR),
        key_of("another"),
        d.world.identity(),
    ),
    "key revoke": lambda d: key.revoke(
        d.world.repository(CONTRIBUTOR),
        d.governance(),
        key_of(CONTRIBUTOR),
        key_of(CONTRIBUTOR).public,
        d.world.identity(),
    ),
    "build": lambda d: d.world.build(d.embedder),
    "build without a key": lambda d: build.build_and_propose(
        d.world.repository(), d.embedder, d.world.folder / "work"
    ),
}


@pytest.fixture(scope="module")
def desk(found_commons: Any, make_embedder: Any) -> Desk:
    return Desk(found_commons(), make_embedder())


def _with_eve(data: bytes) -> bytes:
    """Eve is a maintainer now, says whoever may write to the repository."""
    roles = json.loads(data)
    stranger = RoleKey.of(key_of("eve").public, roles["maintainers"][0]["person"])
    roles["maintainers"].append(stranger.model_dump(mode="json"))
    return json.dumps(roles, indent=2).encode()


EDITS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a rule": (layout.POLICY, lambda data: data.replace(b'not_by = ["author"]', b"not_by = []")),
    "a comment": (layout.POLICY, lambda data: data + b"# nothing changes\n"),
    "a role": (layout.ROLES, _with_eve),
}


@pytest.fixture(scope="module", params=EDITS)
def edited(request: pytest.FixtureRequest, desk: Desk) -> Iterator[tuple[Desk, str, bytes]]:
    """(the desk, the path that was edited, what stood there)."""
    path, edit = EDITS[request.param]
    before = desk.governance().read(path)
    assert edit(before) != before
    desk.edit(path, edit(before))
    yield desk, path, before
    desk.edit(path, before)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_would_act_by_them_refuses_and_says_where_the_right_ones_stand(
    command: str, edited: tuple[Desk, str, bytes]
) -> None:
    desk, path, before = edited
    head, proposals = desk.world.head(), desk.world.repository().proposals()
    with pytest.raises(PolicyError) as caught:
        COMMANDS[command](desk)
    assert caught.value.code == "rules-edited"
    assert path in caught.value.message
    named = re.search(r"log/envelopes/[0-9a-f]{2}/[0-9a-f]{64}\.json", caught.value.hint)
    assert named, caught.value.hint
    statement = json.loads(
        envelopes.open_envelope(desk.world.snapshot(need=Need.BUILDING).fetch(named[0])).payload
    )
    member = {layout.POLICY: "policy", layout.ROLES: "roles"}[path]
    assert f"predicate.{member}" in caught.value.hint
    assert statement["predicate"][member].encode() == before, "what has to be put back, byte for byte"
    assert desk.world.head() == head
    assert desk.world.repository().proposals() == proposals


def test_verify_names_the_file(edited: tuple[Desk, str, bytes]) -> None:
    desk, path, _ = edited
    verdict = verify.verify(desk.world.snapshot())
    wrong = {check.name: check.problems for check in verdict.checks if not check.ok}
    assert any(path in problem for problem in wrong["rules"])
    assert any(path in problem for problem in wrong["inventory"])


@pytest.mark.parametrize("name", EDITS)
def test_putting_back_what_the_envelope_holds_heals(
    name: str, found_commons: Any, make_embedder: Any
) -> None:
    desk = Desk(found_commons(), make_embedder())
    path, edit = EDITS[name]
    before = desk.governance().read(path)
    desk.edit(path, edit(before))
    with pytest.raises(PolicyError) as caught:
        desk.world.land(desk.approved.number)
    named = re.search(r"log/envelopes/\S+\.json", caught.value.hint)
    assert named
    data = desk.world.snapshot(need=Need.BUILDING).fetch(named[0])
    predicate = json.loads(envelopes.open_envelope(data).payload)["predicate"]
    desk.edit(path, predicate[{layout.POLICY: "policy", layout.ROLES: "roles"}[path]].encode())
    desk.world.land(desk.approved.number)
    desk.world.build(desk.embedder)
    assert verify.verify(desk.world.snapshot()).ok
