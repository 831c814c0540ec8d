"""The keyword index: the same bytes for the same texts, words in every language, as many hits as there are, and no question breaks it."""

from __future__ import annotations

import itertools
import json
import stat
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons.errors import IndexArtifactError
from commons.index import keyword_fields, keywords
from commons.index.build import keyword_segments
from commons.index.build.cache import BuildCache
from commons.index.build.keyword_segments import Run
from commons.index.keyword_fields import Text
from commons.index.keywords import Keywords
from commons.records.languages import primary_subtag

COUNT = 6000  # more than a filter is asked as a set of rows


def runs_of(texts: Sequence[Text], cuts: Sequence[int] = ()) -> list[Run]:
    """The texts of each language, cut before these positions."""
    runs = []
    for language in sorted({primary_subtag(text.lang) for text in texts}):
        for a, b in itertools.pairwise([0, *cuts, len(texts)]):
            rows = [row for row in enumerate(texts[a:b], a) if primary_subtag(row[1].lang) == language]
            runs += [Run(language, repr(rows), partial(iter, rows))] if rows else []
    return runs


def build(
    folder: Path, texts: Sequence[Text], cuts: Sequence[int] = (), parts: BuildCache | None = None
) -> dict[str, bytes]:
    names = keyword_segments.build(folder, runs_of(texts, cuts), parts)
    return {name: (folder / name).read_bytes() for name in names}


def opened(folder: Path, texts: Sequence[Text], cuts: Sequence[int] = ()) -> Keywords:
    return keywords.open_index(folder, list(build(folder, texts, cuts)), size=len(texts))


def english(*texts: str) -> list[Text]:
    return [Text(None, text, "en") for text in texts]


def rows_found(index: Keywords, question: str, k: int = 10, allowed: Any = None) -> list[int]:
    return [row for _, row in index.search(question, k, allowed)]


class TestTheSameBytes:
    def test_for_the_same_texts_wherever_they_are_built(self, tmp_path: Path) -> None:
        texts = [
            *english("Glaucoma is caused by pressure.", "Ice floats."),
            Text("Titel", "Eis schwimmt.", "de"),
        ]
        first, second = build(tmp_path / "one", texts), build(tmp_path / "two", texts)
        assert first == second
        assert {Path(name).suffix for name in first} >= {".json", ".term", ".idx", ".fast", ".fieldnorm"}

    def test_and_others_for_other_texts_or_another_order(self, tmp_path: Path) -> None:
        texts = english("one alpha", "two beta")
        assert build(tmp_path / "a", texts) != build(tmp_path / "b", texts[::-1])
        assert build(tmp_path / "a", texts) != build(tmp_path / "c", english("one alpha", "two gamma"))

    def test_whatever_lay_in_the_folder_before(self, tmp_path: Path) -> None:
        fresh = build(tmp_path / "fresh", english("one"))
        build(tmp_path / "used", english("something", "else"))
        (tmp_path / "used" / "stray").write_bytes(b"x")
        assert build(tmp_path / "used", english("one")) == fresh

    @settings(max_examples=8)
    @given(
        texts=st.lists(
            st.builds(
                Text,
                st.none() | st.text(max_size=20),
                st.text(max_size=60),
                st.sampled_from(["en", "de", "ja", "xx", "pt-BR"]),
            ),
            max_size=8,
        )
    )
    def test_whatever_the_texts_say(self, texts: list[Text], tmp_path: Path) -> None:
        assert build(tmp_path / "one", texts) == build(tmp_path / "two", texts)
        index = opened(tmp_path / "one", texts)
        for row, text in enumerate(texts):
            if keyword_fields.has_words(text):
                assert row in rows_found(index, text.words, len(texts))

    def test_no_texts_are_an_index_too(self, tmp_path: Path) -> None:
        assert opened(tmp_path / "x", []).search("anything", 5) == []

    def test_everybody_may_read_the_files(self, tmp_path: Path) -> None:
        build(tmp_path / "x", english("one"))
        assert all(path.stat().st_mode & stat.S_IROTH for path in (tmp_path / "x").iterdir())


class TestSegments:
    TEXTS = english(*(f"Stone number {n} of {n % 7} colours" for n in range(60)))

    def test_what_is_found_does_not_depend_on_them(self, tmp_path: Path) -> None:
        single = opened(tmp_path / "one", self.TEXTS)
        many = opened(tmp_path / "many", self.TEXTS, cuts=(1, 20, 59))
        odd = np.arange(60) % 2 == 1
        for question in ("stone", "number 5", "3 colours", "59"):
            for allowed in (None, odd):
                hits, expected = (np.array(index.search(question, 7, allowed)) for index in (many, single))
                np.testing.assert_allclose(hits, expected, rtol=1e-5)

    def test_there_is_one_for_each_run_and_a_later_one_changes_no_earlier_one(self, tmp_path: Path) -> None:
        before = build(tmp_path / "before", self.TEXTS[:40], cuts=(20,))
        after = build(tmp_path / "after", self.TEXTS, cuts=(20, 40))
        assert len({name.partition(".")[0] for name in after}) == 3 + 1  # and what describes them
        del before["meta.json"]
        assert before.items() <= after.items()

    def test_those_that_were_kept_are_not_made_again_and_the_bytes_are_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = build(tmp_path / "without", self.TEXTS, cuts=(20, 40))
        build(tmp_path / "first", self.TEXTS[:40], (20,), BuildCache(tmp_path / "parts"))
        made = []
        write = keyword_segments._write
        monkeypatch.setattr(
            keyword_segments,
            "_write",
            lambda folder, run: [made.append(next(iter(run.texts()))[0]), write(folder, run)],
        )
        assert build(tmp_path / "second", self.TEXTS, (20, 40), BuildCache(tmp_path / "parts")) == expected
        assert made == [40]

    def test_one_of_other_languages_is_another(self, tmp_path: Path) -> None:
        texts = [*self.TEXTS[:20], Text(None, "Ein Stein", "de")]
        expected = build(tmp_path / "without", texts, cuts=(20,))
        build(tmp_path / "first", self.TEXTS[:20], (), BuildCache(tmp_path / "parts"))
        assert build(tmp_path / "second", texts, (20,), BuildCache(tmp_path / "parts")) == expected

    def test_a_damaged_one_is_made_again(self, tmp_path: Path) -> None:
        expected = build(tmp_path / "first", self.TEXTS, (), BuildCache(tmp_path / "parts"))
        for path in (tmp_path / "parts").rglob("*.*"):
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content[:-1])
            assert build(tmp_path / "second", self.TEXTS, (), BuildCache(tmp_path / "parts")) == expected


class TestLanguages:
    @pytest.mark.parametrize(
        ("lang", "text", "question"),
        [
            ("en", "Volcanoes erupted.", "volcano erupts"),
            ("de", "Die Hauptstädte Europas", "Hauptstadt europa"),
            ("fr", "Les chevaux marchaient lentement", "marcher lent"),
            ("es", "Las montañas nevadas", "montaña nevada"),
            ("ru", "Столица Бутана", "столицы"),
            ("fi", "Järvessä kalastettiin", "järvi"),
            ("pt-BR", "As capitais brasileiras", "capital brasileira"),
            ("EN-gb", "Colours of the lakes", "colour lake"),
        ],
    )
    def test_words_are_found_in_other_forms(
        self, lang: str, text: str, question: str, tmp_path: Path
    ) -> None:
        index = opened(tmp_path / "x", [Text(None, "zzz", lang), Text(None, text, lang)])
        assert rows_found(index, question) == [1]

    @pytest.mark.parametrize(
        ("lang", "texts", "question"),
        [
            ("zh", ("不丹的首都是廷布。", "水在一百度沸腾。"), "不丹首都"),
            ("ja", ("ブータンの首都はティンプーです。", "水は百度で沸騰する。"), "首都はどこ"),
            ("th", ("เมืองหลวงของภูฏานคือทิมพู", "น้ำเดือดที่ร้อยองศา"), "เมืองหลวง"),
            ("yue", ("不丹嘅首都係廷布。", "水一百度就滾。"), "首都"),
        ],
    )
    def test_where_words_are_not_parted_pairs_of_characters_find(
        self, lang: str, texts: tuple[str, str], question: str, tmp_path: Path
    ) -> None:
        index = opened(tmp_path / "x", [Text(None, text, lang) for text in texts])
        assert rows_found(index, question)[0] == 0

    def test_a_language_without_a_stemmer_is_found_by_its_plain_words(self, tmp_path: Path) -> None:
        index = opened(
            tmp_path / "x", [Text(None, "Praha je hlavní město", "cs"), Text(None, "Voda vře", "cs")]
        )
        assert rows_found(index, "HLAVNÍ") == [0]

    def test_a_question_is_asked_in_every_language_that_is_here(self, tmp_path: Path) -> None:
        index = opened(
            tmp_path / "x", [Text(None, "Thimphu is a capital", "en"), Text(None, "Thimphu liegt hoch", "de")]
        )
        assert sorted(rows_found(index, "Thimphu")) == [0, 1]

    def test_the_title_is_searched_as_well(self, tmp_path: Path) -> None:
        index = opened(
            tmp_path / "x", [Text("Glaucoma", "An eye disease.", "en"), Text(None, "An ear disease.", "en")]
        )
        assert rows_found(index, "glaucoma") == [0]

    @pytest.mark.parametrize(
        ("text", "lang", "whether"),
        [
            ("😀", "en", False),
            ("…?!", "de", False),
            ("水", "ja", True),
            ("水の", "ja", True),
            ("a", "en", True),
        ],
    )
    def test_what_has_no_words_is_known(self, text: str, lang: str, whether: bool) -> None:
        assert keyword_fields.has_words(Text(None, text, lang)) is whether


GERMAN = [Text(None, f"Die Biene {n} ist die, die auf die Blüte fliegt", "de") for n in range(40)]
ENGLISH = english(*(f"The bee {n} is one of those of the hive" for n in range(40)))


class TestRarityByLanguage:
    """A word is as rare as it is among the records of its language, and no treasure in another one."""

    def test_others_beside_a_language_change_nothing_in_it(self, tmp_path: Path) -> None:
        texts = [Text(None, f"Der Fluss {n} ist {'tief' if n % 3 else 'flach'}", "de") for n in range(30)]
        others = [Text(None, f"Deep river number {n}", "en") for n in range(300)]
        alone, beside = opened(tmp_path / "alone", texts), opened(tmp_path / "beside", [*texts, *others])
        for question in ("Ist der Fluss flach", "tief 7"):
            expected = alone.search(question, 50)
            hits = [hit for hit in beside.search(question, 400) if hit[1] < len(texts)]
            assert [row for _, row in hits] == [row for _, row in expected]
            np.testing.assert_allclose(np.array(hits), np.array(expected), rtol=1e-5)

    @pytest.mark.parametrize(
        ("texts", "question", "best"),
        [
            ([*GERMAN, Text(None, "Der Film why do", "de"), *ENGLISH, *english("Why bees die")], "Why do bees die?", 81),
            ([*ENGLISH, *english("To die of cold"), *GERMAN, Text(None, "Wann stirbt sie", "de")], "Wann stirbt die Biene?", 81),
            ([*ENGLISH, *english("Death of a bee"), *GERMAN, Text(None, "Best of Biene", "de")], "the death of bees", 40),
        ],
    )  # fmt: skip
    def test_a_small_word_of_the_question_s_language_is_small_in_every_other(
        self, texts: list[Text], question: str, best: int, tmp_path: Path
    ) -> None:
        assert rows_found(opened(tmp_path / "x", texts), question)[0] == best

    def test_pools_are_asked_as_if_they_were_in_one(self, tmp_path: Path) -> None:
        texts = [*GERMAN[:9], *ENGLISH, Text(None, "bees of the bee", "en")]
        whole = {row: score for score, row in opened(tmp_path / "whole", texts).search("the bee 3", 99)}
        parts = [opened(tmp_path / name, part) for name, part in (("a", texts[:25]), ("b", texts[25:]))]
        among = keywords.statistics(parts, "the bee 3")
        for number, part in enumerate(parts):
            for score, row in part.search("the bee 3", 99, None, among):
                assert score == pytest.approx(
                    whole[row + 25 * number], rel=0.02
                )  # texts are as long as they are in each

    def test_a_language_of_one_record_is_found(self, tmp_path: Path) -> None:
        index = opened(tmp_path / "x", [*ENGLISH, Text(None, "Praha je hlavní město", "cs")])
        assert rows_found(index, "hlavní město") == [40]


SPELT = english(
    *("IL-18 is a cytokine", "IL18 is another name", "Interleukin IL 18", "The BCR-ABL fusion", "A web site about bees"),
    *("Send an email", "Ataxia of type 36", "Type 2 in 36 people", "The capital of Bolivia", "Glaucoma harms eyes"),
    *("Alzheimer disease", "C++ is a language", "C is a language", "A dose of 1,25 mg", "A dose of 1 or 25 or 125 mg"),
    *(f"Filler {n} about bees that send capital people another name of a fusion" for n in range(60)),
)  # fmt: skip


@pytest.fixture(scope="module")
def spelt(tmp_path_factory: pytest.TempPathFactory) -> Keywords:
    return opened(tmp_path_factory.mktemp("spelt") / "x", SPELT)


class TestSpellings:
    @pytest.mark.parametrize(
        ("lang", "texts", "question", "rows"),
        [
            (
                "es",
                ("El diagnóstico de malaria", "El diagnostico de malaria", "Otra cosa"),
                "diagnóstico",
                [0, 1],
            ),
            (
                "es",
                ("El diagnóstico de malaria", "El diagnostico de malaria", "Otra cosa"),
                "diagnostico",
                [1, 0],
            ),
            ("de", ("Herr Müller", "Herr Muller", "Frau Maier"), "Müller", [0, 1]),
            ("de", ("Herr Müller", "Herr Muller", "Frau Maier"), "muller", [1, 0]),
            ("vi", ("bệnh sốt rét", "benh sot ret", "cá"), "benh sot ret", [1, 0]),
            ("ar", ("كِتَابٌ جديد", "قلم"), "كتاب", [0]),
            ("ur", ("کِتاب", "قلم"), "کتاب", [0]),
            ("hi", ("क़लम लाल है", "पानी"), "कलम", [0]),
            ("hi", ("हिन्दी भाषा", "पानी"), "हिन्दी", [0]),
            ("km", ("ខ្មែរជាភាសា", "ទឹក"), "ខ្មែរ", [0]),
            ("th", ("น้ำเดือด", "ไฟ"), "น้ำ", [0]),
            ("ja", ("これは火", "水です"), "火", [0]),
            ("zh", ("火", "水"), "火", [0]),
            ("en", ("The kanji 火 means fire", "water"), "火", [0]),
        ],
    )
    def test_letters_with_and_without_marks_find_each_other_the_exact_ones_first(
        self, lang: str, texts: tuple[str, ...], question: str, rows: list[int], tmp_path: Path
    ) -> None:
        assert (
            rows_found(opened(tmp_path / "x", [Text(None, text, lang) for text in texts]), question) == rows
        )

    @pytest.mark.parametrize("question", ["IL18", "IL-18", "IL 18", "il18"])
    def test_parts_are_joined_in_a_question_as_in_a_text(self, question: str, spelt: Keywords) -> None:
        assert set(rows_found(spelt, question)[:3]) == {0, 1, 2}

    @pytest.mark.parametrize(
        ("question", "row"),
        [
            *(("BcrAbl", 3), ("bcr abl", 3), ("BCR-ABL", 3), ("website", 4), ("e mail", 5), ("e-mail", 5)),
            *(("type 36", 6), ("Bolvia", 8), ("glacoma", 9), ("lgaucoma", 9), ("alzhiemer", 10), ("C++", 11), ("1,25", 13)),
        ],
    )  # fmt: skip
    def test_words_that_are_joined_parted_or_misspelt_are_found(
        self, question: str, row: int, spelt: Keywords
    ) -> None:
        assert rows_found(spelt, question)[0] == row

    def test_a_word_that_is_known_is_taken_for_no_other(self, tmp_path: Path) -> None:
        index = opened(tmp_path / "x", english("A form of ice", "A message from home"))
        assert rows_found(index, "form") == [0]

    @pytest.mark.parametrize("question", ["zz70", "qqqq", "x y"])
    def test_what_is_near_to_nothing_is_not_found(self, question: str, spelt: Keywords) -> None:
        assert rows_found(spelt, question) == []

    @pytest.mark.parametrize(
        ("question", "shares"),
        [
            ("IL-18", {0: 1.0, 1: 1.0, 2: 1.0}),
            ("type 36", {6: 1.0}),
            ("Alzheimer", {10: 1.0}),
            ("alzhiemer", {10: 1.0}),
            ("bees", {}),
            ("", {}),
        ],
    )
    def test_a_rare_thing_asked_alone_is_all_of_the_question(
        self, question: str, shares: dict[int, float], spelt: Keywords
    ) -> None:
        assert spelt.exact(None, keywords.statistics([spelt], question)) == pytest.approx(shares)

    def test_a_code_among_other_words_is_a_part_of_it(self, spelt: Keywords) -> None:
        among = keywords.statistics([spelt], "What does IL18 do about people?")
        assert set(spelt.exact(None, among)) == {0, 1, 2}
        assert all(0 < share < 1 for share in spelt.exact(None, among).values())
        assert spelt.exact(np.arange(len(spelt)) == 2, among).keys() == {2}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Keywords:
    """Every text has the word "common"; "even" stands in every second, "rare" in every hundredth."""
    texts = english(
        *(
            f"common {'even' if n % 2 == 0 else 'odd'} {'rare' if n % 100 == 0 else ''} number{n}"
            for n in range(COUNT)
        )
    )
    return opened(tmp_path_factory.mktemp("many") / "x", texts)


class TestFilters:
    @settings(max_examples=40)
    @given(
        word=st.sampled_from([("common", 1), ("even", 2), ("rare", 100)]),
        share=st.floats(0, 1),
        k=st.integers(1, 120),
        seed=st.integers(0, 99),
    )
    def test_narrow_or_wide_a_filter_gives_as_many_as_there_are(
        self, many: Keywords, word: tuple[str, int], share: float, k: int, seed: int
    ) -> None:
        word_asked, every = word
        allowed = np.random.default_rng(seed).random(COUNT) < share
        matching = {row for row in range(0, COUNT, every) if allowed[row]}
        hits = many.search(word_asked, k, allowed)
        assert len(hits) == min(k, len(matching))
        assert {row for _, row in hits} <= matching
        assert len({row for _, row in hits}) == len(hits)
        assert [score for score, _ in hits] == sorted((score for score, _ in hits), reverse=True)

    def test_a_filter_does_not_change_what_a_record_is_worth(self, many: Keywords) -> None:
        free = {row: score for score, row in many.search("rare even", COUNT)}
        for wide in (40, 5500):
            allowed = np.arange(COUNT) < wide
            for score, row in many.search("rare even", 50, allowed):
                assert score == pytest.approx(free[row], rel=1e-5)

    def test_one_record_alone_may_be_asked_for(self, many: Keywords) -> None:
        assert rows_found(many, "number17", 5, np.arange(COUNT) == 17) == [17]
        assert rows_found(many, "number17", 5, np.arange(COUNT) == 18) == []

    def test_nothing_allowed_is_nothing_found(self, many: Keywords) -> None:
        assert many.search("common", 5, np.zeros(COUNT, bool)) == []


class TestQuestions:
    @pytest.mark.parametrize(
        "question",
        [
            "",
            " \n\t",
            "?!… — «»",
            "😀",
            "\0",
            '"',
            "'; DROP TABLE",
            "(((",
            "title:number17 AND -common",
            "words:[* TO *]",
            "common^99999",
            "~2 *",
            "number1*",
            "\\",
            "x" * 2000,
            "common " * 280,
            "水" * 2000,
            "\u202e\u200b\ufeff",
            "e\u0301" * 900,
            "\ud800",
            "\ue000common",
            'AND OR NOT title:"x" +a -b (',
            "the of and",
            "wort 火 слово λέξη",
            "".join(chr(0x4E00 + n) for n in range(10_000)),
            " ".join(f"w{n}" for n in range(3_000)),
        ],
    )
    def test_a_strange_question_is_only_words(self, question: str, many: Keywords) -> None:
        hits = many.search(question, 7)
        assert len(hits) <= 7
        assert all(0 <= row < COUNT and score > 0 for score, row in hits)

    def test_operators_are_not_obeyed(self, many: Keywords) -> None:
        assert 17 in rows_found(many, "NOT number17", 3)
        assert 17 in rows_found(many, "-number17", 3)

    def test_a_word_said_often_is_asked_once(self, many: Keywords) -> None:
        assert many.search("rare rare rare", 9) == many.search("rare", 9)

    @settings(max_examples=60)
    @given(question=st.text(max_size=200))
    def test_no_question_ends_in_an_error(self, question: str, many: Keywords) -> None:
        many.search(question, 3)


class TestWhatIsOpened:
    def test_a_folder_nobody_may_write_is_left_as_it_was(self, tmp_path: Path) -> None:
        files = build(tmp_path / "x", english("one", "two"))
        (tmp_path / "x").chmod(0o555)
        try:
            index = keywords.open_index(tmp_path / "x", list(files), size=2)
            assert rows_found(index, "two") == [1]
            assert {path.name for path in (tmp_path / "x").iterdir()} == set(files)
        finally:
            (tmp_path / "x").chmod(0o755)

    def test_another_number_of_records_is_refused(self, tmp_path: Path) -> None:
        files = build(tmp_path / "x", english("one", "two"))
        with pytest.raises(IndexArtifactError) as caught:
            keywords.open_index(tmp_path / "x", list(files), size=3)
        assert caught.value.code == "index-shape"

    @pytest.mark.parametrize("suffix", ["term", "idx", "pos", "fieldnorm", "fast", "json"])
    def test_a_file_that_is_not_named_does_not_count(self, suffix: str, tmp_path: Path) -> None:
        """Whether that shows when the index is opened or when it is asked."""
        files = build(tmp_path / "x", english("one", "two"))
        without = [name for name in files if not name.endswith(suffix)]
        with pytest.raises(IndexArtifactError) as caught:
            keywords.open_index(tmp_path / "x", without, size=2).search("one", 2, np.array([True, False]))
        assert caught.value.code == "index-damaged"

    def test_damage_that_digests_did_not_stop_is_an_error_of_ours(self, tmp_path: Path) -> None:
        """A manifest is not signed: its digests may fit files that no build of ours wrote."""
        files = build(tmp_path / "x", english(*(f"text number {n} about lakes" for n in range(300))))
        random = np.random.default_rng(3)
        for name, whole in files.items():
            cases = [b"", whole[: len(whole) // 2], b"\xff" * len(whole), whole + b"x"]
            for _ in range(12):
                spoiled = bytearray(whole)
                spoiled[int(random.integers(len(whole)))] ^= int(random.integers(1, 256))
                cases.append(bytes(spoiled))
            for data in cases:
                # Another file in its place: one that is mapped into memory must not get shorter.
                (tmp_path / "x" / name).unlink()
                (tmp_path / "x" / name).write_bytes(data)
                try:
                    index = keywords.open_index(tmp_path / "x", list(files), size=300)
                    for question in ("lakes", "number 7", "nothing"):
                        hits = index.search(question, 20, np.arange(300) % 3 == 0)
                        assert all(0 <= row < 300 for _, row in hits)
                except IndexArtifactError as error:
                    assert error.code in ("index-damaged", "index-shape"), (name, error.message)
            (tmp_path / "x" / name).write_bytes(whole)

    @pytest.mark.parametrize(
        "description", ["", "null", "[]", '{"languages": []}', '{"languages": {"en": 3}}', "[" * 100_000]
    )
    def test_what_describes_no_index_is_refused(self, description: str, tmp_path: Path) -> None:
        files = build(tmp_path / "x", english("one", "two"))
        (tmp_path / "x" / "meta.json").write_text(description)
        with pytest.raises(IndexArtifactError) as caught:
            keywords.open_index(tmp_path / "x", list(files), size=2)
        assert caught.value.code == "index-damaged"

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda meta: meta.pop("schema"),
            lambda meta: meta.update(schema=[]),
            lambda meta: meta["schema"].pop(),
            lambda meta: meta["schema"][0].update(name="title"),
            lambda meta: meta["schema"].append(meta["schema"][0]),
            lambda meta: meta.update(segments="many"),
            lambda meta: meta["segments"][0].update(max_doc=3),
            lambda meta: meta["segments"].append(meta["segments"][0]),
        ],
    )
    def test_a_foreign_index_is_refused(self, spoil: Any, tmp_path: Path) -> None:
        files = build(tmp_path / "x", english("one", "two"))
        meta = json.loads(files["meta.json"])
        spoil(meta["languages"]["en"])
        (tmp_path / "x" / "meta.json").write_text(json.dumps(meta))
        with pytest.raises(IndexArtifactError) as caught:
            keywords.open_index(tmp_path / "x", list(files), size=2)
        assert caught.value.code in ("index-damaged", "index-shape")
