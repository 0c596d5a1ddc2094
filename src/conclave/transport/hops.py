"""Where a request comes from: who sent it, or whom a trusted proxy says that it speaks for [G21]."""

from collections.abc import Sequence
from typing import Final

from conclave.api.gate import Network, contains

FORWARDED: Final = "x-forwarded-for"
LONGEST_ADDRESS: Final = 45  # an IPv6 address that ends in an IPv4 one


def address_of(peer: str) -> str:
    """Return a peer's address without the IPv6 clothes that an IPv4 one may come in."""
    return peer.removeprefix("::ffff:")


def origin_of(peer: str, forwarded: Sequence[str], proxies: tuple[Network, ...]) -> str:
    """Return the caller's address; a trusted proxy's word counts for the hop before it.

    ``forwarded`` are the values of all ``X-Forwarded-For`` headers: a proxy may add one of its own behind the one that
    the client made up, so all of them are one list.
    """
    hops = [hop.strip() for line in forwarded for hop in line.split(",") if hop.strip()]
    address = peer
    while hops and contains(proxies, address):
        address = hops.pop()[:LONGEST_ADDRESS]
    return address
