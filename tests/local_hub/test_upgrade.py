"""A Hub of an earlier version opens, keeps its tokens, and serves nothing that was not checked when it came."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from huggingface_hub import HfApi

from commons.local_hub import running
from commons.local_hub.database import _MIGRATIONS

TOKEN = "hf_of_an_earlier_version"


def write_version_2(folder: Path) -> None:
    """As it was before tokens had ids and Xet's names were computed: one user, one repository, one file with false chunks."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "hub.sqlite3")
    for script in _MIGRATIONS[:2]:
        connection.executescript(script)
    connection.execute("PRAGMA user_version = 2")
    moment = "2026-01-01T00:00:00.000Z"
    connection.execute("INSERT INTO account VALUES ('u1', 'ada', 'user', 'Ada', 0, ?)", (moment,))
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    connection.execute("INSERT INTO token VALUES (?, 'u1', 'old', 'write', ?)", (hashed, moment))
    connection.execute(
        "INSERT INTO repository VALUES ('r1', 'dataset', 'u1', 'kept', 0, NULL, NULL, ?, ?, 3)",
        (moment, moment),
    )
    connection.execute("INSERT INTO xet_file VALUES ('r1', ?, ?, 5, '[]')", ("a" * 64, "b" * 64))
    connection.commit()
    connection.close()
    (folder / "repositories" / "r1" / "xet" / "ab").mkdir(parents=True)
    (folder / "repositories" / "r1" / "xet" / "ab" / "false").write_bytes(b"never checked")


def test_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    write_version_2(tmp_path / "hub")
    with running(tmp_path / "hub") as local:
        assert HfApi(endpoint=local.url, token=TOKEN).whoami()["name"] == "ada"
        (token,) = local.hub.tokens.all()
        assert (len(token.id), token.end) == (12, "until revoked")
        assert local.hub.database.row("SELECT 1 FROM xet_file") is None
        repository = local.hub.repositories.find("dataset", "ada/kept")
        assert repository is not None
        assert repository.xet_generation == 4
        assert not [path for path in (tmp_path / "hub" / "repositories").rglob("*") if path.is_file()]
