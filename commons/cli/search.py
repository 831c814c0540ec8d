"""commons search: a question to evidence."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import datetime

import click

from commons import extras
from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_packet, err, hint, out, plain, progress_bars
from commons.evidence import filter_check, written_filters
from commons.evidence.answerability import Band
from commons.evidence.hit import Hit
from commons.index import figures
from commons.operations import search
from commons.operations.search import Answer
from commons.records.catalogue import Filters

_TEXT_CHARACTERS = 480

_EPILOG = """\b
Examples:
  commons search "What causes glaucoma?"
  commons search "capital of Bhutan" --allow cc0-1.0,cc-by-4.0 --topic geography -k 3
  commons search "glaucoma" --contributor ada --since 2026-01-01
  commons search "Wie kopiere ich eine Datei?" --lang de --format json
  commons search "volcano" --repo ./a-local-copy
  commons search "volcano" --model ./our-model        an index that was built with a model from that folder
"""


@click.command("search", epilog=_EPILOG)
@click.argument("question")
@click.option("--allow", default="", metavar="ID,…", help="Only records under these licences.")
@click.option("--lang", default="", metavar="TAG,…", help="Only records in these languages.")
@click.option("--topic", default="", metavar="SLUG,…", help="Only records on these topics.")
@click.option("--pool", default="", metavar="NAME,…", help="Only records of these pools.")
@click.option("--collection", default="", metavar="NAME,…", help="Only records of these collections.")
@click.option(
    "--contributor", default="", metavar="NAME,…", help="Only records by these: key id, Hub user or name."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only records that landed on that day or later."
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Only records that landed on that day or earlier."
)
@click.option(
    "-k",
    "count",
    default=search.DEFAULT_HITS,
    show_default=True,
    help=f"How many records, at most {search.MAX_HITS}.",
)
@click.option("--include-replaced", is_flag=True, help="After each record, also those that it replaced.")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to search in.")
@options.embedder_options("The model the index was built with.")
@options.repository_options
@options.format_option()
def command(
    question: str,
    allow: str,
    lang: str,
    topic: str,
    pool: str,
    collection: str,
    contributor: str,
    since: datetime | None,
    until: datetime | None,
    count: int,
    include_replaced: bool,
    revision: str,
    model: str | None,
    engine: str | None,
    where: Where,
    style: str,
) -> int:
    """Find the records that answer QUESTION, with source, licence and contributor; the id of a record, link or contribution finds it.

    A sentence says whether they answer it, are only about it, or nothing here answers it; in JSON it is "band" ("answers", "related" or
    "not_known") with a "confidence" from 0 to 1. The exit code is 0 with the first two, 2 when nothing here answers, and 1 when no record
    passes the filters. --repo may also be a folder."""
    extras.require("search")
    filters = Filters(
        license=written_filters.allowed_licenses(_listed(allow)),
        lang=_listed(lang),
        topic=_listed(topic),
        pool=_listed(pool),
        collection=_listed(collection),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    with progress_bars() as progress:
        progress("Opening the commons", 0, 0)
        snapshot = where.snapshot(revision, progress=progress)
        filters = replace(
            filters, contributor=written_filters.contributor_keys(_listed(contributor), snapshot.people)
        )
        catalogue = snapshot.catalogue()
        # Before the model: loading it takes seconds, and minutes where it is fetched and converted first.
        filter_check.refuse_unknown(catalogue, snapshot.policy, filters)
        library = options.open_library(snapshot, model, engine, catalogue=catalogue)
        progress("Opening the commons", 1, 1)
    answer = search.find(library, question, k=count, filters=filters, include_replaced=include_replaced)
    if answer.stale:
        err.print(
            f"The index is stale: {answer.missing_records:,} records are not in it yet.", style="yellow"
        )
    if style == "json":
        emit_packet(answer.packet)
    elif style == "quiet":
        for hit in answer.hits:
            out.print(hit.record.id)
    else:
        _print_answer(answer)
    if not answer.hits:
        return 1
    return 2 if answer.band is Band.NOT_KNOWN else 0


def _print_answer(answer: Answer) -> None:
    for reference in answer.references:
        if not reference.is_record:
            out.print(f"[bold]{plain(reference.title)}[/] [dim]{reference.id}[/]\n")
    if not answer.hits:
        out.print("No record passes these filters.")
    elif not answer.references:
        _print_band(answer)
    for number, hit in enumerate(answer.hits, start=1):
        record = hit.record
        scored = "" if answer.references or hit.beside else f"  [dim]{hit.score:.3f}[/]"
        out.print(f"[bold]{number}. {plain(record.title or record.text[:80])}[/]{scored}")
        for words in _states(hit):
            out.print(words, style="yellow")
        out.print(plain(textwrap.shorten(record.text, _TEXT_CHARACTERS, placeholder=" …")))
        out.print(f"[dim]{plain(hit.citation())}[/]")
        out.print(
            f"[dim]{record.license}; {plain(hit.collection)}; contributed by {plain(hit.contributor)}; "
            f"revision {answer.revision[:12]}[/]\n"
        )


def _states(hit: Hit) -> list[str]:
    """What its state asks a reader to know, a line each."""
    replaced = [] if hit.state.is_live else [f"replaced by {hit.state.newest}"]
    others = ", ".join(hit.state.disputed_by[: search.MAX_BESIDE])
    return [*replaced, f"disputed: see {others}"] if others else replaced


def _print_band(answer: Answer) -> None:
    out.print(f"{answer.assessment.sentence}\n")
    if answer.assessment.caveat:
        hint(answer.assessment.caveat)
    if answer.unread_here:
        hint(figures.unread_sentence(answer.unread_here))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
