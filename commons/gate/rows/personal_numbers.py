"""Numbers that name one person or their money: payment cards, bank accounts, national ids, each with its check digits.

A number counts only when its whole form holds: prefix, length, grouping, check digits. Forms that ordinary numbers share count only
with a word before them that says what they are. Published ``specimens`` (test cards, the SSN of an advertisement) are nobody's.

Why ``python-stdnum``: it knows the structure and check digits of each country's numbers, offline; the algorithms are not ours to invent.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from commons.gate.findings import Finding
from commons.gate.rows import article_numbers, specimens

_CONTEXT_CHARACTERS = 48


@dataclass(frozen=True)
class _Id:
    """A national id: which country's, its form in text, its module in stdnum, and words one of which must stand before it, if any."""

    name: str
    form: re.Pattern[str]
    module: str
    words: tuple[str, ...] = ()


def _id(name: str, form: str, module: str, *words: str) -> _Id:
    return _Id(name, re.compile(rf"(?<![\w.,/-]){form}(?![\w/-]|[.,]\d)"), module, words)


# Forms that begin with a digit are tried only where a text has a long number, those that begin with letters where it has such a word.
_NUMERIC = (
    _id("a US social security number", r"\d{3}[ -]?\d{2}[ -]?\d{4}", "us.ssn", "ssn", "social security", "social-security"),
    _id("a US taxpayer number", r"9\d{2}[ -]?\d{2}[ -]?\d{4}", "us.itin", "itin", "taxpayer", "tax id"),
    _id("a Canadian social insurance number", r"\d{3}[ -]?\d{3}[ -]?\d{3}", "ca.sin", "social insurance", "assurance sociale", "sin"),
    _id("a French social security number", r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|20) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _id("a German tax id", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "de.idnr", "steuer", "idnr", "tax id"),
    _id("a Spanish identity number", r"\d{8}-?[A-Z]", "es.dni", "dni", "nif"),
    _id("a Brazilian CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _id("a Brazilian CPF", r"\d{11}", "br.cpf", "cpf"),
    _id("a Polish PESEL", r"\d{11}", "pl.pesel", "pesel"),
    _id("a Dutch citizen number", r"\d{9}|\d{4}\.\d{2}\.\d{3}", "nl.bsn", "bsn", "burgerservice", "sofi"),
    _id("a Swedish personal number", r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer", "personnummer", "personal number"),
    _id("a Finnish personal identity code", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Z]", "fi.hetu", "hetu", "henkilötunnus", "identity code"),
    _id("a Danish CPR number", r"\d{6}-?\d{4}", "dk.cpr", "cpr"),
    _id("a Norwegian national id", r"\d{6} ?\d{5}", "no.fodselsnummer", "fødselsnummer", "fodselsnummer", "national id"),
    _id("a Belgian national number", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "be.nn"),
    _id("a Swiss social security number", r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    _id("an Indian Aadhaar number", r"[2-9]\d{3} ?\d{4} ?\d{4}", "in_.aadhaar", "aadhaar", "aadhar", "uidai"),
    _id("a Chinese resident identity number", r"[1-6]\d{5}(?:19|20)\d{9}[\dX]", "cn.ric"),
    _id("a Korean resident number", r"\d{6}-[1-8]\d{6}", "kr.rrn"),
    _id("a Turkish identity number", r"[1-9]\d{10}", "tr.tckimlik", "kimlik", "tckn"),
    _id("a South African identity number", r"\d{13}", "za.idnr", "id number", "identity"),
    _id("a UK NHS number", r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", "nhs number", "nhs no"),
    _id("an Australian tax file number", r"\d{3} ?\d{3} ?\d{2,3}", "au.tfn", "tfn", "tax file"),
    _id("a Czech or Slovak birth number", r"\d{6}/\d{3,4}", "cz.rc", "rodné", "rodne", "birth number"),
    _id("a Romanian CNP", r"[1-8]\d{12}", "ro.cnp", "cnp"),
    _id("a Chilean RUT", r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", "cl.rut", "rut", "run"),
)  # fmt: skip
_LETTERED = (
    _id("an Italian fiscal code", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    _id("a Mexican CURP", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", "mx.curp"),
    _id("a Spanish foreigner's number", r"[XYZ]-?\d{7}-?[A-Z]", "es.nie"),
    _id("an Indian PAN", r"[A-Z]{3}P[A-Z]\d{4}[A-Z]", "in_.pan", "pan", "permanent account"),
)
# US numbers have no check digits: without a word that says so, their form alone is a warning.
_BARE = _id("the form of a US social security number", r"(?<!\) )\d{3}-\d{2}-\d{4}", "us.ssn")

_LONG_NUMBER = re.compile(r"\d(?:[ ./-]?\d){7}")
_CODE = re.compile(r"(?<![\w-])[A-Z](?:[A-Z]{2,5}|-?)\d{2}")
_CARD = re.compile(r"(?<![\w.,/:=#-])\d(?:[ -]?\d){11,18}(?![\w/-]|[.,]\d)")
_CARD_GROUPS = re.compile(r"\d+|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}")
# First digits and lengths by scheme (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, UnionPay, then those with rarer lengths.
_SCHEMES = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17}|35\d{14}"
)
_RARE_SCHEMES = re.compile(
    r"4\d{12}|4\d{18}|3(?:0[0-5]|[689]\d)\d{11}|(?:2131|1800)\d{11}|(?:5018|5020|5038|58\d\d|6304|6759|676[1-3])\d{8,15}"
)
_CARD_WORD = re.compile(
    r"(?i)\b(?:cards?|cc|credit|debit|visa|mastercard|maestro|amex|jcb|diners|discover|pan|kreditkarte|tarjeta|carte)\b"
)
_IBAN = re.compile(
    r"(?i)(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Z0-9])"
)


def load() -> None:
    """Load the rules of every kind of number, for a process that can open nothing afterwards."""
    import stdnum
    from stdnum.util import get_cc_module

    for module in ("luhn", "iban", *(kind.module for kind in (*_NUMERIC, *_LETTERED))):
        _stdnum(module)
    for country in pkgutil.iter_modules(stdnum.__path__):
        if country.ispkg:  # what ``iban`` asks for, country by country; most have nothing to add
            get_cc_module(country.name, "iban")


def check(prose: str) -> Iterator[Finding]:
    """One finding for each kind of identifier."""
    if not _LONG_NUMBER.search(prose) and not _CODE.search(prose):
        return
    if any(_is_card(match, prose) for match in _CARD.finditer(prose)):
        yield Finding("payment-card", "it holds the number of a payment card")
    if any(_is_iban(match[0]) for match in _IBAN.finditer(prose)):
        yield Finding("bank-account", "it holds an IBAN, the number of a bank account")
    names = dict.fromkeys(_national_ids(prose))
    yield from (Finding("national-id", f"it holds {name}") for name in names)
    if not names and any(_holds(_BARE, match, prose) for match in _BARE.form.finditer(prose)):
        yield Finding("national-id-possible", f"it holds what has {_BARE.name}")


def _is_card(match: re.Match[str], prose: str) -> bool:
    if not _CARD_GROUPS.fullmatch(match[0]):
        return False
    digits = re.sub(r"\D", "", match[0])
    if specimens.is_test_card(digits) or article_numbers.follows_word(_text_before(match, prose)):
        return False
    known = _SCHEMES.fullmatch(digits) or (
        _RARE_SCHEMES.fullmatch(digits) and _CARD_WORD.search(_text_before(match, prose))
    )
    return bool(known) and _stdnum("luhn").is_valid(digits)


def _is_iban(written: str) -> bool:
    compact = re.sub(r"[ -]", "", written).upper()
    # A word that follows may have been taken for the last group.
    return any(
        _stdnum("iban").is_valid(part) and not specimens.is_documented_iban(part)
        for part in {compact, re.sub(r"[ -]", "", written.rpartition(" ")[0])}
        if part
    )


def _national_ids(prose: str) -> Iterator[str]:
    kinds = (*_NUMERIC, *_LETTERED) if _CODE.search(prose) else _NUMERIC
    lowered = prose.lower()
    for kind in kinds:
        if kind.words and not any(word in lowered for word in kind.words):
            continue
        if any(_holds(kind, match, prose) for match in kind.form.finditer(prose)):
            yield kind.name


def _holds(kind: _Id, match: re.Match[str], prose: str) -> bool:
    return (
        not specimens.is_made_up_number(match[0])
        and not article_numbers.follows_word(_text_before(match, prose))
        and (not kind.words or _follows_word(kind.words, match, prose))
        and _stdnum(kind.module).is_valid(match[0].replace(" ", ""))
    )


def _follows_word(words: tuple[str, ...], match: re.Match[str], prose: str) -> bool:
    before = _text_before(match, prose).lower()
    return any(re.search(rf"\b{re.escape(word)}", before) for word in words)


def _text_before(match: re.Match[str], prose: str) -> str:
    return prose[max(0, match.start() - _CONTEXT_CHARACTERS) : match.start()]


@cache
def _stdnum(module: str) -> Any:
    return import_module(f"stdnum.{module}")
