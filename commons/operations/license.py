"""License: what a source says of its own licence, and which pools would take it. A first look, not legal advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commons.governance import license_statements, licenses
from commons.governance.license_statements import LicenseReading


@dataclass(frozen=True)
class SourceLicense:
    """The reading, and for each licence that a pool takes which one."""

    reading: LicenseReading
    pools: dict[str, str]  # SPDX id -> pool


def read(texts: Mapping[str, str]) -> SourceLicense:
    """What to make of a source's licence file, README and whatever else it says of its licence: name -> text."""
    reading = license_statements.read(texts)
    known = {name: licenses.BY_SPDX[name].pool for name in reading.licenses if name in licenses.BY_SPDX}
    return SourceLicense(reading, known)
