"""Loading an embedder: a model id or a folder, opened by an engine of this machine.

model = loading.load()                                          the fastest engine that is right here
model = loading.load("org/model", engine="reference")           by plain sentence-transformers

Which model a commons is read or built with is for ``commons.index.model_choice``.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from commons.embedding import choice, engines
from commons.embedding.embedder import DEFAULT_MODEL, Embedder, slug_of
from commons.embedding.engines import model_source
from commons.embedding.engines.driver import ModelRequest, Say
from commons.embedding.engines.model_source import ModelHub
from commons.embedding.engines.openvino_engines import OPENVINO_PUBLISHED
from commons.embedding.engines.torch_engines import REFERENCE

AUTO = "auto"
ENGINE_NAMES = (AUTO, *engines.NAMES)


def load(
    model: str = DEFAULT_MODEL,
    *,
    revision: str = "",
    hub_only: bool = False,
    hub: ModelHub = ModelHub(),
    engine: str = AUTO,
    home: Path | None = None,
    truncate_dim: int | None = None,
    say: Say = logging.getLogger(__name__).warning,
) -> Embedder:
    """The embedder for a model id or a folder.

    Args:
        revision: the commit of the model's repository; empty is the newest.
        hub_only: the name was read from a published file, which may not name a folder of this machine.
        hub: where models come from.
        engine: one of ``ENGINE_NAMES``; ``auto`` takes the fastest that is right on this machine.
        home: where converted models lie between runs; without it nothing is converted.
        truncate_dim: the first so many dimensions, of a model that was trained to be cut (Matryoshka).
        say: told what takes long and what is given up.

    Raises:
        UsageError: there is no such engine, or the model's name cannot name a folder.
        MissingExtraError: a library that the engine needs is not installed.
        HubError, IndexArtifactError: the model cannot be loaded (``model-missing``), or the engine cannot run it here
            (``engine-unavailable``).
    """
    driver = None if engine == AUTO else engines.named(engine)
    slug_of(model_source.public_name(model))  # refused before a long load
    source = model_source.locate(model, hub, revision=revision, hub_only=hub_only)
    request = ModelRequest(source, home, truncate_dim, say)
    if driver is None and REFERENCE.refusal(request.machine, request.installed):
        if converted := choice.converted_before(request):
            return converted
        driver = OPENVINO_PUBLISHED
    if driver is OPENVINO_PUBLISHED:
        request = replace(request, source=model_source.with_file_to_run(source, hub))
    if driver:
        return driver.open(request)
    return choice.fastest(request, home) if home else REFERENCE.open(request)


def load_at_once(
    model: str, *, revision: str = "", hub_only: bool = False, hub: ModelHub = ModelHub(), home: Path
) -> Embedder:
    """The embedder that opens soonest, for who waits for the first question: nothing is tried or converted first; errors as of ``load``."""
    request = _request(model, revision, hub_only, hub, home)
    if converted := choice.converted_before(request):
        return converted
    if REFERENCE.refusal(request.machine, request.installed):
        return load(model, revision=revision, hub_only=hub_only, hub=hub, home=home)
    return REFERENCE.open(request)


def is_settled(
    model: str, *, revision: str = "", hub_only: bool = False, hub: ModelHub = ModelHub(), home: Path
) -> bool:
    """Whether ``load`` by ``auto`` opens the model without trying engines and converting it first; errors as of ``load``."""
    request = _request(model, revision, hub_only, hub, home)
    return bool(REFERENCE.refusal(request.machine, request.installed)) or choice.is_settled(request, home)


def _request(model: str, revision: str, hub_only: bool, hub: ModelHub, home: Path) -> ModelRequest:
    source = model_source.locate(model, hub, revision=revision, hub_only=hub_only)
    return ModelRequest(source, home, None, logging.getLogger(__name__).warning)
