"""A real commons on a real local Hub, the Space in a process of its own, and a real browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support.embedder import TinyEmbedder
from support.patience import PATIENCE_MS, PATIENCE_S, eventually
from support.space_records import COLLECTIONS
from support.world import World

from commons.local_hub import RunningHub

CHROMIUM = Path("/usr/bin/chromium")
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class RunningSpace:
    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, **more: object) -> httpx.Response:
        return httpx.get(self.url + path, timeout=PATIENCE_S, **more)


@dataclass
class Visitor:
    """A page with what it did behind the visitor's back."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        if path.split("?", maxsplit=1)[0] == "/":
            self.page.wait_for_selector("#results .leaf", timeout=PATIENCE_MS)
        return self.page

    def search(self, question: str) -> Page:
        before = self.page.url
        self.page.get_by_label("Your question").fill(question)
        self.page.get_by_role("button", name="Search", exact=True).click()
        self.page.wait_for_url(lambda url: url != before, timeout=PATIENCE_MS)
        return self.page

    def elsewhere(self) -> list[str]:
        """What was asked for from anywhere but the Space."""
        return [r for r in self.requests if not r.startswith((self.url, "data:", "blob:"))]


@contextmanager
def running_space(*command: str, log: Path, **environment: str) -> Iterator[RunningSpace]:
    """The Space in a child process on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=_ROOT / "tests",
            env={**os.environ, "GRADIO_SERVER_PORT": str(port), **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: b"The Space is at" in log.read_bytes() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        assert b"The Space is at" in log.read_bytes(), log.read_text()
        yield RunningSpace(f"http://127.0.0.1:{port}", log, process)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def library(hub: RunningHub, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four collections that landed in one proposal, and their index."""
    world = World.found(
        hub, tokens, "maya/library", tmp_path_factory.mktemp("library"), name="The Library of Tests"
    )
    world.add_collections(COLLECTIONS)
    world.build(TinyEmbedder())
    return world


@pytest.fixture(scope="session")
def space(library: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    log = tmp_path_factory.mktemp("space") / "log"
    where = {"COMMONS_REPO": library.repo_id, "HF_ENDPOINT": library.url}
    with running_space("-m", "support.serve_space", log=log, **where) as space:
        yield space


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"These tests need a browser at {CHROMIUM}: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: Browser, space: RunningSpace) -> Iterator[Visitor]:
    """Somebody with a browser. Whatever a test does, nothing may be fetched from elsewhere and no record may run."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(context.new_page(), space.url)
    visitor.page.on("request", lambda request: visitor.requests.append(request.url))
    visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
    visitor.page.on("dialog", lambda dialog: (visitor.dialogs.append(dialog.message), dialog.dismiss()))
    yield visitor
    stolen = visitor.page.evaluate("window.stolen")
    context.close()
    assert visitor.elsewhere() == []
    assert (visitor.dialogs, visitor.errors, stolen) == ([], [], None)
