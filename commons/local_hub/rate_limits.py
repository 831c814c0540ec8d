"""How many requests one account, or one address without an account, may make.

A bucket for each: full at first, emptied by one for each request, filled again evenly. So a burst of the whole number is
fine, and the average over a window is what counts. Kept in memory; a restart fills every bucket.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .errors import TooMany

_MAX_BUCKETS = 20_000
_IPV6_NETWORK_BITS = 64  # what one household or machine gets; below it addresses cost nothing


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """A hundred a second on average: ten clients that upload and download without a pause stay far below."""

    requests: int = 30_000
    window_s: float = 300.0


class RequestMeter:
    def __init__(self, limit: RequestLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        # Who -> what is left, and when that was.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def count_account(self, name: str) -> None:
        """Raises ``TooMany``."""
        self._count(f"account {name}")

    def count_address(self, host: str) -> None:
        """Raises ``TooMany``."""
        self._count(f"address {_network(host)}")

    def _count(self, who: str) -> None:
        rate = self._limit.requests / self._limit.window_s
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(who, (float(self._limit.requests), now))
            left = min(left + (now - since) * rate, float(self._limit.requests))
            self._buckets[who] = (left - 1, now) if left >= 1 else (left, now)
            while len(self._buckets) > _MAX_BUCKETS:
                self._buckets.popitem(last=False)
        if left < 1:
            raise TooMany(
                who, retry_after_s=math.ceil((1 - left) / rate), requests=self._limit.requests,
                window_s=round(self._limit.window_s),
            )  # fmt: skip


def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))
