"""Addresses: what a host name means, whether it is loopback, and how to listen there."""

import errno
import ipaddress
import os
import socket
from typing import Final

BACKLOG: Final = 1024
WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - recognised, not bound


class CannotListen(Exception):  # noqa: N818 - a state, not a fault
    """The address cannot be listened on; the message names it and says why."""


def resolve(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of a host name or address, IPv4 first; raises ``CannotListen``."""
    try:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise CannotListen(f"the host {host!r} cannot be resolved: {getattr(error, 'strerror', error)}") from error
    addresses = [(family, str(address[0])) for family, _, _, _, address in found]
    return sorted(addresses, key=lambda each: each[0] != socket.AF_INET)


def is_loopback(host: str) -> bool:
    """Tell whether whoever listens on ``host`` is reached from this machine only; raises ``CannotListen``."""
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for _, address in resolve(host))


def origin(scheme: str, host: str, port: int) -> str:
    """Return the URL at which this machine reaches a server that listens on ``host``."""
    reached = WILDCARDS.get(host, host)
    return f"{scheme}://{f'[{reached}]' if ':' in reached else reached}:{port}"


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one. Raises ``CannotListen``."""
    family, address = resolve(host)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        bound.bind((address, port))
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise CannotListen(_why(host, port, error)) from error
    return bound


def _why(host: str, port: int, error: OSError) -> str:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another process; stop it, or choose another port"
    if error.errno == errno.EACCES:
        return f"{where} may not be listened on: port {port} needs privileges; choose one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{where} cannot be listened on: {host} is no address of this machine"
    return f"{where} cannot be listened on: {os.strerror(error.errno or 0)}"
