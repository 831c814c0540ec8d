"""The short dialogue in a terminal about what a file does not say: which column is what, and what holds for all rows.

    mapping = dialogue.complete(error, policy)

Nothing is taken that was not shown: the mapping stands there with the first records that it makes before anybody agrees to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
from rich.table import Table

from commons import near_misses
from commons.cli.shared.output import err, plain
from commons.errors import InputError
from commons.governance import licenses
from commons.governance.policy import Policy
from commons.intake.columns import NEEDED, IncompleteMappingError
from commons.intake.mapping import Mapping
from commons.layout import Kind
from commons.records import languages

_ASKED = {Kind.RECORD: ("text", "title"), Kind.QUESTION: ("question", "relevant")}
_NO_COLUMN = "-"
_SHOWN_COLUMNS = 30
_SHOWN_RECORDS = 3
_SHOWN_CHARACTERS = 60


def complete(error: IncompleteMappingError, policy: Policy) -> Mapping:
    """The mapping that the person at the terminal agrees to; Ctrl-C ends the command, and nothing was done."""
    _show_columns(error)
    mapping = error.proposal.mapping
    if error.proposal.languages:
        tags = ", ".join(error.proposal.languages)
        err.print(f"There are columns in several languages ({plain(tags)}); offer them one after another.")
    while True:
        mapping = _ask_columns(error, mapping)
        _show_records(error, mapping)
        if click.confirm("Are these the records?", default=True, err=True):
            break
    for asked in _missing(error, mapping):
        mapping = replace(mapping, defaults={**mapping.defaults, **_ASK[asked](policy)})
    return mapping


def _show_columns(error: IncompleteMappingError) -> None:
    table = Table(
        box=None, header_style="dim", padding=(0, 2, 0, 0), title_justify="left", title=plain(error.message)
    )
    table.add_column("column")
    table.add_column("holds, in the first row")
    first = error.rows[0] if error.rows else {}
    for column in error.columns[:_SHOWN_COLUMNS]:
        table.add_row(plain(column), _excerpt(first.get(column)))
    err.print(table)
    if len(error.columns) > _SHOWN_COLUMNS:
        err.print(f"[dim]… and {len(error.columns) - _SHOWN_COLUMNS} more columns.[/]")


def _ask_columns(error: IncompleteMappingError, mapping: Mapping) -> Mapping:
    columns = dict(mapping.columns)
    own = mapping.bound(error.columns, file=error.file).own_columns
    for target in _ASKED[mapping.kind]:
        proposed = columns.get(target) or own.get(target, _NO_COLUMN)
        chosen = click.prompt(
            f"Which column is the {target}? ({_NO_COLUMN}: none)",
            default=proposed,
            value_proc=_column(error, target, mapping),
            err=True,
        )
        if chosen != own.get(target):
            columns[target] = "" if chosen == _NO_COLUMN else chosen
    others = {t: c for t, c in columns.items() if c and t not in _ASKED[mapping.kind]}
    if others:
        listed = ", ".join(f"{target} from {column}" for target, column in others.items())
        if not click.confirm(f"Take these too: {plain(listed)}?", default=True, err=True):
            columns = {t: c for t, c in columns.items() if t not in others}
    return replace(mapping, columns=columns)


def _column(error: IncompleteMappingError, target: str, mapping: Mapping) -> Callable[[str], str]:
    def chosen(written: str) -> str:
        if written == _NO_COLUMN:
            return written
        try:
            bound = replace(mapping, columns={target: written}).bound(error.columns, file=error.file)
            bound.refuse_untrodden(map(dict, error.rows))
        except InputError as fault:
            raise click.BadParameter(plain(f"{fault.message} {fault.hint}")) from fault
        return written

    return chosen


def _show_records(error: IncompleteMappingError, mapping: Mapping) -> None:
    bound = mapping.bound(error.columns, file=error.file)
    rows = [part for row in error.rows for part in bound.parts(dict(row))][:_SHOWN_RECORDS]
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for target in _ASKED[mapping.kind]:
        table.add_column(target)
    for row in rows:
        values = bound.apply(row)
        table.add_row(*(_excerpt(values.get(target)) for target in _ASKED[mapping.kind]))
    err.print(table)


def _missing(error: IncompleteMappingError, mapping: Mapping) -> list[str]:
    """What neither columns nor defaults say, of what can be said for all rows at once."""
    mapped = mapping.bound(error.columns, file=error.file).targets
    needed = NEEDED[mapping.kind].items()
    return [words for words, targets in needed if words in _ASK and not mapped & set(targets)]


def _ask_license(policy: Policy) -> dict[str, Any]:
    accepted = [spdx for allowed in policy.pools.values() for spdx in allowed]
    err.print(f"[dim]Accepted licences: {plain(', '.join(accepted))}.[/]")

    def checked(written: str) -> str:
        resolution = licenses.resolve(written)
        if resolution.license is None or policy.pool_of(resolution.license.spdx) is None:
            reason = resolution.reason or f"no pool of this commons takes {written}"
            raise click.BadParameter(plain(reason))
        return resolution.license.spdx

    return {
        "license": click.prompt(
            "Under which licence may all rows be used?", value_proc=checked, prompt_suffix=" ", err=True
        )
    }


def _ask_language(_policy: Policy) -> dict[str, Any]:
    def checked(written: str) -> str:
        reading = languages.read(written)
        if reading.question:
            raise click.BadParameter(plain(reading.question))
        return reading.tag

    return {
        "lang": click.prompt(
            "In which language are they (such as en)?", value_proc=checked, prompt_suffix=" ", err=True
        )
    }


def _ask_topic(policy: Policy) -> dict[str, Any]:
    err.print(f"[dim]Topics: {plain(', '.join(policy.topics))}.[/]")

    def checked(written: str) -> list[str]:
        topics = [part.strip() for part in written.split(",") if part.strip()]
        for topic in topics:
            if topic not in policy.topics:
                raise click.BadParameter(
                    f"{plain(topic)!r} is no topic. {near_misses.sentence(topic, policy.topics)}"
                )
        return topics

    return {
        "topic": click.prompt("On which topic, or topics?", value_proc=checked, prompt_suffix=" ", err=True)
    }


def _ask_source(_policy: Policy) -> dict[str, Any]:
    def checked(written: str) -> str:
        if not written.strip():
            raise click.BadParameter("say an address, or the title of a book, a site, or your own notes.")
        return written.strip()

    origin = click.prompt(
        "Where do they come from (an address, or a title)?", value_proc=checked, prompt_suffix=" ", err=True
    )
    return {"source.url" if "://" in origin else "source.title": origin}


# words of NEEDED -> what asks for it
_ASK: dict[str, Callable[[Policy], dict[str, Any]]] = {
    "the licence": _ask_license,
    "the language": _ask_language,
    "a topic": _ask_topic,
    "a source": _ask_source,
}


def _excerpt(value: Any) -> str:
    text = " ".join(str("" if value is None else value).split())
    return plain(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")
