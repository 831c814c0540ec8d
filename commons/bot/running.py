"""Running the bot until it is told to stop: by SIGTERM as by Ctrl-C, both of which end it cleanly."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable

from commons.bot.worker import ProposalWorker
from commons.errors import MissingExtraError, UsageError
from commons.gate.comparison.compare import ComparisonResources
from commons.hub.repository import Repository

_PATIENCE_S = 2.0  # a check that is under way when we stop is run again by whoever starts next
_log = logging.getLogger(__name__)


def log_to_stderr() -> None:
    """One line an event, with the time in UTC."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        format="%(asctime)sZ %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S", level=logging.INFO
    )
    for noisy in ("httpx", "httpx2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # or there is a line for each request to the Hub


def poll(repository: Repository, *, every_s: float, resources: ComparisonResources | None = None) -> None:
    """Look at the open proposals every so often, until stopped."""
    worker = ProposalWorker(repository, every_s=every_s, resources=resources)
    _log.info("watching %s at %s, every %.0f s", repository.id, repository.endpoint, every_s)
    _until_stopped(worker.run)
    _log.info("stopped")


def listen(
    repository: Repository,
    *,
    host: str,
    port: int,
    secret: str,
    every_s: float,
    resources: ComparisonResources | None = None,
) -> None:
    """Serve the webhook receiver, and sweep every so often; until stopped."""
    try:
        import uvicorn

        from commons.bot import receiver
    except ImportError as error:
        raise MissingExtraError(error.name or "starlette", "bot") from error
    if not secret:
        raise UsageError(
            "A receiver needs a secret, or anybody could set it to work.",
            hint="Set COMMONS_WEBHOOK_SECRET to what you gave the webhook; or poll instead: commons bot --every 60",
        )
    worker = ProposalWorker(repository, every_s=every_s, resources=resources)
    application = receiver.application(worker, repo_id=repository.id, secret=secret)
    thread = threading.Thread(target=worker.run, name="worker", daemon=True)

    def serve() -> None:
        thread.start()
        _log.info("watching %s at %s, listening on %s:%d", repository.id, repository.endpoint, host, port)
        uvicorn.run(
            application,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=5,
        )

    _until_stopped(serve)
    worker.stop()
    thread.join(_PATIENCE_S)
    _log.info("stopped")


def once(repository: Repository, *, resources: ComparisonResources | None = None) -> bool:
    """Look at every open proposal once; whether all went well."""
    return ProposalWorker(repository, every_s=0, resources=resources).once()


def _until_stopped(work: Callable[[], None]) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        work()
