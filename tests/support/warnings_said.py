"""What a module says through its logger, also where a library that another test has loaded set logging up as it likes.

with warnings_said.by("commons.files") as messages: …
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())


@contextmanager
def by(module: str) -> Iterator[list[str]]:
    """The warnings of the module's logger, as they come."""
    messages: list[str] = []
    logger, collector = logging.getLogger(module), _Collector(messages)
    before = (logger.disabled, logger.level, logging.root.manager.disable)
    logger.disabled = False
    logger.setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)
    logger.addHandler(collector)
    try:
        yield messages
    finally:
        logger.removeHandler(collector)
        logger.disabled = before[0]
        logger.setLevel(before[1])
        logging.disable(before[2])
