"""The gate on whole contributions: each code of files and signatures, triggered by what must and by nothing else."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pytest
from support.persons import person_of

from commons import digests, layout
from commons.gate import examine
from commons.gate.commons_state import CommonsState
from commons.gate.findings import CODES, Severity
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance.policy import Policy
from commons.layout import Kind
from commons.ledger import contributions, envelopes
from commons.ledger.contributions import Group
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.records import identity, shards
from commons.records.schema import SCHEMAS, Link, Question, Record, Row, Source
from tests.gate.comparison.test_compare import COMPARED
from tests.gate.rows.test_prose import PROSE
from tests.gate.rows.test_row import OTHERS, RECORDS
from tests.gate.test_signatures import WRONG

Files = dict[str, bytes]
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
LINK = b"../../../governance/policy.toml"


@dataclass(frozen=True)
class Bench:
    """A contribution to try things on: two records, a link, a question; and the tools to spoil it."""

    policy: Policy
    key: SigningKey
    other: SigningKey
    records: list[Record]
    link: Link
    question: Question

    def groups(self) -> dict[Group, list[Row]]:
        return {
            (Kind.RECORD, "open", "notes"): list(self.records),
            (Kind.LINK, "open", "notes"): [self.link],
            (Kind.QUESTION, "", "notes"): [self.question],
        }

    def seal(self, groups: dict[Group, list[Row]] | None = None, *, origin: str = "") -> Files:
        made = contributions.seal(
            self.groups() if groups is None else groups,
            self.key,
            commons=origin or self.policy.commons.origin,
            person=person_of("carl"),
        )
        return made.files

    @property
    def signer(self) -> Signer:
        return Signer(self.key, self.policy.commons.origin)

    def naming(self, key: bytes, envelope: bytes) -> bytes:
        """The statement with another key named in it, signed again."""
        payload = envelopes.open_envelope(envelope).payload
        return envelopes.sign(
            payload.replace(self.key.public.raw.hex().encode(), key.hex().encode()), self.key
        )

    def with_records(self, *records: Record, pool: str = "open") -> Files:
        return self.seal({(Kind.RECORD, pool, "notes"): list(records)})

    def report(self, files: Files, state: CommonsState = CommonsState(), **offer: Any) -> Report:
        return examine.contribution(replace(Offer.of(files), **offer), self.policy, state)

    def codes(self, files: Files, state: CommonsState = CommonsState(), **offer: Any) -> set[str]:
        return {finding.code for finding in self.report(files, state, **offer).findings}


@pytest.fixture(scope="module")
def bench(policy: Policy, key: Any, make_record: Any) -> Bench:
    records = [make_record("Water boils at 100 °C."), make_record("Ice melts at 0 °C.", title="Ice")]
    link = Link(records[0].id, "skos:related", records[1].id, "CC0-1.0")
    question = Question("When does water boil?", "en", (records[0].id,), "CC0-1.0")
    return Bench(policy, key("carl"), key("eve"), records, link, question)


def shard_of(files: Files, kind: Kind = Kind.RECORD) -> str:
    return next(path for path in files if path.startswith(f"{kind.value}/"))


def named(path: str, data: bytes) -> str:
    """The path with the digest that ``data`` has."""
    return f"{path.rsplit('/', 1)[0]}/{digests.sha256_hex(data)}.parquet"


def spoiled(files: Files, change: Callable[[pa.Table], pa.Table]) -> Files:
    """The contribution with its shard of records changed and named rightly again, the signature left as it was."""
    path = shard_of(files)
    data = shards.encode(change(shards.read_table(files[path], SCHEMAS[Kind.RECORD])))
    return {**without(files, path), named(path, data): data}


def with_column(name: str, values: list[Any]) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(name)
        return table.set_column(place, name, pa.array(values, table.schema.field(name).type))

    return change


def statement(envelope: bytes) -> Files:
    """A proposal of nothing but a statement."""
    return {layout.envelope_path(digests.sha256_hex(envelope)): envelope}


def openings_of(files: Files) -> str:
    return next(path for path in files if layout.parse_openings(path))


def envelope_of(files: Files) -> str:
    return next(path for path in files if layout.parse_envelope(path))


def changed_openings(files: Files, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Files:
    path = openings_of(files)
    return {**files, path: shards.write_openings(change(shards.read_openings(files[path])))}


def without(files: Files, path: str) -> Files:
    return {name: data for name, data in files.items() if name != path}


def changed_envelope(files: Files, change: Callable[[bytes], bytes]) -> Files:
    path = envelope_of(files)
    data = change(files[path])
    return {**without(files, path), layout.envelope_path(digests.sha256_hex(data)): data}


def test_a_good_contribution_has_no_findings_and_its_impact_is_counted(bench: Bench) -> None:
    files = bench.seal()
    report = bench.report(files)
    assert report.findings == ()
    assert report.contribution == layout.parse_openings(openings_of(files))
    assert report.author_key_id == bench.key.public.key_id
    assert report.statement_digest == layout.parse_envelope(envelope_of(files))
    impact = report.impact
    assert (impact.records, impact.links, impact.questions) == (2, 1, 1)
    assert impact.pools == {"open": 2}
    assert impact.collections == {"notes": 2}
    assert [sample.title for sample in impact.samples] == ["", "Ice"]


# code -> what must trigger it
FILES: dict[str, list[Callable[[Bench], set[str]]]] = {
    "path-forbidden": [
        *(
            lambda b, path=path: b.codes({**b.seal(), path: b"x"})
            for path in (
                "README.md",
                "governance/policy.toml",
                "governance/roles.json",
                "log/checkpoint",
                "index/tiny/manifest.json",
                "cards/notes.md",
                ".gitattributes",
                "data/open/notes/../x.parquet",
                "data/train.parquet",
                "load.py",
            )
        ),
        lambda b: b.codes(b.seal({(Kind.RECORD, "secret", "notes"): list(b.records)})),
        lambda b: b.codes(b.seal({(Kind.RECORD, "open", "links"): list(b.records)})),
        lambda b: b.codes(b.seal({(Kind.RECORD, "open", "open"): list(b.records)})),
        lambda b: b.codes(b.seal({(Kind.RECORD, "open", "by-sa"): list(b.records)})),
        lambda b: b.codes(b.seal({(Kind.QUESTION, "", "default"): [b.question]})),
    ],
    "file-changed": [
        lambda b: b.codes(b.seal(), changed=("README.md",)),
        lambda b: b.codes({}, changed=("data/open/x/" + "0" * 64 + ".parquet",)),
    ],
    "limit-exceeded": [
        lambda b: b.codes(
            b.seal(),
            sizes={f"data/open/notes-{n}/" + "0" * 64 + ".parquet": 64 * 1024 * 1024 for n in range(9)},
        ),
        lambda b: b.codes(b.seal(), sizes={"data/open/notes/" + "0" * 64 + ".parquet": 64 * 1024 * 1024 + 1}),
        lambda b: b.codes(
            b.seal(), sizes={f"data/open/notes-{n}/" + "0" * 64 + ".parquet": 1 for n in range(41)}
        ),
        lambda b: b.codes(
            {**b.seal(), (p := f"data/open/notes/{'0' * 64}.parquet"): b"x", p.replace("0", "1"): b"x"}
        ),
    ],
    "digest-mismatch": [
        lambda b: b.codes({**without(f := b.seal(), shard_of(f)), f"data/open/notes/{'0' * 64}.parquet": f[shard_of(f)]}),
        lambda b: b.codes({**(f := b.seal()), shard_of(f): f[shard_of(f)] + b"\0"}),
        lambda b: b.codes({**(f := b.seal()), envelope_of(f): f[envelope_of(f)] + b" "}),
    ],
    "disguised-file": [
        lambda b: b.codes({**b.seal(), named("data/open/x/y", pickle.dumps({"a": 1})): pickle.dumps({"a": 1})}),
        lambda b: b.codes({**b.seal(), named("data/open/x/y", gzip.compress(b"x", mtime=0)): gzip.compress(b"x", mtime=0)}),
        lambda b: b.codes({**b.seal(), named("data/open/x/y", b"PK\x03\x04..."): b"PK\x03\x04..."}),
        lambda b: b.codes({**b.seal(), named("data/open/x/y", POINTER): POINTER}),
        # what git keeps of a symbolic link, mode 120000: the file's bytes are its target
        lambda b: b.codes({**b.seal(), named("data/open/x/y", LINK): LINK}),
        lambda b: b.codes({**(f := b.seal()), openings_of(f): LINK}),
    ],
    "unreadable-shard": [
        lambda b: b.codes({**b.seal(), named("data/open/x/y", b"not parquet"): b"not parquet"}),
        lambda b: b.codes({**b.seal(), named("data/open/x/y", b""): b""}),
        lambda b: b.codes({**(f := b.seal()), named("data/open/x/y", d := f[shard_of(f)][:-40]): d}),
        lambda b: b.codes({**(f := b.seal()), openings_of(f): b"PAR1"}),
    ],
    "column-missing": [lambda b: b.codes(spoiled(b.seal(), lambda t: t.drop_columns(["topic"])))],
    "column-extra": [
        lambda b: b.codes(spoiled(b.seal(), lambda t: t.append_column("vector", pa.array([1.0, 2.0])))),
    ],
    "column-type": [
        lambda b: b.codes(spoiled(b.seal(), lambda t: t.set_column(1, "title", pa.array([1, 2])))),
    ],
    "column-order": [lambda b: b.codes(spoiled(b.seal(), lambda t: t.select(t.column_names[::-1])))],
    "pool-mismatch": [
        lambda b: b.codes(b.with_records(*b.records, pool="by-sa")),
        lambda b: b.codes(b.seal({(Kind.LINK, "odbl", "notes"): [b.link]})),
    ],
    "empty-contribution": [
        lambda b: b.codes({}),
        lambda b: b.codes(b.seal({})),
        lambda b: b.codes(b.seal({(Kind.RECORD, "open", "notes"): []})),
    ],
    "duplicate-in-file": [
        lambda b: b.codes(b.seal({**b.groups(), (Kind.QUESTION, "", "notes"): [b.question, b.question]})),
        lambda b: b.codes(b.with_records(b.records[0], b.records[1], b.records[0])),
        lambda b: b.codes(
            b.seal(
                {
                    (Kind.RECORD, "open", "one"): [b.records[0]],
                    (Kind.RECORD, "open", "two"): [b.records[0]],
                }
            )
        ),
    ],
    "duplicate-in-commons": [
        lambda b: b.codes(b.seal(), CommonsState(frozenset({identity.row_id(b.question)}))),
        lambda b: b.codes(b.seal(), CommonsState(frozenset({b.records[1].id}))),
        lambda b: b.codes(b.seal(), CommonsState(frozenset({identity.row_id(b.link)}))),
    ],
    "link-duplicate": [
        lambda b: b.codes(b.seal({**b.groups(), (Kind.LINK, "open", "notes"): [b.link, b.link]})),
    ],
    "link-dangling": [
        lambda b: b.codes(b.seal({**b.groups(), (Kind.RECORD, "open", "notes"): b.records[:1]})),
    ],
    "question-dangling": [
        lambda b: b.codes(b.seal({(Kind.QUESTION, "", "notes"): [b.question]})),
    ],
    "unsigned": [
        lambda b: b.codes(without(f := b.seal(), envelope_of(f))),
        lambda b: b.codes(without(f := b.seal(), openings_of(f))),
        lambda b: b.codes({**b.seal(), (g := envelope_of(h := b.seal())): h[g]}),
        lambda b: b.codes({p: d for p, d in b.seal().items() if layout.parse_shard(p)}),
    ],
    "signature-invalid": [
        lambda b: b.codes(changed_envelope(b.seal(), lambda _: b"{}")),
        lambda b: b.codes(changed_envelope(b.seal(), lambda data: data.replace(b'"sig":"', b'"sig":"AAAA'))),
        lambda b: b.codes(changed_envelope(b.seal(), lambda _: b"\xff" * 100)),
        lambda b: b.codes(changed_envelope(b.seal(), lambda _: b"[" * 60_000)),
    ],
    "wrong-commons": [lambda b: b.codes(b.seal(origin="knowledge-commons/another/1"))],
    "replayed": [
        lambda b: b.codes(
            f := b.seal(), CommonsState(contributions=frozenset({layout.parse_openings(openings_of(f)) or ""}))
        ),
    ],
    "id-mismatch": [
        lambda b: b.codes(b.with_records(replace(b.records[0], id="kr1" + "a" * 52))),
        lambda b: b.codes(spoiled(b.seal(), with_column("id", [r.id for r in b.records[::-1]]))),
        lambda b: b.codes(spoiled(b.seal(), with_column("text", ["Water boils at 99 °C.", b.records[1].text]))),
        lambda b: b.codes(
            changed_openings(b.seal(), lambda rows: [{**row, "id": "kr1" + "a" * 52} for row in rows])
        ),
        lambda b: b.codes(changed_openings(b.seal(), lambda rows: [{**row, "id": None} for row in rows])),
    ],
    "commitment-mismatch": [
        lambda b: b.codes(spoiled(b.seal(), lambda t: t.slice(0, 1))),
        lambda b: b.codes(spoiled(b.seal(), with_column("contributor", ["kk1" + "a" * 52] * 2))),
        lambda b: b.codes(spoiled(b.seal(), with_column("contribution", [None, None]))),
        lambda b: b.codes(changed_openings(b.seal(), lambda rows: rows[:-1])),
        lambda b: b.codes(changed_openings(b.seal(), lambda rows: [{**row, "salt": bytes(16)} for row in rows])),
        lambda b: b.codes(changed_openings(b.seal(), lambda rows: [{**row, "salt": None} for row in rows])),
        lambda b: b.codes(
            changed_openings(b.seal(), lambda rows: [{**row, "commitment": bytes(32)} for row in rows])
        ),
        lambda b: b.codes(
            {**without(f := b.seal(), openings_of(f)), layout.openings_path("kc1" + "a" * 52): f[openings_of(f)]}
        ),
        lambda b: b.codes(without(f := b.seal(), shard_of(f, Kind.QUESTION))),
        lambda b: b.codes({**b.seal(), named("data/open/more/x", d := shards.write(Kind.RECORD, b.records)): d}),
    ],
    "key-low-order": [lambda b: b.codes(changed_envelope(b.seal(), lambda d: b.naming(bytes(32), d)))],
    "key-not-canonical": [lambda b: b.codes(changed_envelope(b.seal(), lambda d: b.naming(b"\xff" * 32, d)))],
    "key-retired": [
        lambda b: b.codes(b.seal(), CommonsState(retired_keys=frozenset({b.key.public.key_id}))),
        lambda b: b.codes(
            statement(b.signer.key_action("register", b.key.public, person=person_of("carl"))),
            CommonsState(retired_keys=frozenset({b.key.public.key_id})),
        ),
    ],
    "key-not-entitled": [
        lambda b: b.codes(statement(b.signer.key_action("revoke", b.other.public, person=person_of("carl")))),
        lambda b: b.codes(statement(b.signer.key_action("register", b.other.public, person=person_of("carl")))),
    ],
}  # fmt: skip
TRIGGERS = [(code, number) for code, bad in FILES.items() for number in range(len(bad))]


@pytest.mark.parametrize(("code", "number"), TRIGGERS)
def test_what_is_wrong_with_files_or_signatures_is_found_by_its_code(
    code: str, number: int, bench: Bench
) -> None:
    assert code in FILES[code][number](bench)


# what stands just on the right side
GOOD: dict[str, Callable[[Bench], set[str]]] = {
    "everything at once": lambda b: b.codes(b.seal()),
    "two collections": lambda b: b.codes(
        b.seal({(Kind.RECORD, "open", n): [r] for n, r in zip(("one", "two"), b.records, strict=True)})
    ),
    "a file as large as allowed": lambda b: b.codes(
        f := b.seal(), sizes=dict.fromkeys(f, 64 * 1024 * 1024)
    ),
    "a link to a record of the commons": lambda b: b.codes(
        b.seal({(Kind.LINK, "open", "notes"): [b.link]}), CommonsState(frozenset(r.id for r in b.records))
    ),
    "a question about a record of the commons": lambda b: b.codes(
        b.seal({(Kind.QUESTION, "", "notes"): [b.question]}), CommonsState(frozenset(r.id for r in b.records))
    ),
    "a question that nothing answers": lambda b: b.codes(
        b.seal({(Kind.QUESTION, "", "notes"): [replace(b.question, relevant=())]})
    ),
    "a link out of the commons": lambda b: b.codes(
        b.seal(
            {(Kind.LINK, "open", "notes"): [replace(b.link, object="https://www.wikidata.org/entity/Q283")]},
        ),
        CommonsState(frozenset(r.id for r in b.records)),
    ),
    "the same words by another contribution": lambda b: b.codes(
        b.seal(), CommonsState(contributions=frozenset({"kc1" + "a" * 52}))
    ),
    "a key that speaks for itself": lambda b: b.codes(statement(b.signer.key_action("revoke", b.key.public, person=person_of("carl")))),
    "a maintainer who revokes a key": lambda b: b.codes(
        statement(b.signer.key_action("revoke", b.other.public, person=person_of("carl"))),
        CommonsState(maintainers=frozenset({b.key.public.key_id})),
    ),
    "a rotation signed by both keys": lambda b: b.codes(statement(b.signer.rotation(b.other, person=person_of("carl")))),
    "share-alike in its own pool": lambda b: b.codes(
        b.with_records(_relicensed(b.records[0], "CC-BY-SA-4.0"), pool="by-sa")
    ),
}  # fmt: skip


def _relicensed(record: Record, spdx: str) -> Record:
    changed = replace(record, license=spdx)
    return replace(changed, id=identity.record_id(changed.core()))


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_has_no_finding(name: str, bench: Bench) -> None:
    assert GOOD[name](bench) == set()


def test_every_code_is_tried() -> None:
    tried = {*FILES, *RECORDS, *OTHERS, *PROSE}
    elsewhere = {
        "unreadable-row",  # tests/test_contribute.py
        "repaired",  # tests/test_contribute.py
        *("language-canonical", "license-canonical"),  # tests/intake/test_canonical_values.py
        "source-unnamed",  # tests/operations/test_contribute.py
        "unused-column",  # tests/test_contribute.py
        *("link-ambiguous", "link-to-refused", "row-deprecated", "text-parted"),  # tests/test_contribute.py
        "nfc-changes-letter",  # tests/intake/test_repairs.py
        "more-findings",  # below
        "check-limit",  # test_child_process.py
        "statement-outdated",  # test_signatures.py, as the next
        "refused-before",
        *("replaces-circle", "replaced-before", "replaced-twice"),  # tests/operations/test_corrections.py
        "offered-elsewhere",  # tests/proposals/test_open_offers.py
        "envelope-gone",  # tests/bot
        *WRONG,
        *("foreign-metadata", "foreign-encoding"),  # test_containers.py
        *("bytes-outside-pages", "false-statistics"),  # test_containers.py
        *(
            "index-invalid",
            "index-too-large",
            "index-older",
            "index-stale",
            "index-other-model",
        ),  # test_index_offer.py
        *("index-offered", "vectors-unchecked", "index-unchecked"),  # tests/proposals/test_index_proposal.py
        "question-unanswered",  # tests/intake/test_questions.py
        "question-ambiguous",  # tests/intake/test_questions.py
        *COMPARED,
    }
    assert set(CODES) - tried - elsewhere == set()


def test_a_finding_names_its_file_and_row(bench: Bench, make_record: Any) -> None:
    bad = make_record("fine")
    bad = replace(bad, lang="xx")
    bad = replace(bad, id=identity.record_id(bad.core()))
    files = bench.with_records(bench.records[0], bad)
    (finding,) = bench.report(files).findings
    assert (finding.code, finding.file, finding.row) == ("lang-invalid", shard_of(files), 2)


def test_nothing_is_fetched_or_parsed_when_a_path_is_out_of_place(bench: Bench) -> None:
    report = bench.report({}, sizes={"README.md": 5, "data/open/x/" + "0" * 64 + ".parquet": 5})
    assert {finding.code for finding in report.findings} == {"path-forbidden"}
    assert report.impact.records == 0


def test_the_signer_is_nobody_until_the_signature_holds(bench: Bench) -> None:
    report = bench.report(spoiled(bench.seal(), with_column("contribution", [None, None])))
    assert (report.contribution, report.author_key_id, report.statement_digest) == ("", "", "")


def test_every_kind_of_row_is_bounded_in_number(bench: Bench) -> None:
    few = bench.policy.model_copy(
        update={"limits": bench.policy.limits.model_copy(update={"max_records": 1})}
    )
    report = examine.contribution(Offer.of(bench.seal()), few, CommonsState())
    assert "limit-exceeded" in {finding.code for finding in report.findings}


def test_records_in_several_shards_are_bounded_together(bench: Bench, make_record: Any) -> None:
    few = bench.policy.model_copy(
        update={"limits": bench.policy.limits.model_copy(update={"max_records": 3})}
    )
    groups = {
        (Kind.RECORD, "open", f"part-{n}"): [make_record(f"{n} {m}") for m in range(3)] for n in range(4)
    }
    report = examine.contribution(Offer.of(bench.seal(groups)), few, CommonsState())
    assert "limit-exceeded" in {finding.code for finding in report.findings}


def test_a_report_on_thousands_of_bad_rows_is_cut_and_keeps_the_refusals(bench: Bench) -> None:
    rows = [Record("kr1" + "a" * 52, None, f"{n}\0", "xx", (), "", ()) for n in range(1500)]
    report = bench.report(bench.with_records(*rows))
    assert len(report.findings) <= 1001
    assert report.findings[-1].code == "more-findings"
    assert report.verdict is Severity.REFUSE


def test_a_report_on_thousands_of_bad_paths_is_cut_too(bench: Bench) -> None:
    report = bench.report({}, sizes={f"x/{n}": 1 for n in range(5000)})
    assert len(report.findings) <= 1001


def test_a_hostile_shard_cannot_make_a_large_report(bench: Bench) -> None:
    long = "x" * 1_000_000
    sources = (Source(title=long, url=long, author=long, license=long, retrieved=long),)
    rows = [Record(long, long, "text", long, (long,), long, sources) for _ in range(3)]
    data = shards.write(Kind.RECORD, rows)
    report = bench.report({named("data/open/x/y", data): data})
    assert len(str(report.to_json())) < 100_000
