"""The part of an audit that needs the model: vectors embedded again, figures measured again, and what nobody asked for named.

    model_audit.audit(published, asked, ModelChecks(embedder, measure=True), result, progress)

How a sample is drawn and compared is for ``vector_audit``, how figures are measured for ``figure_audit``. Without a model, or with another
one than the index was built with, it says what was not checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from commons.embedding.embedder import Embedder, EmbedderIdentity
from commons.index import dense
from commons.index.build import figure_audit, vector_audit
from commons.index.build.audit_result import ArtifactAudit, problems_of
from commons.index.build.manifest_audit import Asked
from commons.index.build.published_artifact import PublishedArtifact
from commons.index.manifest import Manifest
from commons.progress import Progress

# Above this share of records with the vector of another text, somebody should look.
_MANY_SHARED = 0.1
_FEWEST_SHARED = 10


@dataclass(frozen=True)
class ModelChecks:
    """What is asked of a model: ``sample`` records embedded again (None: all) as drawn by ``seed``, and the figures measured again."""

    embedder: Embedder
    sample: int | None = vector_audit.SAMPLE_RECORDS
    seed: int = 0
    measure: bool = False


def audit(
    published: PublishedArtifact,
    asked: Asked | None,
    checks: ModelChecks | None,
    result: ArtifactAudit,
    progress: Progress,
) -> None:
    """Whether vectors follow from texts and figures from both, as far as ``checks`` asks for it; goes into ``result``.

    ``asked``: the questions the index was measured on, where there can have been such.
    """
    made = published.manifest
    fitting = checks if checks and _is_its_model(made, checks.embedder, result) else None
    with problems_of(result):
        if fitting and fitting.sample != 0:
            _vectors(published, fitting, result, progress)
        else:
            _vectors_without_model(published, result)
    with problems_of(result):
        if fitting and fitting.measure and asked is not None:
            _figures(published, asked, fitting.embedder, result, progress)
        else:
            _figures_without_model(made, result)
    learnt = (f"pools.{name}.template" for name, pool in made.pools.items() if pool.template)
    result.assumptions.append(
        f"only the builder knows: {', '.join(['engines', 'vectors.*.engine', 'before', 'cost', *learnt])}"
    )


def _is_its_model(made: Manifest, embedder: Embedder, result: ArtifactAudit) -> bool:
    """Whether this model made the index; another of its name is a problem, any other leaves unchecked what was asked."""
    here, there = embedder.identity, made.embedder
    if there.slug != here.slug:
        result.unchecked.append(
            f"what was asked of its model was not checked: it is of {there.model}, and here is {here.model}; name it with --model"
        )
        return False
    if there.digest != here.digest:
        result.problems.append(f"the index was built with another model than {here.model} is here")
        return False
    if (there.model, there.revision) != (here.model, here.revision):
        result.assumptions.append(
            f"embedder.model, embedder.revision: the weights are called {_name(there)} by the manifest, and {_name(here)} here"
        )
    return True


def _name(embedder: EmbedderIdentity) -> str:
    return f"{embedder.model} at {embedder.revision}" if embedder.revision else embedder.model


def _vectors(
    published: PublishedArtifact, checks: ModelChecks, result: ArtifactAudit, progress: Progress
) -> None:
    size = published.manifest.records
    rows = vector_audit.draw(checks.seed, size, size if checks.sample is None else checks.sample)
    result.problems += vector_audit.embed_again(published, rows, checks.embedder, progress)
    result.embedded_again += len(rows)
    if len(rows) < size:
        missed = vector_audit.most_missed(size, len(rows))
        result.notes.append(
            f"drawn at random of {size:,}, again with --seed {checks.seed}: up to {missed:,} false vectors "
            f"({missed / size:.1%}) could have been missed, at 95 % confidence"
        )


def _vectors_without_model(published: PublishedArtifact, result: ArtifactAudit) -> None:
    result.assumptions.append(
        "not embedded again, which --embed does: that the vectors are those of the texts by the model that is named (embedder)"
    )
    size = published.manifest.records
    shared = sum(vector_audit.sharing_vectors(pool) for pool in published.materials.values())
    if shared >= max(_FEWEST_SHARED, _MANY_SHARED * size):
        # No problem yet: to a model that does not know a script, many texts are one.
        result.unchecked.append(
            f"{shared:,} of {size:,} records have the very vector of a record with another text; "
            "whether the model makes it so was not checked, which --embed does"
        )


def _figures(
    published: PublishedArtifact,
    asked: Asked,
    embedder: Embedder,
    result: ArtifactAudit,
    progress: Progress,
) -> None:
    figures = figure_audit.measure_again(published, asked, embedder, progress)
    result.measured_again += len(figures.measured)
    result.problems += figures.problems
    result.unchecked += figures.unchecked
    if figures.measured:
        result.notes.append(
            f"figures measured again to within {figure_audit.TOLERANCE} and what one question moves: {', '.join(figures.measured)}"
        )


def _figures_without_model(made: Manifest, result: ArtifactAudit) -> None:
    """Their bounds and counts were held to data and log all the same."""
    stated = []
    for name, pool in made.pools.items():
        stated += [f"pools.{name}.recall"] if pool.recall else []
        if dense.is_trained(pool.factory):
            stated += [f"pools.{name}.k_factor", f"pools.{name}.nprobe"]
    stated += ["fusion"] if made.fusion and (made.fusion.tuned_on or made.fusion.languages) else []
    stated += [f"quality.{name}" for name in made.quality]
    stated += ["bands"] if made.bands and made.bands.calibrated_on else []
    if stated:
        result.assumptions.append(f"not measured again, which --measure does: {', '.join(stated)}")
