"""A contribution: rows, openings and statement are one thing; change any part of it and it is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.persons import person_of

from commons import layout
from commons.errors import LedgerError
from commons.gate import examine
from commons.gate.commons_state import CommonsState
from commons.gate.offer import Offer
from commons.governance.policy import Policy
from commons.layout import Kind
from commons.ledger import contributions, merkle, signed_statements
from commons.ledger.contributions import Contribution, Group
from commons.ledger.signed_statements import SignedStatement
from commons.ledger.statements import ContributionStatement
from commons.records import identity, shards
from commons.records.schema import Link, Question, Record, Row

ORIGIN = "knowledge-commons/tests/0123456789abcdef"
Openings = list[dict[str, Any]]


@pytest.fixture(scope="module")
def groups(make_record: Any) -> dict[Group, list[Row]]:
    first, second, third = (
        make_record("one"),
        make_record("two", title="Two"),
        make_record("three", lang="de"),
    )
    return {
        (Kind.RECORD, "open", "b"): [third],
        (Kind.RECORD, "open", "a"): [first, second],
        (Kind.LINK, "open", "a"): [Link(first.id, "skos:related", second.id, "MIT")],
        (Kind.QUESTION, "", "a"): [Question("which?", "en", (first.id,), "MIT")],
    }


@pytest.fixture(scope="module")
def made(groups: dict[Group, list[Row]], key: Any) -> Contribution:
    return contributions.seal(groups, key("carl"), commons=ORIGIN, person=person_of("carl"))


def taken_apart(
    made: Contribution,
) -> tuple[SignedStatement[ContributionStatement], dict[Group, list[Row]], Openings]:
    rows: dict[Group, list[Row]] = {}
    openings: Openings = []
    envelope = b""
    for path, data in made.files.items():
        if shard := layout.parse_shard(path):
            rows[shard.kind, shard.pool, shard.collection] = shards.read(shard.kind, data)
        elif layout.parse_openings(path):
            openings = shards.read_openings(data)
        else:
            envelope = data
    return signed_statements.verify(envelope, ContributionStatement, commons=ORIGIN), rows, openings


def refused(
    signed: SignedStatement[ContributionStatement], rows: dict[Group, list[Row]], openings: Openings
) -> str:
    with pytest.raises(LedgerError) as caught:
        contributions.refuse_disagreement(signed, rows, openings)
    return caught.value.code


def test_what_was_sealed_agrees_and_every_row_names_signer_and_contribution(
    made: Contribution, groups: dict[Group, list[Row]], key: Any
) -> None:
    signed, rows, openings = taken_apart(made)
    contributions.refuse_disagreement(signed, rows, openings)
    assert set(rows) == set(groups)
    for some in rows.values():
        for row in some:
            assert (row.contributor, row.contribution) == (key("carl").public.key_id, made.id)
    assert made.rows == {Kind.RECORD: 3, Kind.LINK: 1, Kind.QUESTION: 1}


def test_the_id_and_the_root_follow_from_salts_and_rows_alone(
    made: Contribution, groups: dict[Group, list[Row]]
) -> None:
    """In the sorted order of groups, whatever order they were given in."""
    signed, _, openings = taken_apart(made)
    rows = [row for group in sorted(groups) for row in groups[group]]
    commitments = [
        identity.commitment(opening["salt"], row.core()) for opening, row in zip(openings, rows, strict=True)
    ]
    assert [opening["commitment"] for opening in openings] == commitments
    assert merkle.root(commitments) == signed.statement.root
    assert identity.contribution_id(made.key_id, signed.statement.root) == made.id


def test_salts_are_fresh_so_the_same_rows_give_another_contribution(
    made: Contribution, groups: dict[Group, list[Row]], key: Any
) -> None:
    again = contributions.seal(groups, key("carl"), commons=ORIGIN, person=person_of("carl"))
    assert again.id != made.id
    salts = [opening["salt"] for contribution in (made, again) for opening in taken_apart(contribution)[2]]
    assert len(set(salts)) == len(salts)


def test_the_statement_holds_no_text_and_no_plain_content_hash(
    made: Contribution, groups: dict[Group, list[Row]]
) -> None:
    import base64
    import json

    envelope = next(data for path, data in made.files.items() if layout.parse_envelope(path))
    payload = base64.b64decode(json.loads(envelope)["payload"]).decode()
    for some in groups.values():
        for row in some:
            assert identity.row_id(row) not in payload
            assert not (isinstance(row, Record) and row.text in payload)
    for path in made.files:
        if shard := layout.parse_shard(path):
            assert shard.digest not in payload


def test_a_statement_stays_small_at_any_number_of_rows(make_record: Any, key: Any) -> None:
    rows = [make_record(f"row {number}") for number in range(2000)]
    many = contributions.seal(
        {(Kind.RECORD, "open", "a"): rows}, key("carl"), commons=ORIGIN, person=person_of("carl")
    )
    envelope = next(data for path, data in many.files.items() if layout.parse_envelope(path))
    assert len(envelope) < 2000


class TestDisagreements:
    def test_the_order_of_rows_matters(self, made: Contribution) -> None:
        signed, rows, openings = taken_apart(made)
        group = (Kind.RECORD, "open", "a")
        assert refused(signed, {**rows, group: rows[group][::-1]}, openings) in (
            "id-mismatch",
            "commitment-mismatch",
        )
        swapped = [openings[1], openings[0], *openings[2:]]
        assert refused(signed, {**rows, group: rows[group][::-1]}, swapped) == "commitment-mismatch"

    def test_a_row_in_another_collection_changes_the_order_and_is_refused(self, made: Contribution) -> None:
        signed, rows, openings = taken_apart(made)
        moved = {**rows, (Kind.RECORD, "open", "zz"): rows[Kind.RECORD, "open", "a"]}
        del moved[Kind.RECORD, "open", "a"]
        assert refused(signed, moved, openings)

    @pytest.mark.parametrize(
        "folder", [(Kind.RECORD, "open", "bb"), (Kind.RECORD, "zero", "b")], ids=["collection", "pool"]
    )
    def test_rows_in_another_folder_are_refused_though_their_order_is_the_same(
        self, folder: Group, made: Contribution
    ) -> None:
        signed, rows, openings = taken_apart(made)
        moved = {
            group if group != (Kind.RECORD, "open", "b") else folder: some for group, some in rows.items()
        }
        assert [moved[group] for group in sorted(moved)] == [rows[group] for group in sorted(rows)]
        assert refused(signed, moved, openings) == "commitment-mismatch"

    @pytest.mark.parametrize("kind", Kind)
    def test_a_row_too_many_or_too_few(self, kind: Kind, made: Contribution) -> None:
        signed, rows, openings = taken_apart(made)
        group = next(group for group in rows if group[0] is kind)
        assert refused(signed, {**rows, group: rows[group] * 2}, openings) == "commitment-mismatch"
        assert refused(signed, {**rows, group: []}, openings) == "commitment-mismatch"
        assert refused(signed, rows, openings[:-1]) == "commitment-mismatch"
        assert refused(signed, rows, [*openings, openings[-1]]) == "commitment-mismatch"

    def test_rows_openings_and_statement_of_another_contribution(
        self, made: Contribution, groups: dict[Group, list[Row]], key: Any
    ) -> None:
        mine = taken_apart(made)
        for who in ("carl", "eve"):
            theirs = taken_apart(contributions.seal(groups, key(who), commons=ORIGIN, person=person_of(who)))
            for mixed in (
                (mine[0], mine[1], theirs[2]),
                (mine[0], theirs[1], mine[2]),
                (theirs[0], mine[1], mine[2]),
                (mine[0], theirs[1], theirs[2]),
            ):
                assert refused(*mixed) == "commitment-mismatch"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("id", "kr1" + "a" * 52), ("id", None), ("salt", bytes(16)), ("salt", None), ("salt", b""),
         ("commitment", bytes(32)), ("commitment", None)],
    )  # fmt: skip
    def test_any_field_of_any_opening(self, name: str, value: Any, made: Contribution) -> None:
        signed, rows, openings = taken_apart(made)
        for place in range(len(openings)):
            spoiled = [*openings[:place], {**openings[place], name: value}, *openings[place + 1 :]]
            assert refused(signed, rows, spoiled) in ("id-mismatch", "commitment-mismatch")

    @pytest.mark.parametrize(
        "change",
        [
            {"text": "other"},
            {"title": "other"},
            {"lang": "fr"},
            {"topic": ("history",)},
            {"license": "MIT"},
            {"sources": ()},
            {"id": "kr1" + "a" * 52},
            {"contributor": "kk1" + "a" * 52},
            {"contribution": "kc1" + "a" * 52},
            {"contributor": ""},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_any_field_of_any_record(self, change: dict[str, Any], made: Contribution) -> None:
        signed, rows, openings = taken_apart(made)
        for group in ((Kind.RECORD, "open", "a"), (Kind.RECORD, "open", "b")):
            spoiled = {**rows, group: [replace(rows[group][0], **change), *rows[group][1:]]}
            assert refused(signed, spoiled, openings) in ("id-mismatch", "commitment-mismatch")

    @settings(max_examples=150)
    @given(data=st.data())
    def test_no_changed_byte_of_any_file_passes_the_gate(
        self, data: st.DataObject, made: Contribution, policy: Policy
    ) -> None:
        """Files are named by their digests, and the openings by what the statement says of them."""
        path = data.draw(st.sampled_from(sorted(made.files)))
        content = bytearray(made.files[path])
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        report = examine.contribution(Offer.of({**made.files, path: bytes(content)}), policy, CommonsState())
        if report.verdict is None:
            # Parquet has bytes that say nothing (the writer's name, say); then every row must read as before.
            assert layout.parse_openings(path)
            assert shards.read_openings(bytes(content)) == shards.read_openings(made.files[path])

    def test_the_untouched_contribution_passes(self, made: Contribution, policy: Policy) -> None:
        assert examine.contribution(Offer.of(made.files), policy, CommonsState()).findings == ()
