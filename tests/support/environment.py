"""Settings of a process that runs tests. Nothing of a test may touch what belongs to the person who runs it.

To be imported before any client, because they read these once.
"""

from __future__ import annotations

import os
import tempfile

HOME = tempfile.mkdtemp(prefix="commons-tests-")
os.environ["COMMONS_HOME"] = HOME
os.environ["COMMONS_KEY_FILE"] = HOME + "/key.pem"
os.environ["HF_HOME"] = HOME + "/hf"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_UPDATE_DOWNLOAD_COUNTS"] = "0"
os.environ.pop("HF_TOKEN", None)
os.environ.pop("HF_ENDPOINT", None)
os.environ.pop("COMMONS_REPO", None)
os.environ.pop("COMMONS_ENDPOINT", None)
os.environ.pop("COMMONS_KEY", None)
os.environ.pop("COMMONS_PASSPHRASE", None)
os.environ.pop("COMMONS_MODEL", None)
os.environ.pop("COMMONS_MODEL_ENDPOINT", None)
os.environ["COMMONS_ENGINE"] = "reference"  # what has no need of speed should not prepare for it
