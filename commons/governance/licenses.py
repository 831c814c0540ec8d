"""Licences: the one table that maps what people write to SPDX ids, Hub ids and pools.

    resolve("CC BY 4.0").license.spdx           CC-BY-4.0
    resolve("GFDL-1.3").reason                  GFDL-1.3 asks that whatever uses it stays under it (copyleft), which …
    resolve("MIT OR Apache-2.0").choices        (MIT, Apache-2.0)

Ids are recognised by ``license-expression`` (the closed list of SPDX, and of what kind each licence is); which of them stand together is
a small table of our own, because no library decides the compatibility of *data* licences. Sources: the Creative Commons and Open Data
Commons texts; CC-BY-SA and ODbL cannot be merged, so their records live in separate pools.

What is written is read generously where it can mean one licence only, and never by a part, which may leave out the restriction. A family
without its version (``cc-by``) or a choice (``MIT OR Apache-2.0``) is asked about.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from license_expression import get_license_index

from commons import near_misses

OPEN = "open"  # the pool of what may be made into anything


@dataclass(frozen=True)
class License:
    """One licence the commons knows how to honour."""

    spdx: str
    hub_id: str  # the Hub's own list, mostly lower-case SPDX with exceptions
    name: str
    url: str
    pool: str
    attribution: bool = True

    @property
    def share_alike(self) -> bool:
        """Whether what is made from it has to stay under it; those have pools of their own."""
        return self.pool != OPEN


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
_BY_ID = {license.spdx.lower(): license for license in _KNOWN} | {
    license.hub_id: license for license in _KNOWN
}
# What else people write for exactly one of them: names of which there is one version, and ids of other lists.
_OTHER_NAMES = {
    **dict.fromkeys(("cc0", "cc-0", "cc zero", "cc-zero", "cc-0-1.0", "creative commons zero", "cc0 1.0 public domain dedication"), "CC0-1.0"),
    **dict.fromkeys(("creative commons zero 1.0", "cc0 1.0 cc0 1.0 public domain dedication"), "CC0-1.0"),
    **dict.fromkeys(("odc-pddl", "odc-pddl-1.0", "public domain dedication and 1.0", "pddl 1.0"), "PDDL-1.0"),
    **dict.fromkeys(("community data agreement - permissive - 2.0", "community data agreement permissive - 2.0"), "CDLA-Permissive-2.0"),
    **dict.fromkeys(("expat", "mit mit", "mit expat", "mit/expat", "mit/x11", "opensource.org/licenses/mit"), "MIT"),
    **dict.fromkeys(("apache 2", "apache-2", "apache2", "apache2.0", "asl 2.0", "asl2", "asl-2.0", "apl-2.0", "al2"), "Apache-2.0"),
    **dict.fromkeys(("apache software 2.0", "apache software 2", "apache 2.0 apache-2.0"), "Apache-2.0"),
    **dict.fromkeys(("open data commons open database 1.0", "odc-odbl", "odc-odbl-1.0", "open database", "odbl 1.0"), "ODbL-1.0"),
    **dict.fromkeys(("open database odbl", "open database odbl 1.0", "open data commons open database odbl"), "ODbL-1.0"),
    **dict.fromkeys(("odc attribution 1.0", "odc by 1.0", "open data commons attribution"), "ODC-By-1.0"),
}  # fmt: skip
_BY_NAME = {
    " ".join(re.sub(r"\b(?:the|license)\b", " ", name.lower()).split()): license
    for license in _KNOWN
    for name in (
        license.name,
        license.name.removeprefix("Creative Commons "),
        license.name.removesuffix(" Universal"),
    )
} | {name: BY_SPDX[spdx] for name, spdx in _OTHER_NAMES.items()}
_BY_ADDRESS = {
    license.url.partition("://")[2].removeprefix("www.").lower().rstrip("/").removesuffix(".html"): license
    for license in _KNOWN
} | {"opensource.org/licenses/mit": BY_SPDX["MIT"], "opensource.org/license/mit": BY_SPDX["MIT"]}
_PUBLIC_DOMAIN = {
    "pd",
    "public domain",
    "public-domain",
    "publicdomain",
    "no known copyright",
    "cc-pdm-1.0",
    "pdm",
    "cc-pddc",
    "cc-pdm",
}
_UNSTATED = {
    "other",
    "unknown",
    "none",
    "n/a",
    "na",
    "noassertion",
    "null",
    "nil",
    "unlicensed",
    "no license",
    "no licence",
    "unspecified",
    "-",
}
_RESERVED = re.compile(r"proprietary|all rights reserved|commercial|closed|copyright|confidential")
_FAMILIES = {
    "cc",
    "gfdl",
    "gpl",
    "lgpl",
    "agpl",
    "bsd",
    "afl",
    "mpl",
    "cdla",
    "odc",
    "eupl",
    "epl",
    "osl",
    "creative commons",
    "apache",
}
_FAMILY = re.compile(r"(?:creative commons )?(?:cc[ -])?(by|attribution)((?:[ -](?:sa|sharealike))?)")
_LIMITED_USE = re.compile(
    r"\b(?:research|academic|educational?|personal|private|internal|evaluation|scientific|non-?profit)\b"
)
# Other versions of Creative Commons and licences of states, by name or address; what restricts is looked for before.
_OTHER_COMMONS = re.compile(
    r"creativecommons\.org/licenses/by(?:-sa)?/\d|^(?:cc|creative commons)\b.*\d\.\d|open government licen[sc]e|licence ouverte|datenlizenz"
)
_GNU = re.compile(r"\bgnu\b|^[al]?gpl|^gfdl|general public licen[sc]e|free documentation")
_COPYLEFT = {"Copyleft", "Copyleft Limited"}
_DATA_LICENSE = re.compile(
    r"^(?:cc|odc|cdla|ogl|ogc|dl-de|etalab|nlod|c-uda|lal|pddl|odbl|oggl|ogdl|cern|nist|imatix)",
    re.IGNORECASE,
)
_LONGEST_STATEMENT = 200
_LONGEST_NAME = 60  # no SPDX id is longer
_DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_MARKDOWN_LINK = re.compile(r"\[([^][]+)\]\((\S+?)\)")


@dataclass(frozen=True)
class LicenseResolution:
    """What to make of a licence somebody wrote: the licence, or why not; ``choices`` are those that the writer may choose from."""

    license: License | None
    reason: str = ""
    choices: tuple[License, ...] = ()


def name_of(spdx: str) -> str:
    """The full name; a copy of somebody's commons may hold licences we do not know, and then the id has to do."""
    return BY_SPDX[spdx].name if spdx in BY_SPDX else spdx


def url_of(spdx: str) -> str | None:
    return BY_SPDX[spdx].url if spdx in BY_SPDX else None


@lru_cache(maxsize=4096)
def resolve(written: str) -> LicenseResolution:
    """The licence meant by an SPDX id or Hub id in any spelling, its full name or its address, or the reason it cannot enter a commons."""
    if len(written) > _LONGEST_STATEMENT:
        return LicenseResolution(None, f"{_shown(written)} is not an SPDX licence id")
    plain = _plain(written)
    if known := _named(plain):
        return LicenseResolution(known)
    return _choice(plain, written) or LicenseResolution(None, _why_not(plain, written.strip()))


def _plain(written: str) -> str:
    """In lower case, with the blanks and hyphens of a keyboard, without wrappings: a list of one, brackets, the Hub's ``license:``."""
    text = _INVISIBLE.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", _DASHES.sub("-", written))))
    text = " ".join(text.split()).lower().removeprefix("license:").strip()
    if text.startswith("["):
        text = _listed(text)
    return _without_brackets(text).rstrip(".").strip()


def _listed(text: str) -> str:
    """The only item of a JSON list, or the items with commas."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return ", ".join(items) if all(isinstance(item, str) for item in items) else text


def _without_brackets(text: str) -> str:
    inside = text[1:-1].strip()
    pairs = ("()", "[]", "<>", '""', "''", "``")
    if text[:1] + text[-1:] in pairs and not set(inside) & set("()[]<>\"'`"):
        return inside
    return text


def _named(text: str) -> License | None:
    """A licence by the whole of its id, name or address, as people copy them."""
    if not text.isascii():
        return None
    if known := _BY_ID.get(text):
        return known
    if link := _MARKDOWN_LINK.fullmatch(text):
        label, address = _named(link[1]), _named(link[2])
        return label if label == address else None
    if "/" in text and re.match(r"(?:https?://)?(?:[a-z-]+\.)+[a-z]+/", text):
        return _by_address(text)
    return _by_name(text)


def _by_address(text: str) -> License | None:
    address = text.partition("://")[2] or text
    address = re.sub(r"/(?:deed|legalcode)(?:\.[a-z-]+)?(?:\.txt)?/?$", "", address.removeprefix("www."))
    address = re.sub(r"\.(?:html|txt|json|php)$", "", address.rstrip("/"))
    if address.startswith("opendatacommons.org/"):
        address = address.replace("1.0", "1-0")
    listed = re.fullmatch(
        r"(?:spdx\.org|choosealicense\.com|opensource\.org)/licen[sc]es?/([\w.-]+)", address
    )
    return _BY_ADDRESS.get(address) or (_BY_ID.get(listed[1]) if listed else None)


def _by_name(text: str) -> License | None:
    words = re.sub(
        r"\b(?:the|licen[sc]e|international|unported|public licen[sc]e|universal|version)\b|[(),]",
        " ",
        text.replace("_", "-"),
    )
    words = re.sub(r"\bv(?:er)?\.?(?=\d)", "", words)
    words = " ".join(words.replace("share alike", "sharealike").split()).strip("- ")
    return next(
        (
            known
            for spelling in _spellings(words)
            if (known := _BY_NAME.get(spelling) or _BY_ID.get(spelling.replace(" ", "-")))
        ),
        None,
    )


def _spellings(words: str) -> Iterator[str]:
    """As it is; with ``4`` as ``4.0``, which are the same where no 4.1 exists; with an id that repeats the name left out."""
    yield words
    yield re.sub(r"(?<![\d.])([1-4])$", r"\1.0", words)
    name, _, repetition = words.rpartition(" cc by")
    if name and _BY_NAME.get(name.strip()) is _BY_ID.get(f"cc by{repetition}".replace(" ", "-")):
        yield name.strip()


def _choice(plain: str, written: str) -> LicenseResolution | None:
    """What to say of several licences in one statement: which may be chosen, or that they apply together."""
    shown = _shown(written)
    if re.search(r"(?:\+|[ -]or[ -](?:any[ -])?later(?:[ -]version)?)$", plain):
        first = _named(re.sub(r"(?:\+|[ -]or[ -](?:any[ -])?later(?:[ -]version)?)$", "", plain).rstrip(", "))
        return (
            LicenseResolution(None, f"{shown} allows later versions too; choose one: {first.spdx}", (first,))
            if first
            else None
        )
    parts = [
        part.strip()
        for part in re.split(
            r"\s+or\s+|\s+and\s+|\s*[,;|&]\s*|(?<=[\w)])/(?=[\w(])",
            _MARKDOWN_LINK.sub(r"\1", plain.strip("()")),
        )
    ]
    if len(parts) < 2 or any(part in ("", "-") for part in parts) or "://" in plain:
        return None
    known = [_named(part.strip("() ")) for part in parts]
    named = tuple(dict.fromkeys(license for license in known if license))
    if re.search(r"\s(?:and|with)\s|&", plain):
        return (
            LicenseResolution(None, f"{shown} puts it under several licences at once, and a record has one")
            if any(known) or all(map(is_spdx, parts))
            else None
        )
    if not named:
        return None
    offered = " or ".join(license.spdx for license in named)
    if all(known) or all(
        license or is_spdx(part.strip("() ")) for license, part in zip(known, parts, strict=True)
    ):
        return LicenseResolution(
            None, f"{shown} names several licences; if they are a choice, choose one: {offered}", named
        )
    return None


def _shown(written: str) -> str:
    return repr(written[:_LONGEST_NAME]) + "…" * (len(written) > _LONGEST_NAME)


def _why_not(text: str, written: str) -> str:
    shown = _shown(written)
    parts = re.split(r"[-_/ ]", text)
    joined = "".join(parts)
    if not text:
        return "no licence is given"
    if "nc" in parts or re.search(r"non?commercial|notforprofit|nocommercial", joined):
        return f"{shown} forbids commercial use, so it cannot be reused freely with the rest"
    if "nd" in parts or "noderiv" in joined:
        return f"{shown} forbids derivatives, so nobody could index, translate or correct it"
    if text in _UNSTATED:
        return f"{shown} says that no licence is given, and without one nobody may reuse it"
    if text in _PUBLIC_DOMAIN or re.search("public-domain|publicdomain/mark", text):
        return f"{shown} says that a work has no owner, and grants nothing; if its owner dedicated it, write CC0-1.0"
    if _LIMITED_USE.search(text):
        return f"{shown} limits who may use it and for what, so it cannot be reused freely with the rest"
    if family := _of_family(text):
        return f"{shown} names a family, not one licence with its version; {family}"
    if " with " in text:
        return f"{shown} changes a licence by an exception, and no pool of this commons takes it"
    if kind := _kinds().get(text):
        return _of_kind(shown, kind, text)
    if _OTHER_COMMONS.search(text):
        return f"{shown} is an open licence, but no pool of this commons takes it"
    if _GNU.search(text):
        return _of_kind(shown, "Copyleft", text)
    if _RESERVED.search(text):
        return f"{shown} keeps the rights with the owner, so nobody may reuse it"
    if text.startswith("openrail") or "rail" in parts:
        return f"{shown} restricts what it may be used for, so it cannot be reused freely with the rest"
    meant = near_misses.question(text.replace(" ", "-"), BY_SPDX) if len(text) <= _LONGEST_NAME else ""
    return f"{shown} is not an SPDX licence id" + (f"; {meant}" if meant else "")


def _of_family(text: str) -> str:
    plain = " ".join(re.sub(r"\b(?:the|licen[sc]e)\b", " ", text.replace("_", "-")).split())
    if family := _FAMILY.fullmatch(plain):
        versions = [
            spdx for spdx in BY_SPDX if re.fullmatch("CC-BY-SA-.*" if family[2] else r"CC-BY-\d.*", spdx)
        ]
        return near_misses.did_you_mean(versions)
    if plain in _FAMILIES:
        return "say which one"
    return ""


def _of_kind(shown: str, kind: str, text: str) -> str:
    if kind in _COPYLEFT:
        return f"{shown} asks that whatever uses it stays under it (copyleft), and no pool of this commons is for it"
    if kind not in ("Permissive", "Public Domain"):
        return f"{shown} is no open licence ({kind.lower()}), so it cannot be reused freely with the rest"
    if _DATA_LICENSE.match(text):
        return f"{shown} is an open licence, but no pool of this commons takes it"
    return f"{shown} is a licence for software, and no pool of this commons takes it"


def load() -> None:
    """Load the list of all licences, for a process that can open nothing afterwards."""
    _kinds()


def is_spdx(written: str) -> bool:
    return written.strip().lower() in _kinds()


@cache
def _kinds() -> dict[str, str]:
    """Every id of SPDX in lower case, also those that newer ones replaced -> of what kind ScanCode's list says the licence is."""
    kinds = {}
    for entry in get_license_index():
        for spdx in (entry.get("spdx_license_key"), *entry.get("other_spdx_license_keys", ())):
            if spdx and not spdx.startswith("LicenseRef-") and not entry["is_exception"]:
                kinds[spdx.lower()] = entry["category"]
    return kinds
