"""The container of a shard: what lies around honest rows is ours, or says the truth, or is refused by its name.

Every attack keeps the rows: pyarrow reads them as they were signed, so nothing but the container can be what is refused.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.parquet_files import ParquetFile
from support.patience import PATIENCE_S
from support.persons import person_of
from support.row_strategies import rows

from commons import digests, layout
from commons.cards import dataset_card
from commons.errors import SchemaError
from commons.gate import child_process, examine
from commons.gate.commons_state import CommonsState
from commons.gate.offer import Offer
from commons.governance import policy as policies
from commons.layout import Kind
from commons.ledger import contributions
from commons.ledger.contributions import Contribution
from commons.records import containers, shards
from commons.records.bounds import Bounds
from commons.records.schema import OPENINGS, SCHEMAS, Record, Row, Source

POLICY = dataset_card.founding_policy("Test commons", "knowledge-commons/tests/0123456789abcdef")
SCHEMA = SCHEMAS[Kind.RECORD]
VERSIONS = sorted((Path(__file__).parent / "vectors" / "versions").glob("*.parquet"))
# Columns of a record as leaves, by their place in the file.
ID, TITLE, TEXT, LANG, TOPIC, LICENSE = range(6)
HTML = b"<!DOCTYPE html><script>alert(document.domain)</script>" * 40
HUGGING_FACE = {"huggingface": json.dumps({"info": {"features": {"id": {"_type": "NoSuchFeature"}}}})}


def table_of(count: int = 60) -> pa.Table:
    """Records of which some have no title, some no topic, some several sources; long enough for several pages."""
    some = [
        Record(
            f"kr1{number:052}",
            None if number % 3 == 0 else f"Title {number}",
            f"Record number {number}. " * (number % 20 + 1),
            "en",
            ("science", "history", "medicine")[: number % 4],
            "CC0-1.0",
            (Source(title="A notebook", url=None if number % 2 else "https://example.org"),) * (number % 3),
            "kk1a",
            "kc1b",
        )
        for number in range(count)
    ]
    return shards.read_table(shards.write(Kind.RECORD, some), SCHEMA)


TABLE = table_of()
OURS = shards.encode(TABLE)


def written(
    table: pa.Table = TABLE,
    *,
    metadata: dict[str, str] | None = None,
    row_group_size: int = 50_000,
    **options: Any,
) -> bytes:
    """As our writer writes, but for ``options``."""
    sink = io.BytesIO()
    ours = {"compression": "zstd", "compression_level": 9, "store_schema": False, "write_page_index": True}
    with pq.ParquetWriter(sink, table.schema, **{**ours, **options}) as writer:
        writer.write_table(table, row_group_size=row_group_size)
        if metadata:
            writer.add_key_value_metadata(metadata)
    return sink.getvalue()


SECOND_KIND = {"data_page_version": "2.0", "write_page_checksum": True}
# Several pages a column, cut as another version may cut them.
SMALL_PAGES = {"data_page_size": 200, "write_batch_size": 8}


def changed(change: Callable[[ParquetFile], Any], **options: Any) -> bytes:
    """A file that another version might have written, with one thing changed."""
    file = ParquetFile.of(written(**options))
    change(file)
    return file.to_bytes()


def claim(column: int, *path: str, **claims: Any) -> Callable[[ParquetFile], None]:
    """Says something else of a column: in its metadata, or in what lies there under ``path``."""

    def change(file: ParquetFile) -> None:
        place = file.chunks[column].metadata
        for name in path:
            place = place[name]
        assert all(place[name] != value for name, value in claims.items() if name in place)
        place |= claims

    return change


def index_claim(column: int, index: str, **claims: Any) -> Callable[[ParquetFile], None]:
    def change(file: ParquetFile) -> None:
        place = file.chunks[column].indexes[index]
        assert all(place[name] != value for name, value in claims.items())
        place |= claims

    return change


def page_claim(column: int, page: int, *path: str, **claims: Any) -> Callable[[ParquetFile], None]:
    def change(file: ParquetFile) -> None:
        place = file.chunks[column].pages[page].header
        for name in path:
            place = place[name]
        assert all(place.get(name) != value for name, value in claims.items())
        place |= claims

    return change


def attribute(**values: bytes) -> Callable[[ParquetFile], None]:
    return lambda file: file.__dict__.update(values)


def before_column(column: int, junk: bytes) -> Callable[[ParquetFile], None]:
    return lambda file: setattr(file.chunks[column], "before", junk)


def skippable_frame(file: ParquetFile) -> None:
    """After the frame that is read comes one that decoders skip."""
    file.chunks[TEXT].pages[-1].body += b"\x50\x2a\x4d\x18" + len(HTML).to_bytes(4, "little") + HTML


def first_page(file: ParquetFile) -> None:
    """The same in front of the frame that is read."""
    page = file.chunks[TEXT].pages[0]
    page.body = b"\x50\x2a\x4d\x18" + len(HTML).to_bytes(4, "little") + HTML + page.body


def more_in_page(column: int, page: int, junk: bytes) -> Callable[[ParquetFile], None]:
    """``junk`` follows the values of a page, or of a dictionary, inside its frame."""

    def change(file: ParquetFile) -> None:
        place, zstd = file.chunks[column].pages[page], pa.Codec("zstd")
        content = zstd.decompress(place.body, place.header["uncompressed_page_size"], asbytes=True) + junk
        place.body = zstd.compress(content, asbytes=True)
        place.header["uncompressed_page_size"] = len(content)

    return change


def unused_word(file: ParquetFile) -> None:
    """A word in the dictionary of languages that no row speaks."""
    more_in_page(LANG, 0, len(HTML).to_bytes(4, "little") + HTML)(file)
    file.chunks[LANG].pages[0].header["dictionary"]["num_values"] += 1


def swapped_indexes(file: ParquetFile) -> None:
    """The index of one column tells of the pages of another."""
    first, second = file.chunks[ID].indexes, file.chunks[TITLE].indexes
    first["column_index"], second["column_index"] = second["column_index"], first["column_index"]


def misplaced_pages(file: ParquetFile) -> None:
    """Rows that a page begins with, off by one."""
    file.chunks[ID].indexes["offset_index"]["page_locations"][1]["first_row_index"] += 1


def with_type(name: str, kind: pa.DataType) -> pa.Table:
    place = TABLE.schema.get_field_index(name)
    return TABLE.set_column(place, pa.field(name, kind), TABLE[name].cast(kind))


def with_field_ids() -> pa.Table:
    fields = [f.with_metadata({"PARQUET:field_id": str(n)}) for n, f in enumerate(SCHEMA, start=1)]
    return TABLE.cast(pa.schema(fields))


# what the container does -> (the file, the code it must end in)
ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "junk before the first page": (lambda: changed(before_column(ID, bytes(9999))), "bytes-outside-pages"),
    "a web page before the first page": (lambda: changed(before_column(ID, HTML)), "bytes-outside-pages"),
    "a gap between columns": (lambda: changed(before_column(TEXT, b"\0")), "bytes-outside-pages"),
    "bytes before the footer": (lambda: changed(attribute(before_footer=HTML)), "bytes-outside-pages"),
    "bytes in the footer's length": (lambda: changed(attribute(after_footer=HTML)), "bytes-outside-pages"),
    "a frame to skip after a page": (lambda: changed(skippable_frame), "bytes-outside-pages"),
    "a frame to skip before a page": (lambda: changed(first_page), "bytes-outside-pages"),
    "bytes after the places of a dictionary": (
        lambda: changed(more_in_page(TEXT, 1, HTML)), "bytes-outside-pages",
    ),
    "bytes after plain values": (
        lambda: changed(more_in_page(TEXT, 0, HTML), use_dictionary=False), "bytes-outside-pages",
    ),
    "bytes after the words of a dictionary": (
        lambda: changed(more_in_page(TEXT, 0, HTML)), "bytes-outside-pages",
    ),
    "a word that no row names": (lambda: changed(unused_word), "bytes-outside-pages"),
    "features that datasets obeys": (lambda: written(metadata=HUGGING_FACE), "foreign-metadata"),
    "a copy of the Arrow schema": (lambda: written(store_schema=True), "foreign-metadata"),
    "metadata of pandas": (lambda: written(metadata={"pandas": "{}"}), "foreign-metadata"),
    "a bloom filter": (
        lambda: written(bloom_filter_options={"id": {"ndv": 100, "fpp": 0.1}}), "foreign-metadata",
    ),
    "a claim to be sorted": (
        lambda: written(sorting_columns=[pq.SortingColumn(LICENSE)]), "foreign-metadata",
    ),
    "numbers of fields": (lambda: written(with_field_ids()), "foreign-metadata"),
    "text that is called JSON": (lambda: written(with_type("text", pa.json_())), "foreign-metadata"),
    "another writer's name": (
        lambda: changed(lambda file: file.footer.update(created_by=HTML)), "foreign-metadata",
    ),
    "another codec": (lambda: written(compression="snappy", compression_level=None), "foreign-encoding"),
    "no codec": (lambda: written(compression="none", compression_level=None), "foreign-encoding"),
    "encodings that are not there": (lambda: changed(claim(TEXT, encodings=[0, 3])), "foreign-encoding"),
    "counts of other encodings": (
        lambda: changed(claim(TEXT, encoding_stats=[{"page_type": 0, "encoding": 8, "count": 1}])), "foreign-encoding",
    ),
    "a false least value": (lambda: changed(claim(ID, "statistics", min_value=b"kr2")), "false-statistics"),
    "a false greatest value": (lambda: changed(claim(ID, "statistics", max_value=b"kr1")), "false-statistics"),
    "a least value that is called rounded": (
        lambda: changed(claim(ID, "statistics", is_min_value_exact=False)), "false-statistics",
    ),
    "a false count of nulls": (lambda: changed(claim(TITLE, "statistics", null_count=60)), "false-statistics"),
    "no nulls where there are": (lambda: changed(claim(TITLE, "statistics", null_count=0)), "false-statistics"),
    "a false count of values": (
        lambda: changed(claim(LANG, "statistics", distinct_count=2)), "false-statistics",
    ),
    "false sizes": (
        lambda: changed(claim(TEXT, "size_statistics", unencoded_byte_array_data_bytes=1)), "false-statistics",
    ),
    "a false histogram": (
        lambda: changed(claim(TOPIC, "size_statistics", definition_level_histogram=[0, 0, 0, 99])), "false-statistics",
    ),
    "a page's false statistics": (
        lambda: changed(page_claim(ID, 1, "data", "statistics", max_value=b"kr0"), write_page_index=False), "false-statistics",
    ),
    "false rows of a page": (
        lambda: changed(page_claim(ID, 1, "data_v2", num_rows=1), data_page_version="2.0"), "false-statistics",
    ),
    "a false column index": (
        lambda: changed(index_claim(ID, "column_index", min_values=[b"kr2"])), "false-statistics",
    ),
    "pages that are called null": (
        lambda: changed(index_claim(LICENSE, "column_index", null_pages=[True])), "false-statistics",
    ),
    "a false order of pages": (
        lambda: changed(index_claim(TEXT, "column_index", boundary_order=2), **SMALL_PAGES), "false-statistics",
    ),
    "false counts of nulls in an index": (
        lambda: changed(index_claim(TITLE, "column_index", null_counts=[0])), "false-statistics",
    ),
    "the index of another column": (lambda: changed(swapped_indexes), "false-statistics"),
    "an index that begins pages at other rows": (
        lambda: changed(misplaced_pages, **SMALL_PAGES), "false-statistics",
    ),
}  # fmt: skip

HONEST: dict[str, Callable[[], bytes]] = {
    "our own": lambda: OURS,
    "another level": lambda: written(compression_level=1),
    "smaller row groups": lambda: written(row_group_size=7),
    "smaller pages": lambda: written(**SMALL_PAGES),
    "smaller pages of the second kind": lambda: written(data_page_version="2.0", **SMALL_PAGES),
    "without a page index": lambda: written(write_page_index=False),
    "smaller pages without an index, which may end within a row": lambda: written(
        write_page_index=False, **SMALL_PAGES
    ),
    "with checksums": lambda: written(write_page_checksum=True),
    "without statistics": lambda: written(write_statistics=False),
    "without dictionaries": lambda: written(use_dictionary=False),
    "with a dictionary that is given up": lambda: written(dictionary_pagesize_limit=300, **SMALL_PAGES),
    "of the format's first version": lambda: written(version="1.0"),
    "with content-defined chunks": lambda: written(
        use_content_defined_chunking={"min_chunk_size": 64, "max_chunk_size": 256, "norm_level": 0}
    ),
    "with its true distinct counts": lambda: changed(claim(LANG, "statistics", distinct_count=1)),
    "an order of pages that is not told": lambda: changed(
        index_claim(ID, "column_index", boundary_order=0), **SMALL_PAGES
    ),
    "no row": lambda: written(TABLE.slice(0, 0)),
}


def refusal(data: bytes, schema: pa.Schema = SCHEMA) -> SchemaError | None:
    """What the gate says to the file, once it has the name that belongs to it."""
    try:
        containers.refuse_foreign(data, shards.read_table(data, schema, within=Bounds(rows=5000)), "x")
    except SchemaError as error:
        return error
    return None


@pytest.mark.parametrize("name", ATTACKS)
def test_what_a_container_brings_beside_its_rows_is_refused_by_name(name: str) -> None:
    make, code = ATTACKS[name]
    error = refusal(make())
    assert error is not None
    assert error.code == code, error.message


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_keeps_the_rows(name: str) -> None:
    """Otherwise something else might be what was refused."""
    data = ATTACKS[name][0]()
    file = pq.ParquetFile(io.BytesIO(data), arrow_extensions_enabled=False)
    assert file.read(use_threads=False).to_pylist() == TABLE.to_pylist()


def test_a_histogram_of_other_levels_is_refused_before_pyarrow_ends_the_process() -> None:
    claims = claim(TOPIC, "size_statistics", definition_level_histogram=[99])
    error = refusal(changed(claims))
    assert error is not None
    assert error.code == "false-statistics"


@pytest.fixture(scope="module")
def report_codes() -> dict[str, set[str]]:
    """What the confined child says to each attack, all of them in one offer as large as offers may be."""
    policy = POLICY.replace(b"max_files = 40", b"max_files = 400")
    assert policy != POLICY
    paths = {
        f"data/open/part-{number}/{digests.sha256_hex(data)}.parquet": (name, data)
        for number, (name, (make, _)) in enumerate(ATTACKS.items())
        for data in [make()]
    }
    offer = Offer.of({path: data for path, (_, data) in paths.items()})
    report = child_process.examine(offer, policy, CommonsState())
    codes: dict[str, set[str]] = {name: set() for name in ATTACKS}
    for finding in report.findings:
        if finding.file:
            codes[paths[finding.file][0]].add(finding.code)
    return codes


@pytest.mark.parametrize("name", ATTACKS)
def test_the_confined_gate_refuses_it_by_the_same_name(name: str, report_codes: dict[str, set[str]]) -> None:
    assert report_codes[name] == {ATTACKS[name][1]}


@pytest.mark.parametrize("name", HONEST)
def test_what_another_version_of_our_writer_makes_is_taken_and_becomes_ours(name: str) -> None:
    data = HONEST[name]()
    error = refusal(data)
    assert error is None, error.message
    assert ours_of(data) == (OURS if name != "no row" else shards.write(Kind.RECORD, []))


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_shard_of_an_earlier_pyarrow_is_taken_and_becomes_ours(path: Path) -> None:
    data = path.read_bytes()
    error = refusal(data)
    assert error is None, error.message
    ours = shards.write(Kind.RECORD, shards.read(Kind.RECORD, data))
    assert ours_of(data) == ours != data


def test_earlier_versions_are_there() -> None:
    assert len(VERSIONS) >= 4


def test_what_is_ours_already_stays_as_it_is() -> None:
    assert ours_of(OURS) == OURS


def ours_of(data: bytes) -> bytes:
    """What lands of a shard."""
    return shards.write(Kind.RECORD, shards.read(Kind.RECORD, data))


def test_a_table_in_pieces_has_the_encoding_of_the_whole() -> None:
    """Pages end where pieces do, unless they are put together first; these are longer than a page."""
    text = pa.array([f"{number:05}" * 400 for number in range(3000)])
    whole = pa.table({"text": text})
    pieces = pa.concat_tables([whole.slice(0, 701), whole.slice(701, 800), whole.slice(1501)])
    assert shards.to_parquet(pieces) != shards.to_parquet(whole)
    assert shards.encode(pieces) == shards.encode(whole)


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=30)
@given(data=st.data())
def test_any_rows_by_any_of_our_writers_pass(kind: Kind, data: st.DataObject) -> None:
    some: list[Row] = data.draw(st.lists(rows[kind], max_size=8))
    ours = shards.write(kind, some)
    assert refusal(ours, SCHEMAS[kind]) is None
    table = shards.read_table(ours, SCHEMAS[kind])
    options = data.draw(
        st.fixed_dictionaries(
            {
                "compression_level": st.integers(1, 12),
                "data_page_version": st.sampled_from(["1.0", "2.0"]),
                "use_dictionary": st.booleans(),
                "write_statistics": st.booleans(),
                "write_page_index": st.booleans(),
                "data_page_size": st.integers(40, 400),
                "write_batch_size": st.integers(1, 8),
                "row_group_size": st.integers(1, 8),
            }
        )
    )
    other = written(table, **options)
    error = refusal(other, SCHEMAS[kind])
    assert error is None, error.message
    assert shards.write(kind, shards.read(kind, other)) == ours


# Changes each byte of a shard in a process of its own, for a reader of foreign bytes might end it; says which changes were taken as clean
# though the rows are others, or ours would be.
FLIPS = """
import json, sys
from pathlib import Path
from commons.errors import SchemaError
from commons.layout import Kind
from commons.records import containers, shards
from commons.records.bounds import Bounds
from commons.records.schema import SCHEMAS
data = Path(sys.argv[1]).read_bytes()
table = shards.read_table(data, SCHEMAS[Kind.RECORD])
ours, tried, clean, wrong = shards.encode(table), 0, 0, []
for place in range(len(data)):
    flip = (0x01, 0x80, 0x10)[place % 3]
    spoiled = data[:place] + bytes([data[place] ^ flip]) + data[place + 1:]
    tried += 1
    try:
        other = shards.read_table(spoiled, SCHEMAS[Kind.RECORD], within=Bounds(rows=5000))
        containers.refuse_foreign(spoiled, other, "x")
    except SchemaError:
        continue
    clean += 1
    if not other.equals(table) or shards.write(Kind.RECORD, shards.read(Kind.RECORD, spoiled)) != ours:
        wrong.append((place, flip))
print(json.dumps([tried, clean, wrong]))
"""


@pytest.mark.parametrize("name", ["our own", "pages of the second kind"])
def test_no_changed_byte_passes_unless_the_rows_are_the_same(name: str, tmp_path: Path) -> None:
    """Ours anew too; few can be changed at all: the number of the writer's version, an order that is told or not."""
    path = tmp_path / "shard.parquet"
    few = TABLE.slice(0, 3)
    path.write_bytes(shards.encode(few) if name == "our own" else written(few, **SECOND_KIND))
    done = subprocess.run(
        [sys.executable, "-c", FLIPS, str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    tried, clean, wrong = json.loads(done.stdout)
    assert wrong == []
    assert clean < tried / 100


@pytest.fixture(scope="module")
def contribution(key: Any, make_record: Any) -> Contribution:
    some: list[Row] = [make_record(f"Record number {number}.") for number in range(20)]
    origin = policies.parse(POLICY).commons.origin
    return contributions.seal(
        {(Kind.RECORD, "open", "notes"): some}, key("carl"), commons=origin, person=person_of("carl")
    )


def rewritten(contribution: Contribution, **options: Any) -> dict[str, bytes]:
    """The contribution with its tables written by another writer; the signature is of rows, so it holds."""
    files = {}
    for path, data in contribution.files.items():
        if shard := layout.parse_shard(path):
            other = written(shards.read_table(data, SCHEMAS[shard.kind]), **options)
            files[path.replace(shard.digest, digests.sha256_hex(other))] = other
        elif layout.parse_openings(path):
            files[path] = written(shards.read_table(data, OPENINGS), **options)
        else:
            files[path] = data
    return files


def test_a_contribution_by_another_version_has_no_finding_and_becomes_ours(
    contribution: Contribution,
) -> None:
    files = rewritten(contribution, compression_level=3, write_page_index=False)
    assert files != contribution.files
    report = examine.contribution(Offer.of(files), policies.parse(POLICY), CommonsState())
    assert report.findings == ()
    assert landing(files) == landing(contribution.files)


def landing(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The tables that land of an offer, by the road that landing takes."""
    groups = {
        (shard.kind, shard.pool, shard.collection): shards.read(shard.kind, data)
        for path, data in files.items()
        if (shard := layout.parse_shard(path))
    }
    (openings,) = (path for path in files if layout.parse_openings(path))
    name = layout.parse_openings(openings) or ""
    return contributions.as_files(groups, shards.read_openings(files[openings]), name)


def test_a_contribution_of_ours_stays_as_it_is(contribution: Contribution) -> None:
    tables = {path: data for path, data in contribution.files.items() if path.endswith(".parquet")}
    assert landing(contribution.files) == tables


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"metadata": HUGGING_FACE}, "foreign-metadata"),
        ({"use_dictionary": False, "column_encoding": {"salt": "BYTE_STREAM_SPLIT"}}, "foreign-encoding"),
    ],
)
def test_openings_are_measured_as_shards_are(
    options: dict[str, Any], code: str, contribution: Contribution
) -> None:
    openings = next(path for path in contribution.files if layout.parse_openings(path))
    table = shards.read_table(contribution.files[openings], OPENINGS)
    offer = Offer.of({**contribution.files, openings: written(table, **options)})
    report = child_process.examine(offer, POLICY, CommonsState())
    assert [(finding.code, finding.file) for finding in report.findings] == [(code, openings)]
