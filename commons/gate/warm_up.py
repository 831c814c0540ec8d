"""Everything the gate uses, loaded and tried once on rows of our own: afterwards its process may be one that can open nothing.

Libraries load parts of themselves on first use. A part that is missing here is a file that a check cannot open later, and an honest
contribution that is refused.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons.gate.rows import prose
from commons.governance import licenses
from commons.layout import Kind
from commons.records import identity, shards
from commons.records.bounds import Bounds
from commons.records.schema import SCHEMAS, Link, Question, Record, Row, Source

_ROWS: dict[Kind, Row] = {
    Kind.RECORD: Record(
        "kr1", None, "Water boils.", "en", ("science",), "MIT", (Source(title="A notebook"),)
    ),
    Kind.LINK: Link("kr1", "skos:related", "kr1", "MIT"),
    Kind.QUESTION: Question("When does water boil?", "en", ("kr1",), "MIT"),
}


def load_and_try() -> None:
    """Name a row of each kind and read its shard, within bounds and not; check a signature; load what checks of words need."""
    for kind, row in _ROWS.items():
        identity.row_id(row)
        data = shards.write(kind, [row])
        shards.read(kind, data)
        shards.read_table(data, SCHEMAS[kind], within=Bounds(rows=1)).to_pylist()
    key = Ed25519PrivateKey.generate()
    key.public_key().verify(key.sign(b""), b"")
    licenses.load()
    prose.load()
