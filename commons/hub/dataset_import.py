"""A dataset on the Hub, read by the plain ``datasets`` library into one Parquet file.

``datasets`` reads ``HF_ENDPOINT`` when it is imported, so it runs in a child process. It runs no code from the dataset.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from commons.errors import HubError, MissingExtraError, last_line

_CHILD = """
import sys
from datasets import load_dataset
name, config, split, revision, target = sys.argv[1:]
load_dataset(name, config or None, split=split, revision=revision or None).to_parquet(target)
"""


def fetch(
    dataset_id: str,
    target: Path,
    *,
    endpoint: str,
    token: str | None = None,
    config: str = "",
    split: str = "train",
    revision: str = "",
) -> None:
    """Write the split to ``target``.

    Raises:
        HubError: ``dataset-unreadable``, with the last line the library printed.
        MissingExtraError: ``datasets`` is not installed.
    """
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
    if token:
        environment["HF_TOKEN"] = token
    child = subprocess.run(
        [sys.executable, "-P", "-c", _CHILD, dataset_id, config, split, revision, str(target)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if child.returncode == 0:
        return
    last = last_line(child.stderr)
    if "No module named 'datasets'" in last:
        raise MissingExtraError("datasets", "datasets")
    raise HubError(
        f"The dataset {dataset_id} could not be read from {endpoint}: {last}",
        hint="Check the id, --config, --split and --token; a path to a local file needs an existing file.",
        code="dataset-unreadable",
    )
