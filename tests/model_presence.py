"""The rules of the model: members' connections come and go (docs/contract/members.md; decisions M1-M3, M9, R27)."""

from tests.model import World, attending, deed, rule
from tests.model_departure import put_out
from tests.model_state import ADMINISTRATOR, Body, Person, Room, no


@rule
def login(world: World, caller: str, body: Body) -> None:
    """Log in on a new device; the first login imports the account."""
    world.away.pop(caller, None)
    if caller != ADMINISTRATOR:
        world.nicks.setdefault(caller, "")


@rule
def vanish(world: World, caller: str, body: Body) -> None:
    """A person's connection is gone without a word; the place in the room is kept for a grace time."""
    if caller in world.at:
        world.away[caller] = world.at.pop(caller)
        world.lost[caller, world.away[caller]] = world.now


@rule
def reconnect(world: World, caller: str, body: Body) -> None:
    """Log in on the device that vanished; for the room it is not back yet."""


@deed("enterRoom")
def enter(world: World, caller: str, body: Body) -> None:
    """A person's connection enters a room; the one that its device was in, it leaves [M3]."""
    room = world.living(body["roomId"])
    no(100016, room.bans.get(caller, 0) > world.now)
    if caller in room.people:
        no(100006, room.people[caller].robot)
    else:
        _admit(world, room, caller, body["password"])
    _stand(world, room, caller)


def _admit(world: World, room: Room, caller: str, password: str) -> None:
    if room.info["IsPasswordEnabled"] and caller != room.owner:
        no(100018, not password)
        no(100019, password != room.info["Password"])
    no(100008, len(room.people) >= room.info["MaxMemberCount"])
    room.people[caller] = Person(caller, node=world.through[caller][0])
    if not room.began:
        room.began = True
        world.tell(room, "RoomStarted", caller, room=world.room_told(room), **attending(room))
    told = world.person_told(room, room.people[caller])
    world.tell(room, "MemberEntered", caller, members=[told], member_count=len(room.people))


def _stand(world: World, room: Room, caller: str) -> None:
    before = world.at.get(caller) or world.away.get(caller)
    is_inside = before and (world.at.get(caller) == before or (caller, before) in world.lost)
    if before and is_inside and before != room.id:
        put_out(world, world.rooms[before], caller, [caller], "Leave")
    _answer_for(world, room, caller)
    world.at[caller] = room.id
    world.away.pop(caller, None)
    world.lost.pop((caller, room.id), None)


def _answer_for(world: World, room: Room, caller: str) -> None:
    """The node through which he has come answers for him; the one that did so before learns it from the log."""
    node, device = world.through[caller]
    if room.people[caller].node != node:
        room.people[caller].node = node
        world.tell(room, "MemberMoved", caller, account=caller, device=device, node=node)


@deed("resume")
def resume(world: World, caller: str, body: Body) -> Body:
    """Go on where the connection was lost: with what was missed on the same device, else with a fresh snapshot.

    What was missed is known to the node that answered for him until now.
    """
    room = world.living(body["roomId"])
    no(100005, caller not in room.people or room.people[caller].robot)
    is_known = room.people[caller].node == world.through[caller][0]
    goes_on = is_known and world.away.get(caller) == room.id and (caller, room.id) in world.lost
    _stand(world, room, caller)
    return {"resumed": goes_on}


@deed("exitRoom")
def leave(world: World, caller: str, body: Body) -> None:
    """A person leaves; the owner keeps the room [R27]."""
    put_out(world, world.here(caller), caller, [caller], "Leave")


@rule
def expire(world: World, caller: str, body: Body) -> None:
    """The grace has ended [C9]."""
    put_out(world, world.room(body), caller, [caller], "Expired")
