"""A bot with an account of its own that may write nothing but comments, beside the commons it watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from support import accounts
from support.world import World

from commons.bot import checking
from commons.hub.repository import Comment, Proposal, Repository
from commons.local_hub import RunningHub
from commons.proposals.report_page import MARKER

NAME = "gatekeeper"


@dataclass(frozen=True)
class Bot:
    """The bot's view of one commons; ``number`` is always a proposal's."""

    world: World
    token: str

    @property
    def repository(self) -> Repository:
        return Repository(
            self.world.repo_id, endpoint=self.world.url, token=self.token, cache_dir=self.world.cache
        )

    def check(self, number: int) -> bool:
        return checking.check(self.repository, number, NAME)

    def proposal(self, number: int) -> Proposal:
        return self.world.repository().proposal(number)

    def reports(self, number: int) -> list[Comment]:
        """Reports that anybody can see, the bot's and others'."""
        return [c for c in self.proposal(number).comments if c.text.startswith(MARKER)]

    def report(self, number: int) -> str:
        (only,) = self.reports(number)
        return only.text


@pytest.fixture(scope="session")
def bot_token(hub: RunningHub) -> str:
    return accounts.register(hub, [NAME])[NAME]


@pytest.fixture(scope="module")
def bot(shared: World, bot_token: str) -> Bot:
    return Bot(shared, bot_token)


@pytest.fixture(scope="session")
def bot_on(bot_token: str) -> Any:
    """A function: a commons -> the bot on it."""
    return lambda world: Bot(world, bot_token)
