"""From a row of the log to the connections that are told: each frame is encoded once, for however many receivers."""

from conclave.domain import events, facts
from conclave.realtime import frames
from conclave.realtime.connection import POLICY
from conclave.realtime.events.session import KickedOffLine
from conclave.realtime.hub import Audience, Hub
from conclave.realtime.recent import Told
from conclave.realtime.registry import NAMES
from conclave.realtime.translation import NOTICED, Notice, Telling, notices, tellings
from conclave.store.events import EventRow


def deliver(hub: Hub, row: EventRow) -> None:
    """Tell everybody concerned of a fact, and end the memberships that it ended."""
    if row.room_key == events.OUTSIDE:
        _deliver_to_account(hub, row)
        return
    audience = hub.audiences.get((row.sdkappid, row.room_key))
    is_news = audience is not None and row.seq > audience.seq
    if not is_news and row.kind not in NOTICED:
        return
    fact = facts.read(row)
    for notice in notices(fact, row):  # before the room: whom a fact puts out is still inside here
        _notify(hub, row, notice)
    if audience is not None and is_news:
        _deliver_to_room(hub, audience, fact, row)


def _deliver_to_room(hub: Hub, audience: Audience, fact: facts.Fact, row: EventRow) -> None:
    audience.seq = row.seq
    for telling in tellings(fact, row, audience):
        _tell(audience, row, telling)
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


def _tell(audience: Audience, row: EventRow, telling: Telling) -> None:
    text = ""
    for account in audience.places if telling.only is None else telling.only:
        place = audience.places.get(account)
        if place is None or place.since >= row.seq or account in telling.without:
            continue
        text = text or frames.event(NAMES[type(telling.data)], audience.room_id, row.seq, telling.data)
        if place.connection is not None:
            place.connection.send(text)
    if text:
        audience.recent.keep(Told(row.seq, row.at, text, telling.only, telling.without))


def _notify(hub: Hub, row: EventRow, notice: Notice) -> None:
    text = ""
    for account in notice.accounts:
        for connection in hub.of_account(row.sdkappid, account):
            identity, place = connection.identity, hub.held_by(connection)
            is_inside = place is not None and place.room == (row.sdkappid, row.room_key)
            if identity is None or identity.position >= row.position or (is_inside and notice.outside_only):
                continue
            text = text or frames.personal_event(NAMES[type(notice.data)], notice.data)
            connection.send(text)


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
