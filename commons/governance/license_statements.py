"""What a source says of its licence, in its own words: a licence file, a README, a dataset card.

    read({"LICENSE": "Attribution 4.0 International …"}, ["The data is licensed under CC BY 4.0."]).suitability   -> accept

It fails safe. The legal texts of open licences are known word for word (``license_texts``). Of what stands beside them, every sentence
that may speak of rights has to be understood: it names one open licence, for the whole, in words of a closed list. Anything else gives
*review*, for a person to read: a sentence with one word more, in another language, about a part of the work, about code and data apart,
with a second licence, with conditions. A licence that forbids commercial use or derivatives refuses, and so does silence.

It is a reader's first look, not legal advice, and cannot know what the words leave out. Which sentences may speak of rights is known by
their words, too many rather than too few; an English sentence that limits the use without any of them is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from commons.governance import license_markup, license_names, license_texts, license_wording
from commons.governance.licenses import BY_SPDX

_LONGEST_QUOTE = 100


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


@dataclass(frozen=True)
class _Statement:
    """A sentence that may speak of rights: the licences it names, and what hinders to rely on it."""

    licenses: tuple[str, ...]
    doubt: str = ""
    choice: bool = False  # one may choose from the licences


def named_in(text: str) -> tuple[str, ...]:
    """The SPDX ids of the licences that a text names, each once."""
    return license_names.separate(license_markup.as_plain(text)).licenses


def read(files: Mapping[str, str], lines: Iterable[str] = ()) -> LicenseReading:
    """What to make of a source with these files (path to text), and these lines of its README where there is no whole one."""
    texts = [*files.values(), "\n".join(lines)]
    return _weigh([statement for text in texts for statement in _statements(text)])


def _statements(text: str) -> Iterator[_Statement]:
    card = license_markup.front_matter(text)
    yield from _declared(card.licenses)
    apart = license_texts.separate(card.rest)
    for spdx_ids in apart.licenses:
        # Words that several licences share name none; their title does.
        yield _Statement(tuple(spdx_ids) if len(spdx_ids) == 1 else ())
    if apart.altered:
        yield _Statement((), f"{_quoted(apart.altered)} is a licence's text with other words")
    names = license_wording.proper_names(apart.rest)
    sentences = list(license_markup.sentences(apart.rest))
    of_sentences = [statement for sentence in sentences for statement in _of_sentence(sentence, names)]
    yield from of_sentences
    if not (card.licenses or apart.licenses or any(statement.licenses for statement in of_sentences)):
        owned = [sentence for sentence in sentences if license_wording.is_copyright_line(sentence)]
        yield from (_Statement((), f"{_quoted(line)} names an owner and no licence") for line in owned[:1])


def _of_sentence(sentence: str, names: frozenset[str]) -> Iterator[_Statement]:
    expression = license_markup.spdx_expression(sentence)
    yield from (_declared_as(expression),) if expression else _sentence(sentence, names)


def _declared(values: tuple[str, ...]) -> Iterator[_Statement]:
    yield from (_declared_as(value) for value in values)


def _declared_as(value: str) -> _Statement:
    """A licence named in a field of its own: a card's ``license``, a line ``SPDX-License-Identifier``."""
    declared = license_names.of_field(value)
    if declared.licenses and declared.understood:
        return _Statement(declared.licenses, choice=declared.choice)
    return _Statement(declared.licenses, doubt=f"the licence {_quoted(value)} is not one that is known")


def _sentence(sentence: str, names: frozenset[str]) -> Iterator[_Statement]:
    separated = license_names.separate(sentence)
    if limit := license_wording.limit(sentence):
        yield _Statement(separated.licenses, f"{_quoted(sentence)} limits its use ({limit})")
    elif separated.licenses or license_wording.may_speak_of_rights(sentence):
        understood = license_wording.is_understood(separated.rest, names, named=bool(separated.licenses))
        doubt = (
            "" if understood else f"what {_quoted(sentence)} means for the data has to be read by a person"
        )
        yield _Statement(separated.licenses, doubt)
    elif not license_wording.is_english(separated.rest, names):
        yield _Statement((), f"{_quoted(sentence)} is in no language that is read here")


def _quoted(sentence: str) -> str:
    plain = " ".join(sentence.split())
    return f'"{plain[:_LONGEST_QUOTE]}{"…" * (len(plain) > _LONGEST_QUOTE)}"'


def _weigh(statements: list[_Statement]) -> LicenseReading:
    named = _without_families([name for statement in statements for name in statement.licenses])
    doubt = next((statement.doubt for statement in statements if statement.doubt), "")
    restricted = [name for name in named if license_names.restricts(name)]
    if restricted and len(restricted) == len(named):
        return LicenseReading(
            Suitability.REFUSE, named, f"{restricted[0]} forbids commercial use or derivatives"
        )
    if not named and not doubt:
        return LicenseReading(Suitability.REFUSE, (), "no licence is stated")
    if restricted:
        reason = f"{restricted[0]} forbids commercial use or derivatives, and {_others(named, restricted)} stands beside it"
        return LicenseReading(Suitability.REVIEW, named, reason)
    if unknown := [name for name in named if name not in BY_SPDX]:
        return LicenseReading(Suitability.REVIEW, named, _why_unknown(unknown[0]))
    if doubt:
        return LicenseReading(Suitability.REVIEW, named, doubt)
    if len(named) > 1 and not _one_choice(statements, named):
        reason = f"{' and '.join(named)} are named, and a person must say which of them the data is under"
        return LicenseReading(Suitability.REVIEW, named, reason)
    reason = "there is a choice of open licences" if len(named) > 1 else "an open licence is stated"
    return LicenseReading(Suitability.ACCEPT, named, reason)


def _without_families(names: list[str]) -> tuple[str, ...]:
    """Each once; a name without its version says nothing new beside the same name with it."""
    distinct = list(dict.fromkeys(names))
    return tuple(
        name for name in distinct if not any(license_names.is_version_of(other, name) for other in distinct)
    )


def _others(named: tuple[str, ...], restricted: list[str]) -> str:
    return next(name for name in named if name not in restricted)


def _why_unknown(name: str) -> str:
    if license_names.is_for_software(name):
        return f"{name} is a licence made for software, of which the data may be no part"
    return f"{name} is named, which is no licence that a commons takes"


def _one_choice(statements: list[_Statement], named: tuple[str, ...]) -> bool:
    """Whether every statement lets one choose from the same licences."""
    naming = [statement for statement in statements if statement.licenses]
    return all(statement.choice and set(statement.licenses) == set(named) for statement in naming)
