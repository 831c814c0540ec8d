"""commons related: what the links of a record lead to."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.filters import listed
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_evidence, hint, out, plain
from commons.evidence import written_filters
from commons.evidence.surroundings import MAX_HOPS, RelatedEnd
from commons.operations import related
from commons.operations.related import RelatedRecords
from commons.records.catalogue import Filters
from commons.records.predicates import PREDICATES

_EPILOG = f"""\b
Examples:
  commons related kr1…
  commons related kr1… --hops 2 --predicate skos:broader,commons:causes
  commons related kr1… --predicate translationOf --lang de
  commons related kr1… --hops 3 --limit 200 --format json

\b
Predicates:
  {" ".join(PREDICATES[:5])}
  {" ".join(PREDICATES[5:])}
"""


@click.command("related", epilog=_EPILOG)
@click.argument("record_id")
@click.option("--hops", default=1, show_default=True, help=f"Over how many links, at most {MAX_HOPS}.")
@click.option(
    "--predicate",
    default="",
    metavar="NAME,…",
    help="Only over these links, by CURIE or its last part.  [default: all but dcterms:replaces]",
)
@click.option(
    "--limit",
    default=related.DEFAULT_RESULTS,
    show_default=True,
    help=f"How many results, at most {related.MAX_RESULTS}.",
)
@click.option("--allow", default="", metavar="ID,…", help="Only records under these licences.")
@click.option("--lang", default="", metavar="TAG,…", help="Only records in these languages.")
@click.option("--cursor", default="", metavar="WORD", help="Go on after the page that ended with it.")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to look in.")
@options.repository_options
@options.format_option()
def command(
    record_id: str,
    hops: int,
    predicate: str,
    limit: int,
    allow: str,
    lang: str,
    cursor: str,
    revision: str,
    where: Where,
    style: str,
) -> None:
    """Show what the links of a record lead to, nearest first, each with the way there in words. RECORD_ID may be the address of its page.

    A record that was replaced is shown as its newest. Licences and languages choose among what is shown; the way there may lead through
    others."""
    filters = Filters(license=written_filters.allowed_licenses(listed(allow)), lang=listed(lang))
    snapshot = where.snapshot(revision)
    answer = related.find(
        snapshot,
        snapshot.catalogue(),
        record_id,
        hops=hops,
        predicates=listed(predicate),
        filters=filters,
        limit=limit,
        cursor=cursor,
    )
    if style == "json":
        emit_evidence(answer.to_json())
    elif style == "quiet":
        for end in answer.results:
            out.print(plain(end.end))
    else:
        _print_answer(answer)
    if style != "json" and answer.rest:
        hint(answer.rest)
    if style != "json" and answer.next_cursor:
        hint(f"--cursor {answer.next_cursor}")


def _print_answer(answer: RelatedRecords) -> None:
    out.print(f"[bold]{plain(answer.title)}[/]")
    if answer.newest != answer.id:
        out.print(f"Replaced; the newest is {answer.newest}", style="yellow")
    if not answer.results:
        out.print(
            "No links lead from here to such records." if not answer.known else "That was the last page."
        )
    for end in answer.results:
        out.print(f"{plain(end.path_words)}: {plain(end.title)} [dim]{_details(end)}[/]")
        if end.linked_as:
            out.print(f"  [yellow]in the place of {plain(end.linked_as)}, which the link names[/]")


def _details(end: RelatedEnd) -> str:
    if end.is_outside:
        return ""
    if not end.leads_on:
        return "not here any more"
    return plain(f"{end.end} {end.lang} {end.license}")
