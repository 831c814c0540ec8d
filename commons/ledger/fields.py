"""How digests, ids, times and numbers are spelt in what is signed and in what that binds.

class _VotePredicate(ClosedModel):
    person: PersonId                    any other spelling is refused as the model is read

as_time(now), moment("2026-01-31T12:00:00Z")
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field


def as_time(when: datetime) -> str:
    """UTC to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The inverse of ``as_time``; raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


_LAST_YEAR = 9000  # what is reckoned from a time has room above it


def _a_moment(text: str) -> str:
    if moment(text).year > _LAST_YEAR:
        raise ValueError("no such time will be seen")
    return text


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
KeyHex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]  # raw Ed25519 public key
Salt = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CommitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Time = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"), AfterValidator(_a_moment)]
ContributionId = Annotated[str, Field(pattern=r"^kc1[a-z2-7]{52}$")]
KeyId = Annotated[str, Field(pattern=r"^kk1[a-z2-7]{52}$")]
PersonId = Annotated[str, Field(pattern=r"^kp1[a-z2-7]{52}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
Count = Annotated[int, Field(ge=0)]
Serial = Annotated[int, Field(ge=1)]
ShortText = Annotated[str, Field(max_length=200)]
