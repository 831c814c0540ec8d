"""The store behind the server: one folder, opened by one server at a time.

::

    <folder>/hub.sqlite3        everything that is not file content
    <folder>/repositories/      git objects and large files, one folder a repository
    <folder>/staging/           uploads under way; emptied when the server starts
    <folder>/server.lock        held by the running server

``LocalHub`` ties the parts together and holds no logic of its own. It can be used without a server, also beside a running
one, to create accounts and tokens; only ``serve`` needs the folder to itself and takes the lock.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO

from .accounts import Account, Accounts
from .commits import Commits
from .database import Database, new_id
from .discussions import Discussions
from .durable import make_folder
from .errors import FolderInUse
from .history import History
from .merging import Merging
from .references import References
from .repositories import Repositories
from .staging import StagingArea
from .tickets import Tickets, remembered
from .tokens import Tokens
from .uploads import Uploads
from .webhooks import Webhooks
from .xet import Xet


class LocalHub:
    """A Hub in a folder, created if it is not there.

    Args:
        exclusive: take the server's lock. Raises ``FolderInUse`` if a server is running on the folder.
        allow_private_webhooks: send webhooks to loopback, link-local and private addresses as well.
    """

    def __init__(
        self, folder: str | Path, *, exclusive: bool = True, allow_private_webhooks: bool = False
    ) -> None:
        self.folder = Path(folder).absolute()
        make_folder(self.folder)
        self._lock_file = _lock(self.folder / "server.lock") if exclusive else None
        self.database = Database(self.folder / "hub.sqlite3")
        self.store_id = remembered(self.database, "store-id", new_id)
        self.name = remembered(self.database, "hub-name", lambda: f"local-{new_id()}")
        self.accounts = Accounts(self.database)
        self.tokens = Tokens(self.database, self.accounts)
        self.tickets = Tickets(self.database)
        self.staging = StagingArea(self.folder / "staging")
        self.webhooks = Webhooks(self.database, allow_private=allow_private_webhooks)
        self.repositories = Repositories(self.database, self.folder, self.webhooks)
        self.references = References(self.database, self.repositories)
        self.discussions = Discussions(self.database, self.webhooks)
        self.merging = Merging(self.repositories, self.references, self.discussions)
        self.uploads = Uploads(self.database, self.repositories, self.references)
        self.commits = Commits(self.repositories, self.references, self.discussions, self.uploads)
        self.history = History(self.repositories, self.references, self.discussions)
        self.xet = Xet(self.database, self.repositories, self.staging, self.uploads)
        if exclusive:
            self.staging.clear()
            self.repositories.remove_leftovers()

    def create_user(self, name: str, fullname: str = "") -> Account:
        """Raises ``Conflict`` if the name is taken."""
        return self.accounts.create_user(name, fullname)

    def create_token(
        self,
        user: str,
        role: str = "write",
        name: str = "",
        *,
        value: str = "",
        expires_days: int | None = None,
    ) -> str:
        """A new token, readable only now; ``role`` is ``read``, ``write`` or ``fineGrained`` (pull requests only)."""
        return self.tokens.create(user, role, name, value=value, expires_days=expires_days)

    def create_organization(
        self, name: str, fullname: str = "", *, private_by_default: bool = False
    ) -> Account:
        return self.accounts.create_organization(name, fullname, private_by_default=private_by_default)

    def add_member(self, organization: str, user: str, role: str = "write") -> None:
        self.accounts.add_member(organization, user, role)

    def close(self) -> None:
        self.database.close()
        if self._lock_file:
            self._lock_file.close()

    def __enter__(self) -> LocalHub:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _lock(path: Path) -> IO[str]:
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FolderInUse(
            f"Another local Hub is running on {path.parent}; stop it or choose another folder"
        ) from None
    return file
