"""The root, by which readers pin a commons: an impostor with the honest name, policy and origin has another."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.world import MAINTAINER, STRANGER, key_of

from commons.cli import run
from commons.hub.repository import Repository
from commons.layout import Need
from commons.operations import init, verify
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

HEX = re.compile("[0-9a-f]{64}")


@pytest.fixture(scope="module")
def honest(found_commons: Any) -> World:
    world: World = found_commons()
    world.add([{"text": "Honest words."}])
    return world


@pytest.fixture(scope="module")
def impostor(honest: World) -> Repository:
    """All that a stranger can copy: the name, the origin, the rules; what she cannot is the founder's signature."""
    policy = honest.snapshot(need=Need.GOVERNANCE).policy.commons
    repository = Repository(
        f"{STRANGER}/commons", endpoint=honest.url, token=honest.tokens[STRANGER], cache_dir=honest.cache
    )
    init.found(repository, key_of(STRANGER), name=policy.name, origin=policy.origin)
    return repository


def whole(repository: Repository) -> Snapshot:
    return snapshots.take(repository, need=Need.VERIFYING)


def root_check(verdict: Any) -> Any:
    return next(check for check in verdict.checks if check.name == "root")


def test_an_impostor_with_the_honest_origin_holds_but_not_under_the_honest_root(
    honest: World, impostor: Repository
) -> None:
    root = verify.verify(honest.snapshot()).root
    assert verify.verify(honest.snapshot(), root=root).ok
    assert verify.verify(whole(impostor)).ok, "it is a commons, of hers"
    verdict = verify.verify(whole(impostor), root=root)
    assert [check.name for check in verdict.checks if not check.ok] == ["root"]
    (problem,) = root_check(verdict).problems
    assert (verdict.root in problem, root in problem, verdict.root != root) == (True, True, True)


def test_an_impostor_spoils_no_memory_of_the_honest(
    honest: World, impostor: Repository, tmp_path: Path
) -> None:
    """Whichever is seen first, pinned or not, from a Hub or as a folder."""
    root = verify.verify(honest.snapshot()).root
    for first, second in ((honest.snapshot(), whole(impostor)), (whole(impostor), honest.snapshot())):
        memory = tmp_path / first.name.replace("/", "-")
        for snapshot in (first, second, first, second):
            assert verify.verify(snapshot, memory=memory).ok
        assert not verify.verify(whole(impostor), memory=memory, root=root).ok
        assert verify.verify(honest.snapshot(), memory=memory, root=root).ok
    folder = shutil.copytree(honest.snapshot().folder, tmp_path / "copy")
    shutil.rmtree(folder / "log")
    shutil.copytree(whole(impostor).folder / "log", folder / "log")
    memory = tmp_path / "folders"
    assert verify.verify(honest.snapshot(), memory=memory).ok
    assert not verify.verify(snapshots.of_folder(folder), memory=memory).ok
    assert verify.verify(honest.snapshot(), memory=memory).ok


def test_who_pins_nothing_is_told_so_and_what_was_seen_is_said(honest: World, tmp_path: Path) -> None:
    unpinned = root_check(verify.verify(honest.snapshot(), memory=tmp_path)).looked_at
    assert "not pinned: that this is the commons you mean is the copy's own word" in unpinned
    assert "seen here for the first time" in unpinned
    again = root_check(verify.verify(honest.snapshot(), memory=tmp_path)).looked_at
    assert "first time" not in again
    root = verify.verify(honest.snapshot()).root
    pinned = root_check(verify.verify(honest.snapshot(), root=root)).looked_at
    assert pinned == f"{root}, as pinned"


class TestWhereItIsShown:
    @pytest.fixture
    def founder(self, honest: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COMMONS_KEY_FILE", str(tmp_path / "key.pem"))
        monkeypatch.setenv("COMMONS_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("COMMONS_ENDPOINT", honest.url)
        monkeypatch.setenv("HF_TOKEN", honest.tokens[MAINTAINER])

    def found(self, repo: str, style: str, capsys: pytest.CaptureFixture[str]) -> str:
        words = ["init", "--repo", repo, "--name", "Shown", "--format", style]
        assert run(words) == 0
        return capsys.readouterr().out

    def card(self, honest: World, repo: str) -> str:
        repository = Repository(
            repo, endpoint=honest.url, token=honest.tokens[MAINTAINER], cache_dir=honest.cache
        )
        return snapshots.take(repository, need=Need.GOVERNANCE).read("README.md").decode()

    @pytest.mark.usefixtures("founder")
    def test_init_prints_it_alone_for_scripts(
        self, honest: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        printed = self.found("maya/shown-quiet", "quiet", capsys)
        root = printed.removesuffix("\n")
        assert HEX.fullmatch(root), printed
        assert f"commons verify --repo maya/shown-quiet --root {root}" in self.card(
            honest, "maya/shown-quiet"
        )

    @pytest.mark.usefixtures("founder")
    def test_init_prints_it_in_words_and_in_json(
        self, honest: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = self.found("maya/shown-words", "human", capsys)
        (root,) = HEX.findall(words)
        assert f"Its root, by which others pin it: {root}" in " ".join(words.split())
        assert root in self.card(honest, "maya/shown-words")
        made = json.loads(self.found("maya/shown-json", "json", capsys))
        assert made["root"] in self.card(honest, "maya/shown-json")
        assert made["commit"] != made["root"] != root

    @pytest.mark.usefixtures("founder")
    def test_verify_takes_it_and_nothing_that_is_none(
        self, honest: World, impostor: Repository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = verify.verify(honest.snapshot()).root
        assert run(["verify", "--repo", honest.repo_id, "--root", root]) == 0
        assert f"{root}, as pinned" in " ".join(capsys.readouterr().out.split())
        assert run(["verify", "--repo", impostor.id, "--root", root]) == 1
        assert "it is another commons" in " ".join(capsys.readouterr().out.split())
        for none in ("", "3f2a", root.upper(), root + "0"):
            status = run(["verify", "--repo", honest.repo_id, "--root", none])
            assert status == (64 if none else 0), none
