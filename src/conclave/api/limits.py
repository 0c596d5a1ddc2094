"""Rates: GCRA per application and command, and per application in total [G13].

GCRA keeps one number per limit, the theoretical arrival time: the moment at which a caller who spaced his calls evenly
would make the next one. A burst of one second is a tolerance of one second minus one call.

Where several nodes serve an application, a ``Tally`` beside them counts the same limits by the same rule, which
stands here in ``Limit.arrives`` and once more in the script of ``conclave.shared.rates``; a test holds them together.
Each node counts for itself in any case: what its own numbers refuse is refused without asking anybody, and when the
tally does not answer, or has forgotten everything, they are what holds, at once, and without a burst for nothing.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from conclave import errors
from conclave.api.registry import Command
from conclave.domain.application_settings import ApplicationSettings
from conclave.errors import ErrorCode, Refusal

SECOND_NS: Final = 1_000_000_000
TOTAL: Final = "total"


class Limit:
    """So many calls a second: what is counted, and what whoever calls more often is refused with."""

    __slots__ = ("_arrival_ns", "code", "info", "interval_ns", "key")

    def __init__(self, key: str, interval_ns: int, code: ErrorCode, info: str) -> None:
        self.key = key
        self.interval_ns = interval_ns
        self.code = code
        self.info = info
        self._arrival_ns = 0

    def arrives(self, now_ns: int) -> bool:
        """Count a call, or tell that it comes too early, and count nothing."""
        ahead = self._arrival_ns - now_ns
        if not 0 <= ahead <= SECOND_NS:
            ahead = 0  # it is over; or, as no call leads so far, the clock was put back
        if ahead > SECOND_NS - self.interval_ns:
            return False
        self._arrival_ns = now_ns + ahead + self.interval_ns
        return True

    def take_back(self) -> None:
        """Uncount a call."""
        self._arrival_ns -= self.interval_ns


class Tally(Protocol):
    """Whoever counts for all nodes."""

    async def count(self, limits: Sequence[Limit]) -> int:
        """Count a call against ``limits``, one after the other; return the number of the one that refuses it, from 1.

        0 when none does, and when nobody knows.
        """
        ...


class RateLimiter:
    """The limits of one application; they last until its rates change, whatever else of its settings does."""

    def __init__(self, sdkappid: int, settings: ApplicationSettings) -> None:
        self._sdkappid = sdkappid
        self._settings = settings
        self._limits: dict[str, tuple[Limit, ...]] = {}
        self._total = self._limit(
            TOTAL,
            settings.total_rate,
            errors.APPLICATION_RATE_EXCEEDED,
            "the application calls more often than its total rate",
        )

    def allows_as(self, settings: ApplicationSettings) -> bool:
        """Tell whether the limits are those of these settings."""
        return (self._settings.rates, self._settings.total_rate) == (settings.rates, settings.total_rate)

    def admit(self, command: Command, now_ns: int) -> tuple[Limit, ...]:
        """Count a call, and return the limits that hold for it.

        Refuses with 60007 above the command's rate, and then with 60011 above the total.
        """
        limits = self._limits.get(command.path)
        if limits is None:
            limits = self._limits[command.path] = self._limits_of(command)
        for limit in limits:
            if not limit.arrives(now_ns):
                raise Refusal(limit.code, limit.info)
        return limits

    def _limits_of(self, command: Command) -> tuple[Limit, ...]:
        path = command.path
        rate = rate_of(command, self._settings)
        info = f"{path} is called more often than its rate allows"
        own = self._limit(path, rate, errors.COMMAND_RATE_EXCEEDED, info)
        return tuple(limit for limit in (own, self._total) if limit.interval_ns)

    def _limit(self, name: str, rate: int, code: ErrorCode, info: str) -> Limit:
        return Limit(f"{self._sdkappid}:rate:{name}", SECOND_NS // rate if rate else 0, code, info)


async def admit_among_nodes(limits: tuple[Limit, ...], tally: Tally) -> None:
    """Count a call that this node admits for all of them; refuses as ``RateLimiter.admit``.

    A call that is refused here has used up nothing of this node's own limits either, but what comes before.
    """
    if not limits:
        return
    refusing = await tally.count(limits)
    if refusing:
        for limit in limits[refusing - 1 :]:
            limit.take_back()
        raise Refusal(limits[refusing - 1].code, limits[refusing - 1].info)


def rate_of(command: Command, settings: ApplicationSettings) -> int:
    """Return the calls per second that the settings allow for a command; 0 means without limit."""
    rates = settings.rates
    if command.path in rates:
        return rates[command.path]
    if command.name in rates:
        return rates[command.name]
    default = rates.get("default")
    if default is None or (command.has_documented_rate and default != 0):
        return command.rate
    return default
