"""Webhooks: who wants to be told of what, and telling them at least once.

What happened is queued in the transaction in which it happened, so nothing is announced that did not happen and nothing
that happened is forgotten by a crash. A thread of the server sends the queue: deliveries of one webhook in order, webhooks
beside each other, failures again with growing pauses. A kill between sending and noting it means sending twice; the
header ``X-Webhook-Delivery`` is the same both times. Where they may go is decided in ``webhook_targets``.
"""

from __future__ import annotations

import http.client
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .accounts import Account
from .database import Database, moment, new_id
from .errors import BadRequest, NotFound
from .webhook_targets import check_target, post

MAX_ATTEMPTS = 10
FIRST_PAUSE_S = 1.0  # doubled after each failure: the last attempt comes about nine minutes after the first
TIMEOUT_S = 10.0
SENDERS = 8
MAX_WEBHOOKS = 50
MAX_WATCHED = 100
DOMAINS = ("repo", "discussion")
WATCHED_TYPES = ("user", "org", "model", "dataset", "space")
_IDLE_S = 30.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What webhooks are told: what was done (``action``) to what (``scope``), and the payload's further parts."""

    action: str
    scope: str
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return self.scope.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    url: str
    watched: tuple[dict[str, str], ...]
    domains: tuple[str, ...]
    secret: str | None
    disabled: bool


class Webhooks:
    def __init__(self, database: Database, *, allow_private: bool = False) -> None:
        self._database = database
        self._allow_private = allow_private
        self.address = ""  # where this Hub answers, for the links in payloads; known once it is served

    # what people set up ------------------------------------------------------------------------------------------

    def of(self, owner: Account) -> list[Webhook]:
        rows = self._database.all("SELECT * FROM webhook WHERE owner_id = ? ORDER BY rowid", owner.id)
        return [_webhook(row) for row in rows]

    def get(self, owner: Account, webhook_id: str) -> Webhook:
        """Raises ``NotFound``, also for somebody else's."""
        row = self._database.row("SELECT * FROM webhook WHERE id = ? AND owner_id = ?", webhook_id, owner.id)
        if row is None:
            raise NotFound(f"No webhook {webhook_id}")
        return _webhook(row)

    def create(self, owner: Account, wanted: Mapping[str, Any]) -> Webhook:
        if len(self.of(owner)) >= MAX_WEBHOOKS:
            raise BadRequest(f"At most {MAX_WEBHOOKS} webhooks a user")
        made = self._checked(new_id(), wanted)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO webhook VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    made.id,
                    owner.id,
                    made.url,
                    json.dumps(made.watched),
                    json.dumps(made.domains),
                    made.secret,
                ),
            )
        return made

    def update(self, owner: Account, webhook_id: str, wanted: Mapping[str, Any]) -> Webhook:
        """Change what is given and keep the rest."""
        known = self.get(owner, webhook_id)
        present = {"url": known.url, "watched": list(known.watched), "domains": list(known.domains)}
        given = {key: value for key, value in wanted.items() if value is not None}
        made = self._checked(webhook_id, {**present, "secret": known.secret, **given})
        with self._database.write() as connection:
            connection.execute(
                "UPDATE webhook SET url = ?, watched = ?, domains = ?, secret = ? WHERE id = ?",
                (made.url, json.dumps(made.watched), json.dumps(made.domains), made.secret, webhook_id),
            )
        return self.get(owner, webhook_id)

    def switch(self, owner: Account, webhook_id: str, *, disabled: bool) -> Webhook:
        self.get(owner, webhook_id)
        with self._database.write() as connection:
            connection.execute("UPDATE webhook SET disabled = ? WHERE id = ?", (disabled, webhook_id))
        return self.get(owner, webhook_id)

    def delete(self, owner: Account, webhook_id: str) -> None:
        self.get(owner, webhook_id)
        with self._database.write() as connection:
            connection.execute("DELETE FROM webhook WHERE id = ?", (webhook_id,))

    def _checked(self, webhook_id: str, wanted: Mapping[str, Any]) -> Webhook:
        made = _checked(webhook_id, wanted)
        if not self._allow_private:
            check_target(made.url)
        return made

    # what happens --------------------------------------------------------------------------------------------------

    def announce(
        self, connection: sqlite3.Connection, repository: Mapping[str, Any], event: WebhookEvent
    ) -> None:
        """Queue an event for everybody who watches the repository and may see it.

        Args:
            repository: the payload's ``repo`` part.
        """
        names = {(repository["type"], repository["name"].lower())}
        owner_name = repository["name"].partition("/")[0].lower()
        names |= {("user", owner_name), ("org", owner_name)}
        owner_id = repository["owner"]["id"]
        rows = connection.execute(
            "SELECT webhook.* FROM webhook WHERE NOT disabled AND (NOT ? OR owner_id = ? OR EXISTS "
            "(SELECT 1 FROM membership WHERE org_id = ? AND user_id = webhook.owner_id))",
            (repository["private"], owner_id, owner_id),
        ).fetchall()
        for webhook in map(_webhook, rows):
            watches = any((each["type"], each["name"].lower()) in names for each in webhook.watched)
            if not watches or event.domain not in webhook.domains:
                continue
            payload = {
                "event": {"action": event.action, "scope": event.scope},
                "repo": repository,
                **event.parts,
                "webhook": {"id": webhook.id, "version": 3},
            }
            connection.execute(
                "INSERT INTO delivery (id, webhook_id, payload, attempts, due_at, created_at) VALUES (?, ?, ?, 0, 0, ?)",
                (new_id(), webhook.id, json.dumps(payload), moment()),
            )

    # sending -------------------------------------------------------------------------------------------------------

    def start_sending(self) -> Sender:
        return Sender(self._database, allow_private=self._allow_private)


class Sender:
    """The thread that empties the queue, until ``stop``."""

    def __init__(self, database: Database, *, allow_private: bool) -> None:
        self._database = database
        self._allow_private = allow_private
        self._wake = database.committed
        self._stopping = False
        self._busy: set[str] = set()
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            pause = _IDLE_S
            try:
                pause = self._send_due()
            except Exception:
                _log.exception("the webhook queue could not be read")
            self._wake.wait(pause)

    def _send_due(self) -> float:
        """Hand out what is due; the seconds until something else will be."""
        now = time.time()
        pause = _IDLE_S
        # The first waiting delivery of each webhook; the next one only when that is done.
        for row in self._database.all(
            "SELECT webhook_id, due_at, min(seq) FROM delivery GROUP BY webhook_id ORDER BY min(seq)"
        ):
            webhook_id = row["webhook_id"]
            if webhook_id in self._busy:
                continue
            if row["due_at"] > now:
                pause = min(pause, row["due_at"] - now)
                continue
            self._busy.add(webhook_id)
            self._pool.submit(self._send_first, webhook_id)
        return pause

    def _send_first(self, webhook_id: str) -> None:
        try:
            delivery = self._database.row(
                "SELECT delivery.*, url, secret FROM delivery JOIN webhook ON webhook.id = webhook_id "
                "WHERE webhook_id = ? ORDER BY seq LIMIT 1",
                webhook_id,
            )
            if delivery is None:
                return
            fault = self._deliver(delivery)
            attempts = delivery["attempts"] + 1
            with self._database.write() as connection:
                if fault is None or attempts >= MAX_ATTEMPTS:
                    connection.execute("DELETE FROM delivery WHERE seq = ?", (delivery["seq"],))
                else:
                    due_at = time.time() + FIRST_PAUSE_S * 2 ** (attempts - 1)
                    connection.execute(
                        "UPDATE delivery SET attempts = ?, due_at = ? WHERE seq = ?",
                        (attempts, due_at, delivery["seq"]),
                    )
            if fault:
                given_up = attempts >= MAX_ATTEMPTS
                _log.warning(
                    "webhook %s %s: %s", webhook_id, "given up" if given_up else "will be tried again", fault
                )
        except Exception:
            _log.exception("webhook %s failed", webhook_id)
        finally:
            self._busy.discard(webhook_id)
            self._wake.set()

    def _deliver(self, delivery: sqlite3.Row) -> str | None:
        """Send one delivery; what went wrong, or None. A redirect went wrong: a secret goes only where its owner said."""
        headers = {"Content-Type": "application/json", "X-Webhook-Delivery": delivery["id"]}
        if delivery["secret"]:
            headers["X-Webhook-Secret"] = delivery["secret"]
        try:
            status = post(
                delivery["url"],
                delivery["payload"].encode(),
                headers,
                timeout_s=TIMEOUT_S,
                allow_private=self._allow_private,
            )
        except (OSError, ValueError, http.client.HTTPException) as error:
            return str(error) or type(error).__name__
        return None if 200 <= status < 300 else f"answered {status}"


def _checked(webhook_id: str, wanted: Mapping[str, Any]) -> Webhook:
    url, secret = wanted.get("url"), wanted.get("secret")
    watched, domains = wanted.get("watched"), wanted.get("domains") or list(DOMAINS)
    if not isinstance(url, str) or not _is_web_address(url):
        raise BadRequest("url must be an http or https address (this Hub runs no jobs)")
    if not isinstance(secret, str | None) or (secret and not (secret.isascii() and secret.isprintable())):
        raise BadRequest("secret must be printable ASCII text")
    if not isinstance(watched, list) or not 0 < len(watched) <= MAX_WATCHED:
        raise BadRequest(f"watched must name 1 to {MAX_WATCHED} users, organizations or repositories")
    for each in watched:
        if (
            not isinstance(each, dict)
            or each.get("type") not in WATCHED_TYPES
            or not isinstance(each.get("name"), str)
        ):
            raise BadRequest(f"Each watched item needs a name and a type, one of {', '.join(WATCHED_TYPES)}")
    if not isinstance(domains, list) or not all(each in DOMAINS for each in domains):
        raise BadRequest(f"domains are {' and '.join(DOMAINS)}")
    items = tuple({"type": str(each["type"]), "name": str(each["name"])} for each in watched)
    return Webhook(webhook_id, url, items, tuple(domains), secret, disabled=False)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for one that is none
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and url.isprintable()
            and url.isascii()
            and " " not in url
        )
    except ValueError:
        return False


def _webhook(row: sqlite3.Row) -> Webhook:
    return Webhook(
        row["id"],
        row["url"],
        tuple(json.loads(row["watched"])),
        tuple(json.loads(row["domains"])),
        row["secret"],
        bool(row["disabled"]),
    )
