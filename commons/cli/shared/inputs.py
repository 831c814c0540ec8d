"""The files that check and contribute read, and how they are read."""

from __future__ import annotations

import functools
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from commons import extras, layout
from commons.cli.shared import dialogue, table_reading
from commons.cli.shared.mapping import mapping_from, mapping_options, words_of
from commons.cli.shared.options import Where
from commons.cli.shared.output import err, hint, progress_bars
from commons.cli.shared.table_reading import PIPE, options_from, table_options
from commons.errors import UsageError
from commons.files import first_writable
from commons.governance.policy import Limits, Policy
from commons.hub import dataset_import
from commons.intake import batches, mapping_files, offering, refused_files
from commons.intake.columns import IncompleteMappingError
from commons.intake.inputs import Input
from commons.intake.mapping_files import MappingFile
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind
from commons.snapshots.snapshot import Snapshot

Command = TypeVar("Command", bound=Callable[..., Any])
ROW_KINDS = {"records": Kind.RECORD, "questions": Kind.QUESTION}
_SHOWN_COLUMNS = 20
_DATASET_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def reading_options(function: Command) -> Command:
    """How foreign rows become records or questions; shared by check and contribute."""
    for option in (
        click.option("--revision", default="", help="Revision of the Hub dataset."),
        click.option("--split", default="train", show_default=True, help="Split of the Hub dataset."),
        click.option("--config", default="", help="Config of the Hub dataset."),
        click.option(
            "--split-long",
            is_flag=True,
            help="Part texts longer than a record's may be at paragraphs, linked to the first part.",
        ),
        click.option(
            "--kind",
            type=click.Choice(list(ROW_KINDS)),
            default="records",
            show_default=True,
            help="What the rows are: records, or questions that records of the commons answer.",
        ),
    ):
        function = option(function)
    return mapping_options(table_options(function))


def require_extras(files: tuple[str, ...]) -> None:
    """Raise MissingExtraError, before anything is fetched, when one of ``files`` is a dataset on the Hub that cannot be read here."""
    if any(_is_dataset(name) for name in files):
        extras.require("datasets")


def _is_dataset(name: str) -> bool:
    return not Path(name).exists() and _DATASET_ID.fullmatch(name) is not None


@contextmanager
def opened_inputs(files: tuple[str, ...], where: Where, reading: dict[str, Any]) -> Iterator[list[Input]]:
    """The inputs the arguments name; a Hub dataset or what comes through a pipe is written to a temporary file first."""
    with tempfile.TemporaryDirectory(prefix="commons-") as folder:
        inputs = []
        for number, name in enumerate(files):
            path = Path(name)
            label = ""
            if name == PIPE:
                path, label = Path(folder) / "stdin", "stdin"
                if path.exists():
                    raise UsageError("A pipe can be read only once.", hint="Name - only once.")
                table_reading.copy(table_reading.piped(reading["collection"]), path)
            elif path.is_fifo():  # such as the shell's <(zcat notes.csv.gz)
                path, label = Path(folder) / f"{number}-{path.name}", path.name
                with Path(name).open("rb") as pipe:
                    table_reading.copy(pipe, path)
            elif _is_dataset(name):
                label = name.replace("/", "--")
                path = Path(folder) / f"{number}.parquet"
                dataset_import.fetch(
                    name,
                    path,
                    endpoint=where.endpoint,
                    token=where.token,
                    config=reading["config"],
                    split=reading["split"],
                    revision=reading["revision"],
                )
            beside = refused_files.mapping_beside(path)
            file = mapping_from(reading, ROW_KINDS[reading["kind"]], beside)
            options = replace(options_from(reading), wanted=tuple(sorted(file.mapping.needed())))
            collection = file.collection or _collection_of(label or path.name)
            source = Input(path, file.mapping, collection, options, label, must_say_all=True)
            if beside:
                source = replace(source, columns=file.columns, local_ids=file.local_ids)
            inputs.append(source)
        yield inputs


def _collection_of(file_name: str) -> str:
    if name := layout.slug_of(file_name):
        return name
    raise UsageError(
        f"{file_name} has no letters or digits that could name a collection.",
        hint="Name it: --collection NAME",
    )


def prepared_from(
    inputs: Sequence[Input],
    snapshot: Snapshot,
    reading: dict[str, Any],
    *,
    is_human: bool,
    keep_refused_licenses: bool = False,
    remember: bool = False,
) -> tuple[Sequence[Input], PreparedRows]:
    """What became of the rows; in a terminal a file that does not say all is asked about first.

    ``remember`` writes down what was answered.

    Raises:
        IncompleteMappingError: where nobody can be asked, with what would have been proposed.
    """
    while True:
        try:
            with progress_bars() as progress:
                return inputs, offering.prepare(
                    snapshot,
                    inputs,
                    ROW_KINDS[reading["kind"]],
                    keep_refused_licenses=keep_refused_licenses,
                    split_long=reading["split_long"],
                    on_table=functools.partial(_announce_limit, limits=snapshot.policy.limits),
                    progress=progress,
                )
        except IncompleteMappingError as error:
            if not (is_human and sys.stdin.isatty() and err.is_terminal):
                error.hint = _command_for(error)
                raise
            inputs = [
                _completed(source, error, snapshot.policy, remember) if source.label == error.file else source
                for source in inputs
            ]


def _announce_limit(source: Input, rows: int, *, limits: Limits) -> None:
    """Before they are checked, that they are more than one contribution may hold."""
    if (several := batches.count(rows, limits)) > 1:
        hint(
            f"{source.label} has {rows:,} rows and one contribution may hold {limits.max_records:,}: "
            f"they become up to {several:,} proposals."
        )


def _completed(source: Input, error: IncompleteMappingError, policy: Policy, remember: bool) -> Input:
    """The input with the mapping that was agreed to, and how to say it without being asked."""
    mapping = dialogue.complete(error, policy)
    if remember:
        path = writable_folder(source) / f"{source.label}.mapping.toml"
        mapping_files.save(MappingFile(mapping, source.collection), path)
        hint(f"The mapping is in {path}.")
        words = ["--map-file", str(path)]
    else:
        words = words_of(mapping)
    hint(f"The same without questions: {shlex.join(['commons', *sys.argv[1:], *words])}")
    return replace(
        source, mapping=mapping, options=replace(source.options, wanted=tuple(sorted(mapping.needed())))
    )


def writable_folder(source: Input) -> Path:
    """Where files about an input go: beside it, or where that cannot be written, here."""
    return Path.cwd() if source.name else first_writable(source.path.parent, Path.cwd())


def _command_for(error: IncompleteMappingError) -> str:
    """What could be typed, with what is likely filled in."""
    proposal = error.proposal
    columns = ",".join(f"{target}={column}" for target, column in proposal.mapping.columns.items())
    parts = [f"--map {shlex.quote(columns)}"] if columns else []
    parts += [_OPTION_OF[words] for words in proposal.missing if words in _OPTION_OF]
    languages = ", ".join(proposal.languages)
    shown = ", ".join(error.columns[:_SHOWN_COLUMNS]) + ("…" if len(error.columns) > _SHOWN_COLUMNS else "")
    several = f" They are in several languages ({languages}); offer one at a time." if languages else ""
    return f"Say it, for example: {' '.join(parts)} (its columns: {shown}).{several}"


# what rows need -> the option that says it for all of them
_OPTION_OF = {
    "the text": "--map text=COLUMN",
    "the question": "--map question=COLUMN",
    "which records answer it": "--map relevant=COLUMN",
    "the licence": "--license SPDX-ID",
    "the language": "--lang TAG",
    "a topic": "--topic SLUG",
    "a source": "--source-url URL",
}
