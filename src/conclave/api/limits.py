"""Rates: GCRA per application and command, and per application in total [G13].

GCRA keeps one number per limit, the theoretical arrival time: the moment at which a caller who spaced his calls evenly
would make the next one. A burst of one second is a tolerance of one second minus one call.
"""

from typing import Final

from conclave import errors
from conclave.api.registry import Command
from conclave.domain.applications import ApplicationSettings
from conclave.errors import Refusal

SECOND_NS: Final = 1_000_000_000
TOTAL: Final = "total"


class RateLimiter:
    """The limits of one application; forgotten when its settings change, as a new caller starts full anyway."""

    def __init__(self, settings: ApplicationSettings) -> None:
        self._settings = settings
        self._arrivals: dict[str, int] = {}
        self._intervals: dict[str, int] = {TOTAL: _interval(settings.total_rate)}

    def admit(self, command: Command, now_ns: int) -> None:
        """Count a call; refuses with 60007 above the command's rate, with 60011 above the total."""
        path = command.path
        interval = self._intervals.get(path)
        if interval is None:
            interval = self._intervals[path] = _interval(rate_of(command, self._settings))
        if interval and not self._arrives(path, interval, now_ns):
            raise Refusal(errors.COMMAND_RATE_EXCEEDED, f"{path} is called more often than its rate allows")
        total = self._intervals[TOTAL]
        if total and not self._arrives(TOTAL, total, now_ns):
            raise Refusal(errors.APPLICATION_RATE_EXCEEDED, "the application calls more often than its total rate")

    def _arrives(self, limit: str, interval: int, now_ns: int) -> bool:
        expected = max(self._arrivals.get(limit, 0), now_ns)
        if expected - now_ns > SECOND_NS - interval:
            return False
        self._arrivals[limit] = expected + interval
        return True


def _interval(rate: int) -> int:
    return SECOND_NS // rate if rate else 0


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
