"""Tokens are listed without being shown, end by themselves or when they are revoked, and only their hashes are stored."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from commons.local_hub import RunningHub
from commons.local_hub.database import moment
from commons.local_hub.errors import BadRequest, NotFound

from .conftest import People


def command(local: RunningHub, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "commons.local_hub", *words, "--folder", str(local.hub.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout.strip() or done.stderr.strip()


def whose(people: People, token: str) -> str:
    return HfApi(endpoint=people.url, token=token).whoami()["name"]


def test_a_token_from_made_to_revoked(local: RunningHub, people: People, dataset: str) -> None:
    token = command(
        local, "token", "new", "bob", "--role", "propose", "--expires", "30", "--label", "the laptop"
    )
    assert whose(people, token) == "bob"
    line = next(each for each in command(local, "token", "list", "bob").splitlines() if "laptop" in each)
    token_id, user, role, end, _, label = line.split("\t")
    assert (user, role, label) == ("bob", "propose", "the laptop")
    assert end.startswith("until 2")
    assert token not in command(local, "token", "list")
    with pytest.raises(HfHubHTTPError, match="403 Forbidden"):
        HfApi(endpoint=people.url, token=token).upload_file(
            path_or_fileobj=b"x", path_in_repo="x", repo_id=dataset, repo_type="dataset"
        )
    command(local, "token", "revoke", token_id)
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        whose(people, token)
    assert "No token" in command(local, "token", "revoke", token_id, code=1)
    assert "nobody" in command(local, "token", "new", "nobody", code=1)


def test_a_token_ends_by_itself(local: RunningHub, people: People) -> None:
    token = local.hub.create_token("bob", name="short", expires_days=1)
    assert whose(people, token) == "bob"
    with local.hub.database.write() as connection:  # a day later
        past = moment(datetime.now(UTC) - timedelta(seconds=1))
        connection.execute("UPDATE token SET expires_at = ? WHERE name = 'short'", (past,))
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        whose(people, token)
    (listed,) = [each for each in local.hub.tokens.all("bob") if each.name == "short"]
    assert listed.expired
    assert listed.end.startswith("expired")


@pytest.mark.parametrize("days", [0, -1, 10**6])
def test_impossible_ends(local: RunningHub, people: People, days: int) -> None:
    with pytest.raises(BadRequest):
        local.hub.create_token("bob", expires_days=days)


def test_what_is_stored_is_no_token(local: RunningHub, people: People) -> None:
    for path in local.hub.folder.glob("hub.sqlite3*"):
        data = path.read_bytes()
        assert not any(token.encode() in data for token in people.tokens.values())
    with pytest.raises(NotFound):
        local.hub.tokens.all("nobody-at-all")
