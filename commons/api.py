"""The public face: what ``import commons`` offers a program that reads a commons."""

from __future__ import annotations

from commons import addresses, extras
from commons import settings as environment
from commons.embedding.embedder import Embedder
from commons.hub import login
from commons.index import library as libraries
from commons.index.library import Library
from commons.layout import Need
from commons.operations import search as searching
from commons.operations import verify as verifying
from commons.operations.search import DEFAULT_HITS, Answer
from commons.reader.model_loader import ModelLoader
from commons.records.catalogue import Filters
from commons.sandbox import confinement
from commons.snapshots import source
from commons.snapshots.source import CommonsSource
from commons.verification.verdict import Verdict

__all__ = ["Filters", "open_library", "search", "verify"]


def open_library(
    name: str,
    revision: str = "main",
    *,
    endpoint: str = "",
    token: str | None = None,
    using: Embedder | None = None,
) -> Library:
    """A commons made ready to answer: ``name`` is a folder, or ``namespace/name`` on the Hub.

    Args:
        revision: branch, tag or commit; a folder has one revision.
        endpoint: the Hub; empty is HF_ENDPOINT, else huggingface.co.
        using: the embedder the index was built with; where it is left out, the model that made the index is loaded.

    Raises:
        MissingExtraError: the extra ``search`` is not installed.
        HubError, IndexArtifactError: it cannot be read, or has no index by this embedder.
    """
    extras.require("search")
    snapshot = _source(name, endpoint, token).snapshot(revision)
    known = environment.from_environment()
    return libraries.open_library(snapshot, using or ModelLoader(known)(snapshot), trials=known.trials)


def search(
    library: Library,
    question: str,
    *,
    k: int = DEFAULT_HITS,
    filters: Filters = Filters(),
    include_replaced: bool = False,
) -> Answer:
    """The ``k`` records that fit the question best, among those that pass the filters; see ``operations.search.find``."""
    return searching.find(library, question, k=k, filters=filters, include_replaced=include_replaced)


def verify(name: str, revision: str = "main", *, endpoint: str = "", token: str | None = None) -> Verdict:
    """Check every claim of a copy; see ``operations.verify.verify``. What was seen before is not remembered."""
    return verifying.verify(_source(name, endpoint, token).snapshot(revision, need=Need.VERIFYING))


def _source(name: str, endpoint: str, token: str | None) -> CommonsSource:
    known = environment.from_environment()
    if known.unconfined:
        confinement.permit_unconfined()
    at = endpoint or known.endpoint
    hub = addresses.dataset_of(name).endpoint or at
    known_token = login.token_for(hub, asked=at, token=known.token)
    return source.named(name, endpoint=at, token=token or known_token)
