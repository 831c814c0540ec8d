"""Secrets: credentials that a text carries, by their published form, never by how random a word looks.

Entropy and keyword rules find more and are wrong too often on texts about security; a refusal must be right. What is certain refuses;
what is often only an example (a JSON Web Token, a login in the address of an example host, an account's id) or made up by every sign
(one character repeated, ``example`` in it: see ``specimens``) warns; what a service prints in its own manual is no secret. A message names
the kind of secret and never repeats it: reports are public.

Why ``detect-secrets``: maintained detectors for formats with their own grammar. Only those are asked, and only when a literal part of
their format stands in the text; their ``verify``, which would use the network, is never called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from commons.gate.findings import Finding
from commons.gate.rows import raw_keys, specimens
from commons.gate.rows.credential_formats import ASSIGNED, FORMATS, Format

# marker in the text -> detector, and whether what it finds is certainly a secret
_DETECTORS = {
    "AccountKey=": ("azure_storage_key", "AzureStorageKeyDetector", True),
    "hooks.slack.com": ("slack", "SlackDetector", True),
    "sq0csp-": ("square_oauth", "SquareOAuthDetector", True),
    "pypi-Ag": ("pypi_token", "PypiTokenDetector", True),
    "_authToken": ("npm", "NpmDetector", True),
    "T3BlbkFJ": ("openai", "OpenAIDetector", True),
    "-us": ("mailchimp", "MailchimpDetector", True),
    ":AA": ("telegram_token", "TelegramBotTokenDetector", True),
    "softlayer": ("softlayer", "SoftlayerDetector", True),
    "cloudant": ("cloudant", "CloudantDetector", True),
    "eyJ": ("jwt", "JwtTokenDetector", False),
}
# Nothing that follows is shorter, and few words are as long; an account's twelve digits may be grouped.
_DENSE = re.compile(r"[A-Za-z0-9_+/=~.-]{20}|\d{4}-?\d{4}-?\d{4}")
_LOGIN = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://([^\s:/?#@\"'<>()\[\]{}`]+):([^\s/?#@\"'<>()`]+(?:@[^\s/?#@\"'<>()`]+)?)@([\w.-]+|\[)"
)
_DATABASES = re.compile(
    r"(?i)(?:jdbc:)?(?:mongodb|mysql|postgres|mariadb|redis|amqp|mssql|sqlserver|oracle|clickhouse|cockroachdb)"
)
# Hosts at which nobody outside can log in: RFC 2606, the machine one sits at, names without a dot (``db``, ``hostname``), and what
# documentation calls the reader's own.
_NOWHERE = re.compile(
    r"(?i)(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local|internal)$|^127\.|^0\.0\.0\.0$|^(?!\d+$)[\w-]+$"
    r"|(?:^|\.)(?:example[\w-]*|your[\w-]*|my[-_]?(?:host|server|domain|site|db|app|company))\.[a-z]{2,5}$"
    r"|^(?:host(?:name)?|server|domain|company|site)\.[a-z]{2,5}$"
)
_TEMPLATE = re.compile(r"[${}%<>*]|\b(?:YOUR|REPLACE|INSERT|CHANGE)[_-]", re.IGNORECASE)
_SHORTEST_PASSWORD = 4
_SHORT_FORM = "pass"  # in the address of a page it is warned of, as linters do


def load() -> None:
    """Load every detector, for a process that can open nothing afterwards."""
    for module, name, _ in _DETECTORS.values():
        _detector(module, name)


def check(prose: str) -> Iterator[Finding]:
    """One finding for each kind of secret in ``prose``; one that is certain outweighs others that are not."""
    kinds: dict[str, bool] = {}
    for kind, certain in _credentials(prose):
        kinds[kind] = certain or kinds.get(kind, False)
    for kind, certain in kinds.items():
        yield Finding("secret" if certain else "secret-possible", f"it holds what has the form of: {kind}")


def _credentials(prose: str) -> Iterator[tuple[str, bool]]:
    if "://" in prose and "@" in prose:
        yield from _logins(prose)
    if not _DENSE.search(prose):
        return
    lowered = prose.lower()
    for known in FORMATS:
        if any(marker in prose for marker in known.markers):
            yield from _carried(known, prose)
    for known in ASSIGNED:
        if any(marker in lowered for marker in known.markers):
            yield from _carried(known, prose)
    yield from raw_keys.check(prose)
    for marker, (module, name, certain) in _DETECTORS.items():
        if marker not in prose:
            continue
        detector = _detector(module, name)
        for token in detector.analyze_string(prose):
            if not specimens.is_documented_token(token):
                yield detector.secret_type, certain and not specimens.is_made_up_token(token)


def _carried(known: Format, prose: str) -> Iterator[tuple[str, bool]]:
    """Each credential of a format that ``prose`` holds."""
    for match in known.pattern.finditer(prose):
        token = match["value"] or match[0]
        if not specimens.is_documented_token(token):
            yield known.name, known.certain and not specimens.is_made_up_token(token)


@cache
def _detector(module: str, name: str) -> Any:
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)()


def _logins(prose: str) -> Iterator[tuple[str, bool]]:
    """Addresses with a password in them."""
    for scheme, user, password, host in _LOGIN.findall(prose):
        if _is_placeholder(user, password):
            continue
        certain = not _NOWHERE.search(host) and not specimens.sounds_made_up(password)
        if not _DATABASES.match(scheme):
            yield "an address with a password", certain
        elif password.lower() != _SHORT_FORM:
            yield "a database address with its password", certain


def _is_placeholder(user: str, password: str) -> bool:
    if password.lower() == _SHORT_FORM:
        return False
    return (
        len(password) < _SHORTEST_PASSWORD
        or password == user
        or specimens.is_placeholder_password(password)
        or bool(_TEMPLATE.search(password) or _TEMPLATE.search(user))
    )
