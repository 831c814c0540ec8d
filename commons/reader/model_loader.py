"""The model of whatever index is open, loaded when it is first needed and kept until the commons has an index by another.

load = ModelLoader(settings.from_environment())
load(snapshot)                                      the embedder that the snapshot's index was made by
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Mapping
from typing import Any

from commons.embedding import loading
from commons.embedding.embedder import Embedder
from commons.embedding.engines.model_source import ModelHub
from commons.errors import CommonsError
from commons.hub import login
from commons.index import model_choice
from commons.index.model_choice import ModelChoice
from commons.settings import Settings
from commons.snapshots.snapshot import Snapshot

_log = logging.getLogger(__name__)


class ModelLoader:
    """Called with a snapshot it gives the embedder to ask its index with; the settings may name another model and say what runs it.

    It loads a model once, however many threads ask for it at the same time. ``at_once`` is for who waits for a first answer and stays:
    the engine that opens soonest answers, and where none was chosen for the model on this machine yet, that is done in the background.
    """

    def __init__(self, settings: Settings, *, at_once: bool = False) -> None:
        self._settings = settings
        self._at_once = at_once
        self._loading = threading.Lock()
        self._load = functools.lru_cache(maxsize=1)(self._loaded)

    def __call__(self, snapshot: Snapshot) -> Embedder:
        """Raises what ``model_choice.for_reading`` and ``loading.load`` raise."""
        choice = model_choice.for_reading(snapshot, self._settings.model)
        with self._loading:
            return self._load(choice)

    def _loaded(self, choice: ModelChoice) -> Embedder:
        if choice.note:
            _log.warning("%s", choice.note)
        engine, home = self._settings.engine or loading.AUTO, self._settings.engines
        asked: dict[str, Any] = {
            "revision": choice.revision,
            "hub_only": choice.hub_only,
            "hub": self._model_hub(),
            "home": home,
        }
        if not self._at_once or engine != loading.AUTO:
            return loading.load(choice.model, engine=engine, **asked)
        embedder = loading.load_at_once(choice.model, **asked)
        if not loading.is_settled(choice.model, **asked):
            threading.Thread(target=_choose, args=(choice.model, asked), name="engine", daemon=True).start()
        return embedder

    def _model_hub(self) -> ModelHub:
        settings = self._settings
        token = login.token_for_models(settings.model_endpoint, data=settings.endpoint, token=settings.token)
        return ModelHub(settings.model_endpoint, token)


def _choose(model: str, asked: Mapping[str, Any]) -> None:
    try:
        loading.load(model, **asked)
    except (CommonsError, OSError) as error:
        _log.warning("No engine was chosen for the next start: %s", error)
