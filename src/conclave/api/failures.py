"""What callers are told when something fails: one rule for commands and for members' methods."""

import structlog

from conclave import errors
from conclave.errors import ErrorCode, Refusal
from conclave.store.failures import DeadlinePassed, OutcomeUnknown, QueueFull, StoreError

log = structlog.get_logger()


def as_refusal(failure: Exception, failed: ErrorCode, label: str, name: str) -> Refusal:
    """Return what the caller is told; ``failed`` is the code of what is no refusal of ours.

    Such a failure stands in the server's log in a line whose ``label`` is ``name``. Only 60008 leaves open
    whether something was changed.
    """
    if isinstance(failure, Refusal):
        return failure
    if isinstance(failure, DeadlinePassed | OutcomeUnknown):
        return Refusal(errors.TIMED_OUT, "service timeout: whether it happened is not known; check and try again")
    if isinstance(failure, QueueFull):
        return Refusal(errors.OVERLOADED, "too many requests are waiting; try again later")
    if isinstance(failure, StoreError):
        log.error("store", trouble=str(failure), **{label: name})
        return Refusal(failed, "the database cannot serve this now; nothing was changed")
    log.error("unexpected failure", exc_info=failure, **{label: name})
    return Refusal(failed, f"internal error; the server's log tells more under {name}")
