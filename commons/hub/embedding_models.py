"""Models on the Hub: the files that say what an embedding model is, in the Hub client's cache."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from commons import addresses
from commons.errors import HubError, first_line
from commons.hub import cache_folder, time_limits  # noqa: F401 - importing it sets them

# Weights in the one format that holds no code, configurations, vocabularies. Repositories also carry the same model for other programs.
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
_FOR_OTHERS = ("onnx/*", "openvino/*", "*.onnx", "*/onnx/*")


def download(model: str) -> Path:
    """The folder of the model's newest commit, named by it; while the Hub is away, of the newest one that is here.

    Raises:
        HubError: there is no such model, or it is neither here nor reachable (``model-missing``).
    """
    try:
        folder = snapshot_download(
            model,
            allow_patterns=list(_FILES),
            ignore_patterns=list(_FOR_OTHERS),
            endpoint=addresses.endpoint_of(constants.ENDPOINT),
            cache_dir=cache_folder.usable(),
        )
        return Path(folder)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise HubError(
            f"The model {model} cannot be loaded: {first_line(error)}",
            hint="Give a sentence-transformers model id or a folder with --model.",
            code="model-missing",
        ) from error
