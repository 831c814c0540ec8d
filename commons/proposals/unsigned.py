"""Proposals made by hand: plain tables that somebody added to the repository without our client, unsigned and in no place of ours.

They cannot land as they are, but nearly always hold something worth landing. So the tables are read, in a sandbox, their columns mapped by
name, and every row judged as ``commons contribute`` would judge it; a reviewer may then adopt the proposal and sign for it.

    found = handmade.look(repository, proposal, offer, snapshot, held)      None for what was made with our client
    taken = handmade.take(repository, proposal, offer, snapshot, held, …)   the rows, for a reviewer who adopts them

What the rows lack altogether (say, a licence) is filled in while judging, so that the report can tell what else is wrong.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commons import layout
from commons.errors import InputError, UsageError
from commons.gate.findings import Finding
from commons.gate.offer import Offer
from commons.gate.state import CommonsState
from commons.governance import policy as policies
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.intake import columns, preparation, readers
from commons.intake.mapping import Mapping as ColumnMapping
from commons.intake.preparation import Input
from commons.intake.readers import RawRow
from commons.layout import Kind
from commons.ledger.contributions import Group
from commons.records.schema import ROW_TYPES, Row
from commons.sandbox import confinement
from commons.sandbox.confinement import OutOfBoundsError
from commons.snapshots.snapshot import Snapshot

_MAX_FILES = 20
_MAX_FINDINGS = 500
# What only a person can say of rows that do not say it themselves, and what stands in for it while the rest is judged.
_NEEDED: dict[str, tuple[str, ...]] = {
    "license": ("license",),
    "lang": ("lang",),
    "topic": ("topic",),
    "source": ("sources", "source.url", "source.title"),
}
_SPLIT = re.compile(r"(train|test|validation|data)?(-\d{5}-of-\d{5})?")


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
    missing: tuple[str, ...]  # of _NEEDED: no table says it, so a person must
    left_out: tuple[str, ...]  # paths that are not read: no table, too large, or changes of what is there
    groups: Mapping[Group, Sequence[Row]]  # rows that pass, when they were asked for

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def passing(self) -> int:
        return sum(table.passing for table in self.tables)

    @property
    def columns(self) -> dict[str, str]:
        """The mapping of the first table, to write into a command; empty when names alone say everything."""
        return next((dict(table.mapping) for table in self.tables if table.mapping), {})


def look(
    repository: Repository, proposal: Proposal, offer: Offer, snapshot: Snapshot, held: CommonsState
) -> UnsignedProposal | None:
    """What the proposal's tables hold, or None when it carries a signed statement or no table at all."""
    if any(layout.parse_envelope(path) for path in offer.sizes) or not any(map(_is_table, offer.sizes)):
        return None
    return _read(repository, proposal, offer, snapshot, held, ColumnMapping(), "", fill=True)


def take(
    repository: Repository,
    proposal: Proposal,
    offer: Offer,
    snapshot: Snapshot,
    held: CommonsState,
    *,
    mapping: ColumnMapping,
    collection: str = "",
) -> UnsignedProposal:
    """The rows as a reviewer says they are to be read, nothing filled in.

    Raises:
        CommonsError: there is no table in it (``nothing-to-adopt``), it cannot be read within bounds (``check-limit``), or the
            collection cannot be named so (``usage``).
    """
    if not any(map(_is_table, offer.sizes)):
        raise InputError(f"Proposal {proposal.number} holds no table to adopt.", code="nothing-to-adopt")
    if collection and not layout.is_slug(collection):
        raise UsageError(
            f"{collection!r} is not a collection name.",
            hint="Use a-z, 0-9 and hyphens: --collection my-notes",
        )
    return _read(repository, proposal, offer, snapshot, held, mapping, collection, fill=False)


def _read(
    repository: Repository,
    proposal: Proposal,
    offer: Offer,
    snapshot: Snapshot,
    held: CommonsState,
    mapping: ColumnMapping,
    collection: str,
    *,
    fill: bool,
) -> UnsignedProposal:
    taken = _worth_reading(offer, snapshot.policy)
    known = repository.files(proposal.head)
    names = {path: f"{number}{_suffix(path)}" for number, path in enumerate(taken)}
    context = {
        "tables": [
            {
                "file": names[path],
                "path": path,
                "collection": collection or collection_for(path, proposal.number),
            }
            for path in taken
        ],
        "columns": mapping.columns,
        "defaults": mapping.defaults,
        "fill": fill,
    }
    files = {
        "context.json": json.dumps(context).encode(),
        "policy.toml": snapshot.policy_bytes,
        "ids": "\n".join(held.ids).encode(),
        **{names[path]: repository.read(known[path], proposal.head) for path in taken},
    }
    left_out = tuple(sorted((set(offer.sizes) | set(offer.changed)) - set(taken)))
    try:
        return _told(confinement.run(__name__, files), left_out)
    except OutOfBoundsError as error:
        if not fill:
            raise InputError(
                f"The tables could not be read within bounds: {error.message}.", code=error.code
            ) from error
        found = Finding("check-limit", f"the tables could not be read within bounds: {error.message}")
        return UnsignedProposal(
            tuple(Table(path, problem=found.message) for path in taken), (found,), (), left_out, {}
        )


def _worth_reading(offer: Offer, policy: Policy) -> list[str]:
    """Tables by path, as many and as large as a contribution may be."""
    left = policy.limits.max_file_bytes
    taken: list[str] = []
    for path, size in sorted(offer.sizes.items()):
        if _is_table(path) and size <= left and len(taken) < _MAX_FILES:
            taken.append(path)
            left -= size
    return taken


def _is_table(path: str) -> bool:
    if layout.parse_openings(path):
        return False
    try:
        readers.file_format(Path(path))
    except InputError:
        return False
    return True


def _suffix(path: str) -> str:
    """What tells the reader the format; nothing else of a path from outside becomes part of a path of ours."""
    return readers.file_format(Path(path)) + (".gz" if path.lower().endswith(".gz") else "")


def collection_for(path: str, number: int) -> str:
    """A name for what ``path`` holds; the names that ``datasets`` gives its shards say nothing."""
    stem = (
        re.sub(r"[^a-z0-9]+", "-", Path(path).name.split(".", maxsplit=1)[0].lower())
        .strip("-")[:64]
        .strip("-")
    )
    return f"proposal-{number}" if _SPLIT.fullmatch(stem) else stem


def _told(answer: Any, left_out: tuple[str, ...]) -> UnsignedProposal:
    """The child's answer; whatever has another form was not said by our code."""
    try:
        return UnsignedProposal(
            tables=tuple(Table(**table) for table in answer["tables"]),
            findings=tuple(Finding(f["code"], f["message"], f["file"], f["row"]) for f in answer["findings"]),
            missing=tuple(answer["missing"]),
            left_out=left_out,
            groups={
                (Kind(kind), pool, collection): [ROW_TYPES[Kind(kind)].from_row(row) for row in rows]
                for kind, pool, collection, rows in answer["groups"]
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OutOfBoundsError("what came out of the sandbox is no answer") from error


# In the child


def _child(folder: Path) -> dict[str, Any]:
    context = json.loads((folder / "context.json").read_text())
    policy = policies.parse((folder / "policy.toml").read_bytes())
    known_ids = frozenset((folder / "ids").read_text().split())
    confinement.enter()
    given = ColumnMapping(context["columns"], context["defaults"])
    tables, inputs = _opened(folder, context["tables"], given)
    missing = _missing(tables, inputs)
    if context["fill"]:
        inputs = [_filled(one, missing, policy) for one in inputs]
    prepared = preparation.prepare(inputs, policy, known_ids=known_ids)
    passing: dict[str, int] = defaultdict(int)
    findings = []
    for source, refused in prepared.refused.items():
        passing[source.label] = tables[source.label].rows - len({row.number for row in refused})
        findings += [
            Finding(f.code, f.message, source.label, row.number) for row in refused for f in row.findings
        ]
    return {
        "tables": [{**asdict(table), "passing": passing[path]} for path, table in tables.items()],
        "findings": [finding.to_json() for finding in findings[:_MAX_FINDINGS]],
        "missing": missing,
        "groups": []
        if context["fill"]
        else [[*group, [asdict(row) for row in rows]] for group, rows in prepared.groups.items()],
    }


def _opened(
    folder: Path, listed: Sequence[Mapping[str, str]], given: ColumnMapping
) -> tuple[dict[str, Table], list[Input]]:
    """Each table, read once to learn its columns and whether it can be read to its end."""
    tables: dict[str, Table] = {}
    inputs = []
    for one in listed:
        path = one["path"]
        try:
            rows, names = 0, dict[str, None]()
            for raw in readers.read(folder / one["file"]):
                rows += 1
                if isinstance(raw, RawRow):
                    names |= dict.fromkeys(raw.values)
            mapping = columns.guess(names, given)
            mapping.refuse_unknown(names, file=path)
        except InputError as error:
            tables[path] = Table(path, problem=error.message.replace(str(folder / one["file"]), path))
            continue
        tables[path] = Table(path, rows=rows, mapping=mapping.columns)
        inputs.append(Input(folder / one["file"], mapping, one["collection"], name=path))
    return tables, inputs


def _missing(tables: Mapping[str, Table], inputs: Sequence[Input]) -> list[str]:
    """What no row of some table says."""
    lacking = []
    for needed, targets in _NEEDED.items():
        for one in inputs:
            rows = (
                one.mapping.apply(raw.values) for raw in readers.read(one.path) if isinstance(raw, RawRow)
            )
            if tables[one.label].rows and not any(target in row for row in rows for target in targets):
                lacking.append(needed)
                break
    return lacking


def _filled(one: Input, missing: Sequence[str], policy: Policy) -> Input:
    stand_in = {
        "license": next(spdx for allowed in policy.pools.values() for spdx in allowed),
        "lang": "en",
        "topic": [next(iter(policy.topics), "")],
        "source": "to be named",
    }
    defaults = {("source.title" if name == "source" else name): stand_in[name] for name in missing}
    return Input(
        one.path,
        ColumnMapping(one.mapping.columns, {**defaults, **one.mapping.defaults}),
        one.collection,
        name=one.name,
    )


if __name__ == "__main__":
    confinement.answer(_child(Path(sys.argv[1])))
