"""What became of the rows of the files, as check and contribute tell it: how each file was read, and the account, which balances."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from commons.cli.shared.output import plain, print_findings
from commons.gate.findings import CODES, Finding
from commons.gate.wording import amount, conjunction
from commons.intake.prepared_rows import LinkAccount, PreparedRows, RefusedRow


def print_account(prepared: PreparedRows, console: Console) -> None:
    """How the files were read, what was done with the rows, and why what stays out does."""
    for source, words in prepared.read_as.items():
        if words:
            console.print(f"[dim]{plain(source.label)}: read as {plain(words)}.[/]")
    console.print(f"{plain(rows_in_words(prepared))}")
    if prepared.links.given:
        console.print(f"{plain(links_in_words(prepared.links))}")
    print_findings(_gravest_findings(prepared), console)


def rows_in_words(prepared: PreparedRows) -> str:
    """One sentence: rows read = offered + repeated + refused."""
    parts = [
        f"{prepared.accepted:,} to offer",
        *([f"{prepared.repeated_count:,} repeated"] if prepared.repeated_count else []),
        *([f"{prepared.refused_count:,} refused"] if prepared.refused_count else []),
    ]
    return f"{amount(prepared.read, 'row') or 'No rows'} read: {', '.join(parts)}."


def left_out_in_words(prepared: PreparedRows) -> str:
    """ "2 rows and 1 link", of what was refused and dropped; nothing where all is offered or repeated."""
    parts = [amount(prepared.refused_count, "row"), amount(prepared.dropped_count, "link")]
    present = [words for words in parts if words]
    return conjunction(present) if present else ""


def links_in_words(links: LinkAccount) -> str:
    """One sentence: links given = kept + repeated + dropped, with the reasons."""
    reasons = ", ".join(
        f"{count:,} {_REASONS[code] if code in _REASONS else CODES[code][1]}"
        for code, count in links.dropped.items()
    )
    parts = [
        f"{links.offered:,} to offer",
        *([f"{links.repeated:,} repeated"] if links.repeated else []),
        *([f"{links.dropped.total():,} dropped ({reasons})"] if links.dropped else []),
    ]
    return f"{amount(links.given, 'link')} given: {', '.join(parts)}."


_REASONS = {
    "row-refused": "of rows that were refused",
    "link-to-refused": "to rows that were refused",
    "link-dangling": "to what is not there",
    "link-ambiguous": "to a name that several bear",
    "link-invalid": "that cannot be links",
}


def as_json(prepared: PreparedRows) -> dict[str, Any]:
    """The same for programs, with every row and link that stays out."""
    links = prepared.links
    return {
        "read_as": {source.label: words for source, words in prepared.read_as.items()},
        "rows": {
            "read": prepared.read,
            "offered": prepared.accepted,
            "repeated": prepared.repeated_count,
            "refused": prepared.refused_count,
        },
        "links": {
            "given": links.given,
            "offered": links.offered,
            "repeated": links.repeated,
            "dropped": dict(links.dropped),
        },
        "refused": _rows_json(prepared.refused),
        "repeated": _rows_json(prepared.repeated),
        "dropped": _rows_json(prepared.dropped),
        "notes": [note.to_json() for note in prepared.notes],
    }


def all_findings(prepared: PreparedRows) -> list[Finding]:
    """Every finding on what stays out, at the place of its row, and the notes."""
    left_out = [*prepared.refused.values(), *prepared.dropped.values(), *prepared.repeated.values()]
    return [*(f.at(row.place) for rows in left_out for row in rows for f in row.findings), *_notes(prepared)]


def _gravest_findings(prepared: PreparedRows) -> list[Finding]:
    """The gravest finding of each row that stays out, and the notes."""
    left_out = [*prepared.refused.values(), *prepared.dropped.values(), *prepared.repeated.values()]
    return [*(row.findings[0].at(row.place) for rows in left_out for row in rows), *_notes(prepared)]


def _notes(prepared: PreparedRows) -> list[Finding]:
    """But for the warnings, which the report says."""
    warnings = prepared.warnings()
    return [note for note in prepared.notes if note not in warnings]


def _rows_json(by_input: dict[Any, list[RefusedRow]]) -> dict[str, list[dict[str, Any]]]:
    return {
        source.label: [
            {
                "row": row.place.row,
                "line": row.place.line,
                "findings": [finding.at(row.place).to_json() for finding in row.findings],
            }
            for row in rows
        ]
        for source, rows in by_input.items()
        if rows
    }
