"""Bibliography: records as reference managers, word processors and people take them, a reference a record.

    bibliography.written([reference], Style.BIBTEX)

A record is an entry of a dataset: its sources' authors wrote it, whoever contributed it is named apart, and its version is the revision of
the dataset in which it was read. Every form says the permalink, the licence and the id, so that ``commons verify-citation`` can be asked.
Records that share a source stay one by one, because what is cited, and can be checked word for word, is the record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from commons.escaping import escape, latex
from commons.evidence.harmless_text import json_text


class Style(StrEnum):
    TEXT = "text"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"
    RIS = "ris"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class BibliographicReference:
    """A record as it is cited; every value is one visible line.

    ``line`` is its citation; ``retrieved`` the last day on which a source was read, as ISO 8601; ``replaced_by`` the newest in its place.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    line: str
    lang: str
    license: str  # SPDX id
    contributor: str
    commons: str  # its name
    dataset: str
    revision: str
    url: str
    retrieved: str = ""
    replaced_by: str = ""
    disputed: bool = False

    @property
    def version(self) -> str:
        return f"{self.dataset}@{self.revision}"

    @property
    def remarks(self) -> str:
        """What the fields of no form have a place for."""
        parts = [
            f"License: {self.license}.",
            f"Contributed by {self.contributor}.",
            f"Record {self.id}, {self.dataset} at revision {self.revision}.",
            f"Replaced by {self.replaced_by}." if self.replaced_by else "",
            "Other records dispute it." if self.disputed else "",
        ]
        return " ".join(filter(None, parts))


def written(references: Sequence[BibliographicReference], style: Style) -> str:
    """One list, in the order given, that ends with a line end."""
    match style:
        case Style.TEXT:
            return "".join(f"{_line(each)}\n" for each in references)
        case Style.MARKDOWN:
            return "".join(
                f"{number}. {_markdown(each)}\n" for number, each in enumerate(references, start=1)
            )
        case Style.BIBTEX:
            return "\n".join(map(_bibtex, references))
        case Style.RIS:
            return "".join(map(_ris, references))
        case Style.CSL_JSON:
            return json_text([csl(each) for each in references], indent=2) + "\n"


def csl(reference: BibliographicReference) -> dict[str, Any]:
    """An item of CSL-JSON: https://resource.citationstyles.org/schema/latest/input/json/csl-data.json

    ``entry`` is what CSL calls an entry of a database; there is no field for a licence, which ``custom`` and ``note`` have.
    """
    item: dict[str, Any] = {
        "id": reference.id,
        "type": "entry",
        "title": reference.title,
        "author": [{"literal": author} for author in reference.authors],
        "contributor": [{"literal": reference.contributor}],
        "container-title": reference.commons,
        "source": reference.dataset,
        "version": reference.revision,
        "URL": reference.url,
        "language": reference.lang,
        "note": reference.remarks,
        "custom": {
            "license": reference.license,
            "record": reference.id,
            "revision": reference.revision,
            **({"replaced_by": reference.replaced_by} if reference.replaced_by else {}),
        },
    }
    if parts := _date_parts(reference.retrieved):
        item["accessed"] = {"date-parts": [parts]}
    return item


def _line(reference: BibliographicReference) -> str:
    parts = [
        reference.line,
        f"Contributed by {reference.contributor}.",
        f"Retrieved {reference.retrieved}." if reference.retrieved else "",
        f"{reference.version}, {reference.url}",
        f"(replaced by {reference.replaced_by})" if reference.replaced_by else "",
        "(disputed by other records)" if reference.disputed else "",
    ]
    return " ".join(filter(None, parts))


def _markdown(reference: BibliographicReference) -> str:
    """Foreign words escaped; the permalink, which is ours, is a link where it has an address."""
    if not reference.url.startswith(("http://", "https://")):
        return escape(_line(reference))
    head, _, tail = _line(reference).rpartition(reference.url)
    return f"{escape(head)} <{reference.url}> {escape(tail)}".rstrip()


def _bibtex(reference: BibliographicReference) -> str:
    fields = {
        "title": latex(reference.title),
        "author": " and ".join(f"{{{latex(author)}}}" for author in reference.authors),
        "howpublished": latex(f"{reference.commons}, {reference.dataset}"),
        "version": latex(reference.revision),
        "url": _address(reference.url),
        "urldate": reference.retrieved if _date_parts(reference.retrieved) else "",
        "langid": latex(reference.lang),
        "note": latex(reference.remarks),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{reference.id},\n{''.join(lines)}}}\n"


def _ris(reference: BibliographicReference) -> str:
    parts = _date_parts(reference.retrieved)
    lines = [
        ("TY", "DATA"),
        ("ID", reference.id),
        ("TI", reference.title),
        *(("AU", author) for author in reference.authors),
        ("A2", reference.contributor),
        ("T2", reference.commons),
        ("ET", reference.version),
        ("LA", reference.lang),
        ("Y2", "/".join(f"{part:02}" for part in parts) if parts else ""),
        ("UR", reference.url),
        ("N1", reference.remarks),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n\r\n"


def _address(url: str) -> str:
    """Verbatim but for what would end the value."""
    return re.sub(r"[{}\\\s]", lambda match: f"%{ord(match[0]):02X}", url)


def _date_parts(written_day: str) -> list[int]:
    """Year, month and day; nothing of what is no day."""
    try:
        day = date.fromisoformat(written_day)
    except ValueError:
        return []
    return [day.year, day.month, day.day]
