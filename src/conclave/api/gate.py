"""What the gateway keeps of one application: its rates, its verified tokens, its failures, its networks.

A gate lives as long as the application's row is unchanged. Any change makes a new one, so that nothing that was
verified before counts any more [G16]. What was counted goes over to it: otherwise whoever may change a setting by a
command would lift his own rates [G13] and the locks [G14] with it.
"""

import ipaddress
from collections import deque
from typing import Final

from conclave import errors
from conclave.api import usersig
from conclave.api.limits import Limit, RateLimiter
from conclave.api.registry import Command
from conclave.domain.applications import Application
from conclave.errors import Refusal

MAX_VERIFIED: Final = 4096
MAX_FAILING: Final = 4096
LONGEST_IDENTIFIER: Final = 32
LOCK_MS: Final = 60_000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Return networks from CIDR texts; raises ``ValueError`` for one that is none."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def contains(networks: tuple[Network, ...], address: str) -> bool:
    """Tell whether an address lies in one of the networks; an IPv4 address in IPv6 clothes counts as IPv4."""
    try:
        parsed: Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


class Gate:
    """The gate of one application; ``former`` is the one that it had until its row changed."""

    def __init__(self, application: Application, former: "Gate | None" = None) -> None:
        self.application = application
        self.limiter = RateLimiter(application.sdkappid, application.settings)
        self.failures: dict[str, deque[int]] = {}
        if former is not None:
            self.failures = former.failures
            if former.limiter.allows_as(application.settings):
                self.limiter = former.limiter
        self._networks = parse_networks(application.settings.networks)
        self._disabled = frozenset(application.settings.disabled_commands)
        self._verified: dict[tuple[str, str], int] = {}
        self._key_ends = [key.valid_until for key in application.keys if key.valid_until]

    def check_open(self, now_ms: int) -> None:
        """Refuse with 60016 or 60020."""
        settings = self.application.settings
        if not settings.enabled:
            raise Refusal(errors.APPLICATION_DISABLED, f"SDKAppID {self.application.sdkappid} is disabled")
        if settings.plan_end and now_ms // 1000 >= settings.plan_end:
            raise Refusal(errors.PLAN_EXPIRED, f"the plan of SDKAppID {self.application.sdkappid} has ended")

    def check_address(self, address: str) -> None:
        """Refuse a source outside the application's networks with 60021."""
        if self._networks and not contains(self._networks, address):
            raise Refusal(errors.ADDRESS_REFUSED, f"the source address {address} is not allowed")

    def check_caller(self, identifier: str, token: str, now_ms: int) -> None:
        """Refuse a UserSig that does not prove ``identifier`` (70xxx), then whoever is no administrator (60010)."""
        until = self._verified.get((identifier, token))
        if until is None or now_ms > until:
            self._verify(identifier, token, now_ms)
        elif self.failures:
            self._refuse_locked(identifier, now_ms)  # comes before the UserSig, so a remembered one does not help [G1]
        if identifier not in self.application.administrators:
            raise Refusal(errors.NOT_ADMINISTRATOR, f"{identifier!r} is no admin account of the application")

    def verify(self, identifier: str, token: str, now_ms: int) -> usersig.UserSig:
        """Return what a genuine UserSig of ``identifier`` says; refuses with 70xxx, counting failures [G14]."""
        self._refuse_locked(identifier, now_ms)
        try:
            return usersig.verify(token, self.application, identifier, now_ms)
        except Refusal:
            limit = self.application.settings.lock_after_failures
            if limit:
                self._count_failure(identifier, now_ms, limit)
            raise

    def _refuse_locked(self, identifier: str, now_ms: int) -> None:
        limit, failures = self.application.settings.lock_after_failures, self.failures.get(identifier)
        if failures is not None and 0 < limit <= len(failures) and now_ms < failures[-1] + LOCK_MS:
            raise Refusal(errors.TOO_MANY_FAILURES, "too many UserSigs of this identifier failed; wait a minute")

    def _verify(self, identifier: str, token: str, now_ms: int) -> None:
        found = self.verify(identifier, token, now_ms)
        # An overlap that has ended changes nothing any more: only ends to come shorten what is remembered.
        until = min([found.valid_until * 1000 + 999, *(end for end in self._key_ends if end >= now_ms)])
        if len(self._verified) >= MAX_VERIFIED:
            self._verified.clear()
        self._verified[identifier, token] = until

    def _count_failure(self, identifier: str, now_ms: int, limit: int) -> None:
        if len(identifier) > LONGEST_IDENTIFIER:
            return  # no account has such a name: there is nothing to lock, and much to remember
        if len(self.failures) >= MAX_FAILING and identifier not in self.failures:
            for name in [name for name, at in self.failures.items() if at[-1] <= now_ms - LOCK_MS]:
                del self.failures[name]
            if len(self.failures) >= MAX_FAILING and identifier not in self.application.administrators:
                return  # a flood of names must not push out those that are locked, nor keep out the few that matter
        failures = self.failures.setdefault(identifier, deque())
        while failures and (failures[0] <= now_ms - LOCK_MS or len(failures) >= limit):
            failures.popleft()
        failures.append(now_ms)

    def admit(self, command: Command, now_ns: int) -> tuple[Limit, ...]:
        """Refuse a command that is switched off (60017), or a call above a rate (60007, 60011); return its limits."""
        if command.path in self._disabled:
            raise Refusal(errors.COMMAND_DISABLED, f"{command.path} is switched off for this application")
        return self.limiter.admit(command, now_ns)
