#!/usr/bin/env python
"""What an agent waits for: until the tools are listed, until the first answer, and for each answer over stdio at 200,000 records.

DATA holds the data sets that ``shared/texts.py`` names, and tatoeba. Words make a vector as in ``answering``, so
that no model is part of any figure. The client is a pipe and a JSON parser. Prints Markdown; our last figures are in agents.md.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.mcp import stdio
from commons.mcp.opening import CommonsOpening

if TYPE_CHECKING:
    from commons.index.editions import Keeper

_SERVE = "--serve"


class Pipe:
    """A server in a child process, spoken with as a client of 2025-11-25 does."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, __file__, _SERVE, str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._numbers = itertools.count(1)
        client = {"name": "bench", "version": "1"}
        self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._write({"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params})
        assert self._process.stdout
        result: dict[str, Any] = json.loads(self._process.stdout.readline())["result"]
        return result

    def cpu_s(self) -> float:
        """What the server has used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()


def rows(folder: Path, questions: Sequence[str]) -> Iterator[tuple[str, ...]]:
    start = time.perf_counter()
    pipe = Pipe(folder)
    listed = pipe.ask("tools/list")
    wall_s = time.perf_counter() - start
    yield "until the tools are listed, processor seconds (wall)", f"{pipe.cpu_s():.2f} ({wall_s:.2f})"
    yield "the list, KB", f"{len(json.dumps(listed)) / 1000:.1f}"
    _searched(pipe, questions[0])
    wall_s = time.perf_counter() - start
    yield "until the first answer, processor seconds (wall)", f"{pipe.cpu_s():.2f} ({wall_s:.2f})"
    for name, arguments in (
        ("search, 5 records", {}),
        ("search, 10 records, brief", {"limit": 10, "brief": True}),
    ):
        for question in questions[:10]:
            _searched(pipe, f"{question} again", **arguments)
        cpu_s, times, sizes = pipe.cpu_s(), [], []
        for question in questions:
            began = time.perf_counter()
            text = _searched(pipe, question, **arguments)
            times.append((time.perf_counter() - began) * 1000)
            sizes.append(len(text.encode()) / 3)
        cuts = statistics.quantiles(times, n=100)
        shown = " / ".join(f"{cuts[percent - 1]:.1f}" for percent in (50, 90, 99))
        used = (pipe.cpu_s() - cpu_s) / len(questions) * 1000
        yield f"{name}, ms: p50 / p90 / p99 (server's processor time)", f"{shown} ({used:.1f})"
        yield f"{name}, tokens: median / most", f"{statistics.median(sizes):,.0f} / {max(sizes):,.0f}"
    pipe.close()


def _searched(pipe: Pipe, question: str, **arguments: Any) -> str:
    result = pipe.ask("tools/call", name="search", arguments={"query": question, **arguments})
    text: str = result["content"][0]["text"]
    assert not result["isError"], text
    return text


def _keeper(folder: Path) -> Keeper:
    """In the thread that opens the commons, as the command has it: the list of tools does not wait for these."""
    import answering

    from commons.index.editions import Keeper
    from commons.snapshots import source

    place = source.named(str(folder), endpoint="")
    return Keeper(place, lambda _: answering.HashedWords(), folder.parent / "trials")


def main() -> None:
    if _SERVE in sys.argv:
        stdio.serve(CommonsOpening(lambda _: _keeper(Path(sys.argv[-1]))))
    import answering
    from shared import command_line, commons_folder, tables

    parser = command_line.parser(__doc__, "agents.py DATA", "agents.py DATA --records 30000")
    parser.add_argument("--records", type=int, default=200_000)
    options = parser.parse_args()
    print(tables.machine("mcp", "tantivy", "faiss-cpu", "numpy"))
    records = answering.records_of(options.data, options.records)
    questions = [" ".join(each.text.split()[:9]) for each in records[:: len(records) // 200][:200]]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "commons"
        by_pool: dict[str, list[Any]] = {}
        for record in records:
            by_pool.setdefault(commons_folder.pool_of(record), []).append(record)
        commons_folder.write_commons(folder, by_pool)
        answering.build_index(folder, answering.HashedWords(), Path(place))
        tables.show(("what", f"at {options.records:,} records"), rows(folder, questions))


if __name__ == "__main__":
    main()
