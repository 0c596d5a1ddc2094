"""When a command that goes on for ever ends."""

import asyncio
import signal
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def stop_event(seconds: float | None) -> asyncio.Event:
    """Return what is set at SIGINT or SIGTERM, or after some seconds of the running loop.

    A second signal ends the process at once, whatever it still waits for.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin() -> None:
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)  # asyncio leaves an exception for SIGINT, which tidies up first

    for number in SIGNALS:
        loop.add_signal_handler(number, begin)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    return stop
