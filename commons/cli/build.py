"""commons build: vectors, index, manifest."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from commons import extras
from commons.cards import search_quality
from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, plain, print_table, progress_bars
from commons.errors import LedgerError, UsageError
from commons.hub.repository import Repository
from commons.index import figures, model_choice
from commons.index.figures import Fusion
from commons.index.manifest import Manifest
from commons.index.quality import Quality
from commons.layout import Need
from commons.ledger.keys import SigningKey
from commons.operations import build
from commons.operations.build import BuildPlan, BuiltIndex
from commons.snapshots import snapshot as snapshots

_KINDS = ("auto", "exact", "rabitq", "ivf")
_EPILOG = """\b
Examples:
  commons build --dry-run                   what would be embedded, and how long that takes here
  commons build --publish                   embed what is new, build, measure, commit; without a key that may, propose it
  commons build --propose                   the same, as a proposal for a maintainer to land
  commons build --model intfloat/multilingual-e5-small --publish     a second index beside the first
  commons build --model ./our-model --publish                        with a model of yours, of which the folder's name is published
  commons build --engine reference          embed by plain sentence-transformers, to compare with
"""


@click.command("build", epilog=_EPILOG)
@click.option(
    "--publish",
    is_flag=True,
    help="Commit the artifact, signed by your key; where that is neither a maintainer's nor a builder's, propose it.",
)
@click.option("--propose", is_flag=True, help="Open a proposal of the artifact, which needs no key.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done, and how long it takes here.")
@click.option(
    "--index",
    "kind",
    type=click.Choice(_KINDS),
    default="auto",
    show_default=True,
    help="Kind of FAISS index; auto goes by the size of each pool.",
)
@options.embedder_options("The model: an id on the Hub, or a folder, of whose path nothing is published.")
@options.repository_options
@options.format_option()
def command(
    publish: bool,
    propose: bool,
    dry_run: bool,
    kind: str,
    model: str | None,
    engine: str | None,
    where: Where,
    style: str,
) -> None:
    """Embed the records that have no vectors, build the index and measure it.

    Without --publish or --propose only vectors are kept, locally.
    """
    extras.require("search")
    if publish + propose + dry_run > 1:
        raise UsageError(
            "--publish, --propose and --dry-run exclude each other.", hint="Leave out all but one of them."
        )
    known = options.settings()
    with progress_bars() as progress:
        repository = where.repository(progress)
        snapshot = snapshots.take(repository, need=Need.BUILDING)
        embedder = options.load_embedder(model_choice.for_building(snapshot, model or known.model), engine)
        if dry_run:
            _show_plan(build.plan(snapshot, embedder, known.vectors, kind=kind), style)
            return
        key = _builders_key(repository) if publish else None
        sha, proposal = "", None
        outdated: tuple[str, ...] = ()
        if key:
            published = build.build_and_publish(
                repository, key, embedder, known.vectors, kind=kind, progress=progress
            )
            built, sha, outdated = published.built, published.sha, published.outdated
        elif publish or propose:
            offering = build.build_and_propose(
                repository, embedder, known.vectors, kind=kind, progress=progress
            )
            built, proposal = offering.built, offering.proposal
        else:
            built = build.build_from_main(repository, embedder, known.vectors, kind=kind, progress=progress)
    if style == "json":
        emit_json({**_built_json(built, sha), "proposal": proposal.number if proposal else None})
    elif style == "quiet":
        out.print(str(proposal.number) if proposal else sha)
    else:
        _show_built(built)
        if sha:
            out.print(f"Published: {repository.commit_url(sha)}")
            for name in outdated:
                hint(
                    f"Rows moved, so this index is not read until it is built again: commons build --model {name} --publish"
                )
        elif proposal:
            out.print(f"Proposed, not published: {proposal.url}")
            hint(f"A maintainer signs for it: commons show {proposal.number}, commons land {proposal.number}")
        else:
            there = "The repository holds exactly this index already."
            out.print(there if publish or propose else "Not published; add --publish.")


def _builders_key(repository: Repository) -> SigningKey | None:
    """The key to sign the index with; None, and a word on why, where this person has none that may."""
    try:
        key = options.signing_key()
    except LedgerError as error:
        if error.code != "key-missing":
            raise
        hint("There is no signing key here, so the index will be proposed and not published.")
        return None
    if build.may_publish(repository, key):
        return key
    hint(
        f"The key {key.public.key_id} is neither a maintainer's nor a builder's, so the index will be proposed and not published."
    )
    return None


def _show_plan(plan: BuildPlan, style: str) -> None:
    if style == "json":
        emit_json(vars(plan))
        return
    out.print(
        f"{plan.records:,} records: {plan.to_embed:,} to embed in {plan.shards_to_embed:,} shards, {plan.reused:,} have vectors."
    )
    for name, kind in plan.pools.items():
        out.print(f"[dim]{plain(name)}[/] {plain(kind)}")
    if plan.to_embed:
        out.print(f"Embedding takes about {_duration(plan.seconds)} here.")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", "" if hours else f"{rest} s"]
    return " ".join(part for part in parts if part)


def _built_json(built: BuiltIndex, sha: str) -> dict[str, Any]:
    made = built.manifest
    return {
        "records": made.records,
        "embedded": built.embedded,
        "moved": len(built.moves.ids),
        "files": len(built.files),
        "commit": sha,
        **made.model_dump(mode="json", include={"pools", "fusion", "quality", "before", "cost"}),
    }


def _show_built(built: BuiltIndex) -> None:
    made = built.manifest
    out.print(f"{made.records:,} records indexed, {built.embedded:,} embedded now, {len(made.pools)} pools.")
    if built.moves:
        out.print(f"{len(built.moves.ids):,} replaced records leave the data with it.")
    for name, pool in made.pools.items():
        recall = (
            f"recall@10 {pool.recall.at_10:.3f} on {pool.recall.queries:,} {pool.recall.asked}"
            if pool.recall
            else ""
        )
        out.print(
            f"[dim]{plain(name)}[/] {pool.factory}, {pool.index.rows:,} vectors; {recall} [dim]({plain(pool.why)})[/]"
        )
    if made.quality:
        print_table(_quality_table(made))
    if made.fusion and made.fusion.languages:
        print_table(_language_table(made.fusion))
        if made.fusion.unread:
            hint(
                f"{figures.unread_sentence(made.fusion.unread)} Another model may read them: commons build --model ID"
            )
    if made.cost:
        energy = f", about {made.cost.energy_kwh * 1000:.1f} Wh" if made.cost.energy_kwh is not None else ""
        out.print(
            f"[dim]{made.cost.seconds:,.0f} s, {made.cost.cpu_seconds:,.0f} processor seconds{energy}.[/]"
        )


def _language_table(fused: Fusion) -> Table:
    table = Table(box=None, header_style="dim")
    for column in ("language", "weight of meaning", "chosen by", "measured on", "meaning", "words", "both"):
        table.add_column(
            column, justify="left" if column in ("language", "chosen by", "measured on") else "right"
        )
    for name, language in fused.languages.items():
        table.add_row(plain(name), *search_quality.language_cells(language))
    return table


def _quality_table(made: Manifest) -> Table:
    table = Table(box=None, header_style="dim")
    for column in ("nDCG@10 on", "questions", "meaning", "words", "both", "build before"):
        table.add_column(column, justify="left" if column == "nDCG@10 on" else "right")
    for name, measured in made.quality.items():
        before: Quality | None = made.before.get(name)
        table.add_row(
            plain(name),
            f"{measured.hybrid.questions:,}",
            f"{measured.dense.ndcg_at_10:.3f}",
            f"{measured.keywords.ndcg_at_10:.3f}",
            f"[bold]{measured.hybrid.ndcg_at_10:.3f}[/]",
            f"{before.ndcg_at_10:.3f}" if before else "",
        )
    return table
