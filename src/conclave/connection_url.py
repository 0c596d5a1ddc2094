"""Addresses of servers that Conclave uses, which may hold a password: taken apart without repeating one.

A password whose ``/``, ``?`` or ``#`` is not written ``%XX`` ends the host there: what is before it would be a port,
and what is after it a path, which people are shown. The ``@`` before the right host then stands behind the wrong one.
"""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

_NO_ADDRESS: Final = "is no address; a password's special characters are written %XX"


class ConnectionUrl(msgspec.Struct, frozen=True):
    """``scheme://user:password@hosts/path?options``, without the user and the password."""

    scheme: str
    hosts: str
    """``HOST``, ``HOST:PORT``, or several of them with commas between; empty where there is none."""
    path: str
    options: tuple[str, ...]
    """The names of the options, without their values."""


def parse(url: str) -> ConnectionUrl:
    """Take an address apart; raises ``ValueError`` with the rule that it breaks, which never repeats it."""
    try:
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        hosts = parts.netloc.rpartition("@")[2]
        for host in hosts.split(","):
            _ = urlsplit(f"//{host}").port
    except ValueError:
        raise ValueError(_NO_ADDRESS) from None
    if parts.fragment or "@" in parts.path + parts.query:
        raise ValueError(_NO_ADDRESS)
    return ConnectionUrl(parts.scheme, hosts, parts.path, tuple(name for name, _ in options))
