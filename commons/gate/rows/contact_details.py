"""Ways to reach one person: e-mail addresses, telephone numbers, IP addresses. They warn; a person decides whether they belong there.

What organisations publish about themselves is no warning: mailboxes named for a role (RFC 2142), toll-free and shared-cost numbers,
addresses reserved for examples (RFC 2606, 5737, 3849). A message never repeats what was found: reports are public.

Why ``email-validator`` (without its look-up of the domain): the grammar of addresses; ``phonenumbers``: every country's numbering plan,
offline. Both are asked only about what a cheap pattern found.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from commons.gate.findings import Finding
from commons.gate.rows import article_numbers

_EMAIL = re.compile(r"[^\s@<>()\[\]{}\"',;:|/\\=?&`*]{1,64}@[^\W_][\w.-]*\.[^\W\d_]{2,}")
_LOGIN = re.compile(r"://[^\s/@]{1,256}@")  # in the address of a page: whose password, ``credentials`` asks
_ROLE_NAMES = """
    abuse accessibility admin administration billing careers comments compliance contact customerservice donotreply editor enquiries
    events example feedback foia ftp git hello help helpdesk hostmaster hr info inquiries it jobs legal list-request mail mailer-daemon
    maintainers marketing media member membership name news no-reply noc noreply office operations ops orders postmaster press privacy
    publications registration root sales security service somebody someone spam subscribe support team tech unsubscribe usenet user
    username uucp web webmaster www you your-email yourname
"""
_ROLES = frozenset(_ROLE_NAMES.split())
_EXAMPLE_DOMAIN = re.compile(
    r"(?i)(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local|internal|lan)$"
    r"|^(?:domain|email|company|yourdomain|yourcompany)\.(?:com|org|net)$"
)

_ENOUGH_DIGITS = re.compile(r"\d(?:\D{0,2}\d){6}")
_PHONE = re.compile(
    r"(?<![\w.,/=#&$€£%:-])(?:\+|00)?[(]?\d[\d ().\-\u00a0\u2011]{5,20}\d(?=(?:x|ext\.? ?)\d|[^\w/%]|$)(?![.,]\d)",
    re.M,
)
_DEVICE = r"(?:tele)?phones?|tel|telefono?|téléphone|teléfono|mobile|cell(?:phone)?|fax|desk|office|whatsapp|hotline"
# Numbers in a country's own notation count only where the words before them, or the one after, say that they are for calling.
_BEFORE_PHONE = re.compile(
    rf"(?i)\b(?:{_DEVICE}|call(?:ing)?|sms|messages?|answering|dial|contact|reach|registered)"
    r"(?:[ .:]+(?:number|nr|no|is|at|on|to|me|us|him|her|them|office|my|the|our|your))*[\s:.]*$"
)
_AFTER_PHONE = re.compile(r"(?i) ?[-–(]? ?(?:office|fax|mobile|phone)\b")
_FICTION = re.compile(r"555\D{0,2}(?:01\d\d|555)")  # the exchange that films use
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[.-]\d{4}")
_DATE = re.compile(
    r"\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}([./-])\d{1,2}\2\d{1,2}|(?:1\d|20)\d\d ?[-–] ?(?:1\d|20)\d\d"
)
# Numbering plans that between them know the lengths of the others.
_REGIONS = ("US", "GB", "DE", "FR", "NO", "CZ", "ZA", "BR")
_CONTEXT_CHARACTERS = 40
_MOST_DIGITS = 15  # E.164
_FEWEST_DIGITS = 7

_IPV4 = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])")
# Four smaller numbers are a section, a version or an enzyme; of addresses one in 4,096 looks so.
_LEAST_OCTET = 32
_VERSION_WORD = re.compile(r"(?i)(?:\bv(?:ersion|er)?s?\.?|release|build|section|chapter|§)\s*$")


def load() -> None:
    """Load what the checks need, the metadata of every region too, for a process that can open nothing afterwards."""
    import phonenumbers

    phonenumbers.PhoneMetadata.load_all()
    _is_personal_address("jürgen@bücher.de")  # in every alphabet


def check(prose: str) -> Iterator[Finding]:
    """At most one finding of each kind."""
    if "@" in prose and any(map(_is_personal_address, _EMAIL.findall(_LOGIN.sub("://", prose)))):
        yield Finding("email-address", "it holds an e-mail address")
    if not _ENOUGH_DIGITS.search(prose) and prose.count(":") < 2:
        return
    if any(_is_phone(match, prose) for match in _PHONE.finditer(prose)):
        yield Finding("phone-number", "it holds a telephone number")
    if any(_is_public_ip(match, prose) for form in (_IPV4, _IPV6) for match in form.finditer(prose)):
        yield Finding("ip-address", "it holds the IP address of a machine on the internet")


def _is_personal_address(written: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    try:
        address = validate_email(written.strip("."), check_deliverability=False)
    except EmailNotValidError:
        return False
    return address.local_part.lower() not in _ROLES and not _EXAMPLE_DOMAIN.search(address.ascii_domain)


def _is_phone(match: re.Match[str], prose: str) -> bool:
    written = match[0]
    digits = sum(character.isdigit() for character in written)
    if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS or _DATE.fullmatch(written) or _FICTION.search(written):
        return False
    before = prose[max(0, match.start() - _CONTEXT_CHARACTERS) : match.start()]
    is_called = bool(_BEFORE_PHONE.search(before) or _AFTER_PHONE.match(prose, match.end()))
    if article_numbers.follows_word(before) or article_numbers.is_book(written):
        return False
    if not is_called and article_numbers.has_form(written):
        return False
    if written.startswith(("+", "00")):
        return _is_somebodys("+" + written.lstrip("+0"), None)
    if _NORTH_AMERICAN.fullmatch(written):
        return _is_somebodys(written, "US")
    return is_called and _is_somebodys(written, *_REGIONS)


def _is_somebodys(written: str, *regions: str | None) -> bool:
    """Whether the number can exist in one of the regions, and in the first is not of a kind that organisations publish for everybody."""
    import phonenumbers
    from phonenumbers import NumberParseException, PhoneNumberType

    nobodys = (PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE)
    for region in regions:
        try:
            number = phonenumbers.parse(written, region)
        except NumberParseException:
            continue
        if region == regions[0] and phonenumbers.number_type(number) in nobodys:
            return False
        if phonenumbers.is_possible_number(number):
            return True
    return False


def _is_public_ip(match: re.Match[str], prose: str) -> bool:
    if _VERSION_WORD.search(prose[max(0, match.start() - 12) : match.start()]):
        return False
    if match.re is _IPV4 and max(int(octet) for octet in match[0].split(".")) < _LEAST_OCTET:
        return False
    try:
        return ipaddress.ip_address(match[0]).is_global
    except ValueError:
        return False
