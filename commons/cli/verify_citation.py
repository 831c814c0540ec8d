"""commons verify-citation: whether a quotation stands in a record."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_evidence, out, plain
from commons.errors import UsageError
from commons.evidence.citation import citation
from commons.evidence.quotations.quote_match import QuoteMatch, QuoteVerdict
from commons.layout import Need
from commons.operations import verify_citation
from commons.operations.verify_citation import CitationOutcome, CitationVerdict
from commons.records.schema import MAX_TEXT_BYTES

_EXIT_CODES = {CitationOutcome.EXACT: 0, CitationOutcome.NEAR: 2, CitationOutcome.REPLACED: 2}
_COLOURS = {0: "green", 1: "red", 2: "yellow"}

_EPILOG = """\b
Examples:
  commons verify-citation kr1… "Glaucoma is not a single disease"
  commons verify-citation kr1… "It affects … 50 percent of patients" --revision v1.2.0
  commons verify-citation https://…/record/kr1… "the words" --format json
  pbpaste | commons verify-citation kr1… -
"""


@click.command("verify-citation", epilog=_EPILOG)
@click.argument("record_id")
@click.argument("quote")
@click.option(
    "--revision", default="", help="Branch, tag or commit at which the record is cited.  [default: main]"
)
@options.repository_options
@options.format_option()
def command(record_id: str, quote: str, revision: str, where: Where, style: str) -> int:
    """Check whether QUOTE stands in a record word for word. RECORD_ID may be the address of its page; QUOTE - is read from standard input.

    The verdict is exact, near (with each word that differs; numbers, negations, units and names are pointed out), not_found, or what became
    of the record: replaced, withdrawn or unknown_record. Other quotation marks, dashes, letter case and line breaks leave it exact. An
    ellipsis may stand for any words. The exit code is 0 for exact, 2 for near and replaced, and 1 otherwise. Put -- before a QUOTE that
    begins with a dash."""
    quote = _from_standard_input() if quote == "-" else quote
    asked = revision or where.pinned
    snapshot = replace(where, pinned="").snapshot(need=Need.CORRECTING)
    verdict = verify_citation.verify(snapshot, snapshot.catalogue(), record_id, quote, asked_revision=asked)
    code = _EXIT_CODES.get(verdict.verdict, 1)
    if style == "json":
        emit_evidence(verdict.to_json())
    elif style == "quiet":
        out.print(verdict.verdict.value)
    else:
        _print_verdict(verdict, quote, _COLOURS[code])
    return code


def _from_standard_input() -> str:
    """No more than can be compared and one byte, which is refused as too long."""
    data = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    try:
        # A character may be cut where the reading ended.
        return data.decode("utf-8", "strict" if len(data) <= MAX_TEXT_BYTES else "replace")
    except UnicodeDecodeError as error:
        raise UsageError(
            "The quotation on standard input is not UTF-8.",
            hint="Hand it over as UTF-8.",
            code="quote-encoding",
        ) from error


def _print_verdict(verdict: CitationVerdict, quote: str, colour: str) -> None:
    first, *others = verdict.words()
    out.print(f"[bold {colour}]{verdict.verdict.value.replace('_', ' ')}[/] {plain(first)}")
    for sentence in others:
        out.print(plain(sentence))
    match = verdict.match
    if match and match.verdict is QuoteVerdict.NEAR:
        there = [(each.start - match.start, each.end - match.start) for each in match.differences]
        here = [(each.quote_start, each.quote_end) for each in match.differences]
        out.print(f"\n[dim]record[/]     {_marked(match.passage, there, 'green')}")
        out.print(f"[dim]quotation[/]  {_marked(quote.strip(), _shifted(here, quote), 'red')}")
    elif match and _is_worth_showing(match):
        out.print(f"\n[dim]record[/]     {plain(_one_line(match.passage))}")
    if verdict.record:
        out.print(f"\n[dim]{plain(citation(verdict.record))}[/]")


def _is_worth_showing(match: QuoteMatch) -> bool:
    return match.verdict is QuoteVerdict.EXACT and bool(match.typography or match.elided)


def _shifted(spans: Sequence[tuple[int, int]], quote: str) -> list[tuple[int, int]]:
    blanks = len(quote) - len(quote.lstrip())
    return [(start - blanks, end - blanks) for start, end in spans]


def _marked(text: str, spans: Sequence[tuple[int, int]], colour: str) -> str:
    """The text in one line, its spans in a colour."""
    parts, done = [], 0
    for start, end in sorted(spans):
        if start >= done and end > start:
            parts += [plain(text[done:start]), f"[bold {colour}]{plain(text[start:end])}[/]"]
            done = end
    return _one_line("".join([*parts, plain(text[done:])]))


def _one_line(text: str) -> str:
    return " ".join(text.split())
