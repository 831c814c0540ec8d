"""Private keys written as 64 hexadecimal digits: those of wallets, of Ed25519, and the secret keys of web frameworks.

The form alone is a digest's as well, and a transaction's or an address's. Only the words around it tell: a name for a private key close
before or after it, and no word for another thing in between. Beside the word "wallet" alone it may be the wallet's address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from commons.gate.rows import specimens

_DIGITS = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{64}(?![0-9A-Za-z])")
_NAME = (
    r"(?:private|priv|secret|signing|wallet)[ _-]{0,2}key|privkey|secret[ _-]seed"
    r"|(?:privater?|geheimer?)[ -]?schlüssel|clé (?:privée|secrète)|(?:clave|llave|chave) (?:privada|secret[ao])|chiave (?:privata|segreta)"
    r"|privésleutel|(?:приватн|закрыт|секретн)\w+ ключ\w*|私钥|私鑰|秘密鍵|(?:개인|비밀) ?키"
)
_NAME_BEFORE = re.compile(rf"(?i){_NAME}")
_NAME_AFTER = re.compile(
    rf"(?i)[\W_]{{0,4}}(?:(?:is|was|as|my|the|your|our|an?|its|his|her|wallet(?:['’]?s)?|ethereum|bitcoin)[\W_]{{1,2}}){{0,4}}(?:{_NAME})"
)
_WALLET = re.compile(r"(?i)\bwallet")
# What 64 digits are instead, of the key or beside it.
_ANOTHER_THING = re.compile(
    r"(?i)hash|\bsha|digest|checksum|fingerprint|thumbprint|public|address|\btx|transaction|signature|\bblock|commit|root|merkle|\bid\b"
    r"|öffentlich|publi[cq]|públic|pubblic|adress|indirizzo|endereço|dirección|х[еэ]ш|публичн|открыт|адрес|哈希|公钥|公鑰|地址|公開鍵|アドレス|해시|공개|주소"
)
_CHARACTERS_BETWEEN = 48
_CHARACTERS_BEFORE = 32  # of what is said of the key: "the SHA-256 of the private key"


def check(prose: str) -> Iterator[tuple[str, bool]]:
    """The kind of each key in ``prose``, and whether it is certainly one."""
    for match in _DIGITS.finditer(prose):
        if specimens.is_documented_token(match[0]):
            continue
        likely = not specimens.is_made_up_token(match[0])
        before = prose[max(0, match.start() - _CHARACTERS_BETWEEN - _CHARACTERS_BEFORE) : match.start()]
        if _NAME_AFTER.match(prose, match.end()) or _is_named(_NAME_BEFORE, before):
            yield "private key", likely
        elif _is_named(_WALLET, before):
            yield "private key of a wallet", False


def _is_named(name: re.Pattern[str], before: str) -> bool:
    named = list(name.finditer(before))
    if not named:
        return False
    between = before[named[-1].end() :]
    about = before[max(0, named[-1].start() - _CHARACTERS_BEFORE) : named[-1].start()]
    of_it = re.search(r"(?i)\bof\s+(?:\w+\s+){0,2}$", about)  # else what stands before it is another sentence
    return len(between) <= _CHARACTERS_BETWEEN and not (
        _ANOTHER_THING.search(between) or (of_it and _ANOTHER_THING.search(about))
    )
