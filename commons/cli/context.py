"""commons context: passages for a prompt."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.filters import AskedFilters, filter_options, open_for_question
from commons.cli.shared.options import Where
from commons.cli.shared.output import out
from commons.evidence.answerability import Band
from commons.evidence.harmless_text import json_text
from commons.operations import context as contexts

_EPILOG = """\b
Examples:
  commons context "What causes glaucoma?"
  commons context "What causes glaucoma?" --tokens 800 --allow cc0-1.0,cc-by-4.0 > passages.md
  commons context "capital of Bhutan" --lang en --topic geography --format json
"""


@click.command("context", epilog=_EPILOG)
@click.argument("question")
@click.option(
    "--tokens",
    type=click.IntRange(min=1, max=contexts.MAX_TOKENS),
    default=contexts.DEFAULT_TOKENS,
    show_default=True,
    help="The most that the text may come to, attribution included: UTF-8 bytes by three.",
)
@filter_options
@click.option(
    "--include-replaced", is_flag=True, help="After a record, also what it replaced, if there is room."
)
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to search in.")
@options.embedder_options("The model the index was built with.")
@options.repository_options
@options.format_option()
def command(
    question: str,
    tokens: int,
    asked: AskedFilters,
    include_replaced: bool,
    revision: str,
    model: str | None,
    engine: str | None,
    where: Where,
    style: str,
) -> int:
    """Put together the passages that fit QUESTION best, with attribution and terms, as a text to paste or pipe into a prompt.

    Each passage stands between marks that its author could not know, with its number, licence and id, so that a model can tell it from
    instructions. The exit code is 2 when nothing here answers; then there are no passages. --format quiet prints the ids of the records."""
    library, filters = open_for_question(where, revision, asked, model, engine)
    context = contexts.assemble(
        library, question, tokens=tokens, filters=filters, include_replaced=include_replaced
    )
    if style == "json":
        click.echo(json_text(context.to_json(), indent=2))
    elif style == "quiet":
        for passage in context.passages:
            out.print(passage.id)
    else:
        click.echo(context.text, nl=False)
    return 2 if context.packet.band is Band.NOT_KNOWN else 0
