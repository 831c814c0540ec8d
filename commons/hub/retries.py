"""Asking the Hub again when it could not answer for a passing reason: a few times, with growing pauses, never for long.

    Retries()(lambda: api.whoami(), Repeatable.ALWAYS)

Each pause is said in the log, which stands on stderr unless a program sends it elsewhere: whoever waits knows for what, and how long.

Why here, when the client has a ``http_backoff`` of its own: it uses that for lists of files and commits, downloads and uploads alone, and
offers no setting for the rest, which is most of what we ask (revisions, proposals, comments, commits).
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TypeVar

import httpx2
from huggingface_hub import errors as hf
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]  # public, but not in __all__
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from commons.errors import CommonsError, ConflictError

MAX_ATTEMPTS = 5
MAX_RACES = 3
MAX_DELAY_S = 60.0  # in all; a Hub that asks for more is obeyed by ending, and its wish is in the message
_pause_s = wait_exponential_jitter(multiplier=0.5, jitter=0.5, max=10)

_PASSING_STATUS = frozenset({429, 500, 502, 503, 504})
_PASSING_FAILURES = (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError)
_BEFORE_SENDING = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
# Nobody listens, no such host, another's certificate: mostly a wrong address, and then waiting helps nobody.
_LASTING_CAUSES = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class Repeatable(Enum):
    """When a call may be made again."""

    ALWAYS = "always"  # a read, or a write that cannot be done twice, such as a commit that names its parent
    # Any other write: the connection never stood, or the Hub said that it would not act yet.
    UNDONE = "undone"
    # The client waits for a busy Hub by itself, and pauses would multiply; but a download of it ends at the first reset connection.
    BROKEN_OFF = "broken off"


@dataclass(frozen=True)
class Interruption:
    """A passing reason why a request failed. ``undone``: it is certain that the Hub did nothing of it."""

    reason: str
    undone: bool
    answered: bool
    retry_after_s: float = 0.0


class Retries:
    """Makes calls of a Hub."""

    def __call__(self, call: Callable[[], _Result], repeatable: Repeatable) -> _Result:
        """What ``call`` gives, or the error of its last attempt."""
        attempts = Retrying(
            retry=retry_if_exception(lambda error: _may_repeat(error, repeatable)),
            wait=_wait_s,
            stop=stop_after_attempt(MAX_ATTEMPTS) | stop_before_delay(MAX_DELAY_S),
            before_sleep=_say,
            reraise=True,
        )
        return attempts(call)


def _say(state: RetryCallState) -> None:
    error = _error_of(state)
    trouble = interruption(error) if error else None
    _log.warning(
        "The Hub %s; waiting %.0f s (try %d of %d)…",
        trouble.reason if trouble else "failed",
        max(1.0, state.upcoming_sleep),
        state.attempt_number + 1,
        MAX_ATTEMPTS,
    )


def again_unless_done(attempt: Callable[[], _Result], done: Callable[[], _Result | None]) -> _Result:
    """What ``attempt`` gives. Where it fails so that nobody knows whether the Hub did it, ``done`` looks, and it is made again if not.

    Raises:
        CommonsError: of the last attempt.
    """
    tried = False

    def look_and_attempt() -> _Result:
        nonlocal tried
        if tried and (result := done()) is not None:
            return result
        tried = True
        return attempt()

    attempts = Retrying(
        retry=retry_if_exception(_may_be_done),
        wait=_wait_s,
        stop=stop_after_attempt(MAX_ATTEMPTS) | stop_before_delay(MAX_DELAY_S),
        before_sleep=_say,
        reraise=True,
    )
    return attempts(look_and_attempt)


def _may_be_done(error: BaseException) -> bool:
    """Whether an error of ours tells of a passing trouble after which the Hub may or may not have done what was asked."""
    cause = error.__cause__ if isinstance(error, CommonsError) else None
    trouble = interruption(cause) if cause else None
    return trouble is not None and not trouble.undone


def again_on_conflict(attempt: Callable[[], _Result]) -> _Result:
    """What ``attempt`` gives; begun anew when main has moved meanwhile. A race is lost rarely: three in a row means somebody is busy.

    Raises:
        ConflictError: the third attempt lost as well.
    """
    races = Retrying(
        retry=retry_if_exception_type(ConflictError), stop=stop_after_attempt(MAX_RACES), reraise=True
    )
    return races(attempt)


def interruption(error: BaseException) -> Interruption | None:
    """The passing reason behind ``error``; None when asking again would fail again, or is not ours to decide."""
    for cause in _causes(error):
        if isinstance(cause, hf.HfHubHTTPError):
            return _of_answer(cause.response)
        if isinstance(cause, httpx2.TransportError):
            return _of_connection(cause)
    return None


def retry_after_s(headers: httpx2.Headers) -> float:
    """How long the server asks to wait: ``Retry-After`` in seconds or as a date, else the end of its rate limit's window; 0 if unsaid."""
    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        limit = parse_ratelimit_headers(headers)
        return float(limit.reset_in_seconds) if limit and not limit.remaining else 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _of_answer(response: httpx2.Response) -> Interruption | None:
    status = response.status_code
    if status not in _PASSING_STATUS:
        return None
    # A gateway's bare 502, 503 or 504 may stand for an answer that was lost on its way back.
    undone = status == 429 or (status == 503 and "Retry-After" in response.headers)
    return Interruption(f"answers {status}", undone, True, retry_after_s(response.headers))


def _of_connection(error: httpx2.TransportError) -> Interruption | None:
    lasting = any(isinstance(cause, _LASTING_CAUSES) for cause in _system_causes(error))
    if lasting or not isinstance(error, _PASSING_FAILURES):
        return None
    reason = "does not answer" if isinstance(error, httpx2.TimeoutException) else "broke the connection"
    return Interruption(reason, isinstance(error, _BEFORE_SENDING), False)


def _may_repeat(error: BaseException, repeatable: Repeatable) -> bool:
    trouble = interruption(error)
    if trouble is None:
        return False
    return {
        Repeatable.ALWAYS: True,
        Repeatable.UNDONE: trouble.undone,
        Repeatable.BROKEN_OFF: not trouble.answered,
    }[repeatable]


def _wait_s(state: RetryCallState) -> float:
    error = _error_of(state)
    trouble = interruption(error) if error else None
    return max(_pause_s(state), trouble.retry_after_s if trouble else 0.0)


def _error_of(state: RetryCallState) -> BaseException | None:
    error = state.outcome.exception() if state.outcome else None
    return error.__cause__ if isinstance(error, CommonsError) else error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it. An error of ours ends the chain: whoever raised it has asked again already."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, CommonsError):
        yield cause
        cause = cause.__cause__


def _system_causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it hides: the HTTP library cuts the chain above what the system said."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
