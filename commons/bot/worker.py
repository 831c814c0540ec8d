"""The worker: one queue of proposals to look at, and one thread that does.

A proposal stands in the queue once, however often it was named. What fails because the Hub is away is tried again with growing pauses. A
sweep looks at every open proposal: at the start, and then every so often, because a delivery may be lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from commons.bot import checking
from commons.errors import CommonsError
from commons.gate.comparison.compare import ComparisonResources
from commons.hub.repository import Repository

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
MAX_QUEUED = 10_000  # more than any repository has open; beyond it, the next sweep finds the rest
_SWEEP = 0  # stands in the queue like a proposal; those count from 1
_log = logging.getLogger(__name__)


class ProposalWorker:
    """``resources`` are what comparing with the commons may use; ``clock`` is for tests."""

    def __init__(
        self,
        repository: Repository,
        *,
        every_s: float,
        resources: ComparisonResources | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._resources = resources
        self._every_s = every_s
        self._clock = clock
        self._changed = threading.Condition()
        self._due: dict[int, float] = {_SWEEP: clock()}  # number -> when to look at it
        self._failures: dict[int, int] = {}
        self._stopping = False
        self._me = ""

    def wake(self, number: int) -> bool:
        """Look at the proposal soon; False when too many wait already."""
        with self._changed:
            if number not in self._due and len(self._due) >= MAX_QUEUED:
                return False
            self._due[number] = self._clock()
            self._changed.notify_all()
            return True

    def waiting(self) -> int:
        with self._changed:
            return sum(number != _SWEEP for number in self._due)

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def run(self) -> None:
        """Work until ``stop``."""
        while (number := self._take()) is not None:
            self._attempt(number)

    def once(self) -> bool:
        """Look at every open proposal once; whether all went well."""
        with self._changed:
            self._due = {}
        done = [self._attempt(number) for number in self._open()]
        return all(done)

    def _take(self) -> int | None:
        with self._changed:
            while not self._stopping:
                now = self._clock()
                number, when = min(self._due.items(), key=lambda item: item[1], default=(_SWEEP, now + 60))
                if when <= now and number in self._due:
                    del self._due[number]
                    return number
                self._changed.wait(when - now)
        return None

    def _attempt(self, number: int) -> bool:
        what = f"proposal {number}" if number else "the list of open proposals"
        try:
            if number == _SWEEP:
                self._sweep()
            else:
                checking.check(self._repository, number, self._name(), self._resources)
        except CommonsError as error:
            pause = self._later(number)
            _log.warning("%s: %s (%s); again in %.0f s", what, error.message, error.code, pause)
        except Exception:
            pause = self._later(number)
            _log.exception("%s: this should not happen; again in %.0f s", what, pause)
        else:
            self._failures.pop(number, None)
            return True
        return False

    def _sweep(self) -> None:
        for number in self._open():
            self.wake(number)
        with self._changed:
            self._due[_SWEEP] = self._clock() + self._every_s

    def _open(self) -> list[int]:
        return [proposal.number for proposal in self._repository.proposals()]

    def _name(self) -> str:
        if not self._me:
            self._me = self._repository.whoami()
        return self._me

    def _later(self, number: int) -> float:
        failures = self._failures[number] = self._failures.get(number, 0) + 1
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20))
        with self._changed:
            self._due[number] = self._clock() + pause
        return pause
