"""Duties (``store.duties``): what is done by one node at a time runs here for as long as this one has it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from conclave.store.engine import Engine, Tenure


async def keep(engine: Engine, duty: str, serve: Callable[[Tenure], Awaitable[None]]) -> None:
    """Let ``serve`` run whenever the duty is this node's; when that is lost it is cancelled, and begun anew next time.

    ``serve`` never ends by itself; raises what it raised.
    """
    while True:
        tenure = await engine.take(duty)
        serving = asyncio.ensure_future(serve(tenure))
        lost = asyncio.ensure_future(tenure.lost())
        try:
            await asyncio.wait((serving, lost), return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_lost = lost.done()
            for each in (serving, lost):
                each.cancel()
            await asyncio.gather(serving, lost, return_exceptions=True)
        if not serving.cancelled():
            serving.result()
        if not was_lost:
            raise RuntimeError(f"the duty {duty!r} ended by itself")


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run works that never end; when one fails, or this is cancelled, all of them end. Raises what one raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each
    raise RuntimeError("a work that never ends has ended")
