"""commons search: a question to evidence."""

from __future__ import annotations

import textwrap

import click

from commons.cli.shared import options
from commons.cli.shared.filters import AskedFilters, filter_options, open_for_question
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_packet, hint, out, plain
from commons.evidence import search_result_blocks
from commons.evidence.answerability import Band
from commons.evidence.harmless_text import json_text
from commons.evidence.hit import Hit
from commons.index import figures
from commons.operations import search
from commons.operations.search import Answer

_TEXT_CHARACTERS = 480

_EPILOG = """\b
Examples:
  commons search "What causes glaucoma?"
  commons search "capital of Bhutan" --allow cc0-1.0,cc-by-4.0 --topic geography -k 3
  commons search "glaucoma" --contributor ada --since 2026-01-01
  commons search "Wie kopiere ich eine Datei?" --lang de --format json
  commons search "volcano" --format anthropic         blocks for the Messages API of Claude, which cites from them
  commons search "volcano" --repo ./a-local-copy
  commons search "volcano" --model ./our-model        an index that was built with a model from that folder
"""


@click.command("search", epilog=_EPILOG)
@click.argument("question")
@filter_options
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
@options.format_option("anthropic")
def command(
    question: str,
    asked: AskedFilters,
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
    library, filters = open_for_question(where, revision, asked, model, engine)
    answer = search.find(library, question, k=count, filters=filters, include_replaced=include_replaced)
    if style == "json":
        emit_packet(answer.packet)
    elif style == "anthropic":
        click.echo(json_text(search_result_blocks.of(answer.packet), indent=2))
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
            f"[dim]{plain(record.license)}; {plain(hit.collection)}; contributed by {plain(hit.contributor)}; "
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
