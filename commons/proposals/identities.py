"""As whom this person signs in a commons: the person id that is known there, or one that was drawn here and has not landed yet.

    identity = Identities(home / "persons").of(repository, snapshot)

The people table knows who has landed something. Until then the opening is kept here, so that two proposals made one after the other
bear one id, and both can land.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from commons import digests
from commons.errors import CommonsError, LedgerError
from commons.files import write_whole
from commons.governance import people
from commons.governance.people import SignerIdentity
from commons.hub.repository import Repository
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class Identities:
    """``folder`` holds one small file for each commons and account."""

    folder: Path

    def of(self, repository: Repository, snapshot: Snapshot) -> SignerIdentity:
        """The identity of the user whose token ``repository`` bears.

        Raises:
            AccessError: there is no token; CommonsError: it cannot be kept (``home-not-writable``).
        """
        account = repository.account()
        if known := snapshot.people_table.of_account(account):
            return SignerIdentity(known.id)
        place = self.folder / digests.sha256_hex(f"{snapshot.policy.commons.origin}\n{account}".encode())
        try:
            drawn = people.parse_opening(place.read_bytes())
        except (OSError, LedgerError):
            drawn = None
        if drawn is None or drawn.account != account:
            drawn = people.open_person(account)
            try:
                write_whole(place, drawn.to_bytes())
            except OSError as error:
                # Not kept, the next proposal would bear another id, and only one of them could land.
                raise CommonsError(
                    f"As whom you sign cannot be kept in {self.folder}: {error.strerror or error}.",
                    hint="Name a folder that can be written with COMMONS_HOME.",
                    code="home-not-writable",
                ) from error
        return SignerIdentity(drawn.person, drawn)
