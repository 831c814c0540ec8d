"""How the cells of a delimited text are told apart, found out from its first lines.

    dialect = dialects.find(lines, is_whole, "notes.csv", options)

Each dialect that may be meant reads the lines, and the one is taken whose records of one width cover most *characters*; a line with names
that we know decides before that. Why not ``clevercsv``: it looks at the pattern and the types of all cells, which prose with commas and
semicolons in every cell misleads. Of 480 tables made from published sets it told 406, this tells 480 in half the
time (scripts/bench/dialects.md).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from commons.errors import InputError
from commons.intake.formats import headers
from commons.intake.formats.line_records import Dialect, LineRecords
from commons.intake.raw_rows import ReadingOptions

SAMPLE_CHARACTERS = 100_000
_DELIMITERS = ",;\t|"
_BY_SUFFIX = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_WORDS = {
    ",": "CSV",
    ";": "CSV with semicolons",
    "\t": "TSV",
    "|": "text with vertical bars",
    "": "text in one column",
}
# Excel's word for the delimiter, which only Excel takes off.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE | re.DOTALL)
_LEAST_SHARE = 0.6  # of the characters, for a delimiter that no name speaks for
_LEAST_SHARE_NAMED = (
    0.2  # where the file's name says that it has columns, and its first record looks like their names
)
_SURE_NAMES = 2
_HEADER_RECORDS = 30  # from the top, within which names may stand
_MANY_STRAYS = 3
_MOSTLY = 0.9


@dataclass(frozen=True)
class _Trial:
    """What the lines look like when they are read in a dialect."""

    dialect: Dialect
    share: float = 0.0  # of the characters, in records of the usual width
    names: int = 0  # that we know, in the line that has most of them
    strays: int = 0  # lines with a quote where none belongs
    quoted: int = 0  # records with a quoted cell
    has_header: bool = False  # the first record has more cells than any other, or looks like names


def description(dialect: Dialect) -> str:
    """The dialect in plain words."""
    kind = _WORDS.get(dialect.delimiter, f"text with {dialect.delimiter!r} between its cells")
    parts = [kind]
    if dialect.has_backslashes:
        parts.append("backslashes before quotes")
    if dialect.has_blanks:
        parts.append("blanks after delimiters left out")
    if not dialect.quote and dialect.delimiter:
        parts.append("nothing quoted")
    if dialect.quote not in ("", '"'):
        parts.append(f"quoted with {dialect.quote}")
    return ", ".join(parts)


def separator_line(line: str) -> str:
    """The delimiter that a first line ``sep=;`` names; empty for any other line."""
    match = _SEPARATOR_LINE.fullmatch(line.rstrip("\r\n"))
    return match[1] if match else ""


def find(lines: Sequence[str], name: str, options: ReadingOptions, *, is_whole: bool) -> Dialect:
    """The dialect of a text that begins with ``lines``, or is no more than these. Raises InputError (``file-format``)."""
    _refuse_impossible(options)
    text = "".join(lines)
    trials = [_try(lines, dialect, options, is_whole=is_whole) for dialect in _candidates(text, options)]
    trials.sort(
        key=lambda trial: (-min(trial.names, _SURE_NAMES), -round(trial.share, 3))
    )  # else as they stand
    best = trials[0] if trials else _Trial(Dialect(""))
    if not options.delimiter and not _has_columns(best, lines, name, options):
        return _single_column(lines, name, options, is_whole=is_whole)
    return _with_quotes(best, trials).dialect


def _refuse_impossible(options: ReadingOptions) -> None:
    """Raise InputError for what no cell can be told apart by."""
    for option, character in (("--delimiter", options.delimiter), ("--quote", options.quote or "")):
        if (
            len(character) > 1
            or character in ("\r", "\n")
            or (character and character == " " == options.quote)
        ):
            raise InputError(
                f"{character!r} cannot be what {option} names.",
                hint=f"Name one character, for example {option} {';' if option == '--delimiter' else chr(39)!s}",
                code="file-format",
            )


def _candidates(text: str, options: ReadingOptions) -> Iterator[Dialect]:
    """The likeliest first: where two read a text equally well, the first is meant."""
    delimiters = [options.delimiter] if options.delimiter else [sign for sign in _DELIMITERS if sign in text]
    for delimiter in delimiters:
        for quote in ('"', "") if options.quote is None else (options.quote,):
            plain = Dialect(delimiter, quote)
            yield plain
            if quote and f"\\{quote}" in text and quote == '"':
                yield replace(plain, has_backslashes=True)
            if quote and f"{delimiter} {quote}" in text and delimiter != "\t":
                yield replace(plain, has_blanks=True)


def _try(lines: Sequence[str], dialect: Dialect, options: ReadingOptions, *, is_whole: bool) -> _Trial:
    sizes: Counter[int] = Counter()  # width -> characters
    first: tuple[str, ...] = ()
    total = names = strays = quoted = 0
    opening = (
        re.compile(f"(?:^|{re.escape(dialect.delimiter)}) *{re.escape(dialect.quote)}")
        if dialect.quote
        else None
    )
    for place, record in enumerate(LineRecords(lines, dialect, first=1)):
        if record.is_blank:
            continue
        if record.is_open and not is_whole and total:
            total += sum(map(len, lines[record.line - 1 :])) // 2  # cut off here, or a quote that was none
            break
        total += len(record.text)
        strays += bool(record.fault)
        if opening and not record.fault and opening.search(record.text):
            quoted += 1
        first = first or record.cells
        if len(record.cells) > 1:
            sizes[len(record.cells)] += len(record.text)
            if place < _HEADER_RECORDS:
                names = max(names, headers.names_in(record.cells, options.wanted))
    share = max(sizes.values(), default=0) / total if total else 0.0
    return _Trial(dialect, share, names, strays, quoted, _is_header(first, sizes))


def _is_header(cells: Sequence[str], sizes: Mapping[int, int]) -> bool:
    return len(cells) > 1 and (len(cells) >= max(sizes) or all(map(headers.may_be_name, cells)))


def _has_columns(best: _Trial, lines: Sequence[str], name: str, options: ReadingOptions) -> bool:
    """Whether the text has columns, and not delimiters in its prose."""
    if best.names >= _SURE_NAMES:
        return True
    if _may_be_prose(name) and not best.names and _looks_like_prose(best.dialect, "".join(lines)):
        return False
    first = next((line for line in lines if line.strip()), "")
    if headers.names_in([first.strip().strip('"')], options.wanted):  # alone on its line
        return False
    return best.share >= (_LEAST_SHARE_NAMED if best.has_header and not _may_be_prose(name) else _LEAST_SHARE)


def _single_column(lines: Sequence[str], name: str, options: ReadingOptions, *, is_whole: bool) -> Dialect:
    """Prose begins with quotes that quote no cell, so quotes count only where cells are written so."""
    if options.quote is not None:
        return Dialect("", options.quote)
    trial = _try(lines, Dialect("", '"'), options, is_whole=is_whole)
    most = 0 if _may_be_prose(name) else max(_MANY_STRAYS - 1, trial.quoted)
    return Dialect("", '"' if trial.strays <= most else "")


def _may_be_prose(name: str) -> bool:
    return PurePath(name).suffix.lower() in ("", ".txt")


def _looks_like_prose(dialect: Dialect, text: str) -> bool:
    """Whether a blank follows the sign wherever it stands, as in sentences, or there are quotes that quote no cells."""
    sign = dialect.delimiter
    follows = text.count(f"{sign} ") >= _MOSTLY * text.count(sign) if sign else False
    return follows or (not dialect.quote and '"' in text)


def _with_quotes(best: _Trial, trials: Sequence[_Trial]) -> _Trial:
    """That nothing is quoted reads every line, the damaged ones too; so not where more cells are quoted than are damaged."""
    if best.dialect.quote:
        return best
    quoting = [
        trial
        for trial in trials
        if trial.dialect.delimiter == best.dialect.delimiter
        and trial.dialect.quote
        and trial.quoted > trial.strays
    ]
    return max(quoting, key=lambda trial: trial.share, default=best)
