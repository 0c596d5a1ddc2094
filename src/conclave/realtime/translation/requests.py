"""What is told of requests: to those who may answer, and to their senders."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events import requests as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.people import Operator
from conclave.realtime.shapes.requests import RequestInfo
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _sent(fact: facts.RequestSent, row: EventRow, _: Audience) -> Iterator[Telling]:
    received = told.RequestReceived(row.room_id, RequestInfo.of(fact.request))
    yield Telling(received, only=tuple(fact.receivers))


@tells
def _ended(fact: facts.RequestsEnded, row: EventRow, _: Audience) -> Iterator[Telling]:
    ended = told.RequestProcessed if fact.outcome in (facts.ACCEPTED, facts.REJECTED) else told.RequestCancelled
    for request in fact.requests:
        is_answer = request.request_id == fact.answered
        message = fact.message if is_answer or not fact.answered else ""
        callback = told.RequestCallback(row.room_id, request.request_id, fact.outcome, row.operator, fact.code, message)
        yield Telling(callback, only=(request.sender.account,))
        yield Telling(
            ended(row.room_id, RequestInfo.of(request), Operator(row.operator)),
            only=(request.target,) if request.target else tuple(fact.administrators),
            without=(request.sender.account, *((row.operator,) if is_answer else ())),
        )
