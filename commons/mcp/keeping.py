"""The keeper of the commons that a server shows, by the settings; imported by the thread that opens it, with all that opening needs.

keeping.keeper(settings, opening).refresh()
"""

from __future__ import annotations

from commons import addresses
from commons.embedding.embedder import Embedder
from commons.hub import login
from commons.index.editions import Keeper
from commons.mcp.opening import CommonsOpening
from commons.reader.model_loader import ModelLoader
from commons.settings import Settings
from commons.snapshots import source
from commons.snapshots.snapshot import Snapshot


def keeper(settings: Settings, opening: CommonsOpening) -> Keeper:
    """Nothing is opened yet; ``opening`` is told how far it gets.

    Raises:
        UsageError: ``settings.repo`` names no dataset.
    """
    hub = addresses.dataset_of(settings.repo).endpoint or settings.endpoint
    token = login.token_for(hub, asked=settings.endpoint, token=settings.token)
    place = source.named(settings.repo, endpoint=settings.endpoint, token=token)
    load = ModelLoader(settings, at_once=True)

    def load_embedder(snapshot: Snapshot) -> Embedder:
        opening.stage = "the model"
        embedder = load(snapshot)
        opening.stage = "the index"
        return embedder

    return Keeper(place, load_embedder, settings.trials)
