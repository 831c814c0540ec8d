"""Where webhooks may be sent: into the internet, and not into the house that sends them.

Whoever may have a webhook can make this machine send a request to an address of their choice. On loopback, in the private
network and among the link-local addresses (where clouds tell secrets) that reaches what no stranger should. So the addresses
that a name stands for are looked at when a webhook is set up, for an early word, and again at every delivery, where the
connection is made to the very address that was looked at. Redirects are not followed at all.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from .errors import BadRequest

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}
_TOLD = "webhooks may not go to loopback, link-local or private addresses unless the operator allows them"


class PrivateTarget(OSError):
    """The name stands for an address that is not in the internet."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} is {address}: {_TOLD} (--allow-private-webhooks)")


def check_target(url: str) -> None:
    """Raises ``BadRequest`` for a private target. A name that nobody knows yet is looked at again at each delivery."""
    parts = urlsplit(url)
    try:
        _public_addresses(parts.hostname or "", _port(url))
    except PrivateTarget as error:
        raise BadRequest(str(error)) from None
    except (OSError, UnicodeError):
        return


def post(
    url: str, payload: bytes, headers: Mapping[str, str], *, timeout_s: float, allow_private: bool
) -> int:
    """The status that was answered. Raises ``OSError``, ``http.client.HTTPException``, ``ValueError``."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", _port(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
        connection.sock = context.wrap_socket(
            _connected(host, port, timeout_s, allow_private), server_hostname=host
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        connection.sock = _connected(host, port, timeout_s, allow_private)
    try:
        connection.request("POST", path, payload, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def is_public(address: str) -> bool:
    """Is this an address in the internet, also where it wraps another?"""
    known = ipaddress.ip_address(address.partition("%")[0])
    inner: ipaddress.IPv4Address | None = None
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return is_public(str(known.ipv4_mapped))
        inner = known.sixtofour or (known.teredo[1] if known.teredo else None)
        if known in _NAT64:
            inner = ipaddress.IPv4Address(int(known) & 0xFFFF_FFFF)
    if inner is not None and not is_public(str(inner)):
        return False
    return known.is_global and not known.is_multicast


def _connected(host: str, port: int, timeout_s: float, allow_private: bool) -> socket.socket:
    if allow_private:
        return socket.create_connection((host, port), timeout_s)
    failure: OSError = OSError(f"{host} has no address")
    for address in _public_addresses(host, port):
        try:
            return socket.create_connection((address, port), timeout_s)
        except OSError as error:
            failure = error
    raise failure


def _public_addresses(host: str, port: int) -> list[str]:
    """Every address of a name. Raises ``PrivateTarget`` if any of them is not public."""
    addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in addresses:
        if not is_public(address):
            raise PrivateTarget(host, address)
    return addresses


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme, 80)
