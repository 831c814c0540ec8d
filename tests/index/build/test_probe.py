"""The probe: questions made of records themselves, always the same, each without the sentence it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import commons_on_disk
from support.commons_on_disk import record

from commons.index import fusion
from commons.index.build import language_weights, probe
from commons.index.build.probe import FEWEST_QUESTIONS, MAX_QUESTIONS, Sample
from commons.index.build.published_artifact import PublishedArtifact
from commons.index.figures import Probe
from commons.index.keyword_fields import Text

FIRST = "The granite of our northern quarry was cut by hand until about 1911."
SECOND = "Since then machines from a harbour town have done all of it."
UNSPACED = "在北方的采石场里花岗岩一直由工人手工切割直到一九一一年为止。"


def sample(*texts: str, lang: str = "en", repeat: int = 1) -> Sample:
    whole = [text for text in texts for _ in range(repeat)]
    ids = tuple(f"kr1{number:05}" for number in range(len(whole)))
    return Sample(
        lang, ids, tuple(Text(None, text, lang) for text in whole), np.eye(len(whole), dtype=np.float32)
    )


class TestQuestions:
    def test_six_words_of_one_sentence_are_asked_and_the_sentence_is_taken_out(self) -> None:
        for each in probe.questions(sample(f"{FIRST} {SECOND}", repeat=FEWEST_QUESTIONS)):
            asked, left = (FIRST, SECOND) if each.rest.text == SECOND else (SECOND, FIRST)
            assert each.rest.text == left
            words = each.question.split()
            assert len(words) == 6
            places = [asked.rstrip(".").split().index(word) for word in words]
            assert places == sorted(places), "in the order of the sentence"

    def test_a_record_of_one_sentence_is_asked_with_half_of_its_words_and_keeps_them(self) -> None:
        for each in probe.questions(sample(FIRST, repeat=FEWEST_QUESTIONS)):
            assert each.rest.text == FIRST
            assert len(each.question.split()) == len(FIRST.split()) // 2

    def test_where_no_blanks_are_written_a_run_of_characters_is_asked(self) -> None:
        for each in probe.questions(sample(UNSPACED + UNSPACED, lang="zh", repeat=FEWEST_QUESTIONS)):
            assert len(each.question) == 12
            assert each.question in UNSPACED
            assert each.rest.text == UNSPACED

    def test_a_title_stays(self) -> None:
        titled = Sample(
            "en",
            tuple(map(str, range(FEWEST_QUESTIONS))),
            (Text("Granite", f"{FIRST} {SECOND}", "en"),) * FEWEST_QUESTIONS,
            np.eye(FEWEST_QUESTIONS, dtype=np.float32),
        )
        assert all(each.passage.startswith("Granite\n") for each in probe.questions(titled))

    def test_too_few_records_ask_nothing_and_very_many_no_more_than_enough(self) -> None:
        assert probe.questions(sample(FIRST, repeat=FEWEST_QUESTIONS - 1)) == []
        assert probe.questions(sample("Too short.", "🙂", repeat=99)) == []
        assert len(probe.questions(sample(FIRST, repeat=MAX_QUESTIONS + 9))) == MAX_QUESTIONS

    def test_they_are_always_the_same(self) -> None:
        texts = [f"{FIRST} {SECOND} And number {n} of them is the last one of the row." for n in range(30)]
        assert probe.questions(sample(*texts)) == probe.questions(sample(*texts))

    @given(
        texts=st.lists(st.text(max_size=200), min_size=20, max_size=30),
        lang=st.sampled_from(["en", "th", "hi"]),
    )
    def test_no_text_is_too_odd(self, texts: list[str], lang: str) -> None:
        for each in probe.questions(sample(*texts, lang=lang)):
            assert each.question.strip()


def test_of_each_language_the_least_ids_of_all_pools_are_taken_with_their_own_vectors(
    make_embedder: Any, tmp_path: Path
) -> None:
    commons = commons_on_disk.founded(tmp_path / "commons")
    english = [record(f"Stone {n} of the quarry. It is of colour {n % 7}.") for n in range(60)]
    german = [record(f"Stein {n} aus dem Bruch.", lang="de-CH", license="CC-BY-SA-4.0") for n in range(30)]
    commons.put(english[:40])
    commons.put(english[40:], collection="more")
    commons.put(german, pool="by-sa")
    built = commons.build(make_embedder(), tmp_path / "work")
    commons.publish(built)
    artifact = PublishedArtifact(commons.folder, built.manifest, {})
    samples = probe.samples(artifact.materials.values(), ["de", "en", "fr"])
    assert {name: len(of.ids) for name, of in samples.items()} == {"de": 30, "en": 60}
    rows = {each.id: each for each in [*english, *german]}
    for of in samples.values():
        assert list(of.ids) == sorted(of.ids)
        assert [text.text for text in of.texts] == [rows[name].text for name in of.ids]
        own = make_embedder().embed([text.words for text in of.texts])
        assert (np.sum(own * of.vectors, axis=1) > 0.99).all()


class TestWeights:
    def judged(self, embedder: Any, texts: list[str]) -> Any:
        made = sample(*texts)
        made = Sample(made.language, made.ids, made.texts, embedder.embed(texts))
        asked = probe.questions(made)
        questions = embedder.embed_questions([each.question for each in asked])
        return probe.judge(made, asked, questions, embedder.embed([each.passage for each in asked]))

    def test_a_model_that_reads_nothing_is_given_little_weight_and_named(self) -> None:
        class Blind:
            chance = np.random.default_rng(1)

            def embed(self, texts: Any) -> Any:
                noise = self.chance.normal(size=(len(texts), 32)).astype(np.float32)
                return noise / np.linalg.norm(noise, axis=1, keepdims=True)

            embed_questions = embed

        letters = [f"{chr(97 + n // 10)}{chr(97 + n % 10)}" for n in range(80)]
        names = [f"quartz{pair} basalt{pair[::-1]} slate{pair}" for pair in letters]
        texts = [f"Of {name} much is known here. We keep {name} apart from all others." for name in names]
        blind = language_weights.outcome(80, self.judged(Blind(), texts))
        assert blind.dense < 0.3 < blind.keywords
        assert blind.weight < 0.3
        assert blind.hybrid >= blind.keywords - fusion.AS_GOOD_WITHIN
        assert language_weights.decide({"en": 80}, {"en": blind}, {}).unread == ["en"]

    @pytest.mark.parametrize(
        ("records", "lasts"), [(80, False), (81, True), (100, True), (124, True), (125, False)]
    )
    def test_what_was_found_out_lasts_until_the_language_has_grown_by_a_quarter(
        self, records: int, lasts: bool
    ) -> None:
        assert language_weights.lasts(language_weights.outcome(100, []), records) == lasts

    def test_a_language_with_too_few_records_keeps_the_default_and_says_so(self) -> None:
        probes = {"hi": language_weights.outcome(3, [])}
        fused = language_weights.decide({"hi": 3}, probes, {})
        assert (fused.languages["hi"].dense_weight, fused.languages["hi"].chosen_by) == (0.8, "default")
        assert fused.languages["hi"].probe == Probe(
            records=3, asked=0, weight=0.8, dense=0, keywords=0, hybrid=0
        )
        assert fused.weights.of(["hi", "xx"]).tolist() == pytest.approx([0.8, 0.8])
        assert fused.unread == []
