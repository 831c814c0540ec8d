"""The base of what travels to readers: it never changes once made, and is open to fields that a later release adds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class WireModel(BaseModel):
    """An older reader passes over what it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")
