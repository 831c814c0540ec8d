"""What a source says of its licence, in its own words: a licence file, a line of a README, a name, an address.

    read({"LICENSE": "Attribution 4.0 International …"}, ["The data is licensed under CC BY 4.0."]).suitability   -> accept

Names are found by pattern, then weighed: a restriction (no commercial use, no derivatives) refuses unless the data is put under an open
licence in so many words; silence refuses; contradictions, parts that others own, and licences made for software alone are for a person.
It is a reader's first look, not legal advice, and cannot know what the words leave out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

_HEAD_CHARACTERS = 1500  # of a licence file: what follows defines terms and mentions other licences
_ADDRESS = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)")
_SHORT = re.compile(r"\bcc[ -]by((?:[ -](?:nc|nd|sa))*)(?:[ -]v?(\d\.\d))?\b")
_LONG = re.compile(
    r"(?:\battribution|(?<=creative commons))((?:[ -]+(?:non-? ?commercial|no-? ?deriv(?:ative|ativework)?s?|share-? ?alike))*)"
    r"(?: international| unported| public license)?,? (?:version )?v?(\d\.\d)?"
)
_OTHERS = {
    "CC0-1.0": r"\bcc0\b|publicdomain/zero/1\.0|cc zero",
    "PDDL-1.0": r"\bpddl\b|licenses/pddl|public domain dedication and licen[sc]e",
    "ODbL-1.0": r"open database licen[sc]e|\bodbl\b",
    "ODC-By-1.0": r"opendatacommons\.org/licenses/by/|\bodc[ -]by\b",
    "CDLA-Permissive-2.0": r"cdla[ -]permissive(?:[ -]2\.0)?",
    "CDLA-Sharing-1.0": r"cdla[ -]sharing|community data license agreement [–-] sharing",
    "Unlicense": r"free and unencumbered software released into the public domain|\bunlicen[sc]e\b",
    "MIT": r"\bmit licen[sc]e\b|permission is hereby granted, free of charge, to any person obtaining a copy|^mit\b",
    "Apache-2.0": r"apache (?:software )?licen[sc]e,? (?:version )?2\.0|apache[ -]2\.0|apache\.org/licenses/license-2\.0",
    "AGPL-3.0-only": r"\bagpl|affero general public",
    "GPL-3.0-only": r"(?<!lesser )(?<!affero )gnu general public licen[sc]e\W+(?:version 3|v3)|\bgplv?-?3",
    "LGPL-3.0-only": r"\blgpl|lesser general public",
}
_NAMES = {spdx: re.compile(pattern) for spdx, pattern in _OTHERS.items()}
_FOR_SOFTWARE = {"GPL-3.0-only", "AGPL-3.0-only", "LGPL-3.0-only"}
_LICENSE_FILE = re.compile(
    r"(?i)(?:^|[/_-])(?:un)?licen[sc]e(?:\.(?:md|txt|rst))?$|(?:^|/)copying|(?:^|/)cc-by"
)
_STATES = re.compile(
    r"licen[sc]ed|released|published|distributed|dedicat|available|waive|apply|agree|to cc0|under the|cc_by"
)
_OF_DATA = re.compile(r"\b(?:data|datasets?|corpus|content|texts?|materials?|annotations?)\b")
_OF_CODE = re.compile(r"\b(?:code|scripts?|software|library|inference|weights)\b")
_OF_ALL = re.compile(r"\bthis (?:work|project|repository|dataset) is licen[sc]ed\b")
_OF_OTHERS = re.compile(
    r"\brespective licen[sc]es?\b|\blicen[sc]es are subject to\b|\bdue to licen[sc]e\b|\bunder (?:its|their) own (?:licen[sc]e|terms)"
)


class Suitability(StrEnum):
    ACCEPT = "accept"
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True)
class LicenseReading:
    """The licences that are named (SPDX ids in the order of the text), and what to make of them."""

    suitability: Suitability
    licenses: tuple[str, ...]
    reason: str


def named_in(text: str) -> tuple[str, ...]:
    """The SPDX ids of the licences that a text names, each once."""
    flat = re.sub(r"[\s*_>\"]+", " ", text.replace("CC_BY", "CC BY")).lower()
    names: dict[str, None] = {}
    for terms, version in _ADDRESS.findall(flat):
        names[f"CC-{terms.upper()}-{version}"] = None
    for pattern in (_SHORT, _LONG):
        for terms, version in pattern.findall(flat):
            letters = "".join(
                f"-{short}"
                for short, long in (("NC", "nc|non"), ("ND", "nd|deriv"), ("SA", "sa|share"))
                if re.search(long, terms)
            )
            if version or letters:
                names[f"CC-BY{letters}" + (f"-{version}" if version else "")] = None
    for spdx, pattern in _NAMES.items():
        if pattern.search(flat):
            names[spdx] = None
    # A name without its version says nothing new beside the same name with it.
    return tuple(name for name in names if not any(other.startswith(f"{name}-") for other in names))


def read(files: Mapping[str, str], lines: Iterable[str] = ()) -> LicenseReading:
    """What to make of a source with these files (path to text), and these lines of its README."""
    lines = list(lines)
    in_files: list[str] = []
    for path, text in files.items():
        if _LICENSE_FILE.search(path):
            in_files += _of_parts(text[:_HEAD_CHARACTERS])
    stated = [(line.lower(), named_in(line)) for line in lines if _STATES.search(line.lower())]
    of_data = [name for line, names in stated if _OF_DATA.search(line) for name in names]
    everywhere = list(dict.fromkeys([*in_files, *(name for _, names in stated for name in names)]))
    if any(_OF_OTHERS.search(line.lower()) for line in lines):
        return LicenseReading(
            Suitability.REVIEW, tuple(everywhere), "parts of it stand under terms of others"
        )
    if restricted := [name for name in everywhere if _restricts(name)]:
        if of_data and not any(_restricts(name) for name in of_data):
            return LicenseReading(
                Suitability.ACCEPT,
                tuple(dict.fromkeys(of_data)),
                "the data is put under an open licence in so many words",
            )
        return LicenseReading(
            Suitability.REFUSE, tuple(everywhere), f"{restricted[0]} forbids commercial use or derivatives"
        )
    if not everywhere:
        return LicenseReading(Suitability.REFUSE, (), "no licence is stated")
    if set(everywhere) & _FOR_SOFTWARE:
        return LicenseReading(
            Suitability.REVIEW,
            tuple(everywhere),
            "a licence made for software, of which the data may be no part",
        )
    whole = {name for line, names in stated if _OF_ALL.search(line) for name in names}
    if whole and in_files and not whole & set(in_files):
        return LicenseReading(
            Suitability.REVIEW, tuple(everywhere), "file and README name different licences for the same work"
        )
    return LicenseReading(Suitability.ACCEPT, tuple(everywhere), "an open licence is stated")


def _of_parts(text: str) -> list[str]:
    """The licences of a licence file, without those that a paragraph or heading puts on code alone."""
    parts = re.split(r"\n\s*\n", text)
    of_code = [bool(_OF_CODE.search(part.lower()) and not _OF_DATA.search(part.lower())) for part in parts]
    named = [named_in(part) for part in parts]
    of_data = [name for names, code in zip(named, of_code, strict=True) if not code for name in names]
    return list(dict.fromkeys(of_data or [*(name for names in named for name in names), *named_in(text)]))


def _restricts(name: str) -> bool:
    return bool({"NC", "ND"} & set(name.split("-")))
