"""The login of this machine is used as by every client of the Hub, and for no other Hub than the client's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commons.hub.login import Login

if TYPE_CHECKING:
    from support.world import World

ASK = "import sys; from commons.hub import login; print(login.stored_token(sys.argv[1])); print(login.withheld_from(sys.argv[1]))"


def stored(home: Path, asked: str, **environment: str) -> list[str]:
    """What a new process says of the login for the Hub ``asked``: the token, and the Hub from which it is kept."""
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
    }
    child = subprocess.run(
        [sys.executable, "-c", ASK, asked],
        env={**bare, "HF_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return child.stdout.splitlines()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("  hf_stored\r\n")
    return tmp_path


HUB = "https://huggingface.co"


class TestStoredToken:
    def test_it_is_the_one_of_hf_auth_login_without_its_line_end(self, home: Path) -> None:
        assert stored(home, HUB) == ["hf_stored", ""]

    def test_it_lies_where_the_client_says(self, home: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("hf_elsewhere")
        assert stored(home, HUB, HF_TOKEN_PATH=str(elsewhere))[0] == "hf_elsewhere"

    def test_it_belongs_to_the_hub_that_the_client_asks_however_that_is_written(self, home: Path) -> None:
        assert stored(home, "http://localhost:8000", HF_ENDPOINT="localhost:8000/")[0] == "hf_stored"

    def test_it_is_kept_from_every_other_hub_and_that_is_known(self, home: Path) -> None:
        assert stored(home, "http://localhost:8000") == ["None", HUB]

    def test_whoever_forbade_its_use_is_obeyed(self, home: Path) -> None:
        assert stored(home, HUB, HF_HUB_DISABLE_IMPLICIT_TOKEN="1") == ["None", ""]

    def test_without_one_there_is_none(self, tmp_path: Path) -> None:
        assert stored(tmp_path / "empty", HUB) == ["None", ""]

    def test_a_token_file_that_is_no_text_is_said_and_left(self, home: Path) -> None:
        (home / "token").write_bytes(b"\xff\xfe\x00")
        assert stored(home, HUB)[0] == "None"


def answer(role: str, **rights: object) -> dict[str, object]:
    token: dict[str, object] = {"role": role}
    if rights:
        token["fineGrained"] = {"global": rights.get("everywhere", []), "scoped": rights.get("scoped", [])}
    return {"name": "carl", "auth": {"accessToken": token}}


def scope(name: str, *permissions: str) -> dict[str, object]:
    return {"entity": {"name": name, "type": "user"}, "permissions": list(permissions)}


MAY: dict[str, tuple[dict[str, object], bool]] = {
    "a token that may write": (answer("write"), True),
    "a token that may only read": (answer("read"), False),
    "discussions anywhere": (answer("fineGrained", everywhere=["discussion.write"]), True),
    "discussions here": (answer("fineGrained", scoped=[scope("org/commons", "discussion.write")]), True),
    "the organisation's repositories": (answer("fineGrained", scoped=[scope("org", "repo.write")]), True),
    "discussions elsewhere": (answer("fineGrained", scoped=[scope("carl", "discussion.write")]), False),
    "reading alone": (
        answer("fineGrained", everywhere=[], scoped=[scope("org", "repo.content.read")]),
        False,
    ),
    "a Hub that tells no rights": (answer("fineGrained"), True),
    "a Hub that tells nothing": ({"name": "carl"}, True),
    "a Hub that tells something odd": ({"name": "carl", "auth": {"accessToken": ["?"]}}, True),
}


@pytest.mark.parametrize("name", MAY)
def test_whether_a_token_may_open_a_proposal_as_far_as_the_hub_tells(name: str) -> None:
    told_by_hub, expected = MAY[name]
    assert Login.of(told_by_hub).may_propose_to("org/commons") is expected


def test_the_local_hub_tells_the_user_and_the_role(shared: World) -> None:
    assert shared.repository("carl").login == Login("carl", "write")
