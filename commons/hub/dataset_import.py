"""A dataset on the Hub, read by the plain ``datasets`` library into one Parquet file.

``datasets`` reads ``HF_ENDPOINT`` when it is imported, so it runs in a child process. It runs no code from the dataset.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import commons
from commons import near_misses
from commons.errors import HubError, MissingExtraError, first_line, last_line

_NO_CONFIG = "Config name is missing"  # how the library begins

# What the child says of itself where it fails; any other code is a crash.
_REFUSED = 3
_CHILD = f"""
import json, sys
name, config, split, revision, target, home = sys.argv[1:]
sys.path.append(home)
import commons.hub.time_limits
import datasets
revision = revision or None
try:
    datasets.load_dataset(name, config or None, split=split, revision=revision).to_parquet(target)
except Exception as error:
    about = {{"reason": str(error) or type(error).__name__, "configs": [], "splits": []}}
    try:
        about["configs"] = datasets.get_dataset_config_names(name, revision=revision)
        if config in about["configs"] or len(about["configs"]) == 1:
            about["splits"] = datasets.get_dataset_split_names(name, config or about["configs"][0], revision=revision)
    except Exception:
        pass
    print(json.dumps(about))
    sys.exit({_REFUSED})
"""
_MAX_LISTED = 40


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
        HubError: it has several configs and none was named (``dataset-config-missing``), or none of that name
            (``dataset-config-unknown``), or no such split (``dataset-split-unknown``); or it cannot be read (``dataset-unreadable``).
        MissingExtraError: ``datasets`` is not installed.
    """
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
    if token:
        environment["HF_TOKEN"] = token
    else:
        # A stored login may be of another Hub.
        environment |= {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
    home = str(Path(commons.__file__).parents[1])
    child = subprocess.run(
        [sys.executable, "-P", "-c", _CHILD, dataset_id, config, split, revision, str(target), home],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode == 0:
        return
    if "No module named 'datasets'" in last_line(child.stderr):
        raise MissingExtraError("datasets", "datasets")
    if child.returncode != _REFUSED:
        raise _unreadable(dataset_id, endpoint, last_line(child.stderr))
    about = json.loads(last_line(child.stdout))
    raise _wrong_part(dataset_id, config, split, about) or _unreadable(
        dataset_id, endpoint, first_line(about["reason"])
    )


def _wrong_part(dataset_id: str, config: str, split: str, about: dict[str, Any]) -> HubError | None:
    """What was not named rightly, with the names there are."""
    configs, splits = about["configs"], about["splits"]
    if not config and len(configs) > 1 and _NO_CONFIG in about["reason"]:
        return HubError(
            f"The dataset {dataset_id} has {len(configs):,} configs and none of them is the default one.",
            hint=f"Name one with --config: {_listed(configs)}",
            code="dataset-config-missing",
        )
    if config and configs and config not in configs:
        meant = near_misses.question(config, configs)
        return HubError(
            f"The dataset {dataset_id} has no config {config!r}{f'; {meant}' if meant else '.'}",
            hint=f"Name one with --config: {_listed(configs)}",
            code="dataset-config-unknown",
        )
    if splits and split not in splits:
        return HubError(
            f"The dataset {dataset_id} has no split {split!r}.",
            hint=f"Name one with --split: {_listed(splits)}",
            code="dataset-split-unknown",
        )
    return None


def _unreadable(dataset_id: str, endpoint: str, reason: str) -> HubError:
    return HubError(
        f"The dataset {dataset_id} could not be read from {endpoint}: {reason}",
        hint="Check the id, --config, --split and --token; a path to a local file needs an existing file.",
        code="dataset-unreadable",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED:,} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(names[:_MAX_LISTED]) + more
