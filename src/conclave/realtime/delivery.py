"""From a row of the log to the connections that are told: each frame is encoded once, for however many receivers."""

from conclave.domain import events, facts
from conclave.realtime import frames
from conclave.realtime.connection import POLICY
from conclave.realtime.events.base import MEMBERSHIP_ENDED, OTHER_DEVICE
from conclave.realtime.events.members import KickedOutOfRoom
from conclave.realtime.events.session import KickedOffLine
from conclave.realtime.hub import Audience, Hub
from conclave.realtime.recent import Told
from conclave.realtime.registry import NAMES
from conclave.realtime.translation import NOTICED, Notice, Telling, notices, tellings
from conclave.store.events import EventRow


def deliver(hub: Hub, row: EventRow) -> int:
    """Tell everybody concerned of a fact, and end the memberships that it ended.

    Return how many characters one receiver may have been told.
    """
    if row.room_key == events.OUTSIDE:
        _deliver_to_account(hub, row)
        return 0
    audience = hub.audiences.get((row.sdkappid, row.room_key))
    is_news = audience is not None and row.seq > audience.seq
    if not is_news and row.kind not in NOTICED:
        return 0
    fact = facts.read(row)
    inside = audience if is_news else None
    told = 0
    for notice in notices(fact, row):  # before the room: whom a fact puts out is still inside here
        told += _notify(hub, inside, row, notice)
    if inside is not None:
        inside.seq = row.seq
        told += sum(_tell(inside, row, telling) for telling in tellings(fact, row, inside))
        _end_memberships(hub, inside, fact, row)
    return told


def _end_memberships(hub: Hub, audience: Audience, fact: facts.Fact, row: EventRow) -> None:
    if isinstance(fact, facts.RoomDestroyed):
        gone = list(audience.places)
    elif isinstance(fact, facts.MemberLeft):
        gone = [member.account for member in fact.members]
    elif isinstance(fact, facts.MemberMoved):
        _tell_moved(audience, fact, row)
        gone = [fact.account]
    else:
        return
    for account in gone:
        place = audience.places.get(account)
        if place is not None and place.since < row.seq:
            hub.vacate(place)


def _tell_moved(audience: Audience, fact: facts.MemberMoved, row: EventRow) -> None:
    """Tell the connection that stood in the room for a member who has come through another node [M2]."""
    place = audience.places.get(fact.account)
    if place is None or place.since >= row.seq or place.connection is None:
        return
    reason, sentence = OTHER_DEVICE, "the account entered the room on another device"
    if place.device == fact.device:
        reason, sentence = MEMBERSHIP_ENDED, "another connection of this device has entered the room"
    place.connection.tell_of(row.room_id, row.seq, KickedOutOfRoom(row.room_id, reason, sentence))


def _tell(audience: Audience, row: EventRow, telling: Telling) -> int:
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
    return len(text)


def _notify(hub: Hub, audience: Audience | None, row: EventRow, notice: Notice) -> int:
    """Tell accounts: the device that is in the room there, so that resume knows of it, their others personally."""
    places = {} if audience is None else audience.places
    inside = {each: place for each in notice.accounts if (place := places.get(each)) and place.since < row.seq}
    told, text = 0, ""
    if audience is not None and not notice.outside_only:
        only = tuple(each for each, place in inside.items() if place.device != notice.without_device)
        told = _tell(audience, row, Telling(notice.data, only=only))
    for account in notice.accounts:
        present = inside[account].device if account in inside else None
        for connection in hub.of_account(row.sdkappid, account):
            identity = connection.identity
            if identity is None or identity.position >= row.position:
                continue
            if identity.device in (present, notice.without_device):
                continue
            text = text or frames.personal_event(NAMES[type(notice.data)], notice.data)
            connection.send(text)
    return told + len(text)


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
