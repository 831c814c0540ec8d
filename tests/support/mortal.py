"""A machine that may be killed: an operation in a process of its own, dead at the request of a test's choice.

    with mortal.machine("commons.operations.migrate:migrate", repo_id, key, url=…, token=…, cache=…) as machine:
        machine.run(point=7) == mortal.SIGKILL            dead before the eighth request was sent
        machine.run(path="/commit/main", delay_s=0.01)    dead a moment after that request

It forks for each run, which spares the start of an interpreter. What a run wants beside repository and key is given by name.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.world import pem_of

from commons.ledger.keys import SigningKey

SIGKILL = -9

_MACHINE = """
import importlib, json, os, signal, sys, threading
from pathlib import Path

import httpx2
import pyarrow
from commons.hub.repository import Repository
from commons.ledger import keys

settings = json.loads(sys.argv[1])
module, name = settings["operation"].split(":")
operation = getattr(importlib.import_module(module), name)
key = keys.parse(settings["pem"].encode())
pyarrow.array([""])  # what that loads would be loaded by each child again

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def run_until(order):
    sent, send = iter(range(10_000)), httpx2.Client.send

    def counted(self, request, **options):
        if next(sent) == order["point"] or order["path"] and request.url.path.endswith(order["path"]):
            if order["delay_s"] is None:
                die()
            threading.Timer(order["delay_s"], die).start()
        return send(self, request, **options)

    httpx2.Client.send = counted
    repository = Repository(settings["repo_id"], endpoint=settings["url"], token=settings["token"], cache_dir=Path(settings["cache"]))
    operation(repository=repository, key=key, **order["arguments"])

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            run_until(json.loads(line))
            os._exit(0)
        except Exception as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass
class Machine:
    process: subprocess.Popen[str]

    def run(self, *, point: int = -1, path: str = "", delay_s: float | None = None, **arguments: Any) -> int:
        """The exit code of a run that is killed at request ``point`` or at the one to ``path``; SIGKILL when it was."""
        assert self.process.stdin
        assert self.process.stdout
        order = {"point": point, "path": path, "delay_s": delay_s, "arguments": arguments}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def machine(
    operation: str, repo_id: str, key: SigningKey, *, url: str, token: str, cache: Path
) -> Iterator[Machine]:
    """``operation``: module and function, joined by a colon."""
    settings = {
        "operation": operation,
        "repo_id": repo_id,
        "url": url,
        "token": token,
        "cache": str(cache),
        "pem": pem_of(key),
    }
    command = [sys.executable, "-c", _MACHINE, json.dumps(settings)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Machine(process)
        assert process.stdin
        process.stdin.close()
