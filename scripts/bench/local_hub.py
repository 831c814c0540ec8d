"""What the local Hub costs: memory for a large file, speed beside nginx, small requests, a large tree, starting.

    python scripts/bench_local_hub.py [--gib 1] [--folder build/bench]

Prints a Markdown table. Everything runs on this machine over loopback: the clients are threads of this process (and
``curl`` for throughput, so that a slow client is not mistaken for a slow server), the servers processes of their own. For
requests a second the Hub is pinned to one core. Throughput is compared with nginx serving the same file in the same run
(interleaved, best of three each); without nginx, with Python's own static server.

Two cores of an AMD EPYC, shared with other work, ext4, Python 3.11, nginx 1.22:

| what | Hub | to compare |
|---|---|---|
| start to first answer | 0.37 s | at most 1 s |
| upload 1.0 GiB (LFS) | 270 MiB/s |  |
| memory grown by the upload | 4 MiB | at most 200 MiB |
| upload 1.0 GiB (Xet, official client) | 75 MiB/s |  |
| memory at its highest after it | 72 MiB |  |
| download | 1123 MiB/s | nginx (sendfile) 1497 MiB/s: ratio 0.75, at least 0.5 |
| memory at its highest | 72 MiB | idle 46 MiB |
| tree of 10,000 files in 100 folders, first time | 0.52 s | at most 1 s |
| tree of 10,000 files in 100 folders, second time | 0.51 s | at most 1 s |
| small files a second, one core | 990 | at least 200 |
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from commons.local_hub import LocalHub

REPO = "ada/bench"
FILES_IN_TREE = 10_000
SMALL_REQUESTS = 2_000
PIECE_BYTES = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gib", type=float, default=1.0, help="size of the large file")
    parser.add_argument("--folder", type=Path, help="where to put it; a temporary folder otherwise")
    options = parser.parse_args()
    print("| what | Hub | to compare |\n|---|---|---|")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for row in measure(Path(folder), int(options.gib * 2**30)):
            print(f"| {' | '.join(row)} |", flush=True)


def measure(folder: Path, size: int) -> Iterator[tuple[str, str, str]]:
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
            before = rss(process.pid)
            upload_s = put_large(http, large, sha256, size)
            after_up = peak_rss(process.pid)
            yield f"upload {size / 2**30:.1f} GiB (LFS)", f"{size / upload_s / 2**20:.0f} MiB/s", ""
            yield "memory grown by the upload", f"{(after_up - before) / 2**20:.0f} MiB", "at most 200 MiB"
            yield from xet_upload(url, token, large, size, process)
            yield from throughput(folder, large, f"{url}/datasets/{REPO}/resolve/main/large.bin", token, size)
            yield (
                "memory at its highest",
                f"{peak_rss(process.pid) / 2**20:.0f} MiB",
                f"idle {before / 2**20:.0f} MiB",
            )
            fill_tree(http)
            path = f"/api/datasets/{REPO}/tree/main/d?recursive=true"
            for name in ("first", "second"):
                start = time.perf_counter()
                count = 0
                address: str | None = path
                while address:
                    answer = http.get(address)
                    count += len(answer.json())
                    address = answer.links.get("next", {}).get("url")
                elapsed = time.perf_counter() - start
                yield (
                    f"tree of {FILES_IN_TREE:,} files in {count - FILES_IN_TREE} folders, {name} time",
                    f"{elapsed:.2f} s",
                    "at most 1 s",
                )
    with serving(folder / "hub", core=0) as (url, _, _):
        yield "small files a second, one core", f"{small_requests(url, headers):.0f}", "at least 200"


def put_large(http: httpx.Client, path: Path, sha256: str, size: int) -> float:
    start = time.perf_counter()
    wanted = {"operation": "upload", "objects": [{"oid": sha256, "size": size}]}
    plan = post(http, f"/datasets/{REPO}.git/info/lfs/objects/batch", wanted)
    href = plan["objects"][0]["actions"]["upload"]["href"]
    subprocess.run(["curl", "-sf", "-T", path, "-o", os.devnull, href], check=True)
    body = (
        '{"key":"header","value":{"summary":"large"}}\n'
        f'{{"key":"lfsFile","value":{{"path":"large.bin","oid":"{sha256}"}}}}\n'
    )
    http.post(f"/api/datasets/{REPO}/commit/main", content=body).raise_for_status()
    return time.perf_counter() - start


def xet_upload(
    url: str, token: str, path: Path, size: int, process: subprocess.Popen[str]
) -> Iterator[tuple[str, str, str]]:
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
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program, str(path)], env=environment, check=True)
    elapsed = time.perf_counter() - start
    yield f"upload {size / 2**30:.1f} GiB (Xet, official client)", f"{size / elapsed / 2**20:.0f} MiB/s", ""
    yield "memory at its highest after it", f"{peak_rss(process.pid) / 2**20:.0f} MiB", ""


def throughput(folder: Path, large: Path, hub: str, token: str, size: int) -> Iterator[tuple[str, str, str]]:
    with static_server(folder, large) as (name, peer):
        speeds: dict[str, float] = {"hub": 0.0, "peer": 0.0}
        for _ in range(3):
            for who, address in (("peer", peer), ("hub", hub)):
                start = time.perf_counter()
                header = f"Authorization: Bearer {token}"
                subprocess.run(["curl", "-sf", "-H", header, "-o", os.devnull, address], check=True)
                speeds[who] = max(speeds[who], size / (time.perf_counter() - start) / 2**20)
    ratio = speeds["hub"] / speeds["peer"]
    yield (
        "download",
        f"{speeds['hub']:.0f} MiB/s",
        f"{name} {speeds['peer']:.0f} MiB/s: ratio {ratio:.2f}, at least 0.5",
    )


def small_requests(url: str, headers: dict[str, str]) -> float:
    """Files a second over eight connections kept open."""
    path = f"{url}/datasets/{REPO}/resolve/main/.gitattributes"

    def work(count: int) -> None:
        with httpx.Client(headers=headers) as http:
            for _ in range(count):
                http.get(path).raise_for_status()

    clients = 8
    work(20)
    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, [SMALL_REQUESTS // clients] * clients))
    return SMALL_REQUESTS / (time.perf_counter() - start)


def fill_tree(http: httpx.Client) -> None:
    lines = ['{"key":"header","value":{"summary":"many files"}}']
    for number in range(FILES_IN_TREE):
        path = f"d/{number % 100:02d}/{number:05d}.txt"
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


def post(http: httpx.Client, path: str, body: object) -> dict:
    answer = http.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


def write_random(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(0, size, PIECE_BYTES):
            piece = os.urandom(PIECE_BYTES)
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def rss(pid: int) -> int:
    return _status(pid, "VmRSS")


def peak_rss(pid: int) -> int:
    return _status(pid, "VmHWM")


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    main()
