"""The servers of the demo, each a process that Ctrl-C does not reach directly and that ends with the demo."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SPACE_APP = Path(__file__).resolve().parent.parent / "space_app" / "app.py"
START_S = 120  # a Space on a busy machine imports torch and loads a model first
END_S = 15


@contextlib.contextmanager
def hub(folder: Path) -> Iterator[str]:
    """Its address."""
    words = [sys.executable, "-m", "commons.local_hub", "--folder", str(folder)]
    with _child(words, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        if not line:
            sys.exit("The local Hub did not start; see the message above.")
        yield line.split(": ", 1)[1].strip()


@contextlib.contextmanager
def space(port: int) -> Iterator[tuple[subprocess.Popen[Any], str, str]]:
    """Its process, its address, and its first page once that is there; port 0 is a free one."""
    port = port or _free_port()
    environment = {**os.environ, "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    environment.pop("HF_TOKEN", None)  # visitors read what everybody may read
    address = f"http://127.0.0.1:{port}"
    with _child([sys.executable, str(SPACE_APP)], env=environment) as process:
        yield process, address, _first_page(address, process)


def _first_page(address: str, process: subprocess.Popen[Any]) -> str:
    for _ in range(START_S * 5):
        if process.poll() is not None:
            sys.exit(f"The Space ended with status {process.returncode}; see the message above.")
        try:
            with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310 - our own address
                return str(response.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    sys.exit(f"The Space did not answer within {START_S} s.")


@contextlib.contextmanager
def _child(words: list[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    process = subprocess.Popen(words, start_new_session=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
