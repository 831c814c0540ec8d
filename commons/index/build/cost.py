"""What a build costs: wall clock, processor seconds, and an estimate of energy where codecarbon is installed (the extra ``energy``).

codecarbon runs offline here: it reads the processor's own counters where it may and estimates from its model's power draw otherwise.
"""

from __future__ import annotations

import resource
import time
from types import TracebackType
from typing import Any, Self

from commons.index.manifest import Cost


class CostMeter:
    """Measures what happens inside ``with`` until ``cost`` is asked for."""

    def __enter__(self) -> Self:
        self._started, self._cpu_started = time.monotonic(), _cpu_seconds()
        self._energy = _energy_meter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._energy:
            self._energy.stop()

    def cost(self, embedded: int) -> Cost:
        """Until now, which ends the measuring; ``embedded`` records were embedded in this build."""
        energy, by = None, ""
        if self._energy:
            self._energy.stop()  # it says what was used when it has stopped
            energy = float(self._energy.final_emissions_data.energy_consumed)
            by, self._energy = f"codecarbon {_version()}", None
        return Cost(
            seconds=round(time.monotonic() - self._started, 1),
            cpu_seconds=round(_cpu_seconds() - self._cpu_started, 1),
            embedded=embedded,
            energy_kwh=energy,
            energy_by=by,
        )


def _cpu_seconds() -> float:
    usage = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(process.ru_utime + process.ru_stime for process in usage)


def _energy_meter() -> Any:
    try:
        from codecarbon import OfflineEmissionsTracker
    except ImportError:
        return None
    # The country only turns energy into carbon, which is not reported; any will do.
    meter = OfflineEmissionsTracker(
        country_iso_code="FRA", save_to_file=False, log_level="error", allow_multiple_runs=True
    )
    meter.start()
    return meter


def _version() -> str:
    import codecarbon

    return str(codecarbon.__version__)
