"""The card's section on search quality, from the manifests of the indexes in the repository.

It changes when data lands and when an index is built, so it stands between two markers: a landing writes it with the whole card, a build
replaces it in the card as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commons import layout
from commons.errors import IndexArtifactError
from commons.escaping import escape
from commons.index import figures, manifest
from commons.index.figures import Fusion, LanguageFusion, SearchQuality
from commons.index.manifest import Manifest
from commons.index.quality import Quality
from commons.snapshots.snapshot import Snapshot

_BEGIN, _END = "<!-- search quality: begin -->", "<!-- search quality: end -->"
_ALL = "all"  # the manifest's name for all questions together


def manifests_of(snapshot: Snapshot) -> list[Manifest]:
    """The manifests of the snapshot that can be read; ``verify`` is the one that speaks of the others."""
    manifests = []
    for path in snapshot.paths():
        if layout.parse_manifest(path):
            try:
                manifests.append(manifest.parse(snapshot.read(path)))
            except IndexArtifactError:
                continue
    return manifests


def section(manifests: Sequence[Manifest], *, records: int) -> str:
    """The section with its markers; only the markers where there is no index. ``records`` is how many the commons holds."""
    lines = "\n".join(_lines(manifests, records)) if manifests else ""
    return f"{_BEGIN}\n{lines}{_END}"


def replaced(card: bytes, made: str) -> bytes:
    """The card with the section ``made``; a card without the markers stays as it is until the next landing."""
    before, begin, rest = card.decode("utf-8", "surrogateescape").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    return (before + made + after).encode("utf-8", "surrogateescape") if begin and end else card


def _lines(manifests: Sequence[Manifest], records: int) -> Iterator[str]:
    yield "## Search quality\n"
    yield "Measured by `commons build` when it made the index, on the commons' own questions. Each leg of the search is judged alone and"
    yield "both together, on the half of the questions that nothing is tuned on; the measures are those of trec_eval and MS MARCO."
    for made in sorted(manifests, key=lambda manifest: manifest.embedder.slug):
        yield f"\n### {escape(made.embedder.model)}\n"
        yield f"{_coverage(made, records)} {_nearest(made)}".strip() + "\n"
        if made.quality:
            yield from _table(made)
        else:
            yield "No question of the commons was there to judge it by.\n"
        if made.fusion and made.fusion.languages:
            yield from _languages(made.fusion)
        yield from _bands(made)


def _bands(made: Manifest) -> Iterator[str]:
    """How far "answers" and "not known" can be relied on."""
    errors = made.bands.errors if made.bands else None
    if made.bands and errors:
        yield (
            f"Whether an answer is one was calibrated on {made.bands.calibrated_on:,} questions. Of {errors.answerable:,} others, "
            f"{errors.answers:.0%} are called answered and {errors.false_not_known:.0%} not known; with their records left out, "
            f"{errors.false_answers:.0%} are still called answered.\n"
        )
    elif made.bands:
        yield "Whether an answer is one is judged by coefficients from public data; there are too few questions to calibrate them here.\n"


def _coverage(made: Manifest, records: int) -> str:
    behind = "" if made.records == records else f"; the commons holds {records:,} by now"
    return f"An index of {made.records:,} records{behind}."


def _nearest(made: Manifest) -> str:
    """How much of an exact comparison the index finds, pool by pool."""
    measured = [(name, pool.recall) for name, pool in sorted(made.pools.items()) if pool.recall]
    if not measured:
        return ""
    pools = ", ".join(f"{escape(name)} {recall.at_10:.3f}" for name, recall in measured)
    return f"Of the ten nearest records it finds, as a share of what an exact comparison finds: {pools}."


def _table(made: Manifest) -> Iterator[str]:
    yield "| questions of | number | nDCG@10 | change | recall@10 | MRR@10 | nDCG@10 by meaning alone | by words alone |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, measured in sorted(made.quality.items(), key=lambda item: (item[0] != _ALL, item[0])):
        yield _row(name, measured, made.before.get(name))
    yield "\n`change` is against the build before; it stays empty when that build was asked another number of questions.\n"


def _languages(fused: Fusion) -> Iterator[str]:
    """With which weight each language is searched, what chose it, and what it was measured on."""
    yield "How much meaning weighs beside words is chosen for each language of the records; the figures are nDCG@10.\n"
    yield "| language | weight of meaning | chosen by | measured on | by meaning alone | by words alone | by both |"
    yield "| --- | ---: | --- | --- | ---: | ---: | ---: |"
    for name, language in fused.languages.items():
        yield f"| {escape(name)} | {' | '.join(language_cells(language))} |"
    yield ""
    if fused.unread:
        yield figures.unread_sentence([escape(name) for name in fused.unread])
        yield "Another model may read them; `commons init --model` names a commons its own.\n"


def language_cells(language: LanguageFusion) -> tuple[str, ...]:
    """Weight of meaning, what chose it, what the figures were measured on, and nDCG@10 by meaning, by words and by both."""
    probe, quality = language.probe, language.quality
    figures = (probe.dense, probe.keywords, probe.hybrid)
    if quality:
        figures = (quality.dense.ndcg_at_10, quality.keywords.ndcg_at_10, quality.hybrid.ndcg_at_10)
    measured_on = _measured_on(language)
    shown = (f"{figure:.3f}" if measured_on else "" for figure in figures)
    return f"{language.dense_weight:.2f}", _chosen_by(language), measured_on, *shown


def _chosen_by(language: LanguageFusion) -> str:
    if language.chosen_by == "questions":
        return f"{language.tuned_on:,} questions"
    return (
        f"{language.probe.asked:,} probes"
        if language.chosen_by == "probe"
        else "default: too few records to probe"
    )


def _measured_on(language: LanguageFusion) -> str:
    if language.quality:
        return f"{language.quality.hybrid.questions:,} other questions"
    return f"the {language.probe.asked:,} probes" if language.probe.asked else ""


def _row(name: str, measured: SearchQuality, before: Quality | None) -> str:
    both = measured.hybrid
    same = before is not None and before.questions == both.questions
    change = f"{both.ndcg_at_10 - before.ndcg_at_10:+.3f}" if before is not None and same else ""
    values = (
        both.ndcg_at_10,
        both.recall_at_10,
        both.mrr_at_10,
        measured.dense.ndcg_at_10,
        measured.keywords.ndcg_at_10,
    )
    ndcg, recall, mrr, dense, words = (f"{value:.3f}" for value in values)
    shown = "all of them" if name == _ALL else escape(name)
    return f"| {shown} | {both.questions:,} | {ndcg} | {change} | {recall} | {mrr} | {dense} | {words} |"
