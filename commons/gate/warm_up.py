"""Everything the gate uses, loaded and tried once on rows of our own: afterwards its process may be one that can open nothing.

Libraries load parts of themselves on first use. A part that is missing here is a file that a check cannot open later, and an honest
contribution that is refused.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons import layout
from commons.gate.rows import prose
from commons.governance import licenses
from commons.governance.people import passing_identity
from commons.layout import Kind
from commons.ledger import contributions, signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.statements import ContributionStatement
from commons.records import identity, languages, shards
from commons.records.bounds import Bounds
from commons.records.schema import OPENINGS, SCHEMAS, Link, Question, Record, Row, Source

_COMMONS = "ours/warm-up"
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
    _sign_and_verify()
    licenses.load()
    languages.load()
    prose.load()


def _sign_and_verify() -> None:
    """A contribution of ours, as the gate opens those of others: envelope, statement with its times, openings."""
    key, person = SigningKey(Ed25519PrivateKey.generate()), passing_identity().person
    rows = {(Kind.RECORD, "open", "ours"): [_ROWS[Kind.RECORD]]}
    sealed = contributions.seal(rows, key, commons=_COMMONS, person=person)
    for path, data in sealed.files.items():
        if layout.parse_envelope(path):
            signed_statements.verify(data, ContributionStatement, commons=_COMMONS)
        elif layout.parse_openings(path):
            shards.read_table(data, OPENINGS, within=Bounds(rows=1)).to_pylist()
