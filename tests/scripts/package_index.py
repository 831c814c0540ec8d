"""A package index on this machine that stands where PyTorch's would be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Index:
    """A package index on this machine that has torch and nothing else."""

    folder: Path
    page: str = ""
    delay_s: float = 0
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def running(folder: Path) -> Iterator[Index]:
    offered = Index(folder)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offered.asked.append(self.path)
            time.sleep(offered.delay_s)
            wheel = offered.folder / self.path.rsplit("/", 1)[-1].replace("%2B", "+")
            body = offered.page.encode() if self.path.endswith("/torch/") else wheel.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        offered.url = f"http://127.0.0.1:{server.server_port}/whl/cpu"
        yield offered
        server.shutdown()
