"""The names of licences in running text: in any wording, by address, by SPDX id; and what is left of the sentence without them.

separate("The data is under CC BY-NC 4.0.").licenses       ("CC-BY-NC-4.0",)
separate("The data is under CC BY-NC 4.0.").rest           "The data is under ."
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from commons.governance import licenses

_RESTRICTIONS = (("NC", r"\bnc\b|non"), ("ND", r"\bnd\b|no-? ?deriv"), ("SA", r"\bsa\b|share"))
_TERMS = r"non-? ?commercial|no-? ?deriv(?:ative|s|ative works?|atives|ativeworks?)?|share-? ?alike|nc|nd|sa"
_VERSION = (
    r"(?:[ ,-]*+\b(?:international|unported|generic|public licen[sc]e|licen[sc]e|united states|us)\b)*+"
    r"[ ,-]*+(?:\(?(?:version |v\.? ?)?([1-4](?:\.\d)?)(?![\d.]*\d)\)?)?"
)
_CREATIVE_COMMONS = re.compile(
    rf"(?:creative[ -]commons|\bcc)[ :-]*(?:\(cc\) ?)?(?:by\b|attribution\b)?((?:[ /-]*(?:{_TERMS})\b)*){_VERSION}|\battribution((?:[ -]*(?:{_TERMS})\b)*){_VERSION}"
)
_BY = re.compile(r"\bby\b|attribution|non|share|nc|nd|sa|deriv")
_ADDRESS = re.compile(r"creativecommons\.org/licen[sc]es/([a-z-]+)(?:/(\d\.\d))?[a-z/.]*")
_PATTERNS = {
    "CC0-1.0": r"creativecommons\.org/publicdomain/zero/1\.0[a-z/.]*|creative commons zero(?: v?1\.0)?(?: universal)?|(?:creative commons )?\bcc[ -]?0\b(?:[ -]v?1\.0)?(?: universal)?|\bcc[ -]zero\b(?: 1\.0)?",
    "PDDL-1.0": r"(?:open data commons )?(?:odc[ -])?public domain dedication (?:and|&) licen[sc]e(?: \(pddl\))?(?:[ ,]*v?(?:ersion )?1\.0)?|\b(?:odc-)?pddl\b(?:[ -]v?1\.0)?|opendatacommons\.org/licen[sc]es/pddl[a-z0-9/.-]*",
    "ODbL-1.0": r"(?:open data commons |odc )?open database licen[sc]e(?: \(odbl\))?(?:[ ,]*v?(?:ersion )?1\.0)?|\bodbl\b(?:[ -]*v?1\.0)?|opendatacommons\.org/licen[sc]es/odbl[a-z0-9/.-]*",
    "ODC-By-1.0": r"open data commons attribution(?: licen[sc]e)?(?: \(odc-by\))?(?: v?1\.0)?|\bodc[ -]by\b(?:[ -]v?1\.0)?|odc attribution licen[sc]e|opendatacommons\.org/licen[sc]es/by/[a-z0-9/.-]*",
    "CDLA-Permissive-2.0": r"cdla[ -]permissive[ -](?:v|version )?2(?:\.0)?|community data license agreement\W+permissive\W+version 2\.0",
    "CDLA-Permissive-1.0": r"cdla[ -]permissive[ -](?:v|version )?1(?:\.0)?|community data license agreement\W+permissive\W+version 1\.0",
    "CDLA-Sharing-1.0": r"cdla[ -]sharing(?:[ -]1\.0)?|cdla 1\.0 sharing|community data license agreement\W+sharing(?:\W+version 1\.0)?",
    "Unlicense": r"unlicense\.org|\bunlicense\b",
    "MIT": r"\bmit[ -]licen[sc]ed?\b(?: \(mit\))?|\bexpat licen[sc]e|opensource\.org/licen[sc]es/mit\b|(?<![\w-])mit(?![\w-])(?! press| university| media| csail| lab| ocw)",
    "Apache-2.0": r"apache(?: software)?(?:[ -]licen[sc]e)?,?[ -](?:version |v)?2(?:\.0)?(?: licen[sc]e)?(?![.\d])|apache\.org/licen[sc]es/licen[sc]e-2\.0[a-z.]*",
    "AGPL-3.0-only": r"\bagpl[ -]?v?3?(?:\.0)?(?:-only|-or-later|\+)?|(?:gnu )?affero general public licen[sc]e[ ,]*(?:version |v)?3?(?:\.0)?",
    "LGPL-3.0-only": r"\blgpl[ -]?v?[23]?(?:\.\d)?(?:-only|-or-later|\+)?|(?:gnu )?(?:lesser|library) general public licen[sc]e[ ,]*(?:version |v)?[23]?(?:\.\d)?",
    "GPL-3.0-only": r"\bgpl[ -]?v?[23]?(?:\.0)?(?:-only|-or-later|\+)?(?![\w-])|(?:gnu )?general public licen[sc]e[ ,]*(?:version |v)?[23]?(?:\.0)?",
    "GFDL-1.3-only": r"\bgfdl\b|free documentation licen[sc]e",
    "BSD-3-Clause": r"\bbsd\b(?:[ -]?[0-4][ -]clause)?|\b[234][ -]clause bsd",
    "MPL-2.0": r"\bmpl\b(?:[ -]v?2\.0)?|mozilla public licen[sc]e",
    "OGL-UK-3.0": r"open government licen[sc]e|\bogl\b",
    "OpenRAIL": r"\b(?:open)?rail\b(?:-?\+\+)?(?:-m)?|bigscience",
}  # fmt: skip
_OTHERS = {spdx: re.compile(pattern) for spdx, pattern in _PATTERNS.items()}
_FOR_SOFTWARE = ("AGPL", "LGPL", "GPL", "BSD", "MPL", "ISC", "Zlib", "EPL", "EUPL", "WTFPL", "0BSD", "MIT-0")
_ID = re.compile(r"(?<![\w/.-])[A-Za-z0-9]+(?:-[A-Za-z0-9.+]+)+(?![\w/-])")
_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class SeparatedNames:
    """The SPDX ids (without a version where none is given) in the order of the table, and the text without the names."""

    licenses: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class DeclaredLicense:
    """A field's licences; ``understood`` when each is known, ``choice`` when one may choose."""

    licenses: tuple[str, ...]
    understood: bool
    choice: bool = False


def separate(text: str) -> SeparatedNames:
    names: dict[str, None] = {}

    def take(name: str) -> str:
        names[name] = None
        return _PLACE

    rest = re.sub(r"[\s*`_\"]+", " ", text)
    rest = _ID.sub(lambda match: take(_canonical(match[0])) if _is_other(match[0]) else match[0], rest)
    rest = _lower_sub(_ADDRESS, rest, lambda match: take(_creative_commons(match[1], match[2])))
    for spdx, pattern in _OTHERS.items():
        rest = _lower_sub(pattern, rest, partial(_always, take, spdx))
    rest = _lower_sub(_CREATIVE_COMMONS, rest, lambda match: _taken(match, take))
    return SeparatedNames(tuple(names), rest)


def _always(take: Callable[[str], str], spdx: str, _: re.Match[str]) -> str:
    return take(spdx)


def _taken(match: re.Match[str], take: Callable[[str], str]) -> str:
    terms, version = (match[1] or match[3] or ""), (match[2] or match[4] or "")
    whole = match[0]
    if not _BY.search(whole) and not version:
        return whole  # "Creative Commons" alone names nothing, and stays for the reader of words
    if whole.startswith("attribution") and not terms and not version:
        return whole  # an everyday word
    return take(_creative_commons(f"by {terms}", version)) + _trailing(whole)


def _trailing(whole: str) -> str:
    return whole[len(whole.rstrip(" ,-")) :]


def _creative_commons(terms: str, version: str | None) -> str:
    letters = "".join(f"-{short}" for short, pattern in _RESTRICTIONS if re.search(pattern, terms))
    complete = version if not version or "." in version else f"{version}.0"
    return f"CC-BY{letters}" + (f"-{complete}" if complete else "")


def _lower_sub(pattern: re.Pattern[str], text: str, replaced: Callable[[re.Match[str]], str]) -> str:
    """Substitutes in the text what the pattern finds in its lower case, which has the same length for all that is matched."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters of Turkish and Lithuanian grow
        text = lower
    parts, position = [], 0
    for match in pattern.finditer(lower):
        parts += [text[position : match.start()], replaced(match)]
        position = match.end()
    return "".join([*parts, text[position:]])


def _is_other(written: str) -> bool:
    """An id of SPDX's list that the patterns below do not know."""
    lower = written.lower()
    return (
        licenses.is_spdx(written)
        and not lower.startswith(
            (
                "cc-by",
                "cc0",
                "mit",
                "apache-2",
                "odbl",
                "odc-by",
                "pddl",
                "gpl",
                "agpl",
                "lgpl",
                "unlicense",
                "cdla",
            )
        )
    ) or lower in ("mit-0", "apache-1.0", "apache-1.1")


def _canonical(written: str) -> str:
    known = licenses.resolve(written).license
    return known.spdx if known else written


def of_field(value: str) -> DeclaredLicense:
    """What a field that holds nothing but a licence says."""
    resolution = licenses.resolve(value)
    if resolution.license:
        return DeclaredLicense((resolution.license.spdx,), understood=True)
    if resolution.choices and re.search(r"\bor\b", value, re.IGNORECASE):
        parts = re.split(r"\bor\b", value.strip(" ()"), flags=re.IGNORECASE)
        understood = len(parts) == len(resolution.choices)
        return DeclaredLicense(
            tuple(c.spdx for c in resolution.choices), understood=understood, choice=understood
        )
    return DeclaredLicense(separate(value).licenses, understood=False)


def restricts(name: str) -> bool:
    return bool({"NC", "ND"} & set(name.split("-")))


def is_for_software(name: str) -> bool:
    return name.startswith(_FOR_SOFTWARE)


def is_version_of(name: str, family: str) -> bool:
    """``CC-BY-4.0`` of ``CC-BY``; ``CC-BY-SA-4.0`` is of another family."""
    return re.fullmatch(re.escape(family) + r"-\d[\d.]*", name) is not None
