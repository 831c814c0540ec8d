"""Unsigned proposals: plain tables that somebody added to the repository by hand, without our client and in no place of ours.

They cannot land as they are, but nearly always hold something worth landing. So the tables are read, in a sandbox, their columns mapped by
name, and every row judged as ``commons contribute`` would judge it; a reviewer may then adopt the proposal and sign for it.

    unsigned_proposal.look(repository, proposal, offer, snapshot, state)      None for what was made with our client
    unsigned_proposal.take(repository, proposal, offer, snapshot, state, …)   the rows, for a reviewer who adopts them

What the rows lack altogether (say, a licence) is filled in while judging, so that the report can tell what else is wrong.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from commons import layout
from commons.errors import InputError, MissingExtraError, UsageError
from commons.gate import warm_up
from commons.gate.commons_state import CommonsState
from commons.gate.findings import Finding
from commons.gate.offer import Offer
from commons.governance import policy as policies
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.intake import columns, handed_files, mapped_rows, preparation
from commons.intake.formats import suffixes
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping as ColumnMapping
from commons.intake.prepared_rows import PreparedRows
from commons.intake.raw_rows import RawRow
from commons.layout import Kind
from commons.ledger.contributions import Group
from commons.progress import silent
from commons.records.schema import ROW_TYPES, Row
from commons.sandbox import confinement, limits
from commons.sandbox.limits import OutOfBoundsError
from commons.snapshots.snapshot import Snapshot

_MAX_FILES = 20
_MAX_FINDINGS = 500
_SPLIT = re.compile(r"(train|test|validation|data)?(-\d{5}-of-\d{5})?")


class NeededField(StrEnum):
    """What only a person can say of rows that do not say it themselves."""

    LICENSE = "license"
    LANG = "lang"
    TOPIC = "topic"
    SOURCE = "source"


WORDS_OF = {
    NeededField.LICENSE: "the licence",
    NeededField.LANG: "the language",
    NeededField.TOPIC: "a topic",
    NeededField.SOURCE: "a source",
}
OPTION_OF = {
    NeededField.LICENSE: "--license SPDX-ID",
    NeededField.LANG: "--lang TAG",
    NeededField.TOPIC: "--topic SLUG",
    NeededField.SOURCE: "--source-url URL",
}
# The targets of a mapping, one of which says it.
_TARGETS = {
    NeededField.LICENSE: ("license",),
    NeededField.LANG: ("lang",),
    NeededField.TOPIC: ("topic",),
    NeededField.SOURCE: ("sources", "source.url", "source.title"),
}


@dataclass(frozen=True)
class Table:
    """One file of the proposal: how it was read and how many of its rows would be taken, or why it could not be read."""

    path: str
    rows: int = 0
    passing: int = 0
    mapping: Mapping[str, str] = field(default_factory=dict)  # target -> column or template
    problem: str = ""


@dataclass(frozen=True)
class UnsignedProposal:
    """What the tables of a proposal hold."""

    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]  # of rows, bounded
    missing: tuple[NeededField, ...]  # no row of some table says it, so a person must
    left_out: tuple[str, ...]  # paths that are not read: no table, too large, or changes of what is there
    groups: Mapping[Group, Sequence[Row]]  # rows that pass, when they were asked for

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def passing(self) -> int:
        return sum(table.passing for table in self.tables)

    def to_json(self) -> dict[str, Any]:
        """Why each row is or is not taken, for programs."""
        return {
            "rows": self.rows,
            "passing": self.passing,
            "tables": [asdict(table) for table in self.tables],
            "findings": [finding.to_json() for finding in self.findings],
            "missing": list(self.missing),
            "left_out": list(self.left_out),
        }

    @property
    def columns(self) -> dict[str, str]:
        """The mapping of the first table, to write into a command; empty when names alone say everything."""
        return next((dict(table.mapping) for table in self.tables if table.mapping), {})


def look(
    repository: Repository, proposal: Proposal, offer: Offer, snapshot: Snapshot, state: CommonsState
) -> UnsignedProposal | None:
    """What the proposal's tables hold, or None when it carries a signed statement, an index, or no table at all."""
    signed = any(layout.parse_envelope(path) for path in offer.sizes)
    if offer.index or signed or not any(map(_is_table, offer.sizes)):
        return None
    return _read(repository, proposal, offer, snapshot, state, ColumnMapping(), "", fill=True)


def take(
    repository: Repository,
    proposal: Proposal,
    offer: Offer,
    snapshot: Snapshot,
    state: CommonsState,
    *,
    mapping: ColumnMapping,
    collection: str = "",
) -> UnsignedProposal:
    """The rows as a reviewer says they are to be read, nothing filled in.

    Raises:
        CommonsError: there is no table in it (``nothing-to-adopt``), it cannot be read within bounds (``check-limit``), or the
            collection cannot be named so (``usage``).
    """
    if offer.index or not any(map(_is_table, offer.sizes)):
        raise InputError(f"Proposal {proposal.number} holds no table to adopt.", code="nothing-to-adopt")
    if collection and not layout.is_slug(collection):
        raise UsageError(
            f"{collection!r} is not a collection name.",
            hint="Use a-z, 0-9 and hyphens: --collection my-notes",
        )
    return _read(repository, proposal, offer, snapshot, state, mapping, collection, fill=False)


def _read(
    repository: Repository,
    proposal: Proposal,
    offer: Offer,
    snapshot: Snapshot,
    state: CommonsState,
    mapping: ColumnMapping,
    collection: str,
    *,
    fill: bool,
) -> UnsignedProposal:
    paths = _worth_reading(offer, snapshot.policy)
    known = repository.files(proposal.head)
    names = {path: f"{number}{_suffix(path)}" for number, path in enumerate(paths)}
    context = {
        "tables": [
            {
                "file": names[path],
                "path": path,
                "collection": collection or collection_for(path, proposal.number),
            }
            for path in paths
        ],
        "mapping": {
            "columns": mapping.columns,
            "defaults": mapping.defaults,
            "explode": list(mapping.explode),
        },
        "fill": fill,
    }
    tables = {names[path]: repository.read(known[path], proposal.head) for path in paths}
    ids = "\n".join(state.ids).encode()
    files = {
        "context.json": json.dumps(context).encode(),
        "policy.toml": snapshot.policy_bytes,
        "ids": ids,
        **tables,
    }
    bounds = limits.for_input(sum(map(len, tables.values())), own=len(ids))
    left_out = tuple(sorted((set(offer.sizes) | set(offer.changed)) - set(paths)))
    try:
        return _from_answer(confinement.run(__name__, files, limits=bounds), left_out)
    except OutOfBoundsError as error:
        if not fill:
            raise InputError(
                f"The tables could not be read within bounds: {error.message}.", code=error.code
            ) from error
        message = f"the tables could not be read within bounds: {error.message}"
        return UnsignedProposal(
            tables=tuple(Table(path, problem=message) for path in paths),
            findings=(Finding("check-limit", message),),
            missing=(),
            left_out=left_out,
            groups={},
        )


def _worth_reading(offer: Offer, policy: Policy) -> list[str]:
    """Tables by path, as many and as large as a contribution may be."""
    left = policy.limits.max_file_bytes
    paths: list[str] = []
    for path, size in sorted(offer.sizes.items()):
        if _is_table(path) and size <= left and len(paths) < _MAX_FILES:
            paths.append(path)
            left -= size
    return paths


def _is_table(path: str) -> bool:
    if layout.parse_openings(path):
        return False
    return suffixes.table(path) != ""


def _suffix(path: str) -> str:
    """What tells the reader the format; nothing else of a path from outside becomes part of a path of ours."""
    return suffixes.table(path)


def collection_for(path: str, number: int) -> str:
    """A name for what ``path`` holds; the names that ``datasets`` gives its shards say nothing."""
    stem = layout.slug_of(Path(path).name)
    return f"proposal-{number}" if not stem or _SPLIT.fullmatch(stem) else stem


def _from_answer(answer: Any, left_out: tuple[str, ...]) -> UnsignedProposal:
    """The child's answer; whatever has another form was not said by our code."""
    try:
        return UnsignedProposal(
            tables=tuple(Table(**table) for table in answer["tables"]),
            findings=tuple(map(Finding.from_json, answer["findings"])),
            missing=tuple(map(NeededField, answer["missing"])),
            left_out=left_out,
            groups={
                (Kind(kind), pool, collection): [ROW_TYPES[Kind(kind)].from_row(row) for row in rows]
                for kind, pool, collection, rows in answer["groups"]
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OutOfBoundsError("what came out of the sandbox is no answer") from error


# In the child


def _answer(files: Mapping[str, BinaryIO]) -> dict[str, Any]:
    context = json.loads(files["context.json"].read())
    policy = policies.parse(files["policy.toml"].read())
    known_ids = frozenset(files["ids"].read().decode().split())
    given = ColumnMapping(**{**context["mapping"], "explode": tuple(context["mapping"]["explode"])})
    tables, inputs = _open(files, context["tables"], given)
    missing = _missing(tables, inputs)
    if context["fill"]:
        inputs = [_with_stand_ins(source, missing, policy) for source in inputs]
    prepared = preparation.prepare(inputs, policy, known_ids=known_ids)
    passing: dict[str, int] = defaultdict(int)
    findings = []
    for source in inputs:
        out = prepared.left_out(source)
        rows_out = {row.number for row in (*prepared.refused[source], *prepared.repeated[source])}
        passing[source.label] = tables[source.label].rows - len(rows_out)
        findings += [finding.at(row.place) for row in out for finding in row.findings]
    return {
        "tables": [{**asdict(table), "passing": passing[path]} for path, table in tables.items()],
        "findings": [finding.to_json() for finding in findings[:_MAX_FINDINGS]],
        "missing": missing,
        "groups": []
        if context["fill"]
        else [[*group, [asdict(row) for row in rows]] for group, rows in prepared.groups.items()],
    }


def _open(
    files: Mapping[str, BinaryIO], entries: Sequence[Mapping[str, str]], given: ColumnMapping
) -> tuple[dict[str, Table], list[Input]]:
    """Each table, read once to learn its columns and whether it can be read to its end."""
    tables: dict[str, Table] = {}
    inputs = []
    for entry in entries:
        path, file = entry["path"], files[entry["file"]]
        source = Input(Path(path), ColumnMapping(), entry["collection"], name=path, file=file)
        try:
            rows, names = 0, dict[str, None]()
            for raw in source.table().rows:
                rows += 1
                if isinstance(raw, RawRow):
                    names |= dict.fromkeys(raw.values)
            mapping = columns.guess(names, given)
            mapping.bound(list(names), file=path)
        except (InputError, MissingExtraError) as error:
            tables[path] = Table(path, problem=error.message)
            continue
        tables[path] = Table(path, rows=rows, mapping=mapping.columns)
        inputs.append(replace(source, mapping=mapping))
    return tables, inputs


def _missing(tables: Mapping[str, Table], inputs: Sequence[Input]) -> list[NeededField]:
    """What no row of some table says."""
    filled = [source for source in inputs if tables[source.label].rows]
    return [
        needed for needed, targets in _TARGETS.items() if any(not _says(source, targets) for source in filled)
    ]


def _says(source: Input, targets: Sequence[str]) -> bool:
    prepared = PreparedRows()
    return any(
        target in row.values for row in mapped_rows.read(source, prepared, silent) for target in targets
    )


def _with_stand_ins(source: Input, missing: Sequence[NeededField], policy: Policy) -> Input:
    """The input with something in the place of all that is missing, while the rest is judged."""
    # field -> (target, value)
    stand_ins: dict[NeededField, tuple[str, Any]] = {
        NeededField.LICENSE: ("license", next(spdx for allowed in policy.pools.values() for spdx in allowed)),
        NeededField.LANG: ("lang", "en"),
        NeededField.TOPIC: ("topic", [next(iter(policy.topics), "")]),
        NeededField.SOURCE: ("source.title", "to be named"),
    }
    defaults = dict(stand_ins[needed] for needed in missing)
    mapping = replace(source.mapping, defaults={**defaults, **source.mapping.defaults})
    return replace(source, mapping=mapping)


def _load() -> None:
    warm_up.load_and_try()
    handed_files.load()


if __name__ == "__main__":
    confinement.answer(_answer(confinement.enter(_load)))
