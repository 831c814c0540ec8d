#!/usr/bin/env python
"""What the local Hub costs: memory for a large file, speed beside nginx, small requests, a large tree, starting.

Everything runs on this machine over loopback: the clients are threads of this process (and ``curl`` for throughput, so that a slow client
is not mistaken for a slow server), the servers processes of their own. For requests a second the Hub is pinned to one core. Throughput is
compared with nginx serving the same file in the same run (in turn, best of three each); without nginx, with Python's own static server.
Prints a Markdown table; our last figures are in local_hub.md.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from shared import command_line, tables
from shared.processes import peak_mb, present_mb
from shared.timing import in_turn, timed

from commons.local_hub import LocalHub

REPO = "ada/bench"
LARGE_FILE = f"/datasets/{REPO}/resolve/main/large.bin"
FILES_IN_TREE = 10_000
FOLDERS_IN_TREE = 100
SMALL_REQUESTS = 2_000
CLIENTS = 8
DOWNLOADS = 3
PIECE_BYTES = 2**20

Cells = tuple[str, str, str]  # what, the Hub, what to compare it with


def main() -> None:
    parser = command_line.parser(__doc__, "local_hub.py --gib 0.1", data=False)
    parser.add_argument(
        "--gib", type=float, default=1.0, help="size of the large file (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where to put it; a temporary folder otherwise")
    options = parser.parse_args()
    print(tables.machine("pygit2", "starlette", "uvicorn"))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = measure(Path(folder), int(options.gib * 2**30))
        tables.show(("what", "Hub", "to compare"), rows)


def measure(folder: Path, size: int) -> Iterator[Cells]:
    large = folder / "large.bin"
    sha256 = write_random(large, size)
    with LocalHub(folder / "hub") as hub:
        hub.create_user("ada")
        token = hub.create_token("ada")
    headers = {"Authorization": f"Bearer {token}"}
    with serving(folder / "hub") as (url, process, started_s):
        yield "start to first answer", f"{started_s:.2f} s", "at most 1 s"
        with httpx.Client(base_url=url, headers=headers, timeout=600) as http:
            post(http, "/api/repos/create", {"name": "bench", "type": "dataset"})
            idle_mb = present_mb(process.pid)
            upload = timed(lambda: put_large(http, large, sha256, size))
            grown_mb = peak_mb(process.pid) - idle_mb
            yield f"upload {size / 2**30:.3g} GiB (LFS)", mib_a_second(size, upload.wall_s), ""
            yield "memory grown by the upload", f"{grown_mb:.0f} MiB", "at most 200 MiB"
            xet_upload = timed(lambda: put_by_xet(url, token, large))
            yield (
                f"upload {size / 2**30:.3g} GiB (Xet, official client)",
                mib_a_second(size, xet_upload.wall_s),
                "",
            )
            yield "memory at its highest after it", f"{peak_mb(process.pid):.0f} MiB", ""
            yield throughput(folder, large, url + LARGE_FILE, token)
            yield "memory at its highest", f"{peak_mb(process.pid):.0f} MiB", f"idle {idle_mb:.0f} MiB"
            fill_tree(http)
            for time_ in ("first", "second"):
                listing = timed(lambda: count_entries(http))
                assert listing.result == FILES_IN_TREE + FOLDERS_IN_TREE
                what = f"tree of {FILES_IN_TREE:,} files in {FOLDERS_IN_TREE} folders, {time_} time"
                yield what, f"{listing.wall_s:.2f} s", "at most 1 s"
    with serving(folder / "hub", core=0) as (url, _, _):
        requests = timed(lambda: request_small(url, headers))
        yield "small files a second, one core", f"{SMALL_REQUESTS / requests.wall_s:.0f}", "at least 200"


def mib_a_second(size: int, seconds: float) -> str:
    return f"{size / seconds / 2**20:.0f} MiB/s"


def put_large(http: httpx.Client, path: Path, sha256: str, size: int) -> None:
    request = {"operation": "upload", "objects": [{"oid": sha256, "size": size}]}
    batch = post(http, f"/datasets/{REPO}.git/info/lfs/objects/batch", request)
    href = batch["objects"][0]["actions"]["upload"]["href"]
    subprocess.run(["curl", "-sf", "-T", path, "-o", os.devnull, href], check=True)
    body = (
        '{"key":"header","value":{"summary":"large"}}\n'
        f'{{"key":"lfsFile","value":{{"path":"large.bin","oid":"{sha256}"}}}}\n'
    )
    http.post(f"/api/datasets/{REPO}/commit/main", content=body).raise_for_status()


def put_by_xet(url: str, token: str, path: Path) -> None:
    """The same content again through the official client into another repository."""
    program = (
        "import sys; from huggingface_hub import HfApi; api = HfApi();"
        "api.create_repo('ada/bench-xet', repo_type='dataset');"
        "api.upload_file(path_or_fileobj=sys.argv[1], path_in_repo='x.bin', repo_id='ada/bench-xet',"
        " repo_type='dataset')"
    )
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "HF_ENDPOINT": url,
            "HF_TOKEN": token,
            "HF_HOME": home,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        subprocess.run([sys.executable, "-c", program, str(path)], env=environment, check=True)


def throughput(folder: Path, large: Path, hub: str, token: str) -> Cells:
    def download_from(address: str) -> Callable[[], float]:
        header = f"Authorization: Bearer {token}"
        command = ["curl", "-sf", "-H", header, "-o", os.devnull, address]
        return lambda: timed(lambda: subprocess.run(command, check=True)).wall_s

    size = large.stat().st_size
    with static_server(folder, large) as (name, peer):
        times_s = in_turn({"peer": download_from(peer), "hub": download_from(hub)}, DOWNLOADS)
    peer_s, hub_s = min(times_s["peer"]), min(times_s["hub"])
    comparison = f"{name} {mib_a_second(size, peer_s)}: ratio {peer_s / hub_s:.2f}, at least 0.5"
    return "download", mib_a_second(size, hub_s), comparison


def request_small(url: str, headers: dict[str, str]) -> None:
    """Over connections that are kept open."""
    path = f"{url}/datasets/{REPO}/resolve/main/.gitattributes"

    def work(count: int) -> None:
        with httpx.Client(headers=headers) as http:
            for _ in range(count):
                http.get(path).raise_for_status()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, [SMALL_REQUESTS // CLIENTS] * CLIENTS))


def count_entries(http: httpx.Client) -> int:
    count = 0
    address: str | None = f"/api/datasets/{REPO}/tree/main/d?recursive=true"
    while address:
        answer = http.get(address)
        count += len(answer.json())
        address = answer.links.get("next", {}).get("url")
    return count


def fill_tree(http: httpx.Client) -> None:
    lines = ['{"key":"header","value":{"summary":"many files"}}']
    for number in range(FILES_IN_TREE):
        path = f"d/{number % FOLDERS_IN_TREE:02d}/{number:05d}.txt"
        content = "aGVsbG8" + "AAAA" * (number % 50) + "="
        lines.append(f'{{"key":"file","value":{{"path":"{path}","content":"{content}"}}}}')
    http.post(f"/api/datasets/{REPO}/commit/main", content="\n".join(lines)).raise_for_status()


@contextmanager
def serving(folder: Path, core: int | None = None) -> Iterator[tuple[str, subprocess.Popen[str], float]]:
    command = [sys.executable, "-m", "commons.local_hub", "--folder", str(folder)]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    url = process.stdout.readline().removeprefix("Local Hub: ").strip()
    httpx.get(f"{url}/health").raise_for_status()
    elapsed = time.perf_counter() - start
    try:
        yield url, process, elapsed
    finally:
        process.terminate()
        process.wait()


@contextmanager
def static_server(folder: Path, large: Path) -> Iterator[tuple[str, str]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    site = folder / "site"
    site.mkdir()
    os.link(large, site / "large.bin")
    site.chmod(0o755)
    nginx = shutil.which("nginx")
    if nginx:
        config = folder / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr; user root;\n"
            "events { worker_connections 64; }\n"
            f"http {{ access_log off; sendfile on; server {{ listen 127.0.0.1:{port}; root {site}; }} }}\n"
        )
        command, name = [nginx, "-c", str(config), "-p", str(folder)], "nginx (sendfile)"
    else:
        command = [
            sys.executable,
            "-m",
            "http.server",
            str(port),
            "--bind",
            "127.0.0.1",
            "--directory",
            str(site),
        ]
        name = "http.server"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/large.bin"
    for _ in range(100):
        try:
            socket.create_connection((urlsplit(address).hostname or "", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield name, address
    finally:
        process.terminate()
        process.wait()


def post(http: httpx.Client, path: str, body: object) -> Any:
    answer = http.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


def write_random(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, PIECE_BYTES):
            piece = os.urandom(min(PIECE_BYTES, size - start))
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


if __name__ == "__main__":
    main()
