"""The Hub client's own progress bars, told to our ``Progress`` instead of drawn over it."""

from __future__ import annotations

import io
from typing import Any

from huggingface_hub.utils.tqdm import disable_progress_bars
from tqdm import tqdm

from commons.progress import Progress

_LEAST_FILES = 8  # fewer are there before a bar could be read

disable_progress_bars()  # uploads are told step by step; two programs drawing on one terminal help nobody
# Its watching thread is not safe against bars made in other threads, and we draw none.
tqdm.monitor_interval = 0


def bar_class(progress: Progress) -> type[tqdm]:
    """A tqdm that reports counts of files, and draws nothing. Bars of bytes stay silent: files are what a reader understands."""

    class Reporting(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "file": io.StringIO(), "disable": False})

        def display(self, *_: Any, **__: Any) -> bool:
            if self.unit != "B" and self.total and self.total >= _LEAST_FILES:
                progress("Downloading files", int(self.n), int(self.total))
            return True

    return Reporting
