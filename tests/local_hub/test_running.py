"""The command line, the request log, and copies."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from huggingface_hub import HfApi
from support.patience import PATIENCE_S

from commons.hub.repository import Repository
from commons.local_hub import RunningHub, running

COMMAND = [sys.executable, "-m", "commons.local_hub"]
DATASET = {"repo_type": "dataset"}


def test_the_command_says_where_it_answers_and_stops_when_asked(tmp_path: Path) -> None:
    words = [*COMMAND, "--folder", str(tmp_path / "hub"), "--log-requests"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout
    line = server.stdout.readline()
    assert line.startswith("Local Hub: http://127.0.0.1:")
    url = line.removeprefix("Local Hub: ").strip()
    made = subprocess.run(
        [*COMMAND, "user", "zoe", "--folder", str(tmp_path / "hub")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert HfApi(endpoint=url, token=made.stdout.strip()).whoami()["name"] == "zoe"
    second = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert second.returncode == 1
    assert "Another local Hub is running" in second.stderr
    httpx.get(f"{url}/health", headers={"X-Request-Id": "mine", "User-Agent": "a\x1b[31mb"})
    server.send_signal(signal.SIGTERM)
    out, log = server.communicate(timeout=PATIENCE_S)
    assert out == "", "one line on stdout, no more"
    assert "GET /health 200" in log
    assert "id=mine" in log
    assert "\x1b" not in log
    assert made.stdout.strip() not in log


def test_a_copy_made_while_clients_write_opens_as_a_hub(tmp_path: Path) -> None:
    with running(tmp_path / "hub") as local:
        local.hub.create_user("ada")
        token = local.hub.create_token("ada")
        api = HfApi(endpoint=local.url, token=token)
        repo = api.create_repo("ada/copied", **DATASET).repo_id
        api.upload_file(path_or_fileobj=b"large" * 9999, path_in_repo="x.bin", repo_id=repo, **DATASET)
        before = api.dataset_info(repo).sha
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                api.upload_file(
                    path_or_fileobj=b"%d" % number, path_in_repo=f"{number}", repo_id=repo, **DATASET
                )
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        words = [*COMMAND, "backup", str(tmp_path / "copy"), "--folder", str(tmp_path / "hub")]
        for _ in range(2):
            subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE_S)
        stop.set()
        writer.join()
        store_id = local.hub.store_id
    with running(tmp_path / "copy") as copy:
        assert copy.hub.store_id != store_id
        api = HfApi(endpoint=copy.url, token=token)
        assert before in [commit.commit_id for commit in api.list_repo_commits(repo, **DATASET)]
        folder = api.snapshot_download(repo, local_dir=tmp_path / "files", **DATASET)
        assert (Path(folder) / "x.bin").read_bytes() == b"large" * 9999
        clone = tmp_path / "clone"
        subprocess.run(
            ["git", "clone", "-q", f"{copy.url}/datasets/{repo}", clone], check=True, capture_output=True
        )
        fsck = subprocess.run(
            ["git", "-C", clone, "fsck", "--strict"], capture_output=True, text=True, check=False
        )
        assert fsck.returncode == 0, fsck.stderr


def test_an_idle_connection_is_kept_longer_than_clients_keep_theirs(local: RunningHub) -> None:
    """Else what a client sends just then is lost with a reset connection. httpx closes its own after 5 seconds."""
    with httpx.Client(base_url=local.url, limits=httpx.Limits(keepalive_expiry=60)) as http:
        first = http.get("/static/hub.css").extensions["network_stream"]
        time.sleep(8)
        second = http.get("/static/hub.css").extensions["network_stream"]
        assert second is first


def test_a_hub_has_a_name_that_stays_when_its_port_and_folder_change(tmp_path: Path) -> None:
    """Person ids are hashes of it and a user's name, so it is no other Hub's either."""
    names = []
    for folder in ("hub", "hub", "moved", "another"):
        if folder == "moved":
            (tmp_path / "hub").rename(tmp_path / "moved")
        with running(tmp_path / folder) as local:
            answer = httpx.get(f"{local.url}/api/hub-name")
            assert (answer.status_code, set(answer.json())) == (200, {"name"})
            names.append(answer.json()["name"])
            assert Repository("ada/x", endpoint=local.url).account("ada") == f"{names[-1]}/ada"
    assert names[0] == names[1] == names[2] != names[3]
    assert all(name.startswith("local-") and ":" not in name for name in names)
