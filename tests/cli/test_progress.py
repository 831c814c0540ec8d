"""Bars say how fast a step goes, once that can be known."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from commons.cli.shared.output import RateColumn


def test_the_rate_is_empty_at_first_and_then_what_was_done_a_second() -> None:
    clock = [0.0]
    bars = Progress(RateColumn(), console=Console(file=io.StringIO()), get_time=lambda: clock[0])
    task, column = bars.add_task("Embedding", total=10_000), RateColumn()
    assert column.render(bars.tasks[0]).plain == ""
    for second in range(1, 4):
        clock[0] = float(second)
        bars.update(task, completed=second * 1500)
    assert column.render(bars.tasks[0]).plain == "1,500/s"
