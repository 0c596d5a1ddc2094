"""What becomes of requests: they are sent, and end."""

import msgspec

from conclave.domain.facts.base import Fact, MemberSnapshot

ACCEPTED, REJECTED, CANCELLED, EXPIRED, FAILED = range(5)
"""How a request ends, numbered as TUIRequestCallbackType."""


class RequestSnapshot(msgspec.Struct, frozen=True):
    """A request as it is pending; ``target`` is empty when owner and administrators may answer it.

    ``action`` is the number of TUIRequestAction, ``at`` and ``expires_at`` are milliseconds, the latter 0 for never.
    """

    request_id: str
    action: int
    sender: MemberSnapshot
    target: str
    seat_index: int
    extension: str
    at: int
    expires_at: int


class RequestSent(Fact, frozen=True):
    """A member asked for something; ``receivers`` were those who may answer, and were inside."""

    request: RequestSnapshot
    receivers: list[str]


class RequestsEnded(Fact, frozen=True):
    """Requests are not pending any more, all with the same ``outcome``.

    ``answered`` is the id of the one that the operator answered, empty when they ended by themselves.
    ``administrators`` were those inside who might have answered the ones without a target.
    """

    requests: list[RequestSnapshot]
    outcome: int
    answered: str
    code: int
    message: str
    administrators: list[str]
