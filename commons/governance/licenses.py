"""Licences: the one table that maps what people write to SPDX ids, Hub ids and pools.

Ids are recognised by ``license-expression`` (the closed list of SPDX); which of them stand together is a small table of our
own, because no library decides the compatibility of *data* licences. Sources: the Creative Commons and Open Data Commons
texts; CC-BY-SA and ODbL cannot be merged, so their records live in separate pools.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from license_expression import get_spdx_licensing


@dataclass(frozen=True)
class License:
    """One licence the commons knows how to honour."""

    spdx: str
    hub_id: str  # the Hub's own list, mostly lower-case SPDX with exceptions
    name: str
    url: str
    pool: str
    attribution: bool = True


_KNOWN = (
    License("CC0-1.0", "cc0-1.0", "CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/", "open", False),
    License("PDDL-1.0", "pddl", "Open Data Commons Public Domain Dedication", "https://opendatacommons.org/licenses/pddl/1-0/", "open", False),
    License("CDLA-Permissive-2.0", "cdla-permissive-2.0", "Community Data License Agreement Permissive 2.0", "https://cdla.dev/permissive-2-0/", "open", False),
    License("CC-BY-4.0", "cc-by-4.0", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/", "open"),
    License("ODC-By-1.0", "odc-by", "Open Data Commons Attribution 1.0", "https://opendatacommons.org/licenses/by/1-0/", "open"),
    License("MIT", "mit", "MIT License", "https://spdx.org/licenses/MIT.html", "open"),
    License("Apache-2.0", "apache-2.0", "Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0", "open"),
    License("Unlicense", "unlicense", "The Unlicense", "https://unlicense.org/", "open", False),
    License("CC-BY-SA-3.0", "cc-by-sa-3.0", "Creative Commons Attribution-ShareAlike 3.0", "https://creativecommons.org/licenses/by-sa/3.0/", "by-sa"),
    License("CC-BY-SA-4.0", "cc-by-sa-4.0", "Creative Commons Attribution-ShareAlike 4.0", "https://creativecommons.org/licenses/by-sa/4.0/", "by-sa"),
    License("ODbL-1.0", "odbl", "Open Database License 1.0", "https://opendatacommons.org/licenses/odbl/1-0/", "odbl"),
)  # fmt: skip
BY_SPDX = {license.spdx: license for license in _KNOWN}
_BY_LOWER = {license.spdx.lower(): license for license in _KNOWN} | {
    license.hub_id: license for license in _KNOWN
}

_BY_NAME = {
    " ".join(re.sub(r"\b(?:the|license)\b", " ", name.lower()).split()): license
    for license in _KNOWN
    for name in (
        license.name,
        license.name.removeprefix("Creative Commons "),
        license.name.removesuffix(" Universal"),
    )
}
_BY_ADDRESS = {
    license.url.partition("://")[2].removeprefix("www.").lower().rstrip("/").removesuffix(".html"): license
    for license in _KNOWN
} | {"opensource.org/licenses/mit": BY_SPDX["MIT"], "opensource.org/license/mit": BY_SPDX["MIT"]}
_LONGEST_STATEMENT = 120
_LONGEST_NAME = 60  # no SPDX id is longer
_FAMILIES = {"cc", "cc-by", "cc-by-sa", "gfdl", "gpl", "lgpl", "bsd", "afl", "other", "unknown", "none"}


@dataclass(frozen=True)
class LicenseResolution:
    """What to make of a licence somebody wrote: the licence, or why not."""

    license: License | None
    reason: str = ""


def name_of(spdx: str) -> str:
    """The full name; a copy of somebody's commons may hold licences we do not know, and then the id has to do."""
    return BY_SPDX[spdx].name if spdx in BY_SPDX else spdx


def url_of(spdx: str) -> str | None:
    return BY_SPDX[spdx].url if spdx in BY_SPDX else None


def resolve(written: str) -> LicenseResolution:
    """The licence meant by an SPDX id or Hub id in any case, its full name or its address, or the reason it cannot enter a commons."""
    text = written.strip().lower()
    known = _BY_LOWER.get(text) or _named(text)
    return LicenseResolution(known) if known else LicenseResolution(None, _why_not(text, written))


def _named(text: str) -> License | None:
    """A licence by the whole of its name or address, as people copy them; never by a part, which may leave out the restriction."""
    if not text.isascii() or len(text) > _LONGEST_STATEMENT:
        return None
    if "://" in text:
        address = text.partition("://")[2].removeprefix("www.")
        return _BY_ADDRESS.get(
            re.sub(r"/(?:deed|legalcode)(?:\.[a-z-]+)?(?:\.txt)?/?$", "", address).rstrip("/")
        )
    words = re.sub(r"\b(?:the|licen[sc]e|international|unported|public|version)\b|[(),]", " ", text)
    words = re.sub(r"\bv(?=\d)", "", words)
    plain = " ".join(words.replace("share alike", "sharealike").split())
    return _BY_NAME.get(plain) or _BY_LOWER.get(plain.replace(" ", "-"))


def _why_not(text: str, written: str) -> str:
    parts = re.split(r"[-_/ ]", text[:_LONGEST_STATEMENT])
    if len(written) > _LONGEST_NAME:
        return f"{written[:_LONGEST_NAME]!r}… is not an SPDX licence id"
    if not text:
        return "no licence is given"
    if "nc" in parts or "noncommercial" in "".join(parts):
        return f"{written} forbids commercial use, so it cannot be reused freely with the rest"
    if "nd" in parts or "noderiv" in "".join(parts):
        return f"{written} forbids derivatives, so nobody could index, translate or correct it"
    if text in _FAMILIES or text.startswith("openrail"):
        return f"{written!r} names a family or nothing definite, not one licence with its version"
    if _is_spdx(written):
        return f"{written} is a valid SPDX licence, but no pool of this commons takes it"
    return f"{written!r} is not an SPDX licence id"


def load() -> None:
    """Load the list of all licences, for a process that can open nothing afterwards."""
    _spdx_ids()


@cache
def _spdx_ids() -> frozenset[str]:
    return frozenset(key.lower() for key in get_spdx_licensing().known_symbols)


def _is_spdx(written: str) -> bool:
    return written.strip().lower() in _spdx_ids()
