"""What columns of strangers' tables probably hold: by their names, and for the text by what stands in them.

    columns.guess(names)                       for a report that a person reads before anything is signed
    columns.propose(names, rows, given)        for a command that asks, or says what it would have proposed

Only a proposal of a mapping; nothing is taken for a field because it is likely (what bears a field's own name is, see ``column_names``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from typing import Any

import langcodes

from commons.errors import InputError
from commons.gate.rows.sources import is_web_address
from commons.gate.wording import conjunction
from commons.intake.column_names import TARGETS, folded, target_of
from commons.intake.mapping import BoundMapping, Mapping
from commons.intake.usual_names import ALSO_CALLED
from commons.layout import Kind

Row = AnyMapping[str, Any]
_TAGGED = re.compile(r"(?P<name>.+?)[\s._@(\[-]+(?P<lang>[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?)[)\]]?")
_LEAST_CHARACTERS_OF_TEXT = 20  # on average, for a column of no known name


# What rows of a kind cannot do without: its name in words, and the targets of which one says it.
NEEDED: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.RECORD: {
        "the text": ("text",),
        "the licence": ("license",),
        "the language": ("lang",),
        "a topic": ("topic",),
        "a source": ("sources", "source.url", "source.title"),
    },
    Kind.QUESTION: {
        "the question": ("question",),
        "which records answer it": ("relevant",),
        "the language": ("lang",),
        "the licence": ("license",),
    },
}


@dataclass(frozen=True)
class MappingProposal:
    """A mapping that is likely, and what is left that only a person can say (keys of ``NEEDED``).

    ``languages`` are the tags of columns of one field in several languages, such as ``text_en`` and ``text_de``, of which none is taken.
    """

    mapping: Mapping
    missing: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class IncompleteMappingError(InputError):
    """Something that every row needs is said by no column and no default. ``rows`` are the first few, as they were found."""

    code = "mapping-incomplete"

    def __init__(
        self,
        file: str,
        missing: Sequence[str],
        columns: Sequence[str],
        rows: Sequence[Row],
        proposal: MappingProposal,
        read_as: str,
    ) -> None:
        form = f", read as {read_as}," if read_as else ""
        super().__init__(f"{file}{form} does not say {conjunction(missing)}.")
        self.file, self.columns, self.rows, self.proposal = file, tuple(columns), tuple(rows), proposal


def refuse_incomplete(
    bound: BoundMapping, mapping: Mapping, columns: Sequence[str], rows: Sequence[Row], *, read_as: str = ""
) -> None:
    """Raise IncompleteMappingError for what no column of the table and no default says; ``read_as`` is how the file was read."""
    if missing := missing_in(bound.targets, mapping.kind):
        proposal = propose(columns, rows, mapping)
        raise IncompleteMappingError(bound.file, missing, columns, rows, proposal, read_as)


def missing_in(mapped: Set[str], kind: Kind) -> tuple[str, ...]:
    """What rows need and none of the targets ``mapped`` says."""
    return tuple(words for words, targets in NEEDED[kind].items() if not mapped & set(targets))


def guess(columns: Iterable[str], known: Mapping = Mapping()) -> Mapping:
    """``known`` and, for targets it says nothing of, the column that is probably meant; a column is used once.

    What is said of all rows is not said again by a column that happens to have such a name: an element's category is no topic.
    """
    names = {folded(name): name for name in reversed(list(columns))}
    mapped = dict(known.columns)
    spent = known.needed() | {name for name in names.values() if target_of(name) in TARGETS[known.kind]}
    own = {target_of(name) for name in names.values()}
    for target in TARGETS[known.kind]:
        if target in mapped or target in own or target in known.defaults:
            continue
        for alias in ALSO_CALLED.get(target, ()):
            column = names.get(folded(alias))
            if column is not None and column not in spent:
                mapped[target] = column
                spent = spent | {column}
                break
    return replace(known, columns=mapped)


def propose(columns: Sequence[str], rows: Sequence[Row], given: Mapping = Mapping()) -> MappingProposal:
    """What ``given`` and the names of the columns say, and where these leave the text open, the column with the longest texts."""
    mapping, languages = _tagged(columns, guess(columns, given))
    mapping = _with_addresses(mapping, rows)
    text = "text" if mapping.kind is Kind.RECORD else "question"
    if text not in _mapped_targets(mapping, columns) and (column := _longest(columns, rows, mapping)):
        mapping = replace(mapping, columns={**mapping.columns, text: column})
    return MappingProposal(mapping, missing_in(_mapped_targets(mapping, columns), mapping.kind), languages)


def _mapped_targets(mapping: Mapping, columns: Iterable[str]) -> set[str]:
    return {*mapping.columns, *mapping.defaults, *filter(None, map(target_of, columns))}


def _tagged(columns: Iterable[str], mapping: Mapping) -> tuple[Mapping, tuple[str, ...]]:
    """Fields whose columns name their language: taken, with the language, when there is one language only."""
    mapped = _mapped_targets(mapping, columns)
    by_language: dict[str, dict[str, str]] = {}  # language -> target -> column
    for column in columns:
        match = _TAGGED.fullmatch(column.strip())
        if match and langcodes.tag_is_valid(match["lang"].replace("_", "-")):
            bare = guess([match["name"]], Mapping(kind=mapping.kind)).columns
            target = target_of(match["name"]) or next(iter(bare), "")
            if target in ("text", "title", "question") and target not in mapped:
                by_language.setdefault(match["lang"].replace("_", "-"), {}).setdefault(target, column)
    if len(by_language) != 1:
        return mapping, tuple(by_language)
    ((lang, fields),) = by_language.items()
    defaults = mapping.defaults if "lang" in mapped else {**mapping.defaults, "lang": lang}
    return replace(mapping, columns={**mapping.columns, **fields}, defaults=defaults), ()


def _with_addresses(mapping: Mapping, rows: Sequence[Row]) -> Mapping:
    """A column that was taken for the titles of sources and holds addresses is taken for these, unless the address is given."""
    column = mapping.columns.get("source.title")
    values = [str(row[column]) for row in rows if column and row.get(column)]
    if not values or "source.url" in mapping.columns or not all(map(is_web_address, values)):
        return mapping
    columns = {target: name for target, name in mapping.columns.items() if target != "source.title"}
    if "source.url" in mapping.defaults:
        return replace(mapping, columns=columns)
    return replace(mapping, columns={**columns, "source.url": column or ""})


def _longest(columns: Iterable[str], rows: Sequence[Row], mapping: Mapping) -> str:
    """The column that nothing uses yet and whose texts are longest; empty when none holds texts."""
    spent = mapping.needed()
    lengths = {
        column: sum(len(value) for row in rows if isinstance(value := row.get(column), str))
        for column in columns
        if column not in spent and not target_of(column)
    }
    column = max(lengths, key=lambda name: lengths[name], default="")
    return column if column and lengths[column] >= _LEAST_CHARACTERS_OF_TEXT * len(rows) > 0 else ""
