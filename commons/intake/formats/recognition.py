"""What a foreign file is: by its first bytes, and where these say nothing by its name.

    recognised = recognition.recognise(head, path)          before anything of the file is read: how it is packed, what it may be
    form = recognition.form_of(data, name)                  of what was in it

A name that is wrong keeps nobody out: a table is read as what it is, and that is said. What is no table, or must not be opened, is
refused for what it is.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePath

from commons.errors import InputError
from commons.intake.formats import MODULES, Data, Form, byte_order, suffixes, zip_members
from commons.intake.formats.unpacking import PACKINGS, Packing, without_suffix
from commons.records import file_kinds

HEAD_BYTES = 4096
_PACKINGS = {
    "gzip data": Packing.GZIP,
    "xz data": Packing.XZ,
    "zstd data": Packing.ZSTD,
    "a zip archive": Packing.ZIP,
}
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")  # a block, or the end of nothing
_FORMS = {"a Parquet file": Form.PARQUET, "an Arrow file": Form.ARROW}
_PARQUET = b"PAR1"  # also where what follows is damaged; a column may be called so as well
_ARROW_STREAM = b"\xff\xff\xff\xff"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of Excel before 2007, as of other programs of its time
_RDF = re.compile(
    r"^\s*(@prefix|@base|prefix\s+\S*:\s*<)|<rdf:RDF\b|<!DOCTYPE\s+rdf", re.IGNORECASE | re.MULTILINE
)
_OBO = re.compile(r"^format-version:|^\[Term\]\s*$", re.MULTILINE)
_PAGE = re.compile(r"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<(\?xml|!DOCTYPE|!--)")
_JSON = re.compile(r'\{\s*("|\}|\Z)|\[\s*(\{|\]|\Z)')
_JSON_LINE = re.compile(r"^\s*[{\[]", re.MULTILINE)
_LIGHT = (Form.DELIMITED, Form.JSON)  # text, which is loaded in no time


@dataclass(frozen=True)
class Recognition:
    """How a file is packed, and what it may hold: one form, or several where only unpacking tells."""

    packing: Packing
    forms: tuple[Form, ...]


def recognise(head: bytes, path: Path) -> Recognition:
    """What the file is that begins with ``head``, its first ``HEAD_BYTES``.

    Raises:
        InputError: ``file-format`` for what we do not read, ``file-disguised`` for what must not be read.
    """
    packing = packing_of(head)
    if packing is Packing.NONE:
        return Recognition(packing, (_form_of_head(head, str(path)),))
    named = suffixes.form_of(without_suffix(path.name))
    if packing is Packing.ZIP:
        is_named = named in MODULES and named not in _LIGHT  # a workbook by its name
        return Recognition(packing, (*_LIGHT, named) if named and is_named else tuple(MODULES))
    if named in MODULES:
        return Recognition(packing, tuple({*_LIGHT, named}))
    return Recognition(packing, tuple(MODULES))


def packing_of(head: bytes) -> Packing:
    """What a file is packed with that begins so."""
    if _BZIP2.match(head):
        return Packing.BZIP2
    return _PACKINGS.get(file_kinds.kind(head), Packing.NONE)


def form_of(data: Data, name: str) -> Form:
    """The form of unpacked bytes that bear this name. Raises InputError as ``recognise``, and for an archive in an archive."""
    head = bytes(data[:HEAD_BYTES])
    if packing_of(head) is Packing.ZIP and _is_workbook(data):
        return _readable(Form.SHEETS, name)
    return _form_of_head(head, name)


def misnomer(name: str, form: Form, packing: Packing) -> str:
    """In words, what the name of a file says wrongly of it; empty when it is right or says nothing."""
    suffix = PurePath(name).suffix.lower()
    named_packing = PACKINGS.get(suffix, Packing.NONE)
    is_workbook = packing is Packing.ZIP and form is Form.SHEETS
    if named_packing is not packing and not is_workbook:
        return f"though it is called {suffix}" if named_packing else f"packed with {packing}"
    named = suffixes.form_of(without_suffix(name))
    inner = PurePath(without_suffix(name)).suffix.lower()
    return f"though it is called {inner}" if named and named is not form else ""


def _is_workbook(data: Data) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return zip_members.is_workbook(archive)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return False


def _form_of_head(head: bytes, name: str) -> Form:
    kind = file_kinds.kind(head)
    text = _text_of(head)
    if kind in _FORMS:
        return _readable(_FORMS[kind], name)
    if head.startswith(_OLD_WORKBOOK):
        return _readable(Form.SHEETS, name)
    if head.startswith(_ARROW_STREAM):
        return _readable(Form.ARROW, name)
    if text and not kind.startswith("a Git") and _RDF.search(text):
        return _readable(Form.RDF, name)
    if kind or _BZIP2.match(head) or _PAGE.match(text.lstrip()):
        raise InputError(
            f"{name} is {kind or 'a web page' if not _BZIP2.match(head) else 'bzip2 data'}.",
            hint="Name a table: text such as CSV or JSON Lines, Parquet, or a sheet; unpack other archives first.",
            code="file-disguised",
        )
    if _MARKUP.match(text.lstrip()) and suffixes.form_of(PurePath(name).name) is not Form.RDF:
        raise InputError(
            f"{name} is XML, which has no table in it that we could know.",
            hint="Export its rows as CSV or JSON Lines.",
            code="file-format",
        )
    return _form_of_text(head, text, name)


def _form_of_text(head: bytes, text: str, name: str) -> Form:
    """What text without a mark of its own is: JSON by its first sign, else what its name says."""
    named = suffixes.form_of(without_suffix(PurePath(name).name))  # not packed, whatever it says
    if _OBO.search(text):
        return _readable(Form.OBO, name)
    if _JSON.match(text.lstrip()):
        return Form.JSON
    if named is None:
        return _unnamed(head, text, name)
    if named in (Form.PARQUET, Form.ARROW, Form.SHEETS) and _is_text(text) and not head.startswith(_PARQUET):
        return Form.DELIMITED
    if named is Form.JSON and _is_text(text) and "," in text and not _JSON_LINE.search(text):
        return Form.DELIMITED
    return _readable(named, name)


def _unnamed(head: bytes, text: str, name: str) -> Form:
    """Text in a file whose name says nothing is a table of one column or more; one whose name says something else is not."""
    if suffixes.may_be_text(without_suffix(PurePath(name).name)) and (_is_text(text) or not head):
        return Form.DELIMITED
    raise _unreadable(name)


def _text_of(head: bytes) -> str:
    """The head as text, without its byte order mark; what has no meaning in it stands there as a mark of that."""
    text = head.decode(byte_order.encoding(head) or "utf-8", "replace")
    return text.removeprefix("\ufeff")


def _is_text(text: str) -> bool:
    controls = sum(character < " " and character not in "\t\n\r\f" for character in text)
    return bool(text) and controls == 0


def _readable(form: Form, name: str) -> Form:
    if form not in MODULES:
        raise _unreadable(name)
    return form


def _unreadable(name: str) -> InputError:
    return InputError(
        f"{name} is of no format we read.",
        hint=f"Formats: {', '.join(suffixes.SUFFIXES)}; packed as {', '.join(PACKINGS)}.",
        code="file-format",
    )


def load() -> None:
    """Recognise text in each encoding, for a process that can open nothing afterwards."""
    for encoding in byte_order.ENCODINGS:
        form_of("text\na\n".encode(encoding), "sample.csv")
