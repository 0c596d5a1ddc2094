"""``conclave``, continued: what became of the callbacks, sending one again, and the secrets that sign them."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.registry import Example, command
from conclave.api.services.conclave_svc import SERVICE
from conclave.domain import callback_queue as queue
from conclave.domain import callback_secrets
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as rows

DeliveryState = Literal["Waiting", "Delivered", "Dead"]
PauseKind = Literal["None", "Failures", "Operator"]
STATES: Final[dict[str, DeliveryState]] = {rows.WAITING: "Waiting", rows.DELIVERED: "Delivered", rows.DEAD: "Dead"}
STORED: Final = {shown: stored for stored, shown in STATES.items()}
OUTCOMES: Final = {"delivered": "Delivered", "refused": "Refused", "failed": "Failed"}
PAUSES: Final[dict[str, PauseKind]] = {"": "None", endpoints.BY_FAILURES: "Failures", endpoints.BY_OPERATOR: "Operator"}


class ListCallbackDeliveries(msgspec.Struct):
    """Request of list_callback_deliveries; a larger ``Count`` is clamped to 100."""

    State: DeliveryState | None = None
    RoomId: fields.RoomId | None = None
    Count: fields.Positive = 50
    Next: str | None = None


class DeliveryAttempt(msgspec.Struct):
    """One attempt at a callback; times in milliseconds, ``Status`` 0 where there was no answer."""

    Time: int
    Outcome: str
    Status: int
    Milliseconds: int
    Detail: str

    @classmethod
    def of(cls, attempt: queue.Attempt) -> "DeliveryAttempt":
        """Show an attempt as it is kept, and an outcome that only a newer version knows as it stands there."""
        shown = OUTCOMES.get(attempt.outcome, attempt.outcome)
        return cls(attempt.at, shown, attempt.status, attempt.milliseconds, attempt.detail)


class CallbackDelivery(msgspec.Struct):
    """A callback and what became of it; ``EventTime`` in milliseconds."""

    WebhookId: str
    RoomId: str
    Number: int
    CallbackCommand: str
    EventTime: int
    State: DeliveryState
    Refusals: int
    AttemptList: list[DeliveryAttempt]

    @classmethod
    def of(cls, row: rows.CallbackRow) -> "CallbackDelivery":
        """Show a row."""
        return cls(
            queue.identifier(row),
            row.room_id,
            row.number,
            row.command,
            row.at,
            STATES[row.state],
            row.refusals,
            [DeliveryAttempt.of(attempt) for attempt in queue.attempts_of(row)],
        )


class CallbackEndpoint(msgspec.Struct):
    """How an application's endpoint is; times in milliseconds, 0 where there is none."""

    IsConfigured: bool
    WaitingCount: int
    DeliveredCount: int
    DeadCount: int
    Paused: PauseKind
    PausedTime: int
    FailureCount: int
    Reason: str
    NextAttemptTime: int

    @classmethod
    def of(cls, endpoint: endpoints.Endpoint, is_configured: bool, now_ms: int) -> "CallbackEndpoint":
        """Show a row."""
        is_held_back = endpoint.paused != endpoints.BY_OPERATOR and endpoint.next_at > now_ms
        return cls(
            is_configured,
            endpoint.waiting,
            endpoint.delivered,
            endpoint.dead,
            PAUSES[endpoint.paused],
            endpoint.paused_at,
            endpoint.failures,
            endpoint.reason,
            endpoint.next_at if is_held_back else 0,
        )


class ListCallbackDeliveriesReply(msgspec.Struct):
    """Reply of list_callback_deliveries; ``Next`` is empty at the end."""

    DeliveryList: list[CallbackDelivery]
    Next: str
    Endpoint: CallbackEndpoint


@command(
    SERVICE,
    document="ours",
    access="read",
    large=lambda request: request.State is not None,
    example=Example({"State": "Delivered", "RoomId": "room-1", "Count": 20}),
)
async def list_callback_deliveries(op: Operation, request: ListCallbackDeliveries) -> ListCallbackDeliveriesReply:
    """Page through the callbacks, the latest first, and tell how the endpoint is.

    A page looks at a bounded number of callbacks: with a filter it may hold fewer than ``Count``, or none, and still
    have a ``Next``. The list has ended when ``Next`` is empty. Delivered ones are kept for ``callback_retention``.
    """
    key = cursors.of_filters(op.sdkappid, "callbacks", request.State, request.RoomId)
    position, number = cursors.read_places(request.Next or "", key, 2, "Next")
    found, after = await queue.page(
        op,
        None if request.State is None else STORED[request.State],
        request.RoomId,
        (position, number),
        min(request.Count, cursors.LONGEST_PAGE),
    )
    return ListCallbackDeliveriesReply(
        [CallbackDelivery.of(row) for row in found],
        cursors.write(key, *after) if after != queue.START else "",
        CallbackEndpoint.of(await queue.endpoint(op), await queue.is_configured(op), op.now),
    )


class ResendCallback(msgspec.Struct):
    """Request of resend_callback: ``WebhookId``, or ``RoomId`` and ``Number``."""

    WebhookId: Annotated[str, fields.text(60, least=1)] | None = None
    RoomId: fields.RoomId | None = None
    Number: Annotated[int, Meta(ge=1, le=2**53)] | None = None


@command(
    SERVICE,
    document="ours",
    access="write",
    codes=(errors.CALLBACK_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Number": 1}),
)
async def resend_callback(op: Operation, request: ResendCallback) -> None:
    """Send a callback again that is delivered or dead, with the same body and ``webhook-id``.

    It goes before whatever waits of its room id, and its attempts are counted anew. One that waits is 100006.
    """
    if request.WebhookId is not None:
        row = await queue.find(op, request.WebhookId)
    elif request.RoomId is not None and request.Number is not None:
        row = await queue.find_of_room(op, request.RoomId, request.Number)
    else:
        raise Refusal(errors.PARAMETER, "WebhookId is missing: give it, or both RoomId and Number")
    await queue.send_again(op, row)


class GetCallbackSecrets(msgspec.Struct):
    """Request of get_callback_secrets: nothing to say."""


class GetCallbackSecretsReply(msgspec.Struct):
    """Reply of get_callback_secrets."""

    SecretList: list[str]


@command(SERVICE, document="ours", access="point", example=Example({}))
async def get_callback_secrets(op: Operation, request: GetCallbackSecrets) -> GetCallbackSecretsReply:
    """Tell the secrets with which callbacks are signed now, as libraries of Standard Webhooks take them.

    They belong to the application's keys: one, and a second while a key that was replaced is still valid [G16].
    """
    found = callback_secrets.secrets_of(op.application, op.now)
    return GetCallbackSecretsReply([callback_secrets.shown(secret) for secret in found])
