"""Where callbacks may go: a configured URL must not make the server call what only the server can reach.

Link-local addresses, among them the metadata services of cloud machines, are never called. Loopback and private
networks are where self-hosted receivers live, and may be refused with one setting [C13]. An address is looked at
after its name was resolved, and once more when a socket for it is made, whatever led to it.
"""

import asyncio
import contextlib
import ipaddress
import socket
import threading
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

# Metadata services that are not link-local: AWS, Google and Scaleway over IPv6, Alibaba, Oracle, Azure's host.
METADATA: Final = tuple(
    map(
        ipaddress.ip_network,
        ("fd00:ec2::/32", "fd20:ce::254", "fd00:42::42", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    )
)
MOST_LOOKUPS: Final = 64
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(OSError):  # noqa: N818 - the rule, not a fault
    """An address that callbacks may not go to."""


def check(address: str, allow_private: bool) -> None:
    """Raise ``AddressRefused`` for an address that may not be called."""
    found = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_link_local or any(found in network for network in METADATA):
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
    """The system's resolver, without the addresses that may not be called.

    Each name is looked up in a thread of its own, which nobody waits for at the end: in the loop's few threads, a name
    server that does not answer would keep all other endpoints waiting.
    """

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._free = threading.BoundedSemaphore(MOST_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name; raises ``AddressRefused`` when any of its addresses may not be called, or ``OSError``."""
        found = await self._look_up(host, port, family)
        for each in found:
            check(each["host"], self._allow_private)
        return found

    def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> asyncio.Future[list[ResolveResult]]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def tell(found: list[ResolveResult] | OSError) -> None:
            if answer.done():
                return  # nobody waits any more
            if isinstance(found, OSError):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def work() -> None:
            try:
                found: list[ResolveResult] | OSError = _addresses(host, port, family)
            except (OSError, UnicodeError) as error:
                found = error if isinstance(error, OSError) else OSError("the host has no name that can be looked up")
            finally:
                self._free.release()
            with contextlib.suppress(RuntimeError):  # the loop is gone: so is whoever asked
                loop.call_soon_threadsafe(tell, found)

        if not self._free.acquire(blocking=False):
            raise OSError(f"{MOST_LOOKUPS} names are being looked up already")
        threading.Thread(target=work, name="lookup", daemon=True).start()
        return answer

    async def close(self) -> None:
        """Do nothing: nobody waits for the threads."""


def _addresses(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host,
            host=str(target[0]),
            port=int(target[1]),
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, protocol, _, target in found
    ]


def checked_socket(allow_private: bool) -> Any:
    """Return what makes sockets for addresses that may be called: the last look, right before connecting."""

    def make(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, target = address
        check(target[0], allow_private)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make
