"""``commons build`` publishes where the key may, proposes where it may not or there is none, and says which of the two it did."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.world import MAINTAINER, STRANGER, key_of, pem_of

from commons.cli import run
from commons.cli.shared import options
from commons.governance.roles import RoleKey
from commons.layout import Need

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


@dataclass(frozen=True)
class Output:
    code: int
    out: str
    err: str


Type = Callable[..., Output]


@pytest.fixture
def commons(world: World) -> World:
    """A commons with a record and a builder."""
    world.add([{"text": "Ice floats."}])
    roles = world.snapshot(need=Need.GOVERNANCE).roles
    builder = RoleKey.of(key_of("builder").public)
    world.change_rules(roles=roles.model_copy(update={"builders": (builder,)}))
    return world


@pytest.fixture
def typed(
    commons: World,
    embedder: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Type:
    """A function: what is typed with somebody's token, and with this key in the environment, or with none."""
    monkeypatch.setattr(options, "load_embedder", lambda *_: embedder)
    monkeypatch.setenv("HF_ENDPOINT", commons.url)
    monkeypatch.setenv("COMMONS_REPO", commons.repo_id)
    monkeypatch.setenv("COMMONS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COMMONS_KEY_FILE", str(tmp_path / "nobody.pem"))

    def typed(*words: str, who: str = STRANGER, key: str = "") -> Output:
        monkeypatch.setenv("HF_TOKEN", commons.tokens[who])
        monkeypatch.setenv("COMMONS_KEY", pem_of(key_of(key)) if key else "")
        capsys.readouterr()
        code = run(list(words))
        captured = capsys.readouterr()
        return Output(code, captured.out, captured.err)

    return typed


def is_built(world: World) -> bool:
    return any(path.startswith("index/") for path in world.files())


def test_a_machine_with_a_builders_key_publishes(commons: World, typed: Type) -> None:
    done = typed("build", "--publish", who=MAINTAINER, key="builder")
    assert (done.code, is_built(commons)) == (0, True)
    assert "Published: " in done.out
    assert "proposed" not in done.err
    assert typed("verify").code == 0


@pytest.mark.parametrize(("key", "why"), [("", "no signing key here"), ("eve", "neither a maintainer's nor")])
def test_without_a_key_that_may_it_proposes_and_a_maintainer_lands_it(
    key: str, why: str, commons: World, typed: Type
) -> None:
    done = typed("build", "--publish", key=key)
    assert (done.code, is_built(commons)) == (0, False)
    assert why in done.err
    assert "Proposed, not published: " in done.out
    (proposal,) = commons.repository().proposals()
    number = str(proposal.number)
    shown = typed("show", number, "--quick", who=MAINTAINER, key=MAINTAINER)
    assert "index/tiny" in shown.out
    approved = typed("review", number, "--approve", "--quick", who=MAINTAINER, key=MAINTAINER)
    assert approved.code == 0, approved.err
    landed = typed("land", number, who=MAINTAINER, key=MAINTAINER)
    assert "Landed the index of 1 records" in landed.out
    assert is_built(commons)
    assert typed("verify").code == 0


def test_a_proposal_can_be_asked_for_also_by_who_may_publish(commons: World, typed: Type) -> None:
    done = typed("build", "--propose", "--format", "json", who=MAINTAINER, key=MAINTAINER)
    (proposal,) = commons.repository().proposals()
    assert json.loads(done.out)["proposal"] == proposal.number
    assert not is_built(commons)


@pytest.mark.parametrize(
    "two", [("--publish", "--dry-run"), ("--publish", "--propose"), ("--propose", "--dry-run")]
)
def test_two_of_the_three_make_no_sense_together(two: tuple[str, str], typed: Type) -> None:
    done = typed("build", *two)
    assert done.code != 0
    assert "exclude each other" in done.err
