"""Why an operation was not done, or cannot be said to have been: what every engine raises."""

from typing import Final


class StoreError(Exception):
    """The database cannot be used; the message is one sentence that an operator can act on."""


class OutcomeUnknown(StoreError):  # noqa: N818 - a state, not a fault
    """The database went away while it committed: the change has happened whole, or not at all."""


class QueueFull(Exception):  # noqa: N818 - a state, not a fault
    """More operations are waiting than the writer may hold; the message says so in a sentence for the log."""


class DeadlinePassed(Exception):  # noqa: N818 - a state, not a fault
    """The operation's time was up: it has not been begun, or its outcome is whole and unknown to the caller."""


class DutyLost(Exception):  # noqa: N818 - a state, not a fault
    """The duty for which something was to be written is another process's meanwhile; nothing was."""


UNAVAILABLE: Final = (StoreError, QueueFull, DeadlinePassed, DutyLost)
"""Why an operation cannot be done now that can be done later: what whoever works for ever tries again after."""
