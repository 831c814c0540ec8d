"""An agent that speaks the protocol of 2025-11-25 by hand, a line a message, with a server in a process of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.patience import PATIENCE_S

_TESTS = Path(__file__).parents[1]
COMMAND = ("-c", "import sys; from commons.cli import main; main(sys.argv[1:])", "mcp")


@dataclass
class HandAgent:
    process: subprocess.Popen[str]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def send(self, method: str, **params: Any) -> int:
        number = next(self.numbers)
        self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def answer(self) -> dict[str, Any]:
        """The next line, which has to be a message of the protocol."""
        assert self.process.stdout
        message: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        return message

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = self.send(method, **params)
        answer = self.answer()
        assert answer["id"] == number
        return answer

    def greet(self) -> dict[str, Any]:
        answer = self.ask(
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={},
            clientInfo={"name": "hand", "version": "1"},
        )
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})
        result: dict[str, Any] = answer["result"]
        return result

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.ask("tools/call", name=tool, arguments=arguments)["result"]
        return result

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()


@contextmanager
def running(
    command: Sequence[str] = ("-m", "support.serve_agents"), **environment: str
) -> Iterator[HandAgent]:
    """The server in a child process, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=_TESTS,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield HandAgent(process)
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
