"""What is done after a commit: the change is durable, so nobody whom it concerns may be left out."""

from collections.abc import Callable, Iterable

import structlog

log = structlog.get_logger()


def call_each(callbacks: Iterable[Callable[[], None]], trouble: str) -> None:
    """Call every callback, whatever the others raise; that is logged after the sentence ``trouble``."""
    for callback in callbacks:
        try:
            callback()
        except Exception as fault:  # noqa: BLE001 - the others are owed, and whoever waits for the commit his answer
            log.error("store", trouble=f"{trouble}: {fault!r}")
