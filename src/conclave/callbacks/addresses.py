"""Where callbacks may go: a configured URL must not make the server call what only the server can reach.

Link-local addresses, among them the metadata services of cloud machines, are never called. Loopback and private
networks are where self-hosted receivers live, and may be refused with one setting [C13]. An address is looked at
after its name was resolved, and once more when a socket for it is made, whatever led to it.
"""

import ipaddress
import socket
from typing import Any, Final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

# Metadata services that are not link-local: AWS and Google over IPv6, Alibaba, Oracle, Azure's host.
METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    )
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(OSError):  # noqa: N818 - the rule, not a fault
    """An address that callbacks may not go to."""


def check(address: str, allow_private: bool) -> None:
    """Raise ``AddressRefused`` for an address that may not be called."""
    found = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_link_local or found in METADATA:
        raise AddressRefused(f"{found} is link-local or a metadata service: never called")
    if found.is_multicast or found.is_unspecified or (found.is_reserved and not found.is_loopback):
        raise AddressRefused(f"{found} is no address of a receiver")
    if not allow_private and not found.is_global:
        raise AddressRefused(f"{found} is not a public address, and callback_private_networks is false")


def _unwrap(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class CheckedResolver(AbstractResolver):
    """The system's resolver, without the addresses that may not be called."""

    def __init__(self, allow_private: bool) -> None:
        self._system = ThreadedResolver()
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name; raises ``AddressRefused`` when any of its addresses may not be called."""
        found = await self._system.resolve(host, port, family)
        for each in found:
            check(each["host"], self._allow_private)
        return found

    async def close(self) -> None:
        await self._system.close()


def checked_socket(allow_private: bool) -> Any:
    """Return what makes sockets for addresses that may be called: the last look, right before connecting."""

    def make(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, target = address
        check(target[0], allow_private)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make
