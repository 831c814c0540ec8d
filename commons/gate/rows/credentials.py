"""Secrets: credentials that a text carries, by their published form, never by how random a word looks.

Entropy and keyword rules find more and are wrong too often on texts about security; a refusal must be right. What is certain refuses;
what is often only an example (a JSON Web Token, a login in the address of an example host, an account's id) warns. A message names the
kind of secret and never repeats it: reports are public.

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
from commons.gate.rows.credential_formats import ASSIGNED, FORMATS

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
# Hosts at which nobody can log in: RFC 2606, and the machine one sits at.
_NOWHERE = re.compile(
    r"(?i)(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$|^127\.|^0\.0\.0\.0$"
)
# What documentation writes where a password would stand.
_PLACEHOLDER = re.compile(
    r"(?i)^(?:(?:your|my|the|some|our|a|db|user|example|test|fake|dummy)?[-_.]?"
    r"(?:pass(?:word|wd|phrase|wort)|pwd|pw|secret|token|key|api[-_]?key|credentials?|kata_sandi|contrase\w*|mot_?de_?passe|senha)"
    r"(?:[-_]?here)?|xxx+|\*+|\.+|…|changeme|hunter2|example|foo|bar|baz|test)$"
)
_TEMPLATE = re.compile(r"[${}%<>*]|\b(?:YOUR|REPLACE|INSERT|CHANGE)[_-]", re.IGNORECASE)
_SHORTEST_PASSWORD = 4


def load() -> None:
    """Load every detector, for a process that can open nothing afterwards."""
    for module, name, _ in _DETECTORS.values():
        _detector(module, name)


def check(prose: str) -> Iterator[Finding]:
    """One finding for each kind of secret in ``prose``."""
    kinds: set[str] = set()
    for kind, certain in _credentials(prose):
        if kind not in kinds:
            kinds.add(kind)
            yield Finding(
                "secret" if certain else "secret-possible", f"it holds what has the form of: {kind}"
            )


def _credentials(prose: str) -> Iterator[tuple[str, bool]]:
    if "://" in prose and "@" in prose:
        yield from _logins(prose)
    if not _DENSE.search(prose):
        return
    for known in FORMATS:
        if any(marker in prose for marker in known.markers) and known.pattern.search(prose):
            yield known.name, known.certain
    lowered = prose.lower()
    for known in ASSIGNED:
        if known.markers[0] in lowered and known.pattern.search(prose):
            yield known.name, known.certain
    for marker, (module, name, certain) in _DETECTORS.items():
        if marker in prose and any(_detector(module, name).analyze_string(prose)):
            yield _detector(module, name).secret_type, certain


@cache
def _detector(module: str, name: str) -> Any:
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)()


def _logins(prose: str) -> Iterator[tuple[str, bool]]:
    """Addresses with a password in them."""
    for scheme, user, password, host in _LOGIN.findall(prose):
        if _is_placeholder(user, password):
            continue
        certain = password.lower() != "pass" and not _NOWHERE.search(host)
        if not _DATABASES.match(scheme):
            yield "an address with a password", certain
        elif password.lower() != "pass":
            yield "a database address with its password", certain


def _is_placeholder(user: str, password: str) -> bool:
    return (
        len(password) < _SHORTEST_PASSWORD
        or len(set(password)) == 1
        or password == user
        or bool(_PLACEHOLDER.match(password) or _TEMPLATE.search(password) or _TEMPLATE.search(user))
    )
