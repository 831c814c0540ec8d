"""Receipts: the last word on a proposal, for whoever made it.

After a landing: which records there are now, under addresses that never change, how to cite them, and what the commons holds that it did
not before. After a refusal: what to mend, and the command that offers it again. Everything that comes from records or from the Hub is
escaped, and lists are bounded.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commons.escaping import bibtex, escape
from commons.gate.findings import CODES, Severity
from commons.gate.report import Report
from commons.gate.wording import first_of
from commons.ledger.statements import StatementKind
from commons.proposals.markdown import details, fence, shell
from commons.records import summary
from commons.records.schema import Record
from commons.records.summary import Summary

_MAX_IDS = 50
_MAX_NEW = 12
_MAX_TITLE_CHARACTERS = 80


@dataclass(frozen=True)
class LandingReceipt:
    """What the comment on a landing says. ``files`` maps each new shard of records to its address at the commit; ``after`` counts
    the commons with them in it, ``added`` only them, and ``replaced`` how many records these replaced."""

    sha: str
    url: str
    commons: str
    repo_id: str
    author: str
    contribution: str
    year: int
    records: Sequence[Record]
    files: Mapping[str, str]
    added: Summary
    after: Summary
    replaced: int = 0


def of_landing(receipt: LandingReceipt) -> str:
    """The comment that closes a proposal whose contribution has landed."""
    added = receipt.added
    amounts = summary.in_words(records=added.records, links=added.links, questions=added.questions)
    parts = [
        f"**Landed** as [{receipt.sha[:12]}]({receipt.url}): {amounts}, contribution `{receipt.contribution}`. "
        f"Thank you, {escape(receipt.author)}.",
        _changes(receipt),
    ]
    if receipt.records:
        parts += [details(f"{len(receipt.records):,} record ids", _ids(receipt))]
    parts += [
        details("How to cite", _citation(receipt)),
        "The checked rows were committed to `main` in our own encoding; this proposal is closed rather than merged, so that nothing pushed "
        "meanwhile can slip in. Search finds the new records once the index is built anew (`commons build --publish`).",
    ]
    return "\n\n".join(part for part in parts if part)


def of_key_landing(key_id: str, sha: str, url: str) -> str:
    """The comment that closes a proposal whose key statement has landed."""
    return f"**Landed** as [{sha[:12]}]({url}): the statement about the key `{key_id}` is in the log."


def of_index_landing(slug: str, records: int, sha: str, url: str) -> str:
    """The comment that closes a proposal whose index has landed."""
    return (
        f"**Landed** as [{sha[:12]}]({url}): the index `{slug}` of {records:,} records, which the maintainer who landed it signs for. "
        "This proposal is closed rather than merged, so that nothing pushed meanwhile can slip in."
    )


def of_refusal(reasons: Sequence[str], steps: str) -> str:
    """The comment that closes a proposal which is not accepted; ``steps`` says how to go on."""
    because = "\n".join(f"* {escape(line)}" for line in dict.fromkeys(reasons))
    return "\n\n".join(part for part in ("**Not accepted.**", because, steps) if part)


def next_steps(report: Report, repo_id: str) -> str:
    """What to mend, by the gate's hints, and what to type to offer it again."""
    codes = [f.code for f in report.findings if f.severity is Severity.REFUSE]
    if report.kind in (StatementKind.KEY, StatementKind.INDEX):
        return _section(_hints(codes)) if codes else ""
    kind = " --kind questions" if report.impact.questions and not report.impact.records else ""
    command = f"FILE --repo {shlex.quote(repo_id)}{kind}{_options(report)}"
    return _section(
        _hints(codes),
        "Mend the file you made it from, look at it until nothing stands against it, and offer it again; then close this one:",
        shell(f"commons check {command}", f"commons contribute {command}"),
    )


def _section(*parts: str) -> str:
    return "\n\n".join(["#### How to go on", *(part for part in parts if part)])


def _hints(codes: Sequence[str]) -> str:
    """Each hint once."""
    return "\n".join(f"* {escape(hint)}" for hint in dict.fromkeys(CODES[code][2] for code in codes) if hint)


def _options(report: Report) -> str:
    """What all rows have in common need not be looked up again, unless the gate refuses just that."""
    impact = report.impact
    options = (
        ("--collection", impact.collections, ""),
        ("--license", impact.licenses, "license"),
        ("--lang", impact.languages, "lang"),
    )
    wrong = {finding.code.split("-")[0] for finding in report.findings}
    given = [
        (option, next(iter(counts)))
        for option, counts, about in options
        if len(counts) == 1 and about not in wrong
    ]
    plain = [(option, value) for option, value in given if re.fullmatch(r"[A-Za-z0-9.+-]+", value)]
    return "".join(f" {option} {value}" for option, value in plain)


def _changes(receipt: LandingReceipt) -> str:
    """What the commons holds now that it did not before."""
    after, added = receipt.after, receipt.added
    new = [
        (
            words,
            sorted(name for name, count in added.total(field).items() if after.total(field)[name] == count),
        )
        for words, field in (("topics", "topics"), ("languages", "languages"), ("licences", "licenses"))
    ]
    collections = [
        name
        for name, collection in added.collections.items()
        if after.collections[name].records == collection.records
    ]
    new.insert(0, ("collections", sorted(collections)))
    rows = [
        f"| new {words} | {first_of([escape(name) for name in names], _MAX_NEW)} |"
        for words, names in new
        if names
    ]
    if added.records:
        before = after.records - added.records + receipt.replaced
        rows.insert(0, f"| records | {after.records:,}, before {before:,} |")
    if receipt.replaced:
        rows.append(f"| replaced | {receipt.replaced:,} |")
    if not rows:
        return ""
    return "\n".join([f"| {escape(receipt.commons)} | |", "| --- | --- |", *rows])


def _ids(receipt: LandingReceipt) -> str:
    lines = [f"* `{record.id}` {escape(_name(record))}" for record in receipt.records[:_MAX_IDS]]
    if len(receipt.records) > _MAX_IDS:
        lines.append(f"* … and {len(receipt.records) - _MAX_IDS:,} more in the files below.")
    files = [
        f"* [{path.rsplit('/', 2)[-2]}/{path.rsplit('/', 1)[-1][:12]}…]({url})"
        for path, url in receipt.files.items()
    ]
    read = shell(f"commons record {receipt.records[0].id} --repo {receipt.repo_id} --revision {receipt.sha}")
    return "\n".join(
        [*lines, "", "The files that hold them, at this commit:", "", *files, "", "Any of them:", "", read]
    )


def _name(record: Record) -> str:
    name = record.title or record.text
    return name if len(name) <= _MAX_TITLE_CHARACTERS else f"{name[:_MAX_TITLE_CHARACTERS]}…"


def _citation(receipt: LandingReceipt) -> str:
    """A sentence and BibTeX; both name the commit, so what is cited cannot change."""
    added = receipt.added
    amounts = summary.in_words(records=added.records, links=added.links, questions=added.questions)
    sentence = f"{receipt.author}: {amounts} in {receipt.commons}, contribution {receipt.contribution}, {receipt.url}"
    entry = "\n".join(
        [
            f"@misc{{{receipt.contribution[:12]},",
            f"  author = {{{bibtex(receipt.author)}}},",
            f"  year = {{{receipt.year}}},",
            f"  title = {{{bibtex(f'{receipt.commons}: {amounts}')}}},",
            f"  note = {{Contribution {receipt.contribution}, revision {receipt.sha}}},",
            f"  howpublished = {{\\url{{{receipt.url}}}}},",
            "}",
        ]
    )
    return f"{escape(sentence)}\n\n{fence(entry, 'bibtex')}\n\nSingle records carry their own source and licence; cite these too."
