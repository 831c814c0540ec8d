"""Pending requests: input that ends does not take the answers with it that are still being made.

    pending = PendingRequests(read, write)
    await server.run(pending.read, pending.write, …)

Whoever writes requests into a pipe and closes it (``commons mcp < requests.jsonl``) wants their answers. The SDK gives up what is under
way as soon as input ends, so the end is told to it when all is answered, or after as long as a client would wait.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage

from commons.mcp import malformed

_LONGEST_S = 60.0
_CANCELLED = "notifications/cancelled"  # who asked wants no answer any more


class PendingRequests:
    """The two streams of a connection, each seen by the other."""

    def __init__(self, read: Any, write: Any) -> None:
        self._numbers: set[Any] = set()
        self._answered = anyio.Event()
        self.read = _InputUntilAnswered(read, self)
        self.write = _CountedOutput(write, self)

    def came(self, message: Any) -> None:
        if isinstance(message, types.JSONRPCRequest):
            self._numbers.add(message.id)
        elif isinstance(message, types.JSONRPCNotification) and message.method == _CANCELLED:
            self._ended((message.params or {}).get("requestId"))

    def went(self, message: Any) -> None:
        if isinstance(message, types.JSONRPCResponse | types.JSONRPCError):
            self._ended(message.id)

    def _ended(self, number: Any) -> None:
        self._numbers -= {number}
        if not self._numbers:
            self._answered.set()
            self._answered = anyio.Event()

    async def all_answered(self) -> None:
        with anyio.move_on_after(_LONGEST_S):
            while self._numbers:
                await self._answered.wait()


class _WrappedStream:
    def __init__(self, stream: Any, pending: PendingRequests) -> None:
        self._stream, self._pending = stream, pending

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> Any:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        result: bool | None = await self._stream.__aexit__(kind, error, trace)
        return result


class _InputUntilAnswered(_WrappedStream):
    def __aiter__(self) -> _InputUntilAnswered:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            item: SessionMessage | Exception = await self._stream.__anext__()
            while isinstance(item, Exception):
                await self._pending.write.send(SessionMessage(malformed.answer_to(item)))
                item = await self._stream.__anext__()
        except StopAsyncIteration:
            await self._pending.all_answered()
            raise
        self._pending.came(item.message)
        return item

    async def receive(self) -> SessionMessage | Exception:
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            raise anyio.EndOfStream from None


class _CountedOutput(_WrappedStream):
    async def send(self, item: SessionMessage, /) -> None:
        await self._stream.send(item)
        self._pending.went(item.message)
