"""Opening: the commons as the tools find it, opened behind the first answers, waited for, and opened again where that failed.

opening = CommonsOpening(keeper)
opening.begin_soon()            in a thread of its own
opening.edition()               waits until records can be read, or says what it waits for
opening.searchable()            waits for the model and the index too
opening.edition_if_open()       what is open now, None where nothing is
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from commons.errors import CommonsError, UnreachableError

if TYPE_CHECKING:  # a list of tools need not wait for Arrow
    from commons.index.editions import Edition, Keeper

WAIT_S = 45.0  # clients give up after a minute
_LOOK_S = 0.05
_DATA = "the data"


class CommonsOpening:
    """Safe to ask from many threads; one of them opens the commons, the others wait for it.

    ``make`` gives the keeper, in the thread that opens, since all it needs takes a while to import; ``waits`` is False where somebody else
    opens it, as the Space does.
    """

    def __init__(
        self, make: Callable[[CommonsOpening], Keeper], *, waits: bool = True, wait_s: float = WAIT_S
    ) -> None:
        self.stage = _DATA  # what is being waited for, in words
        self._make = make
        self._waits, self._wait_s = waits, wait_s
        self._keeper: Keeper | None = None
        self._lock = threading.Lock()
        self._attempt: threading.Event | None = None
        self._trouble: CommonsError | None = None
        self._watching = False

    def begin_soon(self, after_s: float = 0.0) -> None:
        """Open the commons in the background, where nobody has yet."""
        if not self._waits or self.edition_if_open():
            return
        timer = threading.Timer(after_s, self._begin)
        timer.daemon = True
        timer.start()

    def edition_if_open(self) -> Edition | None:
        """What is open now; nothing is waited for."""
        keeper = self._keeper if self._waits else self._whole_keeper()
        try:
            return keeper.edition if keeper else None
        except CommonsError:
            return None

    def edition(self) -> Edition:
        """What is open, as soon as records can be read.

        Raises:
            CommonsError: it cannot be opened, and why; ``opening`` where it takes longer than anybody waits.
        """
        if not self._waits:
            return self._whole_keeper().edition
        return self.edition_if_open() or self._waited_for(lambda edition: edition is not None)

    def searchable(self) -> Edition:
        """What is open, as soon as it can be searched, or nothing more will come of it.

        Raises:
            CommonsError: as ``edition``.
        """
        edition = self.edition()
        if self._waits and not _is_whole(edition):
            return self._waited_for(_is_whole)
        return edition

    def _waited_for(self, enough: Callable[[Edition | None], bool]) -> Edition:
        attempt, until = self._begin(), time.monotonic() + self._wait_s
        while not attempt.wait(_LOOK_S) and not enough(self.edition_if_open()):
            if time.monotonic() > until:
                raise UnreachableError(
                    f"The commons is still being opened; it waits for {self.stage}.",
                    hint="Call again in half a minute.",
                    code="opening",
                )
        edition = self.edition_if_open()
        if edition and enough(edition):
            return edition
        trouble = self._trouble or UnreachableError("The commons could not be opened.")
        raise trouble.with_traceback(None)  # else it grows by every asker's frames

    def close(self) -> None:
        if self._keeper:
            self._keeper.close()

    def _begin(self) -> threading.Event:
        """The attempt that is under way, or a new one."""
        with self._lock:
            if self._attempt is None or self._attempt.is_set():
                self._attempt = threading.Event()
                if _is_whole(self.edition_if_open()):
                    self._attempt.set()
                else:
                    threading.Thread(
                        target=self._open, args=(self._attempt,), name="opening", daemon=True
                    ).start()
            return self._attempt

    def _open(self, attempt: threading.Event) -> None:
        self.stage = _DATA
        try:
            keeper = self._whole_keeper()
            keeper.refresh()
            if not self._watching:
                self._watching = True
                keeper.watch()
        except CommonsError as error:
            self._trouble = error
        except Exception as error:  # whoever waits has to be told
            self._trouble = CommonsError(
                f"The commons could not be opened ({type(error).__name__}).", code="internal"
            )
        finally:
            attempt.set()

    def _whole_keeper(self) -> Keeper:
        if self._keeper is None:
            self._keeper = self._make(self)
        return self._keeper


def _is_whole(edition: Edition | None) -> bool:
    """Whether nothing of it is still on its way."""
    return edition is not None and not (edition.no_search and edition.no_search.code == "opening")
