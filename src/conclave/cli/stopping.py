"""When a command that goes on for ever ends."""

import asyncio
import signal


def stop_event(seconds: float | None) -> asyncio.Event:
    """Return what is set at SIGINT or SIGTERM, or after some seconds of the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    return stop
