"""The closed-loop generator: wrk, with a script for each load.

Every connection sends its next call when the last one is answered: right for "how many", too kind for "how late",
because a server that stalls is asked less. Lateness at a given rate is ``bench.steady``'s.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from bench.calls import NUMBER, Load, new_numbers
from bench.processes import Failed, Server

CONNECTIONS: Final = 32
MISSING: Final = "wrk is missing: it makes the load. Install it with `apt-get install wrk`, or your system's way."
RESULT: Final = "RESULT "

_CYCLE: Final = """\
local requests = {%s}
local sent = 0
function request()
  sent = sent + 1
  return requests[(sent - 1) %% #requests + 1]
end
"""
_NUMBERED: Final = """\
local head, tail = %s, %s
local number = 0
function init(arguments) number = tonumber(arguments[1]) end
function request()
  number = number + 1
  return head .. string.format("%%010d", number) .. tail
end
"""
_DONE: Final = """\
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"failed":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class Result(msgspec.Struct, frozen=True):
    """What wrk counted; latencies in microseconds, ``failed`` without an answer of status 200."""

    requests: int
    microseconds: int
    p50: int
    p99: int
    failed: int

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.requests / self.microseconds * 1e6


def is_installed() -> bool:
    """Tell whether wrk is on the path."""
    return shutil.which("wrk") is not None


def write_script(load: Load, file: Path) -> Path:
    """Write the Lua script that sends ``load``."""
    texts = [call.on_wire() for call in load.calls]
    if any(NUMBER in text for text in texts):
        if len(texts) > 1:
            raise ValueError("only a load of one call can be numbered")
        head, tail = texts[0].split(NUMBER)
        script = _NUMBERED % (json.dumps(head), json.dumps(tail))
    else:
        script = _CYCLE % ",\n".join(map(json.dumps, texts))
    file.write_text(script + _DONE)
    return file


class Round:
    """One run of wrk, started at once."""

    def __init__(self, script: Path, server: Server, seconds: int, connections: int = CONNECTIONS) -> None:
        self._server = server
        self._process = subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"-s{script}", server.url, "--", str(new_numbers())],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def result(self) -> Result:
        """Wait for its end; raises ``Failed`` when it tells no result, or nothing was answered."""
        output = self._process.communicate()[0]
        line = next((line for line in output.splitlines() if line.startswith(RESULT)), None)
        if line is None:
            raise Failed(f"wrk failed: {output.strip()}")
        result = msgspec.json.decode(line.removeprefix(RESULT), type=Result)
        if not result.requests:
            raise Failed(f"{self._server.name} answered nothing to wrk")
        return result
