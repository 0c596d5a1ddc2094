"""The limits of all nodes together: the rule of ``api.limits`` as a script, which Redis runs as one step."""

from collections.abc import Sequence
from typing import Final, Protocol

from conclave.shared.questions import Command, Questions, digest

PREFIX: Final = "conclave:"
CLOCK: Final = "redis.call('TIME')"
# Numbers are exact up to 2^53, so nanoseconds are counted from a multiple of 48 days. When one begins, what was counted
# before lies far ahead, as after a clock that was put back, and counts as nothing. A number is written with %.0f, as
# others lose their digits. Whatever else lies under a key is overwritten.
SCRIPT: Final = f"""\
local time = {CLOCK}
local now = time[1] % 4194304 * 1000000000 + time[2] * 1000
local second = 1000000000
for number, key in ipairs(KEYS) do
    local interval = tonumber(ARGV[number])
    local known = redis.pcall('GET', key)
    local arrival = type(known) == 'string' and tonumber(known) or 0
    local ahead = arrival - now
    if not (0 <= ahead and ahead <= second) then
        ahead = 0
    end
    if ahead > second - interval then
        return number
    end
    redis.call('SET', key, string.format('%.0f', now + ahead + interval), 'PX', 2000)
end
return 0
"""
SHA: Final = digest(SCRIPT)


class Limit(Protocol):
    """What is known here of a limit: its name among those of all applications, and the nanoseconds for each call."""

    @property
    def key(self) -> str: ...

    @property
    def interval_ns(self) -> int: ...


def asking(limits: Sequence[tuple[str, int]]) -> Command:
    """Return the command that counts a call against limits, each a name and its interval in nanoseconds."""
    keys, intervals = [PREFIX + key for key, _ in limits], [interval for _, interval in limits]
    return ("EVALSHA", SHA, len(limits), *keys, *intervals)


# What other questions need as well: the script, and that this Redis may be written to. No application is number 0.
PROBE: Final = asking([("0:rate:probe", 1)])


class Rates:
    """Counts calls for all nodes."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    async def count(self, limits: Sequence[Limit]) -> int:
        """Count a call, and return which limit refuses it, from 1: 0 where none does, or where nobody knows."""
        command = asking([(limit.key, limit.interval_ns) for limit in limits])
        return await self._questions.ask(command, len(limits)) or 0
