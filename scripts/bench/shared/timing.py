"""How long something takes: once, the fastest of several rounds, in turn with others, and as medians of ratios.

timing = timed(lambda: build(folder))            timing.wall_s, timing.cpu_s, timing.result
times = in_turn({"ours": …, "theirs": …}, 3)     median_ratio(times["theirs"], times["ours"])
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Timing(Generic[Result]):
    wall_s: float
    cpu_s: float  # of this process and of the children it has waited for
    result: Result


def timed(work: Callable[[], Result]) -> Timing[Result]:
    cpu_s, start = _cpu_s(), time.perf_counter()
    result = work()
    wall_s = time.perf_counter() - start
    return Timing(wall_s, _cpu_s() - cpu_s, result)


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def fastest(work: Callable[[], Result], rounds: int) -> Timing[Result]:
    """The round of the fewest processor seconds: whatever else the machine does can only add to them."""
    return min((timed(work) for _ in range(rounds)), key=lambda timing: timing.cpu_s)


def in_turn(contenders: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """What each contender gave in each round; they take turns, so that a neighbour's work on the machine meets all of them."""
    results: dict[str, list[Result]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            results[name].append(contender())
    return results


def median_ratio(values: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios round by round, which is steadier than the ratio of the medians."""
    return statistics.median(value / other for value, other in zip(values, others, strict=True))


def percentiles_ms(samples_s: Sequence[float]) -> tuple[float, float]:
    """(median, 99th percentile) in milliseconds of at least two samples."""
    cuts = statistics.quantiles(samples_s, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000
