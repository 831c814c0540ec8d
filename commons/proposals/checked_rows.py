"""The rows of an accepted contribution, as they land: read in the sandbox, proved against what was signed, written by our own writer.

What the sandbox hands out is foreign too, so its word that rows and statement agree is not taken: commitments and root are computed here,
from the very rows that are written. No byte of the container they came in gets any further.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from commons import layout
from commons.errors import ProposalError, SchemaError
from commons.layout import Kind
from commons.ledger import contributions, signed_statements
from commons.ledger.contributions import Group
from commons.ledger.statements import ContributionStatement, StatementKind
from commons.proposals.examination import Examination
from commons.records.schema import Row
from commons.sandbox import foreign_tables


def files_of(examined: Examination) -> dict[str, bytes]:
    """The files that landing adds beside the log's own: shards and openings; none for a key statement.

    Raises:
        ProposalError: they cannot be read (``not-accepted``); LedgerError: rows, openings and statement do not agree.
    """
    report = examined.report
    if report.kind is not StatementKind.CONTRIBUTION:
        return {}
    envelope = examined.offer.files[layout.envelope_path(report.statement_digest)]
    origin = examined.snapshot.policy.commons.origin
    signed = signed_statements.verify(envelope, ContributionStatement, commons=origin)
    groups, openings = _read(examined)
    contributions.refuse_disagreement(signed, groups, openings)
    return contributions.as_files(groups, openings, report.contribution)


def _read(examined: Examination) -> tuple[dict[Group, list[Row]], list[dict[str, Any]]]:
    groups: dict[Group, list[Row]] = {}
    openings: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="commons-landing-") as folder:
        tables: dict[str, tuple[Kind, Path]] = {}
        opened: dict[str, Path] = {}
        for number, (path, data) in enumerate(sorted(examined.offer.files.items())):
            place = Path(folder) / str(number)
            if shard := layout.parse_shard(path):
                tables[path] = (shard.kind, place)
            elif layout.parse_openings(path):
                opened[path] = place
            else:
                continue
            place.write_bytes(data)
        for path, batch in foreign_tables.read_contributions(opened, tables):
            if isinstance(batch, SchemaError):
                raise ProposalError(
                    f"Proposal {examined.proposal.number} is not accepted: {batch.message}",
                    code="not-accepted",
                )
            if shard := layout.parse_shard(path):
                rows = groups.setdefault((shard.kind, shard.pool, shard.collection), [])
                rows += cast("list[Row]", batch)
            else:
                openings += cast("list[dict[str, Any]]", batch)
    return groups, openings
