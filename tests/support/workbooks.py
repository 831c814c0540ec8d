"""Workbooks as bytes, written part by part, so that each oddity of a sheet can be made and nothing else is in the way.

workbooks.xlsx(Sheet("Data", [["title", "text"], ["Moon", Formula("It orbits.")]], merged=("A2:A3",)))
"""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_EPOCH = datetime(1899, 12, 30)
_DATE, _TIME = 1, 2  # places among the styles


@dataclass(frozen=True)
class Formula:
    """A formula, of which the value that was saved with it is read."""

    value: Any


@dataclass(frozen=True)
class Mistake:
    """A cell whose value is an error."""

    name: str = "#N/A"


@dataclass(frozen=True)
class Sheet:
    """``rows`` begin at row and column ``at``, from 1; a cell of None is not written."""

    name: str
    rows: list[list[Any]]
    at: tuple[int, int] = (1, 1)
    merged: tuple[str, ...] = ()
    hidden: bool = False


def _zip(parts: dict[str, str | bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


def xlsx(*sheets: Sheet) -> bytes:
    """An Excel workbook."""
    places = range(1, len(sheets) + 1)
    states = ['state="hidden" ' if sheet.hidden else "" for sheet in sheets]
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" {state}r:id="r{n}"/>'
        for n, sheet, state in zip(places, sheets, states, strict=True)
    )
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in places
    )
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22))  # none, a date, a date and time
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _root("xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">{related}<Relationship Id="s" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3">{styles}</cellXfs></styleSheet>',
    }
    parts |= {
        f"xl/worksheets/sheet{n}.xml": _xlsx_sheet(sheet) for n, sheet in zip(places, sheets, strict=True)
    }
    return _zip(parts)


def _root(workbook: str) -> str:
    return f'<Relationships xmlns="{_RELS}"><Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="{workbook}"/></Relationships>'


def _xlsx_sheet(sheet: Sheet) -> str:
    rows = "".join(
        f'<row r="{number}">'
        + "".join(
            _xlsx_cell(f"{letters(place)}{number}", cell) for place, cell in enumerate(row, sheet.at[1])
        )
        + "</row>"
        for number, row in enumerate(sheet.rows, start=sheet.at[0])
    )
    ranges = "".join(f'<mergeCell ref="{place}"/>' for place in sheet.merged)
    merged = f"<mergeCells>{ranges}</mergeCells>" if ranges else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{merged}</worksheet>'


def letters(place: int) -> str:
    """What a sheet calls its column: A for 1, AA for 27."""
    text = ""
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _xlsx_cell(place: str, cell: Any) -> str:
    formula = ""
    if isinstance(cell, Formula):
        formula, cell = "<f>A1</f>", cell.value
    match cell:
        case None:
            return ""
        case Mistake():
            return f'<c r="{place}" t="e">{formula}<v>{cell.name}</v></c>'
        case bool():
            return f'<c r="{place}" t="b">{formula}<v>{int(cell)}</v></c>'
        case datetime():
            return f'<c r="{place}" s="{_TIME}"><v>{(cell - _EPOCH).total_seconds() / 86400!r}</v></c>'
        case date():
            return f'<c r="{place}" s="{_DATE}"><v>{(datetime.combine(cell, datetime.min.time()) - _EPOCH).days}</v></c>'
        case int() | float():
            return f'<c r="{place}">{formula}<v>{cell!r}</v></c>'
        case _ if formula:
            return f'<c r="{place}" t="str">{formula}<v>{escape(cell)}</v></c>'
        case _:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'


def ods(*sheets: Sheet) -> bytes:
    """An OpenDocument workbook."""
    spaces = " ".join(f'xmlns:{part}="{_ODF}:{part}:1.0"' for part in ("office", "table", "text"))
    tables = "".join(
        f"<table:table table:name={quoteattr(sheet.name)}>"
        + "<table:table-row><table:table-cell/></table:table-row>" * (sheet.at[0] - 1)
        + "".join(_ods_row(row, sheet.at[1]) for row in sheet.rows)
        + "</table:table>"
        for sheet in sheets
    )
    return _zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0"/>',
            "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _ods_row(row: list[Any], first: int) -> str:
    before = "<table:table-cell/>" * (first - 1)
    return f"<table:table-row>{before}{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case bool():
            return (
                f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
            )
        case date():
            return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
        case int() | float():
            return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
        case _:
            return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def xlsb(sheet: Sheet) -> bytes:
    """An Excel workbook in its binary form, of texts and numbers (MS-XLSB, sections 2.1.4 and 2.4)."""
    bundle = struct.pack("<II", 0, 1) + _wide("r1") + _wide(sheet.name)
    book = b"".join((_record(131), _record(143), _record(156, bundle), _record(144), _record(132)))
    last = (len(sheet.rows), max(map(len, sheet.rows)))
    cells = [_record(129), _record(148, struct.pack("<IIII", 0, last[0] - 1, 0, last[1] - 1)), _record(145)]
    for number, row in enumerate(sheet.rows):
        cells.append(_record(0, struct.pack("<II", number, 0) + bytes(9)))
        for place, cell in enumerate(row):
            head = struct.pack("<II", place, 0)
            is_text = isinstance(cell, str)
            cells.append(
                _record(6, head + _wide(cell)) if is_text else _record(5, head + struct.pack("<d", cell))
            )
    cells += [_record(146), _record(130)]
    related = f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.bin"/>'
    return _zip(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": _root("xl/workbook.bin"),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{_RELS}">{related}</Relationships>',
            "xl/worksheets/sheet1.bin": b"".join(cells),
        }
    )


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(content)
    while left >= 128:
        size, left = size + bytes([left & 0x7F | 0x80]), left >> 7
    return head + size + bytes([left]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")
