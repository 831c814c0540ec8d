"""Discussions and pull requests: their numbers, status and events.

A pull request is a discussion with a ref, ``refs/pr/N``; the two share numbers. Everything that happens is an event, and
events are only ever added (editing a comment keeps its history inside the event). What a pull request *changes*, and
whether it can be merged, is the business of ``merging``.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from .accounts import Identity
from .database import Database, moment, new_id
from .errors import BadRequest, Forbidden, NotFound
from .references import PULLS, Change
from .repositories import StoredRepository
from .webhooks import WebhookEvent, Webhooks

MIN_TITLE_CHARACTERS = 3
MAX_TITLE_CHARACTERS = 4096
MAX_COMMENT_CHARACTERS = 2**16 * 4
MAX_EDITS_KEPT = 100
_OPEN_STATES = ("draft", "open")


@dataclass(frozen=True, slots=True)
class Discussion:
    repository_id: str
    num: int
    title: str
    status: str
    is_pull_request: bool
    author_id: str
    author: str
    base: str | None
    merge_commit: str | None
    created_at: str

    @property
    def ref(self) -> str:
        return f"{PULLS}{self.num}"

    @property
    def is_open(self) -> bool:
        return self.status in _OPEN_STATES


@dataclass(frozen=True, slots=True)
class DiscussionEvent:
    id: str
    type: str
    author_id: str
    author: str
    created_at: str
    data: dict[str, Any]


class Discussions:
    def __init__(self, database: Database, webhooks: Webhooks) -> None:
        self._database = database
        self._webhooks = webhooks

    # reading -------------------------------------------------------------------------------------------------------

    def get(self, repository: StoredRepository, num: int) -> Discussion:
        """Raises ``NotFound``."""
        row = self._database.row(f"{_SELECT} WHERE repository_id = ? AND num = ?", repository.id, num)
        if row is None:
            raise NotFound(f"Discussion {num} not found")
        return _discussion(row)

    def page(
        self, repository: StoredRepository, *, kind: str, status: str, author: str, start: int, size: int
    ) -> tuple[list[Discussion], int]:
        """Discussions, newest first, from position ``start``; and how many there are in all."""
        where, values = "WHERE repository_id = ?", [repository.id]
        if kind in ("discussion", "pull_request"):
            where += f" AND is_pull_request = {int(kind == 'pull_request')}"
        if status in ("open", "closed"):
            where += f" AND status {'' if status == 'open' else 'NOT '}IN ('draft', 'open')"
        if author:
            where += " AND account.name = ?"
            values.append(author)
        total = self._database.row(
            f"SELECT count(*) AS n FROM discussion JOIN account ON account.id = author_id {where}",  # noqa: S608  constants from above
            *values,
        )
        rows = self._database.all(
            f"{_SELECT} {where} ORDER BY num DESC LIMIT ? OFFSET ?", *values, size, start
        )
        return [_discussion(row) for row in rows], total["n"] if total else 0

    def events(self, discussion: Discussion) -> list[DiscussionEvent]:
        rows = self._database.all(
            f"{_SELECT_EVENT} WHERE repository_id = ? AND num = ? ORDER BY seq",
            discussion.repository_id,
            discussion.num,
        )
        return [_event(row) for row in rows]

    def event(self, discussion: Discussion, event_id: str) -> DiscussionEvent:
        """One comment. Raises ``NotFound``."""
        row = self._database.row(
            f"{_SELECT_EVENT} WHERE repository_id = ? AND num = ? AND event.id = ? AND type = 'comment'",
            discussion.repository_id,
            discussion.num,
            event_id,
        )
        if row is None:
            raise NotFound(f"Comment {event_id} not found")
        return _event(row)

    # changing ------------------------------------------------------------------------------------------------------

    def open(
        self,
        change: Change,
        author: Identity,
        title: object,
        description: object,
        *,
        base: str | None = None,
        status: str = "open",
        head: str | None = None,
    ) -> int:
        """Start a discussion; with ``base`` and ``head`` a pull request whose ref stands at ``head``."""
        title = check_title(title)
        text = check_comment(description, may_be_empty=True)
        row = change.execute(
            "SELECT coalesce(max(num), 0) + 1 FROM discussion WHERE repository_id = ?", change.repository.id
        ).fetchone()
        num = int(row[0])
        change.execute(
            "INSERT INTO discussion VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            change.repository.id,
            num,
            title,
            status,
            base is not None,
            author.account.id,
            base,
            moment(),
        )
        if head is not None:
            change.move_ref(f"{PULLS}{num}", old=None, new=head)
        comment = self._add(change, num, author, "comment", _comment_data(text, author))
        self._tell(change, num, "create", "discussion", comment)
        return num

    def add_commit(
        self, change: Change, num: int, author: Identity, oid: str, subject: str
    ) -> DiscussionEvent:
        return self._add(change, num, author, "commit", {"subject": subject.partition("\n")[0], "oid": oid})

    def add_ref_deletion(
        self, change: Change, num: int, author: Identity, ref: str, oid: str
    ) -> DiscussionEvent:
        return self._add(change, num, author, "ref-deletion", {"ref": ref, "oid": oid})

    def comment(self, change: Change, num: int, author: Identity, text: object) -> DiscussionEvent:
        event = self._add(change, num, author, "comment", _comment_data(check_comment(text), author))
        self._tell(change, num, "create", "discussion.comment", event)
        return event

    def retitle(
        self, change: Change, discussion: Discussion, author: Identity, title: object
    ) -> DiscussionEvent:
        title = check_title(title)
        change.execute(
            "UPDATE discussion SET title = ? WHERE repository_id = ? AND num = ?",
            title,
            discussion.repository_id,
            discussion.num,
        )
        self._tell(change, discussion.num, "update", "discussion")
        return self._add(
            change, discussion.num, author, "title-change", {"from": discussion.title, "to": title}
        )

    def set_status(
        self,
        change: Change,
        discussion: Discussion,
        author: Identity,
        status: str,
        *,
        comment: str = "",
        merge_commit: str | None = None,
    ) -> DiscussionEvent:
        """Change the status, adding a comment to the conversation first if there is one."""
        if discussion.status == "merged":
            raise Forbidden("This pull request is merged; its status cannot change any more")
        if comment:
            self.comment(change, discussion.num, author, comment)
        change.execute(
            "UPDATE discussion SET status = ?, merge_commit_oid = ? WHERE repository_id = ? AND num = ?",
            status,
            merge_commit,
            discussion.repository_id,
            discussion.num,
        )
        self._tell(change, discussion.num, "update", "discussion")
        return self._add(change, discussion.num, author, "status-change", {"status": status})

    def edit(
        self, change: Change, num: int, event: DiscussionEvent, author: Identity, text: object
    ) -> DiscussionEvent:
        """Replace a comment's text; the former one stays in its history."""
        if event.data["hidden"]:
            raise Forbidden("A hidden comment cannot be edited")
        latest = _version(check_comment(text), author)
        history = [event.data["latest"], *event.data["history"]][:MAX_EDITS_KEPT]
        return self._replace(
            change, num, event, {**event.data, "edited": True, "latest": latest, "history": history}
        )

    def hide(self, change: Change, num: int, event: DiscussionEvent, author: Identity) -> DiscussionEvent:
        """Blank a comment for good, history included."""
        return self._replace(
            change,
            num,
            event,
            {"edited": True, "hidden": True, "latest": _version("", author), "history": []},
        )

    def _add(
        self, change: Change, num: int, author: Identity, type_: str, data: dict[str, Any]
    ) -> DiscussionEvent:
        event = DiscussionEvent(new_id(), type_, author.account.id, author.name, moment(), data)
        change.execute(
            "INSERT INTO event (id, repository_id, num, type, author_id, created_at, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
            event.id,
            change.repository.id,
            num,
            type_,
            author.account.id,
            event.created_at,
            json.dumps(data),
        )
        return event

    def _replace(
        self, change: Change, num: int, event: DiscussionEvent, data: dict[str, Any]
    ) -> DiscussionEvent:
        change.execute("UPDATE event SET data = ? WHERE id = ?", json.dumps(data), event.id)
        changed = replace(event, data=data)
        self._tell(change, num, "update", "discussion.comment", changed)
        return changed

    def _tell(
        self, change: Change, num: int, action: str, scope: str, comment: DiscussionEvent | None = None
    ) -> None:
        """Note for the webhooks what happened to a discussion."""
        discussion = self.get(change.repository, num)
        repository, address = change.repository, self._webhooks.address
        web = f"{address}/{repository.web_path}/discussions/{num}"
        described: dict[str, Any] = {
            "id": f"{repository.id}-{num}",
            "num": num,
            "title": discussion.title,
            "status": discussion.status,
            "isPullRequest": discussion.is_pull_request,
            "author": {"id": discussion.author_id},
            "url": {"web": web, "api": f"{address}/{repository.api_path}/discussions/{num}"},
        }
        if discussion.is_pull_request:
            described["changes"] = {"base": discussion.base}
            if discussion.merge_commit:
                described["changes"]["mergeCommitId"] = discussion.merge_commit
        parts: dict[str, Any] = {"discussion": described}
        if comment:
            parts["comment"] = {
                "id": comment.id,
                "author": {"id": comment.author_id},
                "content": comment.data["latest"]["raw"],
                "hidden": comment.data["hidden"],
                "url": {"web": f"{web}#{comment.id}"},
            }
        change.webhook_events.append(WebhookEvent(action, scope, parts))


def check_title(title: object) -> str:
    if not isinstance(title, str) or len(title.strip()) < MIN_TITLE_CHARACTERS:
        raise BadRequest(f"A title needs at least {MIN_TITLE_CHARACTERS} characters")
    if len(title) > MAX_TITLE_CHARACTERS:
        raise BadRequest(f"A title has at most {MAX_TITLE_CHARACTERS} characters")
    return _check_unicode(title.strip())


def check_comment(text: object, *, may_be_empty: bool = False) -> str:
    if text is None and may_be_empty:
        return ""
    if not isinstance(text, str) or (not text.strip() and not may_be_empty):
        raise BadRequest("A comment needs text")
    if len(text) > MAX_COMMENT_CHARACTERS:
        raise BadRequest(f"A comment has at most {MAX_COMMENT_CHARACTERS} characters")
    return _check_unicode(text)


def _check_unicode(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRequest("Text is not valid Unicode") from None
    return text


def _comment_data(text: str, author: Identity) -> dict[str, Any]:
    return {"edited": False, "hidden": False, "latest": _version(text, author), "history": []}


def _version(text: str, author: Identity) -> dict[str, Any]:
    return {"raw": text, "updatedAt": moment(), "author": {"name": author.name}}


_SELECT = "SELECT discussion.*, account.name AS author FROM discussion JOIN account ON account.id = author_id"
_SELECT_EVENT = "SELECT event.*, account.name AS author FROM event JOIN account ON account.id = author_id"


def _discussion(row: sqlite3.Row) -> Discussion:
    return Discussion(
        row["repository_id"],
        row["num"],
        row["title"],
        row["status"],
        bool(row["is_pull_request"]),
        row["author_id"],
        row["author"],
        row["base"],
        row["merge_commit_oid"],
        row["created_at"],
    )


def _event(row: sqlite3.Row) -> DiscussionEvent:
    return DiscussionEvent(
        row["id"], row["type"], row["author_id"], row["author"], row["created_at"], json.loads(row["data"])
    )
