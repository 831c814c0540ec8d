"""The base of what is read from a file of ours: a field it does not know is refused, and what was read never changes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ClosedModel(BaseModel):
    """A misspelt field cannot pass for one that was left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)
