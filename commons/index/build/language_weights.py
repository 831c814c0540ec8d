"""The weight of meaning for each language of a commons: where it starts, and what moves it.

    due = language_weights.due(counts, published)               languages that have to be probed, or probed again
    probes = {"hi": language_weights.outcome(records, judged)}  for each of them (``probe``)
    fused = language_weights.decide(counts, probes, tuning)

A language begins at the default weight; its probe moves it as far as the probe can tell, and the commons' own questions from there, where
there are enough of them. A language with too few records to make questions of keeps the default, and the manifest says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commons.index import fusion
from commons.index.figures import ENOUGH_QUESTIONS, Fusion, LanguageFusion, Probe
from commons.index.fusion import DEFAULT_WEIGHT, WEIGHTS, Gains, JudgedQuestion

_LASTS_UNTIL = 1.25  # times as many records as were probed
_DIGITS = 4


def due(counts: Mapping[str, int], published: Fusion | None) -> set[str]:
    """The languages that were never probed, or have grown by a quarter, or shrunk by as much, since."""
    known = published.languages if published else {}
    return {
        name for name, count in counts.items() if name not in known or not lasts(known[name].probe, count)
    }


def lasts(probe: Probe, records: int) -> bool:
    """Whether what was found out about so many records still serves."""
    return probe.records / _LASTS_UNTIL < records < probe.records * _LASTS_UNTIL


def outcome(records: int, judged: Sequence[JudgedQuestion]) -> Probe:
    """What the probe says of a language with so many records; the default where nothing could be asked."""
    if not judged:
        return Probe(records=records, asked=0, weight=DEFAULT_WEIGHT, dense=0, keywords=0, hybrid=0)
    gained = fusion.gains(judged)
    weight = fusion.choose(gained, DEFAULT_WEIGHT)
    dense, keywords, hybrid = (_mean_at(gained, each) for each in (1.0, 0.0, weight))
    return Probe(
        records=records, asked=len(judged), weight=weight, dense=dense, keywords=keywords, hybrid=hybrid
    )


def decide(
    counts: Mapping[str, int], probes: Mapping[str, Probe], tuning: Mapping[str, Sequence[JudgedQuestion]]
) -> Fusion:
    """The weights of all languages; ``tuning`` holds the questions that may choose, by the language of what answers them."""
    languages = {name: _language(probes[name], tuning.get(name, ())) for name in sorted(counts)}
    tuned_on = sum(language.tuned_on for language in languages.values())
    return Fusion(dense_weight=DEFAULT_WEIGHT, tuned_on=tuned_on, languages=languages)


def _language(probe: Probe, judged: Sequence[JudgedQuestion]) -> LanguageFusion:
    if tells(len(judged)):
        weight = fusion.choose(fusion.gains(judged), probe.weight)
        return LanguageFusion(dense_weight=weight, chosen_by="questions", tuned_on=len(judged), probe=probe)
    return LanguageFusion(
        dense_weight=probe.weight, chosen_by="probe" if probe.asked else "default", tuned_on=0, probe=probe
    )


def tells(questions: int) -> bool:
    """Whether so many questions may choose a weight."""
    return questions >= ENOUGH_QUESTIONS


def _mean_at(gained: Gains, weight: float) -> float:
    return round(float(gained[:, WEIGHTS.index(weight)].mean()), _DIGITS)
