"""One dataset repository on a Hub: files at a revision, atomic commits, proposals and their conversation.

Revisions are resolved to a commit once and read from there, so that what was checked is what is used. Every write is one commit.
What fails for a passing reason is asked again (``retries``).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import (
    CommitInfo,
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_cached_repo_tree,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.community import DiscussionComment, DiscussionWithDetails
from huggingface_hub.hf_api import RepoFile as HubFile

from commons import addresses
from commons.errors import AccessError, HubError
from commons.hub import cache_folder, hub_name, login, time_limits  # noqa: F401 - importing it sets them
from commons.hub.downloads import bar_class
from commons.hub.fetched_heads import FetchedHeads
from commons.hub.login import Login
from commons.hub.repo_file import RepoFile
from commons.hub.retries import Repeatable, Retries
from commons.hub.translation import translated
from commons.progress import Progress, silent
from commons.version import __version__

# The Hub takes 65,536 characters; the rest is room for the stamp with which a report says what was checked, and for "… cut.".
MAX_COMMENT_CHARACTERS = 65_000

_FETCHED_AT_ONCE = 8  # as many as the client's own download of a snapshot
_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Comment:
    id: str
    author: str
    text: str
    created_at: datetime


@dataclass(frozen=True)
class Proposal:
    """An open or closed pull request; ``head`` is the commit its ref points to at the time of asking."""

    number: int
    title: str
    status: str
    author: str
    opened_at: datetime
    url: str
    head: str = ""
    comments: tuple[Comment, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status in ("open", "draft")


class Repository:
    """A dataset repository, named ``namespace/name``, on the Hub at ``endpoint``."""

    def __init__(
        self,
        repo_id: str,
        *,
        endpoint: str | None = None,
        token: str | None = None,
        cache_dir: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        self.id = repo_id
        self.endpoint = addresses.endpoint_of(endpoint or constants.ENDPOINT)
        # False: never the token of another Hub that happens to lie on disk
        self._token: str | bool = token or False
        self._chosen_cache = cache_dir
        self._bars = bar_class(progress)
        self._retries = Retries()
        self._heads = FetchedHeads.of(self.endpoint, repo_id, cache_dir)
        self._api = HfApi(
            endpoint=self.endpoint, token=self._token, library_name="commons", library_version=__version__
        )

    @property
    def _cache_dir(self) -> Path:
        return cache_folder.usable(self._chosen_cache)

    def __repr__(self) -> str:
        return f"Repository({self.id!r}, endpoint={self.endpoint!r})"

    # Reading

    def head(self, revision: str = "main") -> str:
        """The commit that ``revision`` points to now.

        While ``HF_HUB_OFFLINE`` is set it is the commit that was read last, which the log says.

        Raises:
            HubError: no such repository or revision; AccessError; UnreachableError.
        """
        what = f"read {self.id} at {revision}"
        if constants.is_offline_mode():
            return self._head_offline(what, revision)
        sha = self._ask(
            what, lambda: str(self._api.dataset_info(self.id, revision=revision, expand=["sha"]).sha)
        )
        self._heads.remember(revision, sha)
        return sha

    def _head_offline(self, what: str, revision: str) -> str:
        sha = self._heads.head_of(revision)
        if not sha:
            with translated(what, endpoint=self.endpoint):
                # The client knows what was downloaded by other programs, from whichever Hub.
                sha = self._api.resolve_revision(
                    self.id,
                    repo_type="dataset",
                    revision=revision,
                    cache_dir=self._cache_dir,
                    local_files_only=True,
                ).resolved
        _log.warning("HF_HUB_OFFLINE is set: reading %s as it was fetched last, at %s.", self.id, sha[:12])
        return sha

    def whoami(self) -> str:
        """The user this token belongs to.

        Raises:
            AccessError: there is no token, or a wrong one.
        """
        return self.login.user

    @cached_property
    def login(self) -> Login:
        """Who this token belongs to, and what it may do; asked once, for the Hub allows few such questions.

        Raises:
            AccessError: there is no token, or a wrong one.
        """
        if not self._token:
            raise AccessError(f"Nobody is logged in to {self.endpoint}.", hint=_login_hint(self.endpoint))
        return self._ask(f"sign in to {self.endpoint}", lambda: Login.of(self._api.whoami()))

    def account(self, user: str = "") -> str:
        """``host/user``: what a person's id is a hash of; of the user this token belongs to unless another is named."""
        return f"{self._host}/{user or self.whoami()}"

    @cached_property
    def _host(self) -> str:
        """The Hub's name, asked for once."""
        return self._ask(f"read the name of {self.endpoint}", lambda: hub_name.of(self.endpoint))

    def files(self, revision: str) -> dict[str, RepoFile]:
        """Every file of the tree, by path."""
        tree = self._ask(f"list the files of {self.id}", lambda: self._tree(revision), Repeatable.BROKEN_OFF)
        return {
            entry.path: RepoFile(entry.path, entry.size, entry.lfs.sha256 if entry.lfs else entry.blob_id)
            for entry in tree
            if isinstance(entry, HubFile)
        }

    def _tree(self, revision: str) -> list[Any]:
        if constants.is_offline_mode():
            return get_cached_repo_tree(
                self.id, repo_type="dataset", revision=revision, cache_dir=self._cache_dir
            )
        return list(self._api.list_repo_tree(self.id, recursive=True, revision=revision, repo_type="dataset"))

    def read(self, file: RepoFile, revision: str) -> bytes:
        """The bytes of ``file`` at a commit, checked against the digest the tree gives."""
        data = self._cached(file.path, revision).read_bytes()
        if not file.is_of(data):
            raise HubError(
                f"{file.path} of {self.id} arrived with other bytes than its digest names.",
                code="digest-mismatch",
            )
        return data

    def download(self, revision: str, patterns: Iterable[str]) -> Path:
        """The files that match ``patterns`` at a commit, in the local cache; only what is new travels."""
        wanted = list(patterns)
        folder = self._ask(
            f"download {self.id}",
            lambda: snapshot_download(
                self.id,
                repo_type="dataset",
                revision=revision,
                allow_patterns=wanted,
                endpoint=self.endpoint,
                token=self._token,
                cache_dir=self._cache_dir,
                tqdm_class=self._bars,
            ),
            Repeatable.BROKEN_OFF,
        )
        return Path(folder)

    def fetch(self, revision: str, paths: Iterable[str]) -> None:
        """The files at these paths of a commit, several at once, into the folder that ``download`` gives; nothing else is listed.

        Raises:
            HubError: one is not there (``file-missing``).
        """
        with ThreadPoolExecutor(_FETCHED_AT_ONCE) as pool:
            list(pool.map(lambda path: self._cached(path, revision), paths))

    def history(self, revision: str) -> list[str]:
        """Commits reachable from ``revision``, newest first."""
        commits = self._ask(
            f"read the history of {self.id}",
            lambda: self._api.list_repo_commits(self.id, revision=revision, repo_type="dataset"),
            Repeatable.BROKEN_OFF,
        )
        return [commit.commit_id for commit in commits]

    # Writing

    def create(self, *, private: bool = False) -> None:
        """Make the repository; it must not exist."""
        self._ask(
            f"create {self.id}",
            lambda: self._api.create_repo(self.id, repo_type="dataset", private=private),
            repeatable=Repeatable.UNDONE,
        )

    def exists(self) -> bool:
        return self._ask(
            f"look for {self.id}", lambda: bool(self._api.repo_exists(self.id, repo_type="dataset"))
        )

    def commit(
        self,
        files: Mapping[str, bytes | Path],
        *,
        message: str,
        parent: str,
        deleted: Iterable[str] = (),
        description: str = "",
    ) -> str:
        """One atomic commit on ``main`` on top of ``parent``; returns its sha. Large ``files`` are better given as paths.

        Raises:
            ConflictError: ``main`` is not at ``parent`` any more; nothing was changed.
        """
        removed = list(deleted)
        info = self._ask(
            f"commit to {self.id}",
            lambda: self._api.create_commit(
                self.id,
                [*_additions(files), *(CommitOperationDelete(path) for path in removed)],
                commit_message=message,
                commit_description=description,
                repo_type="dataset",
                parent_commit=parent,  # so it is made once or not at all, however often it is asked for
            ),
        )
        return str(info.oid)

    def propose(
        self,
        files: Mapping[str, bytes | Path],
        *,
        title: str,
        description: str,
        deleted: Iterable[str] = (),
    ) -> Proposal:
        """Open a pull request that writes ``files`` and deletes what is ``deleted``. Large files are better given as paths.

        Raises:
            HubError: all of it is on ``main`` already (``nothing-new``).
        """
        removed = list(deleted)
        info = self._ask(
            f"open a proposal on {self.id}",
            lambda: self._api.create_commit(
                self.id,
                [*_additions(files), *(CommitOperationDelete(path) for path in removed)],
                commit_message=title,
                commit_description=description,
                repo_type="dataset",
                create_pr=True,
            ),
            repeatable=Repeatable.UNDONE,
        )
        # The client leaves out files that are there already, and then there may be nothing to propose.
        if info.pr_num is None:
            raise HubError(f"Everything offered is on main of {self.id} already.", code="nothing-new")
        return self._opened(info, title)

    def _opened(self, info: CommitInfo, title: str) -> Proposal:
        """The proposal as it stands; where that cannot be read now, as the answer to its opening says: it is open all the same."""
        number = int(info.pr_num or 0)
        try:
            return self.proposal(number)
        except HubError as error:
            _log.warning("Proposal %d is open, though it could not be read: %s", number, error.message)
            return Proposal(
                number, title, "open", "", datetime.now(UTC), str(info.pr_url or ""), head=str(info.oid)
            )

    # Proposals

    def proposals(self, *, only_open: bool = True) -> list[Proposal]:
        """Pull requests, oldest first, without head and comments."""
        discussions = self._ask(
            f"list the proposals of {self.id}",
            lambda: list(
                self._api.get_repo_discussions(
                    self.id,
                    repo_type="dataset",
                    discussion_type="pull_request",
                    discussion_status="open" if only_open else None,
                )
            ),
        )
        return sorted((self._as_proposal(each) for each in discussions), key=lambda proposal: proposal.number)

    def proposal(self, number: int) -> Proposal:
        """Pull request ``number`` with its head and comments."""
        return self._as_proposal(self._details(number), head=self.head(f"refs/pr/{number}"))

    def conversation(self, number: int) -> Proposal:
        """Pull request ``number`` with its comments and without its head, whose ref may have been deleted."""
        return self._as_proposal(self._details(number))

    def comment(self, number: int, text: str) -> None:
        self._ask(
            f"comment on proposal {number}",
            lambda: self._api.comment_discussion(self.id, number, text, repo_type="dataset"),
            repeatable=Repeatable.UNDONE,
        )

    def edit_comment(self, number: int, comment_id: str, text: str) -> None:
        self._ask(
            f"edit a comment on proposal {number}",
            lambda: self._api.edit_discussion_comment(self.id, number, comment_id, text, repo_type="dataset"),
        )

    def hide_comment(self, number: int, comment_id: str) -> None:
        """Blank a comment for good."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it cannot be undone, which is what we want
            self._ask(
                f"hide a comment on proposal {number}",
                lambda: self._api.hide_discussion_comment(self.id, number, comment_id, repo_type="dataset"),
                repeatable=Repeatable.UNDONE,
            )

    def close(self, number: int, *, comment: str) -> None:
        """Close the proposal with a last word."""
        self._ask(
            f"close proposal {number}",
            lambda: self._api.change_discussion_status(
                self.id, number, "closed", comment=comment, repo_type="dataset"
            ),
            repeatable=Repeatable.UNDONE,
        )

    def commit_url(self, sha: str) -> str:
        return f"{self.endpoint}/datasets/{self.id}/commit/{sha}"

    @property
    def page_url(self) -> str:
        """The page of the dataset."""
        return f"{self.endpoint}/datasets/{self.id}"

    def tree_url(self, revision: str) -> str:
        """The page of all files at a revision."""
        return f"{self.page_url}/tree/{revision}"

    def file_url(self, path: str, sha: str) -> str:
        """The page of a file at a commit."""
        return f"{self.page_url}/blob/{sha}/{path}"

    def _ask(
        self, what: str, call: Callable[[], _Result], repeatable: Repeatable = Repeatable.ALWAYS
    ) -> _Result:
        """What ``call`` gives; its errors become ours, and name ``what`` was asked."""
        with translated(what, endpoint=self.endpoint):
            return self._retries(call, repeatable)

    def _cached(self, path: str, revision: str) -> Path:
        """The file at ``path`` of a commit, in the local cache."""
        place = self._ask(
            f"read {path} of {self.id}",
            lambda: hf_hub_download(
                self.id,
                path,
                repo_type="dataset",
                revision=revision,
                endpoint=self.endpoint,
                token=self._token,
                cache_dir=self._cache_dir,
            ),
            Repeatable.BROKEN_OFF,
        )
        return Path(place)

    def _details(self, number: int) -> DiscussionWithDetails:
        if number < 1:
            raise HubError(f"There is no proposal {number}; they count from 1.", code="not-a-proposal")
        details = self._ask(
            f"read proposal {number} of {self.id}",
            lambda: self._api.get_discussion_details(self.id, number, repo_type="dataset"),
        )
        if not details.is_pull_request:
            raise HubError(
                f"Number {number} of {self.id} is a discussion, not a proposal.", code="not-a-proposal"
            )
        return details

    def _as_proposal(self, discussion: Any, head: str = "") -> Proposal:
        events = discussion.events if isinstance(discussion, DiscussionWithDetails) else []
        return Proposal(
            number=discussion.num,
            title=discussion.title,
            status=discussion.status,
            author=discussion.author,
            opened_at=discussion.created_at,
            url=discussion.url,
            head=head,
            comments=tuple(
                Comment(event.id, event.author, event.content, event.created_at)
                for event in events
                if isinstance(event, DiscussionComment) and not event.hidden
            ),
        )


def _login_hint(endpoint: str) -> str:
    if hub := login.withheld_from(endpoint):
        return (
            f"Your login is one of {hub} and is not sent elsewhere unasked. Give --token, or set HF_ENDPOINT={endpoint} and run: "
            "hf auth login"
        )
    return "Run: hf auth login. Or give --token or HF_TOKEN."


def _additions(files: Mapping[str, bytes | Path]) -> list[CommitOperationAdd]:
    return [
        CommitOperationAdd(path_in_repo=path, path_or_fileobj=content)
        for path, content in sorted(files.items())
    ]
