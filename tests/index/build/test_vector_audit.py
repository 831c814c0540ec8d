"""The vectors' audit: a sample nobody can foresee, what it may miss, and vectors that are not those of their texts."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.audited import Audited
from support.embedder import TinyEmbedder

from commons.index.build import vector_audit
from commons.index.build.model_audit import ModelChecks
from commons.index.build.published_artifact import PublishedArtifact
from commons.index.manifest import parse


class TestDrawing:
    @given(seed=st.integers(0, 2**32), size=st.integers(1, 300), count=st.integers(0, 320))
    def test_so_many_different_rows_or_all_of_them(self, seed: int, size: int, count: int) -> None:
        rows = vector_audit.draw(seed, size, count)
        assert len(rows) == min(size, count)
        assert rows == sorted(set(rows))
        assert all(0 <= row < size for row in rows)
        assert rows == vector_audit.draw(seed, size, count)

    def test_every_row_is_drawn_as_often_as_any_other(self) -> None:
        """No row is one that a forger need not fear; the bounds are five standard deviations."""
        seeds, size, count = 3_000, 20, 6
        times = Counter(row for seed in range(seeds) for row in vector_audit.draw(seed, size, count))
        expected = seeds * count / size
        spread = 5 * math.sqrt(expected * (1 - count / size))
        assert all(abs(times[row] - expected) < spread for row in range(size))

    def test_the_rule_is_one_that_anybody_can_follow(self) -> None:
        candidates = (
            int(hashlib.sha256(f"commons-audit-sample/v1 7 {turn}".encode()).hexdigest(), 16) % 50
            for turn in range(1_000)
        )
        first = list(dict.fromkeys(candidates))[:20]
        assert vector_audit.draw(7, 50, 20) == sorted(first)


class TestWhatIsMissed:
    @given(size=st.integers(1, 400), count=st.integers(1, 400))
    @example(size=20, count=1)  # of 19 the chance is 5 %, and not above
    def test_it_is_the_most_that_are_missed_with_a_chance_above_five_percent(
        self, size: int, count: int
    ) -> None:
        count = min(size, count)
        missed = vector_audit.most_missed(size, count)
        chances = [
            math.comb(size - wrong, count) / math.comb(size, count) for wrong in range(size - count + 1)
        ]
        assert missed == max(wrong for wrong, chance in enumerate(chances) if chance > 0.05)

    def test_far_below_the_whole_it_is_the_share_that_so_many_draws_leave(self) -> None:
        """(1 - s) ** 300 = 0.05 at s = 0.99 %."""
        assert vector_audit.most_missed(10_000_000, 300) / 10_000_000 == pytest.approx(
            1 - 0.05 ** (1 / 300), rel=1e-3
        )

    def test_of_all_none_is_missed(self) -> None:
        assert vector_audit.most_missed(720, 720) == 0


@dataclass(frozen=True)
class Forger(TinyEmbedder):
    """Has the model's name and gives the mean of all vectors for every record but each ``honest``-th."""

    honest: int = 7

    def embed(self, texts: Any, **options: Any) -> Any:
        made = super().embed(texts, **options)
        mean = made.mean(axis=0)
        rows = np.arange(len(made)) % self.honest != 0
        made[rows] = mean / np.linalg.norm(mean)
        return made


class TestFalseVectors:
    def test_all_that_are_false_are_named_when_all_are_embedded_again(
        self, build_by: Callable[[Any], Audited], embedder: Any
    ) -> None:
        """Index, keywords and manifest follow from the false vectors to the last byte."""
        forged = build_by(Forger())
        result = forged.audit(ModelChecks(embedder, None))
        false = [text for text in result.problems if "is not that of its text" in text]
        # Of 40, 5 and 60 records, each shard's every seventh is right.
        assert len(false) == 105 - 6 - 1 - 9
        assert result.embedded_again == 105
        assert result.rebuilt == 4

    @pytest.mark.parametrize("seed", range(5))
    def test_no_sample_of_any_seed_misses_them(
        self, seed: int, build_by: Callable[[Any], Audited], embedder: Any
    ) -> None:
        result = build_by(Forger()).audit(ModelChecks(embedder, 20, seed))
        assert len(result.problems) >= 10
        assert f"--seed {seed}" in result.notes[0]

    def test_they_are_seen_without_a_model_too_where_many_records_have_one_vector(
        self, build_by: Callable[[Any], Audited]
    ) -> None:
        (sentence,) = build_by(Forger()).audit().unchecked
        # 34, 4 and 51 of three shards, each with a mean of its own.
        assert sentence.startswith("89 of 105 records have the very vector of a record with another text")

    def test_right_ones_hold_and_the_verdict_says_what_could_be_missed(
        self, whole: Audited, embedder: Any
    ) -> None:
        result = whole.audit(ModelChecks(embedder, 30, 11))
        assert result.problems == []
        assert result.embedded_again == 30
        missed = vector_audit.most_missed(105, 30)
        assert result.notes == [
            f"drawn at random of 105, again with --seed 11: up to {missed} false vectors "
            f"({missed / 105:.1%}) could have been missed, at 95 % confidence"
        ]

    def test_a_model_that_gives_no_number_is_no_match(self, whole: Audited) -> None:
        class Silent(TinyEmbedder):
            def embed(self, texts: Any, **options: Any) -> Any:
                return super().embed(texts, **options) * np.nan

        assert len(whole.audit(ModelChecks(Silent(), None)).problems) == 105

    def test_progress_is_told_of_every_record(self, whole: Audited, embedder: Any) -> None:
        made = parse(whole.manifest_path.read_bytes())
        published = PublishedArtifact(whole.commons.folder, made, whole.landed)
        steps: list[tuple[int, int]] = []
        problems = vector_audit.embed_again(
            published, [3, 44, 104], embedder, lambda _label, done, total: steps.append((done, total))
        )
        assert list(problems) == []
        assert steps[0] == (0, 3)
        assert steps[-1] == (3, 3)


class TestSharedVectors:
    def test_the_same_text_twice_has_the_same_vector_by_right(self, whole: Audited) -> None:
        made = parse(whole.manifest_path.read_bytes())
        published = PublishedArtifact(whole.commons.folder, made, whole.landed)
        assert [vector_audit.sharing_vectors(pool) for pool in published.materials.values()] == [0, 0]
