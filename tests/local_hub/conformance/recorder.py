"""A pytest plugin: what became of each test, and whether it spoke to the Hub in ``HF_ENDPOINT``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

_HUB_PORT = urlsplit(os.environ["HF_ENDPOINT"]).port
_requests = 0


def _count(send):
    def counting(self, request, *args, **kwargs):
        global _requests  # noqa: PLW0603  one pytest process, one counter
        _requests += request.url.port == _HUB_PORT
        return send(self, request, *args, **kwargs)

    return counting


httpx2.Client.send = _count(httpx2.Client.send)
httpx2.AsyncClient.send = _count(httpx2.AsyncClient.send)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A module that cannot be read counts as a failed test: it must not look like one that was never there."""
    if report.failed:
        _write(
            {
                "test": report.nodeid,
                "outcome": "failed",
                "reached": True,
                "reason": str(report.longrepr)[-1500:],
            }
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = _requests
    item.config.stash[_REPORTS] = reports = []
    result = yield
    outcomes = [report.outcome for report in reports]
    outcome = "failed" if "failed" in outcomes else "skipped" if "skipped" in outcomes else "passed"
    reason = next((str(report.longrepr)[-1500:] for report in reports if report.outcome != "passed"), "")
    line = {"test": item.nodeid, "outcome": outcome, "reached": _requests > before, "reason": reason}
    _write(line)
    return result


def _write(line: dict[str, object]) -> None:
    with Path(os.environ["CONFORMANCE_RESULTS"]).open("a") as file:
        file.write(json.dumps(line) + "\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.config.stash[_REPORTS].append(report)
    return report


_REPORTS = pytest.StashKey[list]()
