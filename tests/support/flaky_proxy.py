"""A proxy before a real Hub that fails when it is told to, as gateways and busy servers do, and otherwise passes everything on."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OF_THE_CONNECTION = ("connection", "transfer-encoding", "keep-alive")


@dataclass(frozen=True)
class Fault:
    """``status`` 0 resets the connection. ``acted_on``: the Hub does what was asked first, and its answer is lost."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    acted_on: bool = False


RESET = Fault()


class FlakyProxy:
    def __init__(self, target: str, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, str]] = []  # method and path, in the order of coming
        self._target = urlsplit(target)
        self._faults: list[tuple[re.Pattern[str], Fault]] = []
        self._lock = threading.Lock()

    def fail(self, pattern: str, fault: Fault, *, times: int = 1) -> None:
        """Fail that many of the next requests whose "METHOD /path" the pattern matches."""
        self._faults += [(re.compile(pattern), fault)] * times

    def forget(self) -> None:
        self._faults, self.requests = [], []

    def count(self, pattern: str) -> int:
        """How many requests came whose "METHOD /path" the pattern matches."""
        return sum(bool(re.search(pattern, " ".join(request))) for request in self.requests)

    def fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            self.requests.append((method, path))
            for number, (pattern, fault) in enumerate(self._faults):
                if pattern.search(f"{method} {path}"):
                    del self._faults[number]
                    return fault
        return None

    def pass_on(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(self._target.hostname or "", self._target.port, timeout=60)
        try:
            connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()


@contextmanager
def flaky_proxy(target: str) -> Iterator[FlakyProxy]:
    """A proxy before the Hub at ``target`` for the length of a ``with`` block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.fault(self.command, self.path)
            if fault is None or fault.acted_on:
                headers = {
                    key: value
                    for key, value in self.headers.items()
                    if key.lower() not in (*_OF_THE_CONNECTION, "content-length")
                }
                status, answered, content = proxy.pass_on(self.command, self.path, headers, body)
            if fault is None:
                self._answer(status, answered, content)
            elif fault.status:
                self._answer(fault.status, list(fault.headers.items()), b"<html>upstream</html>")
            else:
                self._reset()

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            length = len(content)
            for key, value in headers:
                if key.lower() == "content-length" and self.command == "HEAD":
                    length = int(value)
                elif key.lower() not in (*_OF_THE_CONNECTION, "content-length"):
                    self.send_header(key, value)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _reset(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = FlakyProxy(target, f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, name="flaky-proxy", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
