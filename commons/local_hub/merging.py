"""What a pull request changes, whether it can be merged, and merging it.

Merging is three-way *by path*: against the common ancestor, a path that only one side changed takes that side's content; a
path that both sides changed to different contents is a conflict. Contents are never mixed: half of one Parquet file and
half of another is not a file.
"""

from __future__ import annotations

from dataclasses import dataclass

from .accounts import Identity
from .discussions import Discussion, DiscussionEvent, Discussions
from .errors import BadRequest, Conflict, RevisionNotFound
from .git_store import GitStore
from .references import References
from .repositories import Repositories, StoredRepository
from .trees import TreeEditor


@dataclass(frozen=True, slots=True)
class MergePlan:
    """Their changes onto our tip; ``conflicts`` are the paths where both sides differ."""

    ours: str
    theirs: str
    changes: dict[str, tuple[int, str] | None]
    conflicts: tuple[str, ...]


class Merging:
    def __init__(self, repositories: Repositories, references: References, discussions: Discussions) -> None:
        self._repositories = repositories
        self._references = references
        self._discussions = discussions

    def conflicts(self, repository: StoredRepository, pull_request: Discussion) -> tuple[str, ...]:
        """The paths that stand against merging; none once it is merged or closed."""
        if not pull_request.is_open:
            return ()
        try:
            return self._plan(repository, pull_request).conflicts
        except RevisionNotFound:
            return ()

    def diff(self, repository: StoredRepository, pull_request: Discussion) -> str:
        """What the pull request brings, as git prints it."""
        store = self._repositories.git(repository)
        base, head = self.span(repository, pull_request)
        return store.diff_text(base, head) if head else ""

    def span(self, repository: StoredRepository, pull_request: Discussion) -> tuple[str | None, str | None]:
        """The two commits between which the pull request's changes lie."""
        store = self._repositories.git(repository)
        head = self._references.find(repository, pull_request.ref)
        base: str | None
        if pull_request.merge_commit:
            base = store.commit(pull_request.merge_commit).parents[0]
        else:
            base = self._references.find(repository, pull_request.base or "")
        if head is None or base is None:
            return None, head
        return store.merge_base(base, head), head

    def merge(
        self, repository: StoredRepository, num: int, author: Identity, comment: str
    ) -> DiscussionEvent:
        """Merge an open pull request into its base. Raises ``Conflict`` listing the paths in the way."""
        with self._repositories.lock(repository):
            pull_request = self._discussions.get(repository, num)
            if not pull_request.is_pull_request:
                raise BadRequest(f"Discussion {num} is not a pull request")
            if pull_request.status != "open":
                raise BadRequest(f"A {pull_request.status} pull request cannot be merged; it must be open")
            plan = self._plan(repository, pull_request)
            if plan.conflicts:
                listed = ", ".join(plan.conflicts[:20])
                raise Conflict(
                    f"Files with conflicts: {listed}", details={"filesWithConflicts": list(plan.conflicts)}
                )
            store = self._repositories.git(repository)
            with store.batch() as batch:
                tree = _edited(store, plan).write(batch)
                message = f"{pull_request.title} (#{num})\n\n{comment}".rstrip("\n") + "\n"
                oid = batch.commit(tree, [plan.ours, plan.theirs], author=author.name, message=message)
                batch.flush()
            with self._references.changing(repository) as change:
                change.move_ref(pull_request.base or "", old=plan.ours, new=oid)
                return self._discussions.set_status(
                    change, pull_request, author, "merged", comment=comment, merge_commit=oid
                )

    def _plan(self, repository: StoredRepository, pull_request: Discussion) -> MergePlan:
        store = self._repositories.git(repository)
        ours = self._references.resolve(repository, pull_request.base or "")
        theirs = self._references.resolve(repository, pull_request.ref)
        base = store.merge_base(ours, theirs)
        our_changes, their_changes = store.changes(base, ours), store.changes(base, theirs)
        conflicts = [
            path for path, file in their_changes.items() if path in our_changes and our_changes[path] != file
        ]
        conflicts += _in_the_way(store, ours, their_changes)
        return MergePlan(ours, theirs, their_changes, tuple(sorted(set(conflicts))))


def _in_the_way(store: GitStore, ours: str, changes: dict[str, tuple[int, str] | None]) -> list[str]:
    """New paths where our side has a folder, or a file in the place of one of their folders."""
    editor = TreeEditor(store, store.commit(ours).tree)
    for path, file in changes.items():
        if file is None:
            editor.remove(path)
    return [path for path, file in changes.items() if file is not None and not editor.has_room_for(path)]


def _edited(store: GitStore, plan: MergePlan) -> TreeEditor:
    editor = TreeEditor(store, store.commit(plan.ours).tree)
    for path, file in plan.changes.items():
        if file is None:
            editor.remove(path)
    for path, file in plan.changes.items():
        if file is not None:
            editor.put(path, *file)
    return editor
