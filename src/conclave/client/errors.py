"""What may become of a call: refused, not sent, or nobody knows."""

from typing import Final

TIMED_OUT: Final = 60008  # the server's own word for an outcome that is unknown


class ClientError(Exception):
    """Everything that the clients raise."""


class Refused(ClientError):  # noqa: N818 - what became of a call, not a fault
    """The server refused: nothing was changed.

    ``code`` is one of docs/reference/errors.md, ``info`` a sentence that names the rule that was broken.
    """

    def __init__(self, call: str, code: int, info: str, request_id: str = "") -> None:
        super().__init__(f"{call} was refused: {info} ({code})")
        self.call = call
        self.code = code
        self.info = info
        self.request_id = request_id


class NotConnected(ClientError):  # noqa: N818 - what became of a call, not a fault
    """The call was not sent, as there is no connection: it did not happen."""


class OutcomeUnknown(ClientError):  # noqa: N818 - what became of a call, not a fault
    """The call was sent, and no answer came, or 60008: it may have happened, or not. It is never repeated by itself."""


class Ended(ClientError):  # noqa: N818 - what became of a call, not a fault
    """The client has ended for good and does not come back; the message says why."""


def of_answer(call: str, code: int, info: str, request_id: str = "") -> ClientError:
    """Return what became of a call that was answered with a code."""
    if code == TIMED_OUT:
        return OutcomeUnknown(f"{call} may have happened: {info} ({code})")
    return Refused(call, code, info, request_id)
