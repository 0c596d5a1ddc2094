"""What may become of a call: refused, not sent, or nobody knows."""


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
    """The call was sent and its answer did not come: it may have happened, or not. It is never repeated by itself."""


class Ended(ClientError):  # noqa: N818 - what became of a call, not a fault
    """The client has ended for good and does not come back; the message says why."""
