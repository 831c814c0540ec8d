"""The bot as operators run it: a process of its own, told by webhooks or looking by itself, killed, started again, started twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import processes
from support.patience import PATIENCE_S, eventually
from support.processes import COMMONS
from support.world import MAINTAINER, World

from .conftest import NAME, Bot

SECRET = "a long secret"


class Process:
    """``commons bot`` in a child, its log in a file."""

    def __init__(self, bot: Bot, folder: Path, *arguments: str) -> None:
        self.log = folder / f"bot-{time.monotonic_ns()}.log"
        environment = {
            **os.environ,
            "HF_TOKEN": bot.token,
            "HF_ENDPOINT": bot.world.url,
            "HF_HOME": str(folder / "hf"),
            "COMMONS_WEBHOOK_SECRET": SECRET,
        }
        with self.log.open("wb") as log:
            self._child = processes.interruptible(
                [*COMMONS, "bot", "--repo", bot.world.repo_id, *arguments],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, words: str, *, times: int = 1) -> str:
        eventually(lambda: self.output().count(words) >= times or self._child.poll() is not None)
        assert self.output().count(words) >= times, self.output()
        return self.output()

    def output(self) -> str:
        return self.log.read_text()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self._child.poll() is None:
            self._child.send_signal(how)
        return self._child.wait(PATIENCE_S)


@contextmanager
def running(bot: Bot, folder: Path, *arguments: str) -> Iterator[Process]:
    process = Process(bot, folder, *arguments)
    try:
        yield process
    finally:
        process.end(signal.SIGKILL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def propose(bot: Bot, text: str) -> int:
    return bot.world.propose([{"text": text}]).number


def after_all_before(bot: Bot, text: str) -> None:
    """Wait until the bot is done with what it was told so far: it takes one proposal after the other, and this one last."""
    fence = propose(bot, text)
    assert eventually(lambda: bot.reports(fence))


class TestWebhooks:
    """One receiver, told by the Hub itself."""

    @pytest.fixture(scope="class")
    @classmethod
    def served(cls, bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, str]]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with running(bot, tmp_path_factory.mktemp("bot"), "--port", str(port), "--every", "86400") as process:
            eventually(lambda: _answers(f"{url}/health"))
            api = bot.world.api(MAINTAINER)
            hook = api.create_webhook(
                url=f"{url}/webhook",
                watched=[{"type": "dataset", "name": bot.world.repo_id}],
                domains=["repo", "discussion"],
                secret=SECRET,
            )
            yield process, url
            api.delete_webhook(hook.id)

    @pytest.fixture(scope="class")
    @classmethod
    def number(cls, bot: Bot, served: Any) -> int:
        return propose(bot, "Told by a webhook.")

    def test_an_opened_proposal_is_checked(self, bot: Bot, number: int) -> None:
        assert eventually(lambda: bot.reports(number))
        assert bot.proposal(number).head in bot.report(number)

    def test_a_command_in_a_comment_is_answered(self, bot: Bot, served: Any, number: int) -> None:
        process, _ = served
        bot.world.repository().comment(number, "/commons check")
        process.wait_for("somebody asked")
        eventually(lambda: not bot.check(number))
        assert len(bot.reports(number)) == 1

    def test_a_replayed_delivery_changes_nothing(self, bot: Bot, served: Any, number: int) -> None:
        _, url = served
        after_all_before(bot, "A first fence.")
        before = bot.proposal(number)
        payload = {
            "event": {"action": "create", "scope": "discussion"},
            "repo": {"type": "dataset", "name": bot.world.repo_id},
            "discussion": {"num": number, "isPullRequest": True},
        }
        for _ in range(3):
            answer = httpx.post(f"{url}/webhook", json=payload, headers={"X-Webhook-Secret": SECRET})
            assert answer.status_code == 202
        after_all_before(bot, "A second fence.")
        assert bot.proposal(number) == before

    def test_strangers_and_floods_are_refused_and_it_goes_on(self, bot: Bot, served: Any) -> None:
        process, url = served
        assert httpx.post(f"{url}/webhook", json={}).status_code == 401
        assert (
            httpx.post(f"{url}/webhook", content=b"{}", headers={"X-Webhook-Secret": "no"}).status_code == 401
        )
        huge = httpx.post(f"{url}/webhook", content=bytes(2 << 20), headers={"X-Webhook-Secret": SECRET})
        assert huge.status_code == 413
        number = propose(bot, "After the flood.")
        assert eventually(lambda: bot.reports(number))
        assert SECRET not in process.output()
        assert bot.token not in process.output()

    def test_it_stops_when_it_is_told_to(self, served: Any) -> None:
        process, _ = served
        assert process.end() == 0
        assert "stopped" in process.output()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_a_bot_that_was_killed_goes_on_where_it_was(bot: Bot, tmp_path: Path) -> None:
    first, second = propose(bot, "Before the kill."), propose(bot, "Around the kill.")
    with running(bot, tmp_path, "--every", "1") as process:
        process.wait_for(f"proposal {first} at")
        process.end(signal.SIGKILL)  # at whatever it was doing
    with running(bot, tmp_path, "--every", "1") as process:
        assert eventually(lambda: bot.reports(first) and bot.reports(second))
        third = propose(bot, "After the kill.")
        assert eventually(lambda: bot.reports(third))
        assert process.end(signal.SIGINT) == 0
    for number in (first, second, third):
        assert bot.proposal(number).head in bot.report(number)
        assert not bot.check(number)


def test_two_bots_at_once_leave_one_report_each(bot: Bot, tmp_path: Path) -> None:
    numbers = [propose(bot, f"Seen by two, {n}.") for n in range(2)]
    with running(bot, tmp_path, "--every", "1") as first, running(bot, tmp_path, "--every", "1") as second:
        assert eventually(lambda: all(bot.reports(number) for number in numbers))
        bot.world.repository().comment(numbers[0], "/commons check")
        eventually(lambda: "somebody asked" in first.output() + second.output())
        assert first.end() == second.end() == 0
    for number in numbers:
        bot.check(number)  # whoever was stopped in the middle is completed here
        assert len(bot.reports(number)) == 1
        assert {comment.author for comment in bot.reports(number)} == {NAME}


class TestOnce:
    def test_once_checks_what_is_open_and_ends(self, bot: Bot, tmp_path: Path) -> None:
        number = propose(bot, "Seen once.")
        with running(bot, tmp_path, "--once") as process:
            assert process._child.wait(PATIENCE_S) == 0
        assert bot.report(number)

    def test_a_hub_that_is_away_is_an_error_in_one_line(self, bot: Bot, tmp_path: Path) -> None:
        with running(bot, tmp_path, "--once", "--endpoint", "http://127.0.0.1:9") as process:
            assert process._child.wait(PATIENCE_S) == 1
        assert "hub-unreachable" in process.output()
        assert "Traceback" not in process.output()

    def test_a_receiver_without_a_secret_does_not_start(self, shared: World) -> None:
        done = subprocess.run(
            [*COMMONS, "bot", "--repo", shared.repo_id, "--port", "0"],
            env={**os.environ, "HF_ENDPOINT": shared.url},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 64
        assert "COMMONS_WEBHOOK_SECRET" in done.stderr


def test_a_checking_child_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    """The sandboxed child is started by a process that is then killed; it must be gone soon after."""
    script = (
        "from commons.sandbox import confinement\n"
        "code = 'confinement.send(os.getpid()); time.sleep(86400)'\n"
        "for pid in confinement.stream('tests.support.sample_child', {}, context={'code': code}):\n"
        "    print(pid, flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait(PATIENCE_S)
    assert eventually(lambda: not _lives(pid))


def _lives(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
