"""From a row of the log to the connections that are told: each frame is encoded once, for however many receivers."""

from conclave.domain import events, facts
from conclave.realtime import frames
from conclave.realtime.connection import POLICY
from conclave.realtime.events import KickedOffLine
from conclave.realtime.hub import Audience, Hub
from conclave.realtime.registry import NAMES
from conclave.realtime.translation import Telling, translate
from conclave.store.events import EventRow


def deliver(hub: Hub, row: EventRow) -> None:
    """Tell everybody concerned of a fact, and end the memberships that it ended."""
    if row.room_key == events.OUTSIDE:
        _deliver_to_account(hub, row)
        return
    audience = hub.audiences.get((row.sdkappid, row.room_key))
    if audience is None or row.seq <= audience.seq:
        return
    audience.seq = row.seq
    fact = facts.read(row)
    for telling in translate(fact, row, audience):
        _tell(audience, row.seq, telling)
    if isinstance(fact, facts.RoomDestroyed):
        gone = list(audience.places)
    elif isinstance(fact, facts.MemberLeft):
        gone = [member.account for member in fact.members]
    else:
        return
    for account in gone:
        place = audience.places.get(account)
        if place is not None and place.since < row.seq:
            hub.vacate(place)


def _tell(audience: Audience, seq: int, telling: Telling) -> None:
    text = ""
    for account in audience.places if telling.only is None else telling.only:
        place = audience.places.get(account)
        if place is None or place.connection is None or place.since >= seq or account in telling.without:
            continue
        text = text or frames.event(NAMES[type(telling.data)], audience.room_id, seq, telling.data)
        place.connection.send(text)


def _deliver_to_account(hub: Hub, row: EventRow) -> None:
    fact = facts.read(row)
    if isinstance(fact, facts.AccountKicked):
        account, sentence = fact.account, "the account was logged out"
    elif isinstance(fact, facts.AccountDeleted):
        account, sentence = fact.account, "the account was deleted"
    else:
        return
    for connection in hub.of_account(row.sdkappid, account):
        identity = connection.identity
        if identity is not None and identity.position < row.position:
            connection.tell(KickedOffLine(sentence))
            connection.end(POLICY)
