"""What the libraries of the formats load on first use is loaded before their process is confined."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.workbooks import Sheet, ods, xlsb, xlsx

from commons.sandbox import confinement

SHEET = Sheet("Data", [["title", "text"], ["Moon", "It orbits the Earth."]])
SKOS = "http://www.w3.org/2004/02/skos/core#"
TABLE = pa.table({"text": ["x"], "when": pa.array([0], pa.timestamp("ms", "Europe/Paris"))})


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(TABLE, sink, compression="zstd")
    return sink.getvalue()


def arrow(make: Any) -> bytes:
    sink = io.BytesIO()
    with make(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return sink.getvalue()


FILES: dict[str, bytes] = {
    "a.parquet": parquet(),
    "a.arrow": arrow(pa.ipc.new_file),
    "b.arrow": arrow(pa.ipc.new_stream),
    "a.xlsx": xlsx(SHEET),
    "a.xlsb": xlsb(SHEET),
    "a.ods": ods(SHEET),
    "a.obo": b'[Term]\nid: X:1\ndef: "x" [X:2]\n',
    "a.ttl": f'<a> a <{SKOS}Concept> ; <{SKOS}prefLabel> "x"@en .'.encode(),
    "a.nt": f"<x:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKOS}Concept> .".encode(),
    "a.rdf": f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="{SKOS}">'
    '<s:Concept rdf:about="http://x.org/a"/></rdf:RDF>'.encode(),
}


@pytest.mark.parametrize("damage", ["none", "cut"])
def test_every_format_is_read_without_opening_a_file(damage: str) -> None:
    files = {name: data if damage == "none" else data[: len(data) // 2] for name, data in FILES.items()}
    code = """
from pathlib import Path
from commons.errors import InputError
def outcome(name):
    try:
        return len(list(handed_files.table(files[name], Path(name)).rows))
    except InputError as error:
        return error.code
outcomes = {name: outcome(name) for name in sorted(files)}
confinement.answer([outcomes, openings])
"""
    before = "import pathlib; from commons.errors import InputError; from commons.intake import handed_files; handed_files.load()"
    outcomes, openings = confinement.run(
        "tests.support.sample_child", files, context={"code": code, "before": before}
    )
    assert openings == []
    if damage == "none":
        assert outcomes == dict.fromkeys(sorted(FILES), 1)
    else:
        assert set(outcomes) == set(FILES)
