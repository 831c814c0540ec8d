"""The model of whatever index is open, loaded when it is first needed and kept until the commons has an index by another.

load = ModelLoader(settings.from_environment())
load(snapshot)                                      the embedder that the snapshot's index was made by
"""

from __future__ import annotations

import functools
import logging
import threading

from commons.embedding import loading
from commons.embedding.embedder import Embedder
from commons.embedding.engines.model_source import ModelHub
from commons.hub import login
from commons.index import model_choice
from commons.index.model_choice import ModelChoice
from commons.settings import Settings
from commons.snapshots.snapshot import Snapshot

_log = logging.getLogger(__name__)


class ModelLoader:
    """Called with a snapshot it gives the embedder to ask its index with; the settings may name another model and say what runs it.

    It loads a model once, however many threads ask for it at the same time.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loading = threading.Lock()
        self._load = functools.lru_cache(maxsize=1)(self._loaded)

    def __call__(self, snapshot: Snapshot) -> Embedder:
        """Raises what ``model_choice.for_reading`` and ``loading.load`` raise."""
        choice = model_choice.for_reading(snapshot, self._settings.model)
        with self._loading:
            return self._load(choice)

    def _loaded(self, choice: ModelChoice) -> Embedder:
        settings = self._settings
        if choice.note:
            _log.warning("%s", choice.note)
        token = login.token_for_models(settings.model_endpoint, data=settings.endpoint, token=settings.token)
        return loading.load(
            choice.model,
            revision=choice.revision,
            hub_only=choice.hub_only,
            hub=ModelHub(settings.model_endpoint, token),
            engine=settings.engine or loading.AUTO,
            home=settings.engines,
        )
