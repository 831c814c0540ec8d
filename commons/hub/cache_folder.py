"""Where the Hub's files are kept: the client's own cache, or a folder for this run alone where that cannot be written.

A container without a home, or one that is read-only, is no reason not to read a commons. Offline the cache is used as it is, for
nothing else has the files.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import shutil
import tempfile
from pathlib import Path

from huggingface_hub import constants

_log = logging.getLogger(__name__)


def usable(chosen: Path | None = None) -> Path:
    """The folder to hand the client: ``chosen``, its own cache, or one that is removed when this process ends."""
    if chosen:
        return chosen
    own = Path(constants.HF_HUB_CACHE)
    return own if constants.is_offline_mode() else _or_passing(own)


@functools.cache
def _or_passing(own: Path) -> Path:
    try:
        own.mkdir(parents=True, exist_ok=True)
        if os.access(own, os.W_OK | os.X_OK):
            return own
        reason = "it is read-only"
    except OSError as error:
        reason = error.strerror or str(error)
    folder = Path(tempfile.mkdtemp(prefix="commons-hub-"))
    # Large files come by way of another library, which looks here when it is loaded.
    os.environ["HF_XET_CACHE"] = str(folder / "xet")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _log.warning(
        "The Hub's cache %s cannot be used (%s): what is fetched is kept for this run only. HF_HOME names another place.",
        own,
        reason,
    )
    return folder
