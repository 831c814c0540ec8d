"""Escaping belongs to the place of output: foreign text is data, and becomes harmless where it is shown, by this one table.

    escape(text)              one line of Markdown            code(text)          one line of Markdown as code
    terminal(text)            a terminal                      html_text(text)     HTML, text or attribute
    github_message(text)      a GitHub annotation's words     github_property(v)  its file name, title, …
    csv_cell(text)            a cell that a spreadsheet opens
    bibtex(text)              a value in braces              latex(text)         the same, for fields that LaTeX sets

Templates escape by themselves (``space_app``, the local Hub); this is for what is put together in code. The tests go through
``PLACES``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@])")
# Needed inside words of many scripts and emoji, and harmless: they order nothing and hide nothing but themselves.
_JOINERS = frozenset("\u200c\u200d")
_BIBTEX = re.compile(r"[{}\\`@]")
_LATEX = re.compile(r"[&%$#_]")
_LATEX_ACCENTS = re.compile(r"[~^]")  # which would stand over the next letter
# What a spreadsheet may run: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape(text: str) -> str:
    """One line without Markdown and without HTML."""
    return _MARKDOWN.sub(r"\\\1", html.escape(_one_line(text), quote=False))


def code(text: str) -> str:
    """One line as code, whatever it holds; CommonMark ends a span only at as many backticks as began it."""
    flat = _one_line(text) or " "
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {flat} " if flat.startswith("`") or flat.endswith("`") else flat
    return f"{fence}{padded}{fence}".replace("|", "\\|")  # a pipe ends a table's cell even inside code


def terminal(text: str) -> str:
    """Without what commands a terminal, turns its reading order around, or cannot be seen; line ends and tabs stay."""
    return "".join(
        character if _is_plain(character) or character in "\n\t" else _spelt(character) for character in text
    )


def html_text(text: str) -> str:
    """For the text of an element or the value of a quoted attribute."""
    return html.escape(text, quote=True)


def github_message(text: str) -> str:
    """The words of a workflow command, https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
    return "".join(_in_command(character, "%\r\n") for character in text)


def github_property(text: str) -> str:
    """A property of a workflow command, where a comma or a colon would begin another."""
    return "".join(_in_command(character, "%\r\n:,") for character in text)


def csv_cell(text: str) -> str:
    """A value that no spreadsheet takes for a formula; quoting it is the CSV writer's work."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def bibtex(text: str) -> str:
    """A value in braces: without what BibTeX, or a fence around it, would take for its own."""
    return _one_line(_BIBTEX.sub(" ", text))


def latex(text: str) -> str:
    """A value in braces that is set as text: what would be a comment, a formula or an accent is a sign."""
    return _LATEX.sub(r"\\\g<0>", _LATEX_ACCENTS.sub(" ", bibtex(text)))


PLACES: Mapping[str, Callable[[str], str]] = {
    "Markdown": escape,
    "Markdown code": code,
    "terminal": terminal,
    "HTML": html_text,
    "GitHub message": github_message,
    "GitHub property": github_property,
    "CSV": csv_cell,
    "BibTeX": bibtex,
    "LaTeX": latex,
}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_plain(character: str) -> bool:
    """Whether it shows itself and orders nothing: no control, format, surrogate or tag character, no Unicode line end."""
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _JOINERS


def _spelt(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _in_command(character: str, special: str) -> str:
    if character in special:
        return f"%{ord(character):02X}"
    return character if _is_plain(character) or character == "\t" else _spelt(character)
