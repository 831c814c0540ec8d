"""commons record: one record with its links."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_evidence, emit_packet, out, plain
from commons.evidence import linked_data, relations, results
from commons.evidence import record as evidence
from commons.evidence.hit import Hit
from commons.evidence.reference import Reference
from commons.evidence.results import EvidenceOrigin
from commons.operations import record as records
from commons.records.catalogue import Catalogue
from commons.records.states import RecordStates
from commons.snapshots.snapshot import Snapshot

_EPILOG = """\b
Examples:
  commons record kr1…
  commons record kr1… --format json
  commons record kr1… --format json-ld
  commons record kc1…
"""


@click.command("record", epilog=_EPILOG)
@click.argument("record_id")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to look in.")
@options.repository_options
@options.format_option("json-ld")
def command(record_id: str, revision: str, where: Where, style: str) -> None:
    """Show one record with its sources, links and citation. RECORD_ID may be the address of its page.

    The id of a link (kl1…) shows the records it joins, that of a contribution (kc1…) the records that came in it."""
    snapshot = where.snapshot(revision)
    catalogue = snapshot.catalogue()
    reference = records.find(snapshot, catalogue, record_id)
    if style == "json":
        emit_packet(results.packet_of_rows([reference], EvidenceOrigin(snapshot, catalogue)))
    elif style == "json-ld":
        emit_evidence(linked_data.of(snapshot, catalogue, reference))
    elif reference.is_record:
        _show_record(snapshot, catalogue, reference.hits(snapshot.people, catalogue.states)[0])
    else:
        _show_reference(snapshot, catalogue.states, reference)


def _show_record(snapshot: Snapshot, catalogue: Catalogue, hit: Hit) -> None:
    out.print(f"[bold]{plain(hit.record.title or hit.record.id)}[/]")
    past = evidence.history(snapshot, catalogue, hit)
    for after in past.replaced_by:
        out.print(f"Replaced by {after.id} “{plain(after.title)}” {plain(after.words())}", style="yellow")
    if past.replaced_by and past.newest not in {after.id for after in past.replaced_by}:
        out.print(f"The newest is {past.newest}", style="yellow")
    for other in hit.state.disputed_by:
        out.print(f"Disputed: see {other}", style="yellow")
    out.print(plain(hit.record.text), end="\n\n")
    for before in past.replaces:
        out.print(f"[dim]Replaces {before.id} “{plain(before.title)}” {plain(before.words())}[/]")
    for relation in relations.once(relations.of(catalogue, snapshot.people, hit.record.id)):
        out.print(f"[dim]{plain(relation.words)}:[/] {plain(relation.title)} [dim]{plain(relation.other)}[/]")
        if relation.is_superseded:
            out.print(f"  [yellow]replaced; the newest is {relation.newest}[/]")
    out.print(f"[dim]{plain(hit.citation())}[/]")


def _show_reference(snapshot: Snapshot, states: RecordStates, reference: Reference) -> None:
    out.print(f"[bold]{plain(reference.title)}[/]")
    for hit in reference.hits(snapshot.people, states):
        record = hit.record
        out.print(f"{plain(record.title or record.text[:80])} [dim]{record.id}[/]")
