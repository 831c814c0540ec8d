"""Small files that mean to fill the memory end in a named refusal, from what they claim or repeat, and the checker stays small.

Each bomb keeps our exact schema where it can, so that nothing cheaper refuses it first.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.patience import PATIENCE_S

from commons.cards import dataset_card
from commons.layout import Kind
from commons.records.schema import SCHEMAS

MIB = 1024 * 1024
SCHEMA = SCHEMAS[Kind.RECORD]
GIB = 1024 * MIB

# Examines each file of a folder as a shard, the way the gate does, and tells the codes and the largest child it needed, in kB.
CHECKER = """
import json, resource, sys
from pathlib import Path
from commons.gate import child_process
from commons.gate.offer import Offer
from commons.gate.signatures import CommonsState
from commons import digests
folder = Path(sys.argv[1])
policy = (folder / "policy.toml").read_bytes()
findings = {}
for path in sorted(folder.glob("*.parquet")):
    data = path.read_bytes()
    report = child_process.examine(Offer.of({f"data/open/x/{digests.sha256_hex(data)}.parquet": data}), policy, CommonsState())
    findings[path.stem] = [[finding.code, finding.message] for finding in report.findings]
print(json.dumps({"findings": findings, "largest_kb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}))
"""


def rows_of(count: int, **columns: Any) -> pa.Table:
    """Good rows with some columns replaced."""
    good = {
        "id": ["kr1" + "a" * 52] * count,
        "title": pa.nulls(count, pa.string()),
        "text": ["x"] * count,
        "lang": ["en"] * count,
        "topic": pa.array([["science"]] * count, SCHEMA.field("topic").type),
        "license": ["MIT"] * count,
        "sources": pa.array([[{"title": "s"}]] * count, SCHEMA.field("sources").type),
        "contributor": pa.nulls(count, pa.string()),
        "contribution": pa.nulls(count, pa.string()),
    }
    return pa.table({**good, **columns})


def written(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        **{"compression": "zstd", "store_schema": False, "dictionary_pagesize_limit": 64 * MIB, **options},
    )
    return sink.getvalue()


def repeated_value() -> bytes:
    """1 MiB of text, 6,000 times: 6 GB in memory, about a kilobyte as a file."""
    places = pa.array([0] * 6000, pa.int32())
    return written(rows_of(6000, text=pa.DictionaryArray.from_arrays(places, ["x" * MIB])))


def repeated_topic() -> bytes:
    """60 KiB of topic, a thousand times in each of a thousand lists; nothing in it is too long by itself."""
    places = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), ["x" * 60 * 1024])
    lists = pa.ListArray.from_arrays(pa.array(range(0, 1_000_001, 1000), pa.int32()), places)
    return written(rows_of(1000, topic=lists))


@cache
def zeros() -> bytes:
    """512 MiB of one byte, as 512 texts, not as a dictionary: pages of some kilobytes that decompress to all of it."""
    data = pa.py_buffer(np.zeros(512 * MIB, np.uint8))
    starts = pa.py_buffer(np.arange(0, 512 * MIB + 1, MIB, dtype=np.int32))
    text = pa.StringArray.from_buffers(512, starts, data)
    return written(rows_of(512, text=text), use_dictionary=False, write_statistics=False)


def nulls() -> bytes:
    """200 million rows of nothing."""
    count = 200_000_000
    nothing = pa.py_buffer(np.zeros(count + 1, np.int32))
    absent = pa.py_buffer(np.zeros(count // 8 + 1, np.uint8))
    return written(
        pa.table({"text": pa.StringArray.from_buffers(count, nothing, pa.py_buffer(b""), absent)}),
        row_group_size=count,
    )


def nulls_in_a_list() -> bytes:
    """20 million topics that are nothing, all in one row."""
    count = 20_000_000
    topics = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), pa.nulls(count, pa.string()))
    return written(rows_of(1, topic=topics))


def columns() -> bytes:
    return written(pa.table({f"c{number}": pa.nulls(1, pa.string()) for number in range(20_000)}))


def nesting() -> bytes:
    """A text that lies in 200 structures."""
    text = pa.array(["x"])
    for _ in range(200):
        text = pa.StructArray.from_arrays([text], ["text"])
    return written(rows_of(1, text=text))


def row_groups() -> bytes:
    """A thousand rows, each in a row group of its own."""
    return written(rows_of(1000), row_group_size=1)


def with_claim(data: bytes, honest: int, claimed: int) -> bytes:
    """The footer says ``claimed`` wherever it said ``honest``, in as many bytes."""

    def varint(value: int) -> bytes:
        value <<= 1  # Thrift's zigzag
        length = (value.bit_length() + 6) // 7
        return bytes(
            (value >> 7 * place) & 0x7F | (0x80 if place < length - 1 else 0) for place in range(length)
        )

    assert len(varint(honest)) == len(varint(claimed))
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    footer = data[start:]
    assert footer.count(varint(honest)) >= 1
    return data[:start] + footer.replace(varint(honest), varint(claimed))


def slow() -> bytes:
    """Nothing in it is too long or too many; every row costs the checks of words milliseconds, and all of them stand on a kilobyte."""
    text = ("415-844-9759 DE89 3704 0044 0532 0130 00 jane.doe@posteo.de " * 200)[:8000]
    return written(
        rows_of(9000, text=pa.DictionaryArray.from_arrays(pa.array([0] * 9000, pa.int32()), [text]))
    )


def encrypted() -> bytes:
    """Its columns; the footer is plain, and Arrow ends its process on meeting one of them, which has to be refused before."""
    return (Path(__file__).parent / "vectors" / "encrypted" / "columns_plaintext_footer.parquet").read_bytes()


def zeros_that_lie() -> bytes:
    """The footer says that 200 MiB, which are allowed, come out of what is half a gigabyte."""
    data = zeros()
    group = pq.read_metadata(io.BytesIO(data)).row_group(0)
    honest = next(
        group.column(n).total_uncompressed_size for n in range(9) if group.column(n).path_in_schema == "text"
    )
    return with_claim(data, honest, 200 * MIB)


# name -> (the file, the code it must end in, what the message must say)
BOMBS = {
    "repeated_value": (repeated_value, "limit-exceeded", "1,048,576 bytes in a value of 'text'"),
    "repeated_topic": (repeated_topic, "limit-exceeded", "when its dictionaries are unfolded"),
    "zeros": (zeros, "limit-exceeded", "bytes when decompressed"),
    "nulls": (nulls, "limit-exceeded", "200,000,000 rows"),
    "nulls_in_a_list": (nulls_in_a_list, "limit-exceeded", "20,000,000 values in 'topic.list.element'"),
    "columns": (columns, "limit-exceeded", "20,000 columns"),
    "nesting": (nesting, "unreadable-shard", "current limit is 100"),
    "row_groups": (row_groups, "limit-exceeded", "1,000 row groups"),
    "slow": (slow, "check-limit", "s of processor time"),
    "encrypted": (encrypted, "column-missing", "lacks the column 'id'"),
    "zeros_that_lie": (zeros_that_lie, "limit-exceeded|check-limit", ""),
}


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("bombs")
    policy = dataset_card.founding_policy("Test commons", "knowledge-commons/tests/0123456789abcdef")
    assert b"max_records = 5000" in policy
    # So that six thousand rows are not refused for their number alone.
    (folder / "policy.toml").write_bytes(policy.replace(b"max_records = 5000", b"max_records = 10000"))
    sizes = {}
    for name, (make, _, _) in BOMBS.items():
        data = make()
        sizes[name] = len(data)
        (folder / f"{name}.parquet").write_bytes(data)
        del data
    done = subprocess.run(
        [sys.executable, "-c", CHECKER, str(folder)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    yield {**json.loads(done.stdout), "sizes": sizes}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_in_a_named_refusal(name: str, examined: dict[str, Any]) -> None:
    _, code, words = BOMBS[name]
    findings = examined["findings"][name]
    assert any(re.fullmatch(code, c) and words in message for c, message in findings), findings
    assert sum(len(message) for _, message in findings) < 2000


def test_the_checker_stays_under_a_gigabyte_whatever_it_is_given(examined: dict[str, Any]) -> None:
    assert 0 < examined["largest_kb"] * 1024 < GIB


def test_the_bombs_are_what_they_claim_to_be(examined: dict[str, Any]) -> None:
    """A bomb is a small file; one that grew would be refused for its size and prove nothing."""
    assert examined["sizes"]["repeated_value"] < 8_000
    assert all(size < 8 * MIB for size in examined["sizes"].values()), examined["sizes"]
