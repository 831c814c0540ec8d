"""A proposal of an index: what somebody without a maintainer's or builder's key built, for a maintainer to check, sign and land.

    index = IndexProposal(repository, proposal, snapshot, offer)
    index.report(state)         the gate's
    index.change()              what its landing writes and deletes

It carries no signed statement, so there is nothing of it for the log but the ``index`` statement of the maintainer who lands it, and she
signs for it as for a build of her own. A review binds to the head, and to the SHA-256 of the manifest, which binds every other file.

Why the reviews stay in the conversation and do not become leaves: the digest of a manifest follows from data without a salt, so in a log
that is never erased it would confirm a guess of rows that were. And they could prove nothing there: a maintainer may sign any index.

Where records were replaced, it is made for the data as it will be once they have left it (``row_moves``). The proposal does not bring those
shards: whoever checks or lands it makes them, and both land in one commit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commons import digests, files, layout
from commons.errors import IndexArtifactError
from commons.gate import index_audit, index_offer
from commons.gate.commons_state import CommonsState
from commons.gate.findings import Finding, Severity
from commons.gate.impact import Impact
from commons.gate.index_offer import IndexBounds
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.hub.repo_file import RepoFile
from commons.hub.repository import Proposal, Repository
from commons.index import artifact, coverage
from commons.index import manifest as manifests
from commons.index.build import vector_store
from commons.index.manifest import Manifest
from commons.layout import Kind
from commons.ledger import signed_statements
from commons.ledger.statements import ContributionStatement, StatementKind
from commons.proposals.index_publication import FolderChange
from commons.records import shards
from commons.records.schema import SCHEMAS
from commons.snapshots import row_moves
from commons.snapshots.row_moves import RowMoves
from commons.snapshots.snapshot import Snapshot

_MAX_MODEL_CHARACTERS = 200


@dataclass(frozen=True)
class IndexProposal:
    """A proposed index at the proposal's head beside ``snapshot``, which is ``main`` with what a build needs of it."""

    repository: Repository
    proposal: Proposal
    snapshot: Snapshot
    offer: Offer

    @property
    def slug(self) -> str:
        return self.offer.index

    @property
    def name(self) -> str:
        """What a review of it is about: the part of the inventory that the index is."""
        return layout.part_of(layout.manifest_path(self.slug))

    @cached_property
    def manifest_bytes(self) -> bytes:
        return self.repository.read(self._offered[layout.manifest_path(self.slug)], self.proposal.head)

    @cached_property
    def manifest(self) -> Manifest:
        """Raises IndexArtifactError (``manifest-malformed``)."""
        return manifests.parse(self.manifest_bytes)

    def report(self, state: CommonsState) -> Report:
        """The gate's: bounds before anything is fetched, digests before anything is parsed, and the audit in a child process."""
        findings = list(index_offer.precheck(self.slug, self.offer.sizes, self._bounds()))
        sha256 = ""
        if not _refuses(findings):
            sha256 = digests.sha256_hex(self.manifest_bytes)
            findings = list(self._findings())
        person = state.accounts.get(self.offer.proposer, "")
        keys = [key.key_id for key in self.snapshot.roles.maintainers if person and key.person == person]
        return Report(
            tuple(findings),
            Impact(),
            kind=StatementKind.INDEX,
            contribution=self.name,
            # Nobody signed it; in the founding phase a maintainer's own account speaks as she does.
            author_key_id=next(iter(keys), ""),
            author_person=person,
            statement_digest=sha256,
            head=self.proposal.head,
        )

    def change(self) -> FolderChange:
        """What turns the folder on ``main`` into the proposed one.

        Raises:
            IndexArtifactError: a file has other bytes than the manifest names (``digest-mismatch``).
        """
        places = self._downloaded()
        for file in self.manifest.files:
            artifact.refuse_other_bytes(places[file.path], file.sha256)
        return FolderChange({path: places[path] for path in self._written}, self._removed)

    @cached_property
    def moves(self) -> RowMoves:
        """The rows that leave the data with it; none where it was made for the data as it is, or for none that can come of it."""
        named = {data.path for data in self.manifest.data}
        if named <= self._on_main:
            return RowMoves()
        moves = row_moves.due(self.snapshot, Path(self._scratch.name))
        return moves if named <= moves.data_paths(self._on_main) else RowMoves()

    @property
    def is_on_main(self) -> bool:
        return not (self._written or self._removed)

    @property
    def size(self) -> int:
        """Of the log that the index was built from: up to the first contribution that it lacks."""
        lacking = coverage.lacking(self.manifest, set(self._data))
        unknown: set[str] = set()
        for path in lacking:
            table = shards.read_table(
                self._data[path], SCHEMAS[Kind.RECORD], name=path, columns=["contribution"]
            )
            unknown.update(table["contribution"].unique().to_pylist())
        for number, leaf in enumerate(self.snapshot.log().leaves() if unknown else ()):
            if leaf.kind is StatementKind.CONTRIBUTION and self._contribution(leaf.envelope) in unknown:
                return number
        return self.snapshot.rules.size

    def _contribution(self, envelope: str) -> str:
        data, origin = self.snapshot.envelope(envelope), self.snapshot.policy.commons.origin
        return signed_statements.verify(data, ContributionStatement, commons=origin).statement.contribution

    def _findings(self) -> Iterator[Finding]:
        place = layout.manifest_path(self.slug)
        try:
            made = self.manifest
        except IndexArtifactError as error:
            yield Finding("index-invalid", error.message, place)
            return
        model = made.embedder.model[:_MAX_MODEL_CHARACTERS]
        amounts = f"{len(self._written):,} files would be written, {len(self._removed):,} deleted"
        yield Finding("index-offered", f"an index of {made.records:,} records by {model}; {amounts}")
        published = vector_store.published(self.snapshot, self.slug)
        compared = list(index_offer.compare(self.slug, made, published, set(self._data)))
        yield from compared
        if _refuses(compared):
            return
        with self._staged() as folder:
            yield from index_audit.audit(folder, self.slug, self.snapshot.landings)
        yield Finding(
            "vectors-unchecked", f"no record was embedded again, and no figure measured again, with {model}"
        )

    @cached_property
    def _on_main(self) -> set[str]:
        """The data shards as they are."""
        return {str(shard) for shard in self.snapshot.shards(Kind.RECORD)}

    @cached_property
    def _data(self) -> dict[str, Path]:
        """The data shards as they will be once the index has landed, and where each lies."""
        moved, folder = self.moves.written, self.snapshot.folder
        return {path: moved.get(path) or folder / path for path in self.moves.data_paths(self._on_main)}

    @cached_property
    def _scratch(self) -> tempfile.TemporaryDirectory[str]:
        """Where the new shards lie; gone with this."""
        return tempfile.TemporaryDirectory(prefix="commons-rows-")

    @cached_property
    def _there(self) -> dict[str, RepoFile]:
        """The folder as it is on ``main``."""
        return self._folder_at(self.snapshot.revision)

    @cached_property
    def _offered(self) -> dict[str, RepoFile]:
        return self._folder_at(self.proposal.head)

    def _folder_at(self, commit: str) -> dict[str, RepoFile]:
        folder = layout.index_folder(self.slug)
        return {path: file for path, file in self.repository.files(commit).items() if path.startswith(folder)}

    @property
    def _written(self) -> list[str]:
        offered, there = self._offered, self._there
        return sorted(
            path for path in offered if path not in there or there[path].digest != offered[path].digest
        )

    @property
    def _removed(self) -> list[str]:
        return sorted(self._there.keys() - self._offered.keys())

    def _bounds(self) -> IndexBounds:
        data = [self.snapshot.path(shard) for shard in self.snapshot.shards(Kind.RECORD)]
        return IndexBounds.of(
            records=sum(map(shards.row_count, data)),
            shards=len(data),
            data_bytes=sum(path.stat().st_size for path in data),
            pools=len(self.snapshot.policy.pools),
        )

    def _downloaded(self) -> dict[str, Path]:
        """Repository path -> where the file lies here."""
        folder = self.repository.download(self.proposal.head, [f"{layout.index_folder(self.slug)}*"])
        return {path: folder / path for path in self._offered}

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """A folder with the rows of ``main`` as they will be and the index as proposed, each a plain file, and nothing else."""
        snapshot = self.snapshot
        with tempfile.TemporaryDirectory(prefix="commons-index-") as name:
            folder = Path(name)
            others = [*snapshot.shards(Kind.LINK), *snapshot.shards(Kind.QUESTION)]
            places = self._data | {str(shard): snapshot.path(shard) for shard in others} | self._downloaded()
            places |= {layout.openings_path(name): path for name, path in snapshot.openings().items()}
            for path, place in places.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                files.link(place.resolve(), folder / path)
            yield folder


def _refuses(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.REFUSE for finding in findings)
