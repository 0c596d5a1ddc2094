"""The rules of the model: seats as members take them, and as administrators arrange them (members.md 1.6)."""

from tests import model_pending as pending
from tests import model_seating as seating
from tests.model import World, deed
from tests.model_ladder import as_administrator, below
from tests.model_state import Body, no

WORDS = {"lockSeat": ("locked", 1), "lockVideo": ("video", 2), "lockAudio": ("audio", 4)}


@deed("takeSeat")
def take(world: World, caller: str, body: Body) -> Body:
    """Sit down, or apply for it where that needs consent."""
    room, index = world.here(caller), body["seatIndex"]
    seating.need_chair(room, index, or_any=True)
    if room.info["TakeSeatMode"] == "FreeToTake" or room.administers(caller):
        return {"requestId": "", "seatIndex": seating.sit(world, caller, room, caller, index)}
    no(100203, room.chair_of(caller) is not None)
    no(100202, bool(pending.sent(room, caller, pending.TAKE_SEAT)))
    no(100102, bool(pending.received(room, caller, pending.INVITE)))
    seating.choose(room, index)
    everybody = pending.ADMINISTRATORS
    request = pending.send(world, caller, room, pending.TAKE_SEAT, everybody, body["timeout"], index)
    return {**request, "seatIndex": index}


@deed("leaveSeat")
def leave(world: World, caller: str, body: Body) -> None:
    seating.get_up(world, caller, world.here(caller), caller)


@deed("moveToSeat")
def move(world: World, caller: str, body: Body) -> None:
    room = world.here(caller)
    seating.need_chair(room, body["targetSeatIndex"])
    seating.switch(world, caller, room, caller, body["targetSeatIndex"])


@deed("takeUserOnSeatByAdmin")
def invite(world: World, caller: str, body: Body) -> Body:
    room, account, index = as_administrator(world, caller), body["userId"], body["seatIndex"]
    seating.need_chair(room, index, or_any=True)
    no(100006, below(room, caller, account).robot)
    no(100203, room.chair_of(account) is not None)
    no(100102, bool(pending.sent(room, account, pending.TAKE_SEAT)))
    return pending.send(world, caller, room, pending.INVITE, account, body["timeout"], index)


@deed("kickUserOffSeatByAdmin")
def kick_off(world: World, caller: str, body: Body) -> None:
    room, account = as_administrator(world, caller), body["userId"]
    below(room, caller, account)
    no(100206, body["seatIndex"] not in (seating.ANY, seating.need_seated(room, account)))
    seating.get_up(world, caller, room, account, body["extensionInfo"])


@deed("lockSeatByAdmin")
def lock(world: World, caller: str, body: Body) -> None:
    """Whoever sits there must be one on whom the caller may act, or himself."""
    room = as_administrator(world, caller)
    chair = seating.need_chair(room, body["seatIndex"])
    if chair.user not in ("", caller):
        below(room, caller, chair.user)
    wanted = {word: body[name] for name, (word, bit) in WORDS.items() if name in body and body["lockFlag"] & bit}
    seating.bar(world, caller, room, body["seatIndex"], **wanted)


@deed("moveUserToSeatByAdmin")
def move_another(world: World, caller: str, body: Body) -> None:
    """Whoever is taken off for it, or exchanged, must be one on whom the caller may act, or himself."""
    room, account, index = as_administrator(world, caller), body["userId"], body["targetSeatIndex"]
    chair = seating.need_chair(room, index)
    below(room, caller, account)
    if body["policy"] != seating.ABORT and chair.user not in ("", caller):
        below(room, caller, chair.user)
    seating.move(world, caller, room, account, index, body["policy"])
