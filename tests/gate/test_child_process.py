"""The gate in a child process: hostile bytes end in a report, never in a crash of the process that holds a token."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.persons import person_of

from commons import digests
from commons.cards import dataset_card
from commons.gate import child_process, examine
from commons.gate.commons_state import CommonsState
from commons.gate.findings import Severity
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance import policy as policies
from commons.layout import Kind
from commons.ledger import contributions
from commons.records import shards
from commons.records.schema import SCHEMAS, Record, Source
from commons.sandbox import limits

POLICY = dataset_card.founding_policy("Test commons", "knowledge-commons/tests/0123456789abcdef")
BAD = Path(__file__).parent / "vectors" / "parquet"


def check(*shard_bytes: bytes) -> Report:
    """The report on shards that stand where shards belong."""
    files = {
        f"data/open/part-{n}/{digests.sha256_hex(data)}.parquet": data for n, data in enumerate(shard_bytes)
    }
    return child_process.examine(Offer.of(files), POLICY, CommonsState())


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.fixture(scope="module")
def good(key: Any, make_record: Any) -> dict[str, bytes]:
    rows = [make_record(f"Record number {number}.") for number in range(20)]
    origin = policies.parse(POLICY).commons.origin
    return contributions.seal(
        {(Kind.RECORD, "open", "notes"): rows}, key("carl"), commons=origin, person=person_of("carl")
    ).files


def test_confinement_changes_nothing_about_the_report(good: dict[str, bytes]) -> None:
    state = CommonsState(frozenset({"kr1" + "a" * 52}), frozenset({"kc1" + "a" * 52}))
    inside = child_process.examine(Offer.of(good), POLICY, state, head="0" * 40)
    assert inside == examine.contribution(Offer.of(good), policies.parse(POLICY), state, head="0" * 40)
    assert inside.verdict is None
    assert inside.head == "0" * 40


def test_the_bad_parquet_files_of_others_end_in_a_refusal() -> None:
    report = check(*(path.read_bytes() for path in sorted(BAD.glob("*.parquet"))))
    refused = {finding.file.split("/")[2] for finding in report.findings if finding.file.startswith("data/")}
    assert len(refused) == len(list(BAD.glob("*.parquet")))


def test_shards_cut_at_any_place_end_in_a_refusal(good: dict[str, bytes]) -> None:
    data = next(data for path, data in good.items() if path.startswith("data/"))
    cut = [data[: len(data) * part // 30] for part in range(1, 30)]
    report = check(*cut)
    assert codes(report) == {"unreadable-shard", "unsigned"}
    assert len(report.findings) == len(cut) + 1


def bomb(text: pa.Array) -> bytes:
    """A small file whose every row repeats one large value: dictionary-coded, so it is written once."""
    rows = len(text)
    columns = {
        "id": pa.array(["kr1" + "a" * 52] * rows),
        "title": pa.nulls(rows, pa.string()),
        "text": text,
        "lang": pa.array(["en"] * rows),
        "topic": pa.array([["science"]] * rows, SCHEMAS[Kind.RECORD].field("topic").type),
        "license": pa.array(["MIT"] * rows),
        "sources": pa.array([[{"title": "s"}]] * rows, SCHEMAS[Kind.RECORD].field("sources").type),
        "contributor": pa.nulls(rows, pa.string()),
        "contribution": pa.nulls(rows, pa.string()),
    }
    sink = io.BytesIO()
    table = pa.table(columns)
    pq.write_table(
        table, sink, compression="zstd", store_schema=False, dictionary_pagesize_limit=64 * 1024 * 1024
    )
    return sink.getvalue()


def test_a_memory_bomb_is_refused_and_the_parent_lives() -> None:
    """1 MiB of text, 4,900 times: 4.8 GB in memory, less than 1 MB as a file, inside every limit of the policy."""
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 4900, pa.int32()), pa.array(["x" * 1024 * 1024]))
    data = bomb(repeated)
    assert len(data) < 1_000_000
    report = check(data)
    assert report.verdict is Severity.REFUSE
    assert codes(report) == {"limit-exceeded", "unsigned"}


def test_a_bomb_of_long_licences_gives_a_small_report() -> None:
    """What a hostile file says comes back into the process that holds the token, so it must be bounded."""
    long = "x" * 500_000
    rows = [Record("kr1", long, "t", long, (long,), long, (Source(long, long, long, long, long),))] * 20
    report = check(shards.write(Kind.RECORD, rows))
    assert report.verdict is Severity.REFUSE
    assert len(str(report.to_json())) < 500_000


def test_a_child_that_dies_is_a_finding(monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes]) -> None:
    monkeypatch.setattr(limits, "for_input", lambda size, own: limits.ProcessLimits(wall_clock_s=0.01))
    report = child_process.examine(Offer.of(good), POLICY, CommonsState(), head="0" * 40)
    assert codes(report) == {"check-limit"}
    assert report.head == "0" * 40


def test_the_child_sees_no_token_and_no_key(
    monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes], tmp_path: Path
) -> None:
    """A start-up hook that a hostile environment could bring is not read, and secrets are not handed down."""
    marker = tmp_path / "marker"
    (tmp_path / "sitecustomize.py").write_text(f"open({str(marker)!r}, 'w')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert child_process.examine(Offer.of(good), POLICY, CommonsState()).verdict is None
    assert not marker.exists()


@pytest.mark.parametrize("module", ["pyarrow.py", "json.py", "rfc8785.py", "commons/__init__.py"])
def test_code_that_lies_in_the_current_folder_is_never_run(
    module: str, monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes], tmp_path: Path
) -> None:
    """A maintainer may stand in a checkout of somebody's dataset."""
    marker = tmp_path / "marker"
    trap = tmp_path / module
    trap.parent.mkdir(exist_ok=True)
    trap.write_text(f"open({str(marker)!r}, 'w')\nraise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    assert child_process.examine(Offer.of(good), POLICY, CommonsState()).verdict is None
    assert not marker.exists()


def test_paths_from_outside_never_become_paths_of_ours(good: dict[str, bytes], tmp_path: Path) -> None:
    target = tmp_path / "owned"
    offer = Offer.of({**good, f"../../../../../../{target}": b"owned", str(target): b"owned"})
    report = child_process.examine(offer, POLICY, CommonsState())
    assert codes(report) == {"path-forbidden"}
    assert not target.exists()


def test_text_of_every_kind_comes_back_through_the_pipe(make_record: Any, key: Any) -> None:
    record = make_record("naïve 😀 \u2028 日本語 </script> \\u0000")
    bad = replace(record, lang="no such\nlanguage \u202e", id="kr1" + "a" * 52)
    origin = policies.parse(POLICY).commons.origin
    files = contributions.seal(
        {(Kind.RECORD, "open", "notes"): [record, bad]}, key("carl"), commons=origin, person=person_of("carl")
    ).files
    inside = child_process.examine(Offer.of(files), POLICY, CommonsState())
    assert inside == examine.contribution(Offer.of(files), policies.parse(POLICY), CommonsState())
