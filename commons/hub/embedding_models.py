"""Models on a Hub: the files that say what an embedding model is, in the Hub client's cache.

    embedding_models.download("org/model", endpoint="https://huggingface.co", token=None)

Models come from the Hub that the caller names, which need not be the one the data is on; a token is sent where one is given, and no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import httpx2
from huggingface_hub import (
    HfApi,
    constants,
    get_cached_repo_tree,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub import errors as hf

from commons.errors import HubError, first_line
from commons.hub import cache_folder, time_limits  # noqa: F401 - importing it sets them

# Weights in the one format that holds no code, configurations, vocabularies. Repositories also carry the same model for other programs.
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
_FOR_OTHERS = ("onnx/*", "openvino/*", "*.onnx", "*/onnx/*")


def download(
    model: str,
    *,
    endpoint: str,
    token: str | None = None,
    revision: str = "",
    forms: Sequence[Sequence[str]] = (),
) -> Path:
    """The folder of the model's commit ``revision``, named by it: of the newest one where none is asked for; while the Hub is away, of the
    newest one that is here.

    ``forms`` are other files that hold the same model: the first of which the repository has the first file is fetched too.

    Raises:
        HubError: there is no such model, or it is neither here nor reachable (``model-missing``).
    """
    try:
        fetch = partial(
            snapshot_download,
            model,
            endpoint=endpoint,
            token=token or False,  # None would send the login of whatever Hub it belongs to
            cache_dir=cache_folder.usable(),
        )
        allowed, ignored = list(_FILES), list(_FOR_OTHERS)
        folder = Path(fetch(revision=revision or None, allow_patterns=allowed, ignore_patterns=ignored))
        if form := _published_form(model, folder, forms):
            fetch(revision=folder.name, allow_patterns=list(form))
        return folder
    except (hf.HFValidationError, httpx2.TransportError, RuntimeError, OSError) as error:
        raise _missing(model, endpoint, error) from error


def _published_form(model: str, folder: Path, forms: Sequence[Sequence[str]]) -> Sequence[str] | None:
    """The first of the ``forms`` that the commit has, by its list of files; without that, that is here."""
    try:
        listed = get_cached_repo_tree(model, revision=folder.name, cache_dir=cache_folder.usable())
        names = {file.path for file in listed}
    except hf.CachedRepoTreeNotFoundError:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return next((form for form in forms if form[0] in names), None)


def is_fetched(model: str) -> bool:
    """Whether the cache has the model, as far as its configuration tells; nothing is asked of any Hub."""
    try:
        return isinstance(try_to_load_from_cache(model, "config.json", cache_dir=cache_folder.usable()), str)
    except (hf.HFValidationError, OSError):
        return False


def refuse_missing(model: str, *, endpoint: str, token: str | None = None) -> bool:
    """Whether the Hub has the model; False when it cannot be asked.

    Raises:
        HubError: it has none of that name (``model-missing``).
    """
    try:
        HfApi(endpoint=endpoint, token=token or False).model_info(model)
    except (hf.RepositoryNotFoundError, hf.HFValidationError) as error:
        raise _missing(model, endpoint, error) from error
    except (hf.HfHubHTTPError, hf.OfflineModeIsEnabled, httpx2.TransportError, OSError):
        return False
    return True


def _missing(model: str, endpoint: str, error: Exception) -> HubError:
    """What happened, by the cause: the client's own sentence names other addresses than people know."""
    cause = error.__cause__ if isinstance(error, hf.LocalEntryNotFoundError) and error.__cause__ else error
    if constants.is_offline_mode() or isinstance(cause, hf.OfflineModeIsEnabled):
        return HubError(
            f"The model {model} is not here whole, and HF_HUB_OFFLINE is set, so {endpoint} is not asked for it.",
            hint="Unset HF_HUB_OFFLINE once, or give a folder that holds the model: --model FOLDER.",
            code="model-missing",
        )
    if isinstance(cause, hf.GatedRepoError):
        return HubError(
            f"The model {model} on {endpoint} is given to those who ask for it there, and not without a login.",
            hint=f"Ask at {endpoint}/{model}; then hf download {model} --local-dir FOLDER, and --model FOLDER.",
            code="model-missing",
        )
    if isinstance(cause, hf.RepositoryNotFoundError):
        return HubError(
            f"There is no model {model} on {endpoint}, or it is private.",
            hint="Check --model, COMMONS_MODEL or the policy; COMMONS_MODEL_ENDPOINT names another Hub for models, and "
            "--model FOLDER one that is here.",
            code="model-missing",
        )
    if isinstance(cause, httpx2.TransportError):
        return HubError(
            f"The model {model} is not here, and {endpoint} does not answer.",
            hint="Try again once it does; COMMONS_MODEL_ENDPOINT names another Hub for models, and --model FOLDER one that is here.",
            code="model-missing",
        )
    return HubError(
        f"The model {model} cannot be had from {endpoint}: {first_line(cause)}",
        hint="Give the id of a sentence-transformers model, or a folder that holds one: --model FOLDER.",
        code="model-missing",
    )
