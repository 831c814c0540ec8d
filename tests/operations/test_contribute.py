"""Contribute: no row is ever lost. Each ends in a shard or in the refused file, never in both, never in neither."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons import layout
from commons.errors import CommonsError, InputError, UsageError
from commons.gate import preview
from commons.gate.findings import RowPlace
from commons.governance.people import passing_identity
from commons.governance.policy import Policy
from commons.intake import offering, preparation, refused_files
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.intake.prepared_rows import PreparedRows, RefusedRow
from commons.layout import Kind
from commons.ledger.contributions import Contribution
from commons.operations import show
from commons.records import shards
from commons.records.schema import Link, Record, Row

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

DEFAULTS = {"lang": "en", "topic": ["science"], "license": "cc0-1.0", "source.title": "A notebook"}


def jsonl(path: Path, *rows: Any) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def prepare(
    policy: Policy, *paths: Path, columns: dict[str, str] | None = None, **options: Any
) -> PreparedRows:
    inputs = [Input(path, Mapping(columns or {}, DEFAULTS), "notes") for path in paths]
    return preparation.prepare(inputs, policy, **options)


def refused(prepared: PreparedRows) -> list[tuple[int, list[str]]]:
    return codes_of(prepared.refused)


def repeated(prepared: PreparedRows) -> list[tuple[int, list[str]]]:
    return codes_of(prepared.repeated)


def dropped(prepared: PreparedRows) -> list[tuple[int, list[str]]]:
    return codes_of(prepared.dropped)


def codes_of(by_input: dict[Input, list[RefusedRow]]) -> list[tuple[int, list[str]]]:
    return [(row.number, [f.code for f in row.findings]) for rows in by_input.values() for row in rows]


def accepted(prepared: PreparedRows, kind: Kind = Kind.RECORD) -> list[Row]:
    return [row for group, rows in prepared.groups.items() if group[0] is kind for row in rows]


def texts(prepared: PreparedRows) -> list[str]:
    return [row.text for row in accepted(prepared) if isinstance(row, Record)]


def rows_of(contribution: Contribution, kind: Kind = Kind.RECORD) -> list[Row]:
    return [
        row
        for path, data in contribution.files.items()
        if (shard := layout.parse_shard(path)) and shard.kind is kind
        for row in shards.read(kind, data)
    ]


class TestNoRowIsLost:
    # Each line carries its own number, so that it can be recognised wherever it ends.
    lines = st.sampled_from(
        [
            '{"text": "good %d"}',
            '{"text": "good %d", "title": "T", "license": "cc-by-sa-4.0"}',
            '{"text": "  repaired %d\\r\\n"}',
            '{"text": "linked %d", "id": "n%d", "links": [{"predicate": "skos:related", "object": "https://example.org"}]}',
            '{"text": "the same", "n": %d}',
            '{"text": "", "n": %d}',
            '{"text": %d}',
            '{"n": %d}',
            '{"text": "nul \\u0000 %d"}',
            '{"text": "surrogate \\ud800 %d"}',
            '{"text": "lang %d", "lang": "\\ud800"}',
            '{"text": "licence %d", "license": "cc-by-nc-4.0"}',
            '{"text": "lang %d", "lang": "gibberish"}',
            '{"text": "topic %d", "topic": ["astrology"]}',
            '{"text": "source %d", "sources": 5}',
            '{"text": "nested %d", "sources": [{"title": {"a": 1}}]}',
            '{"text": "number %d", "n": NaN}',
            "not json %d",
            "[%d]",
            "%d",
        ]
    )

    @settings(max_examples=60)
    @given(given=st.lists(st.lists(lines, max_size=12), min_size=1, max_size=3), keep=st.booleans())
    def test_every_row_ends_in_the_shard_or_in_the_refused_file(
        self, given: list[list[str]], keep: bool, policy: Policy, key: Any, tmp_path: Path
    ) -> None:
        number, paths, total = 0, [], 0
        for place, some in enumerate(given):
            path = tmp_path / f"part-{place}.jsonl"
            written = []
            for line in some:
                number += 1
                written.append(line.replace("%d", str(number)))
            path.write_text("".join(line + "\n" for line in written))
            if written:
                paths.append(path)
                total += len(written)
        if not paths:
            return
        prepared = prepare(policy, *paths, keep_refused_licenses=keep)
        assert prepared.read == total
        offered = (
            rows_of(offering.seal(prepared.groups, key("carl"), policy, passing_identity()))
            if prepared.accepted
            else []
        )
        left: dict[Path, set[int]] = {path: set() for path in paths}
        for source, rows in [*prepared.refused.items(), *prepared.repeated.items()]:
            left[source.path] |= {row.number for row in rows}
        assert len(offered) + sum(len(numbers) for numbers in left.values()) == total
        assert len(offered) == prepared.accepted
        assert prepared.accepted + prepared.repeated_count + prepared.refused_count == prepared.read
        links = prepared.links
        assert links.given == links.offered + links.repeated + links.dropped.total()
        for path in paths:
            lines = path.read_text().splitlines()
            for place, line in enumerate(lines, start=1):
                shown = _recognised(line, offered)
                if line.startswith('{"text": "the same"'):
                    continue  # told apart by number only; counted above
                assert shown != (place in left[path]), line

    def test_the_refused_file_holds_number_reasons_and_the_row_itself(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "ok"}, "not json", {"text": "\ud800", "extra": [1, None]})
        prepared = prepare(policy, path)
        target = tmp_path / "a.jsonl.refused.jsonl"
        (source,) = prepared.refused
        assert refused_files.path_for(source, tmp_path) == target
        refused_files.write(source, prepared, target)
        first, second = (json.loads(line) for line in target.read_text().splitlines())
        assert (first["row"], first["data"]) == (2, "not json")
        assert (second["row"], second["data"]) == (3, {"text": "\ud800", "extra": [1, None]})
        assert {"code", "message", "hint"} == set(second["findings"][0])
        assert second["findings"][0]["code"] == "lone-surrogate"
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []

    def test_a_refused_row_can_be_mended_and_offered_from_the_refused_file_itself(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        prepared = prepare(policy, jsonl(tmp_path / "a.jsonl", {"text": "x", "lang": "xx"}))
        data = json.loads(next(iter(prepared.refused.values()))[0].to_json())["data"]
        assert refused(prepare(policy, jsonl(tmp_path / "b.jsonl", {**data, "lang": "en"}))) == []

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", 10**30])
    def test_the_refused_file_is_json_whatever_a_parquet_row_holds(self, value: Any) -> None:
        line = RefusedRow(RowPlace("a.parquet", 1), (), {"n": value}).to_json()
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))

    def test_every_problem_of_a_row_is_named_not_only_the_first(self, policy: Policy, tmp_path: Path) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "", "lang": "xx", "license": "other", "topic": ["?"]})
        ((_, codes),) = refused(prepare(policy, path))
        assert set(codes) == {"text-missing", "lang-invalid", "license-refused", "topic-unknown"}


def _recognised(line: str, offered: Sequence[Row]) -> bool:
    try:
        text = json.loads(line)["text"]
    except (ValueError, TypeError, KeyError):
        return False
    return any(isinstance(row, Record) and row.text == str(text).strip() for row in offered)


class TestFormats:
    def test_each_format_leads_to_the_same_records(self, policy: Policy, tmp_path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [{"text": "Wasser kocht.", "title": "A"}, {"text": "Eis, das schmilzt\nlangsam", "title": "B"}]
        for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
            with (tmp_path / f"a{suffix}").open("w", newline="") as file:
                writer = csv.DictWriter(file, ["text", "title"], delimiter=delimiter)
                writer.writeheader()
                writer.writerows(rows)
        jsonl(tmp_path / "a.jsonl", *rows)
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
        for name in ("a.csv", "a.tsv", "a.jsonl"):
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        found = {path.name: accepted(prepare(policy, path)) for path in tmp_path.iterdir()}
        assert len(found) == 7
        assert len(set(map(str, found.values()))) == 1
        assert len(found["a.csv"]) == 2

    def test_a_mapping_chooses_columns_and_a_default_fills_in(self, policy: Policy, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("question,answer,where\nWhy?,Because.,https://example.org\n")
        prepared = prepare(
            policy, path, columns={"title": "question", "text": "answer", "source.url": "where"}
        )
        (record,) = accepted(prepared)
        assert isinstance(record, Record)
        assert (record.title, record.text, record.lang) == ("Why?", "Because.", "en")
        assert (record.sources[0].title, record.sources[0].url) == ("A notebook", "https://example.org")

    def test_an_unknown_column_in_a_mapping_is_an_error(self, policy: Policy, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            prepare(policy, jsonl(tmp_path / "a.jsonl", {"text": "x"}), columns={"title": "question"})
        assert caught.value.code == "mapping-column"

    def test_when_no_line_can_be_read_the_lines_are_refused_not_the_mapping(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.csv"
        path.write_text("q,a\nx\ny,z,w\n")
        assert refused(prepare(policy, path, columns={"text": "a"})) == [
            (1, ["unreadable-row"]),
            (2, ["unreadable-row"]),
        ]

    def test_a_column_that_nothing_maps_to_is_noted(self, policy: Policy, tmp_path: Path) -> None:
        prepared = prepare(policy, jsonl(tmp_path / "a.jsonl", {"text": "x", "score": 5}))
        assert "score" in " ".join(note.message for note in prepared.notes if note.code == "unused-column")

    def test_a_source_that_says_neither_title_nor_author_is_asked_for_one(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        bare, titled = {"url": "https://example.org/"}, {"title": "A notebook"}
        path = jsonl(
            tmp_path / "a.jsonl",
            {"text": "a", "sources": [bare]},
            {"text": "b", "sources": [titled, bare]},
            {"text": "c", "sources": [titled]},
        )
        prepared = prepare(policy, path)
        (note,) = (note for note in prepared.notes if note.code == "source-unnamed")
        assert note.message.startswith("2 rows with a source of neither title nor author")
        assert "--source-title" in note.hint
        assert prepared.accepted == 3

    def test_what_was_brought_to_its_canonical_spelling_is_noted_once_a_file(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(
            tmp_path / "a.jsonl", *({"text": str(n), "lang": "EN", "license": "CC0"} for n in range(3))
        )
        notes = {note.code: note.message for note in prepare(policy, path).notes}
        assert notes["language-canonical"] == "canonical spelling: EN as en"
        assert notes["license-canonical"] == "canonical spelling: CC0 as CC0-1.0"

    def test_licences_are_written_as_spdx_whatever_the_file_says(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "a", "license": "PDDL"}, {"text": "b", "license": "odbl"})
        prepared = prepare(policy, path)
        assert {(row.license) for row in accepted(prepared)} == {"PDDL-1.0", "ODbL-1.0"}
        assert {group[1] for group in prepared.groups} == {"open", "odbl"}

    def test_repairs_are_made_before_signing_and_noted(self, policy: Policy, tmp_path: Path) -> None:
        prepared = prepare(policy, jsonl(tmp_path / "a.jsonl", {"text": " cafe\u0301\r\n"}, {"text": "ok"}))
        assert texts(prepared) == ["café", "ok"]
        assert [note.code for note in prepared.notes] == ["repaired"]
        assert "1 row" in prepared.notes[0].message

    def test_a_bad_collection_name_is_wrong_usage(self, policy: Policy, tmp_path: Path) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "x"})
        for name in ("", "My Notes", "../x", "a/b", "-"):
            with pytest.raises(UsageError):
                preparation.prepare([Input(path, Mapping(defaults=DEFAULTS), name)], policy)


class TestRepetitions:
    def test_the_second_of_two_equal_rows_is_a_repetition(self, policy: Policy, tmp_path: Path) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "x"}, {"text": "x "}, {"text": "y"})
        prepared = prepare(policy, path)
        assert texts(prepared) == ["x", "y"]
        assert refused(prepared) == []
        assert repeated(prepared) == [(2, ["duplicate-in-file"])]
        assert "row 1 of a.jsonl" in next(iter(prepared.repeated.values()))[0].findings[0].message

    def test_equal_rows_in_two_files_are_found(self, policy: Policy, tmp_path: Path) -> None:
        one, two = jsonl(tmp_path / "a.jsonl", {"text": "x"}), jsonl(tmp_path / "b.jsonl", {"text": "x"})
        prepared = prepare(policy, one, two)
        assert texts(prepared) == ["x"]
        assert [source.path for source, rows in prepared.repeated.items() if rows] == [two]

    def test_a_row_that_the_commons_holds_is_a_repetition_of_a_named_record(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "x"})
        (record,) = accepted(prepare(policy, path))
        assert isinstance(record, Record)
        prepared = prepare(policy, path, known_ids=frozenset({record.id}))
        assert repeated(prepared) == [(1, ["duplicate-in-commons"])]
        assert record.id in next(iter(prepared.repeated.values()))[0].findings[0].message
        assert prepared.is_nothing_new


class TestTwoFiles:
    def test_refused_rows_of_files_with_the_same_name_are_kept_apart(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        (tmp_path / "one").mkdir()
        (tmp_path / "two").mkdir()
        one = jsonl(tmp_path / "one" / "notes.jsonl", {"text": ""}, {"text": "x"})
        two = jsonl(tmp_path / "two" / "notes.jsonl", {"text": "y"}, {"text": "z"}, "nonsense")
        prepared = prepare(policy, one, two)
        by_path = {source.path: [row.number for row in rows] for source, rows in prepared.refused.items()}
        assert by_path == {one: [1], two: [3]}

    def test_collections_of_their_own_become_shards_of_their_own(
        self, policy: Policy, key: Any, tmp_path: Path
    ) -> None:
        inputs = [
            Input(jsonl(tmp_path / f"{name}.jsonl", {"text": name}), Mapping(defaults=DEFAULTS), name)
            for name in ("one", "two")
        ]
        made = offering.seal(
            preparation.prepare(inputs, policy).groups, key("carl"), policy, passing_identity()
        )
        assert {path.split("/")[2] for path in made.files if path.startswith("data/")} == {"one", "two"}


def link(predicate: str, target: str) -> list[dict[str, str]]:
    return [{"predicate": predicate, "object": target}]


class TestLinks:
    def test_links_find_records_by_local_id_forwards_and_backwards(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(
            tmp_path / "a.jsonl",
            {"id": "ice", "text": "Ice", "links": link("skos:related", "water")},
            {"id": "water", "text": "Water", "links": link("skos:related", "ice")},
        )
        prepared = prepare(policy, path)
        ids = [row.id for row in accepted(prepared) if isinstance(row, Record)]
        found = [(row.subject, row.object) for row in accepted(prepared, Kind.LINK) if isinstance(row, Link)]
        assert found == [(ids[0], ids[1]), (ids[1], ids[0])]
        assert refused(prepared) == []

    def test_links_cross_from_file_to_file(self, policy: Policy, tmp_path: Path) -> None:
        one = jsonl(
            tmp_path / "a.jsonl", {"id": "ice", "text": "Ice", "links": link("skos:related", "water")}
        )
        two = jsonl(
            tmp_path / "b.jsonl", {"id": "water", "text": "Water", "links": link("skos:related", "ice")}
        )
        prepared = prepare(policy, one, two)
        assert refused(prepared) == []
        assert len(accepted(prepared, Kind.LINK)) == 2

    def test_a_number_that_both_files_use_means_the_own_files_row(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        one = jsonl(
            tmp_path / "a.jsonl",
            {"id": 1, "text": "A1"},
            {"id": 2, "text": "A2", "links": link("skos:related", "1")},
        )
        two = jsonl(tmp_path / "b.jsonl", {"id": 1, "text": "B1"})
        prepared = prepare(policy, one, two)
        by_id = {row.id: row.text for row in accepted(prepared) if isinstance(row, Record)}
        (made,) = accepted(prepared, Kind.LINK)
        assert isinstance(made, Link)
        assert by_id[made.object] == "A1"

    def test_a_link_to_an_id_that_two_rows_bear_is_dropped_not_guessed(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(
            tmp_path / "a.jsonl",
            {"id": "x", "text": "one"},
            {"id": "x", "text": "two"},
            {"text": "three", "links": link("skos:related", "x")},
        )
        assert dropped(prepare(policy, path)) == [(3, ["link-ambiguous"])]

    def test_a_link_to_a_refused_row_is_told_as_the_consequence(self, policy: Policy, tmp_path: Path) -> None:
        path = jsonl(
            tmp_path / "a.jsonl",
            {"id": "bad", "text": ""},
            {"id": "good", "text": "x", "links": link("skos:related", "bad")},
        )
        prepared = prepare(policy, path)
        assert texts(prepared) == ["x"]
        assert accepted(prepared, Kind.LINK) == []
        assert refused(prepared) == [(1, ["text-missing"])]
        assert dropped(prepared) == [(2, ["link-to-refused"])]
        row = next(iter(prepared.dropped.values()))[0]
        assert row.data["link"] == {"predicate": "skos:related", "object": "bad"}
        assert "row 1 of a.jsonl" in row.findings[0].message

    @pytest.mark.parametrize(
        ("target", "code"),
        [
            ("kr1" + "a" * 52, "link-dangling"),
            ("nowhere", "link-dangling"),
            ("javascript:alert(1)", "link-dangling"),
            ("ftp://example.org/x", "link-invalid"),
            ("https://example.org/\u202e", "link-invalid"),
            ("https://example.org/\ud800", "lone-surrogate"),
        ],
    )
    def test_a_link_that_leads_nowhere_is_dropped(
        self, target: str, code: str, policy: Policy, tmp_path: Path
    ) -> None:
        path = jsonl(tmp_path / "a.jsonl", {"text": "x", "links": link("skos:related", target)})
        ((number, codes),) = dropped(prepare(policy, path))
        assert number == 1
        assert code in codes

    def test_a_link_to_a_record_of_the_commons_is_taken(self, policy: Policy, tmp_path: Path) -> None:
        known = "kr1" + "a" * 52
        path = jsonl(tmp_path / "a.jsonl", {"text": "x", "links": link("dcterms:replaces", known)})
        prepared = prepare(policy, path, known_ids=frozenset({known}))
        assert [row.object for row in accepted(prepared, Kind.LINK) if isinstance(row, Link)] == [known]

    def test_the_same_link_said_twice_is_said_once(self, policy: Policy, tmp_path: Path) -> None:
        twice = link("schema:about", "https://example.org") * 2
        prepared = prepare(policy, jsonl(tmp_path / "a.jsonl", {"text": "x", "links": twice}))
        assert len(accepted(prepared, Kind.LINK)) == 1
        assert refused(prepared) == []


class TestSeal:
    def test_nothing_accepted_is_an_error_with_the_next_step(
        self, policy: Policy, key: Any, tmp_path: Path
    ) -> None:
        with pytest.raises(CommonsError) as caught:
            offering.batches(
                prepare(policy, jsonl(tmp_path / "a.jsonl", {"text": ""})), policy.limits, frozenset()
            )
        assert caught.value.code == "nothing-accepted"
        assert ".refused.jsonl" in caught.value.hint

    def test_more_records_than_one_contribution_holds_become_several(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        few = policy.model_copy(update={"limits": policy.limits.model_copy(update={"max_records": 1})})
        prepared = prepare(few, jsonl(tmp_path / "a.jsonl", {"text": "x"}, {"text": "y"}))
        made = offering.batches(prepared, few.limits, frozenset())
        assert [[row.text for rows in batch.groups.values() for row in rows] for batch in made] == [
            ["x"],
            ["y"],
        ]

    def test_the_files_are_exactly_shards_openings_and_one_envelope(
        self, policy: Policy, key: Any, tmp_path: Path
    ) -> None:
        path = jsonl(
            tmp_path / "a.jsonl", {"text": "x", "links": link("schema:about", "https://example.org")}
        )
        made = offering.seal(prepare(policy, path).groups, key("carl"), policy, passing_identity())
        kinds = Counter(
            "shard"
            if layout.parse_shard(name)
            else "openings"
            if layout.parse_openings(name)
            else "envelope"
            if layout.parse_envelope(name)
            else name
            for name in made.files
        )
        assert kinds == {"shard": 2, "openings": 1, "envelope": 1}

    def test_rows_of_a_refused_licence_go_along_only_when_asked(
        self, policy: Policy, key: Any, tmp_path: Path
    ) -> None:
        path = jsonl(
            tmp_path / "a.jsonl",
            {
                "text": "x",
                "license": "cc-by-nc-4.0",
                "links": link("schema:about", "https://example.org"),
            },
            {"text": "", "license": "cc-by-nc-4.0"},
        )
        assert refused(prepare(policy, path)) == [
            (1, ["license-refused"]),
            (2, ["text-missing", "license-refused"]),
        ]
        anyway = prepare(policy, path, keep_refused_licenses=True)
        assert texts(anyway) == ["x"]
        assert refused(anyway) == [(2, ["text-missing", "license-refused"])]
        assert len(rows_of(offering.seal(anyway.groups, key("carl"), policy, passing_identity()))) == 1


class TestOnTheHub:
    def test_what_is_proposed_is_what_was_sealed(self, shared: World) -> None:
        before = shared.head()
        proposal = shared.propose([{"text": "proposed one"}, {"text": "proposed two"}], "hubbed")
        assert proposal.is_open
        assert proposal.author == "carl"
        assert "2 records" in proposal.title
        assert "hubbed" in proposal.title
        added = shared.files(f"refs/pr/{proposal.number}") - shared.files()
        (envelope,) = (digest for path in added if (digest := layout.parse_envelope(path)))
        assert sorted(re.sub(r"/[^/]*$", "", path) for path in added) == [
            "data/open/hubbed",
            f"log/envelopes/{envelope[:2]}",
            "log/openings",
            "log/people",
        ]
        assert shared.head() == before, "main is left alone"

    def test_the_contributors_own_gate_says_what_the_maintainers_will(self, shared: World) -> None:

        contribution = shared.seal([{"text": "checked at home"}], "home")
        mine = preview.report(contribution, shared.snapshot())
        proposal = shared.propose_files(contribution.files)
        theirs = show.examine(shared.repository(), proposal.number).report
        assert mine.findings == theirs.findings == ()
        assert mine.impact == theirs.impact
        assert theirs.head == proposal.head

    def test_a_title_is_one_line_and_counts_one_record_as_one(self, shared: World) -> None:
        proposal = shared.propose([{"text": "only one"}], "single")
        assert proposal.title == "Add 1 record to single (CC0-1.0)"
