"""Which model an operation works with, once the commons is known.

    choice = model_choice.for_reading(snapshot, asked=model)      who reads follows the index that is there
    choice = model_choice.for_building(snapshot, asked=model)     who builds follows the policy
    choice.model, choice.note

In this order: what the caller asked for, what the policy names, the index that exists, the default. A reader cannot ask an index by another
model than made it, so where nobody asked for one, the index that exists wins over the policy, and ``note`` says so.

Why a name that was read from a published file is marked: a policy or a manifest may name a model on the Hub, and must not make a reader
open a folder of their own machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from commons import addresses, layout
from commons.embedding.embedder import DEFAULT_MODEL, EmbedderIdentity, slug_of
from commons.embedding.engines import model_source
from commons.errors import CommonsError, IndexArtifactError
from commons.index import manifest, retrieval
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class ModelChoice:
    """A model, and where its name comes from. ``note`` is a sentence for the person, empty where there is nothing to say."""

    model: str
    revision: str = ""  # commit of the model that made the index; empty: the newest
    hub_only: bool = True  # the name is of a published file or ours, and means no folder of this machine
    note: str = ""


def for_reading(snapshot: Snapshot, asked: str = "") -> ModelChoice:
    """The model to ask the index with.

    Raises:
        IndexArtifactError: there is no index, or none by the model that was ``asked`` for (``index-missing``); or the model that made it
            came from a folder and has to be named (``model-missing``).
    """
    here = retrieval.slugs(snapshot.folder)
    if not here:
        raise IndexArtifactError(
            "The commons has no index yet, so it cannot be searched.",
            hint="Build one: commons build --publish",
            code="index-missing",
        )
    wanted = asked or snapshot.policy.commons.embedder or DEFAULT_MODEL
    slug = slug_of(model_source.public_name(wanted))
    made_by = _made_by(snapshot, slug if slug in here else here[0])
    if slug in here and (asked or wanted == made_by.model or not addresses.is_model_id(made_by.model)):
        return ModelChoice(wanted, _commit(made_by, wanted), hub_only=not asked)
    if asked:
        raise IndexArtifactError(
            f"There is no index by {model_source.public_name(wanted)} here; there is one by {made_by.model}.",
            hint="Leave --model and COMMONS_MODEL out, and that index is asked; a folder of its model has to be called as it is.",
            code="index-missing",
        )
    return _of_the_index(snapshot, made_by, wanted)


def for_building(snapshot: Snapshot, asked: str = "") -> ModelChoice:
    """The model to build with; the only index there is goes on where neither the caller nor the policy names one.

    Raises:
        IndexArtifactError: that one was made with a model from a folder, which has to be named (``model-missing``).
    """
    if asked:
        return ModelChoice(asked, hub_only=False)
    if named := snapshot.policy.commons.embedder:
        return ModelChoice(named)
    here = retrieval.slugs(snapshot.folder)
    if len(here) != 1 or here[0] == slug_of(DEFAULT_MODEL):
        return ModelChoice(DEFAULT_MODEL)
    try:
        made_by = _made_by(snapshot, here[0])
    except CommonsError:  # a damaged index has no successor
        return ModelChoice(DEFAULT_MODEL)
    _refuse_folder_model(made_by)
    return ModelChoice(
        made_by.model, note=f"The index here is by {made_by.model}, so it is built with that again."
    )


def for_auditing(snapshot: Snapshot, asked: str = "") -> ModelChoice:
    """The model to check the index with: as for reading, and where there is no index that can be read, as for building."""
    try:
        return for_reading(snapshot, asked)
    except CommonsError as error:
        if error.code == "model-missing":
            raise
        return ModelChoice(asked or snapshot.policy.commons.embedder or DEFAULT_MODEL, hub_only=not asked)


def _of_the_index(snapshot: Snapshot, made_by: EmbedderIdentity, wanted: str) -> ModelChoice:
    _refuse_folder_model(made_by)
    policy = snapshot.policy.commons.embedder
    because = f"and the policy names {wanted}" if policy else "which is not the default model"
    return ModelChoice(
        made_by.model,
        _commit(made_by, made_by.model),
        note=f"The index here is by {made_by.model}, {because}; that index is asked.",
    )


def _commit(made_by: EmbedderIdentity, model: str) -> str:
    """The commit of ``model`` that the index was made with; empty where it does not say."""
    known = made_by.model == model and model_source.is_commit(made_by.revision)
    return made_by.revision if known else ""


def _refuse_folder_model(made_by: EmbedderIdentity) -> None:
    if not addresses.is_model_id(made_by.model):
        raise IndexArtifactError(
            f"The index here was made with {made_by.model}, a model that somebody had in a folder.",
            hint="Name your folder of that model: --model FOLDER",
            code="model-missing",
        )


def _made_by(snapshot: Snapshot, slug: str) -> EmbedderIdentity:
    """Raises CommonsError when the manifest cannot be read."""
    return manifest.parse(snapshot.read(layout.manifest_path(slug))).embedder
