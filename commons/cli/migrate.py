"""commons migrate: an older commons in the present format."""

from __future__ import annotations

import re

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, plain, progress_bars
from commons.errors import UsageError
from commons.ledger.statements import FORMAT
from commons.operations import migrate
from commons.operations.migrate import Migration, MigrationChanges

_ACCOUNT = re.compile(r"(kk1[a-z2-7]{52})=([A-Za-z0-9][A-Za-z0-9._-]{0,95})")
_EPILOG = """\b
Examples:
  commons migrate --repo our-org/commons --dry-run      what would change
  commons migrate --repo our-org/commons
  commons migrate --account kk1…=rosa                   whose key it is, where the people table does not say
"""


@click.command("migrate", epilog=_EPILOG)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="KEY=USER",
    help="The Hub user behind a key that the people table does not name; may be repeated.",
)
@options.repository_options
@options.format_option()
def command(dry_run: bool, accounts: tuple[str, ...], where: Where, style: str) -> None:
    """Bring a commons of an earlier format to the present one; one commit, signed by a maintainer."""
    named = dict(_account(text) for text in accounts)
    key = options.signing_key()
    act = migrate.plan if dry_run else migrate.migrate
    with progress_bars() as progress:
        migration = act(where.repository(progress), key, accounts=named, progress=progress)
    if style == "json":
        emit_json(_json(migration))
    elif style == "quiet":
        out.print(migration.sha)
    else:
        _show(migration, dry_run=dry_run)


def _account(text: str) -> tuple[str, str]:
    match = _ACCOUNT.fullmatch(text)
    if not match:
        raise UsageError("--account wants a key id and a user of the Hub.", hint="For example: kk1…=rosa")
    return match[1], match[2]


def _json(migration: Migration) -> dict[str, object]:
    changes = vars(migration.changes) if migration.changes else {}
    return {
        "format": FORMAT,
        "commit": migration.sha,
        "url": migration.url,
        "asked": migration.asked,
        **changes,
    }


def _show(migration: Migration, *, dry_run: bool) -> None:
    if migration.changes is None:
        out.print(f"This commons has format {FORMAT} already.")
    else:
        _show_changes(migration.changes)
        if dry_run:
            out.print("Nothing was changed. Authors of open proposals would be asked to sign again.")
        else:
            out.print(f"Brought to format {FORMAT}: {migration.url}")
    if migration.asked:
        numbers = ", ".join(f"{number}" for number in migration.asked)
        out.print(f"Asked to sign again, under the proposals: {numbers}")
    if migration.changes and migration.changes.index_removed:
        hint("Make the index again: commons build --publish")


def _show_changes(changes: MigrationChanges) -> None:
    for name, count in (
        ("persons behind keys", changes.persons),
        ("shards encoded anew", len(changes.encoded)),
        ("files removed", len(changes.removed)),
    ):
        out.print(f"[dim]{name:<21}[/]{count:,}")
    if changes.index_removed:
        out.print(plain(changes.index_removed))
