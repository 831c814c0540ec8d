"""Results as a table: a row a result, in the forms that programs compute with.

    result_table.of(packet)                 a pyarrow.Table of SCHEMA
    result_table.to_dataset(packet)         the same as a datasets.Dataset

Why ``datasets`` is imported here, though it reads HF_ENDPOINT at that moment: a table in memory asks no Hub. Whoever reads from one with
it does so in a process of its own (``hub.dataset_import``).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pyarrow as pa

from commons import extras
from commons.errors import MissingExtraError
from commons.evidence.packet import Packet, Result

# What nests in a result (sources, links, the whole state) is in its JSON; a table has what people sort, group and show by.
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("title", pa.string()),
        ("text", pa.string()),
        ("lang", pa.string()),
        ("topic", pa.list_(pa.string())),
        ("license", pa.string()),
        ("attribution", pa.string()),
        ("url", pa.string()),
        ("collection", pa.string()),
        ("pool", pa.string()),
        ("contributor", pa.string()),  # a name to show
        ("contributor_key", pa.string()),
        ("contribution", pa.string()),
        ("state", pa.string()),  # live, disputed, replaced
        ("replaced_by", pa.string()),
        ("score", pa.float64()),  # None where no question ordered them
        ("cosine", pa.float64()),
        ("beside", pa.string()),
        ("content_hash", pa.string()),
        ("revision", pa.string()),
    ]
)


def of(packet: Packet) -> pa.Table:
    """The results of the packet, in their order."""
    revision = packet.commons.revision if packet.commons else ""
    return pa.Table.from_pylist([_row(result, revision) for result in packet.results], schema=SCHEMA)


def to_pandas(table: pa.Table) -> Any:
    """The table as a ``pandas.DataFrame``; MissingExtraError where that is not installed."""
    if find_spec("pandas") is None:
        raise MissingExtraError("pandas", "datasets")
    return table.to_pandas()


def to_dataset(packet: Packet) -> Any:
    """The results as a ``datasets.Dataset``; MissingExtraError where that is not installed."""
    extras.require("datasets")
    import datasets

    terms = packet.terms
    info = datasets.DatasetInfo(
        description=f"{packet.question}\n\n{packet.notice}".strip(),
        license=", ".join(each.id for each in terms.licenses) if terms else "",
        citation="\n".join(result.attribution for result in packet.results),
    )
    return datasets.Dataset(datasets.table.InMemoryTable(of(packet)), info=info)


def _row(result: Result, revision: str) -> dict[str, Any]:
    by = result.contributor
    return {
        **{name: getattr(result, name) for name in SCHEMA.names if hasattr(result, name)},
        "contributor": by.name if by else None,
        "contributor_key": by.key if by else None,
        "state": result.state.status.value,
        "replaced_by": result.state.replaced_by,
        "revision": revision,
    }
