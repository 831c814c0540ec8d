"""Opening a commons from a program; what ``import commons`` offers.

library = commons.open("our-org/commons", "v1.2.0")
commons.verify("./a-copy").ok
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from commons import addresses
from commons import settings as environment
from commons.embedding.embedder import Embedder
from commons.errors import UsageError
from commons.hub import login
from commons.layout import Need
from commons.operations import verify as verifying
from commons.reader.model_loader import ModelLoader
from commons.reader.reader import Reader
from commons.sandbox import confinement
from commons.snapshots import source
from commons.snapshots.source import CommonsSource, InFolder
from commons.verification.verdict import Verdict


def open(
    name: str | os.PathLike[str],
    revision: str = "main",
    *,
    endpoint: str = "",
    token: str | None = None,
    model: str | None = None,
    using: Embedder | None = None,
) -> Reader:
    """A commons to read from: ``namespace/name`` on the Hub, the address of its page, or a folder.

    Args:
        revision: branch, tag (``"v1.2.0"``) or commit; a folder has one revision. An address may name one too.
        endpoint: the Hub; empty is HF_ENDPOINT, else huggingface.co.
        token: what to show it; None is HF_TOKEN, else the login of ``hf auth login`` where that is of this Hub.
        model: id on the Hub or folder of a sentence-transformers model to search with; None is COMMONS_MODEL, else the model that made the
            index. It is loaded at the first search.
        using: an embedder that is loaded already, in its place.

    Raises:
        UsageError: a name that is none, two Hubs named at once, or ``model`` beside ``using``.
        NotACommonsError: it holds no commons.
        AccessError: it cannot be read with this token.
        UnreachableError: the Hub does not answer.
        HubError: there is no such repository or revision, or whatever else the Hub refuses; the three above are among these.
    """
    known = environment.from_environment()
    if model and using:
        raise UsageError("Both a model and an embedder are given.", hint="Leave one of them out.")
    place = _source(name, endpoint, token)
    if isinstance(place, InFolder) and revision not in ("", "main"):
        raise UsageError(
            f"{place.name} is a folder, which has no revision {revision}.",
            hint="Leave the revision out, or name the repository on its Hub.",
            code="revision-missing",
        )
    loader = ModelLoader(replace(known, model=model or known.model))
    return Reader(
        place,
        (lambda _: using) if using else loader,
        revision=revision or "main",
        trials=known.trials,
    )


async def aopen(
    name: str | os.PathLike[str],
    revision: str = "main",
    *,
    endpoint: str = "",
    token: str | None = None,
    model: str | None = None,
    using: Embedder | None = None,
) -> Reader:
    """``open`` for asyncio."""
    return await asyncio.to_thread(
        open, name, revision, endpoint=endpoint, token=token, model=model, using=using
    )


def verify(
    name: str | os.PathLike[str], revision: str = "main", *, endpoint: str = "", token: str | None = None
) -> Verdict:
    """Check every claim of a copy; see ``operations.verify.verify``. What was seen before is not remembered.

    Raises:
        UsageError, HubError: as ``open``. What is wrong with the copy is no error: the verdict says it.
    """
    return verifying.verify(_source(name, endpoint, token).snapshot(revision, need=Need.VERIFYING))


def _source(name: str | os.PathLike[str], endpoint: str, token: str | None) -> CommonsSource:
    known = environment.from_environment()
    if known.unconfined:
        confinement.permit_unconfined()
    try:
        written = os.fspath(name)
    except TypeError:
        raise UsageError(f"A commons is named by a string or a path, not {name!r}.") from None
    named = "" if Path(written).is_dir() else addresses.dataset_of(written).endpoint
    given = addresses.endpoint_of(endpoint)
    if named and given and named != given:
        raise UsageError(
            f"{written} is on {named}, and the endpoint is {given}.", hint="Leave one of them out."
        )
    asked = given or known.endpoint
    hub = named or asked
    own = login.token_for(hub, asked=asked, token=known.token)
    return source.named(written, endpoint=hub, token=environment.clean_token(token or "") or own)
