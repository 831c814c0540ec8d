"""What other open proposals offer, by the ids of their rows: so that nothing is offered twice without anybody knowing.

    offers = open_offers.read(repository, memory)                     the newest open proposals, each read once at its head
    open_offers.repetitions(offers, ids)                              findings: "3 of these rows are also offered in proposal 12"
    open_offers.find_same(repository, "carl", title, ids, memory)     carl's own open proposal of just these rows, or None

A contribution has another id each time it is sealed, because its salts are drawn; its rows have not. So the ids in a proposal's openings
are compared, which a confined child reads. They are its author's word until the gate has held them against the rows: enough for a warning.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commons import digests, layout
from commons.errors import HubError, SchemaError
from commons.files import keep
from commons.gate.findings import Finding
from commons.hub.repo_file import RepoFile
from commons.hub.repository import Proposal, Repository
from commons.progress import Progress, silent
from commons.sandbox import foreign_tables

MOST_PROPOSALS = 40  # that are read; each costs three requests the first time, and one afterwards
_MOST_BYTES = 64 * 1024 * 1024  # of a table of openings: a million rows


@dataclass(frozen=True)
class RowsOnOffer:
    """An open proposal and the ids of the rows it adds; none where it was made by hand."""

    proposal: Proposal
    ids: frozenset[str]


@dataclass(frozen=True)
class OpenOffers:
    """The open proposals that were read, newest first, and the numbers of those that were not."""

    offers: tuple[RowsOnOffer, ...]
    unread: tuple[int, ...] = ()


def read(repository: Repository, place: Path, *, but: int = 0, progress: Progress = silent) -> OpenOffers:
    """The newest open proposals except number ``but``; what was read is kept in ``place`` by the head it was read at."""
    waiting = [each for each in reversed(repository.proposals()) if each.number != but]
    chosen = waiting[:MOST_PROPOSALS]
    offers = _read(repository, chosen, place, progress)
    seen = {offer.proposal.number for offer in offers}
    return OpenOffers(tuple(offers), tuple(each.number for each in waiting if each.number not in seen))


def repetitions(offers: OpenOffers, ids: Collection[str], *, offered_by: str = "") -> list[Finding]:
    """One finding for each proposal that offers some of these rows too, and one for those that nobody looked into.

    A proposal of ``offered_by`` with just these rows is this offer itself, made before.
    """
    wanted = frozenset(ids)
    findings = []
    for offer in offers.offers:
        is_itself = offer.ids == wanted and offer.proposal.author == offered_by
        if not is_itself and (both := len(wanted & offer.ids)):
            rows = f"{both:,} of these rows is" if both == 1 else f"{both:,} of these rows are"
            findings.append(
                Finding("offered-elsewhere", f"{rows} also offered in proposal {offer.proposal.number}")
            )
    if offers.unread:
        count = len(offers.unread)
        single = count == 1
        findings.append(
            Finding(
                "not-compared",
                f"{count:,} open proposal{'' if single else 's'} {'was' if single else 'were'} not looked into for the same rows, "
                f"number {offers.unread[0]} among them",
            )
        )
    return findings


def find_same(
    repository: Repository, user: str, title: str, ids: Collection[str], place: Path
) -> Proposal | None:
    """The newest open proposal of ``user`` whose title begins so that adds just these rows.

    The title says how many rows go where under which licence, so another one offers something else, and need not be read.
    """
    own = [
        each
        for each in reversed(repository.proposals())
        if each.author == user and each.title.startswith(title)
    ]
    wanted = frozenset(ids)
    for offer in _read(repository, own[:MOST_PROPOSALS], place, silent):
        if offer.ids == wanted:
            return repository.proposal(offer.proposal.number)
    return None


def ids_of(repository: Repository, proposal: Proposal, place: Path) -> frozenset[str]:
    """The ids of the rows that one proposal offers."""
    offers = _read(repository, [proposal], place, silent)
    return offers[0].ids if offers else frozenset()


@contextmanager
def memory(chosen: Path | None) -> Iterator[Path]:
    """The folder to keep what was read in, or one that is gone afterwards."""
    if chosen:
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="commons-offers-") as folder:
        yield Path(folder)


def _read(
    repository: Repository, proposals: Sequence[Proposal], memory_folder: Path, progress: Progress
) -> list[RowsOnOffer]:
    """What each offers; one whose head or openings cannot be read is left out."""
    if not proposals:
        return []
    place = memory_folder / digests.sha256_hex(f"{repository.endpoint}/{repository.id}".encode())
    heads: dict[int, str] = {}
    ids: dict[int, frozenset[str]] = {}
    tables: dict[str, tuple[int, RepoFile]] = {}
    landed = frozenset[str]()
    for done, proposal in enumerate(proposals, start=1):
        progress("Reading open proposals", done, len(proposals))
        try:
            head = proposal.head or repository.head(f"refs/pr/{proposal.number}")
            heads[proposal.number] = head
            known = _recall(place / f"{head}.json")
            if known is not None:
                ids[proposal.number] = known
                continue
            landed = landed or frozenset(repository.files("main"))
            openings = _openings(repository.files(head), landed)
            if openings is None:
                continue
            ids[proposal.number] = frozenset()
            tables.update({f"{proposal.number}/{file.path}": (proposal.number, file) for file in openings})
        except HubError:
            continue
    for number, some in _read_tables(repository, heads, tables).items():
        if some is None:
            del ids[number]
        else:
            ids[number] = some
    for number, some in ids.items():
        keep(place / f"{heads[number]}.json", json.dumps(sorted(some)).encode())
    return [RowsOnOffer(each, ids[each.number]) for each in proposals if each.number in ids]


def _openings(files: dict[str, RepoFile], landed: frozenset[str]) -> list[RepoFile] | None:
    """The tables of openings that a proposal adds; None where one is larger than any may be."""
    added = [file for path, file in files.items() if path not in landed and layout.parse_openings(path)]
    return added if all(file.size <= _MOST_BYTES for file in added) else None


def _read_tables(
    repository: Repository, heads: dict[int, str], tables: dict[str, tuple[int, RepoFile]]
) -> dict[int, frozenset[str] | None]:
    """Proposal -> the ids in its openings; None where they cannot be read."""
    ids: dict[int, frozenset[str] | None] = {}
    with tempfile.TemporaryDirectory(prefix="commons-offers-") as folder:
        places: dict[str, Path] = {}
        for count, (name, (number, file)) in enumerate(tables.items()):
            places[name] = Path(folder) / str(count)
            try:
                places[name].write_bytes(repository.read(file, heads[number]))
            except HubError:
                ids[number] = None
        for name, batch in foreign_tables.read_openings(places):
            number = tables[name][0]
            before = ids.setdefault(number, frozenset())
            if isinstance(batch, SchemaError) or before is None:
                ids[number] = None
            else:
                ids[number] = before | _ids(batch)
    return ids


def _ids(openings: Iterable[dict[str, object]]) -> frozenset[str]:
    return frozenset(str(row["id"]) for row in openings if row["id"])


def _recall(path: Path) -> frozenset[str] | None:
    try:
        ids = json.loads(path.read_bytes())
        return frozenset(map(str, ids)) if isinstance(ids, list) else None
    except (OSError, ValueError):
        return None
