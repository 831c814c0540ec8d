"""Who may speak of a large file by its hash.

Knowing a hash is not having the file: hashes are printed in listings, differences and logs. So a stored large file is there
for a caller when the repository *shows* it, in a commit that some ref leads to, and so to everybody who may read; or when
this account has sent its bytes here. For everybody else it does not exist, and they are asked to send it like any other.
"""

from __future__ import annotations

from .database import Database
from .references import References
from .repositories import Repositories, StoredRepository


class Uploads:
    def __init__(self, database: Database, repositories: Repositories, references: References) -> None:
        self._database = database
        self._repositories = repositories
        self._references = references

    def record(self, repository: StoredRepository, sha256: str, account_id: str) -> None:
        """The account has sent these bytes, and they had this hash."""
        if self._sent_by(repository, sha256, account_id):
            return
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO upload VALUES (?, ?, ?)", (repository.id, sha256, account_id)
            )

    def size(self, repository: StoredRepository, sha256: str, account_id: str | None) -> int | None:
        """Bytes of a stored large file, as far as this account (``None``: anybody) may know of it."""
        size = self._repositories.large_files(repository).size(sha256)
        if size is None:
            return None
        if account_id is not None and self._sent_by(repository, sha256, account_id):
            return size
        return size if self._references.shows(repository, sha256) else None

    def _sent_by(self, repository: StoredRepository, sha256: str, account_id: str) -> bool:
        return (
            self._database.row(
                "SELECT 1 FROM upload WHERE repository_id = ? AND sha256 = ? AND account_id = ?",
                repository.id,
                sha256,
                account_id,
            )
            is not None
        )
