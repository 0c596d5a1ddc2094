"""The model's ends: people leave a room, or are put out, and rooms end [R10] [R20] [R23]."""

from tests.model import World, attending
from tests.model_pending import forget
from tests.model_state import SYSTEM, Body, Chair, Room


def end(world: World, room: Room, operator: str) -> None:
    told: Body = {"by_system": operator == SYSTEM, "by_owner": operator == room.owner}
    if not world.started(room):  # those who were to come are told
        told |= {"room": world.room_told(room), "host": world.profile_told(room.owner), **attending(room)}
    world.tell(room, "RoomDestroyed", operator, **told)
    for account in room.people:
        world.forget_place(room, account)
    del world.rooms[room.id]


def remove(world: World, room: Room, operator: str, accounts: list[str]) -> list[Body]:
    """Take people out of a room, and off their chairs; return what is told of them as they were."""
    gone = [world.person_told(room, room.people[account]) for account in accounts]
    before = list(room.chairs)
    seated = [account for account in accounts if room.chair_of(account) is not None]
    room.chairs = [Chair() if chair.user in accounts else chair for chair in room.chairs]
    world.chairs_told(room, operator, before, left=seated)
    forget(world, operator, room, accounts)
    had_people = not room.is_empty()
    for account in accounts:
        del room.people[account]
        world.forget_place(room, account)
    if had_people and room.is_empty():
        room.closes = max(world.now + world.limits.ttl * 1000, room.end * 1000)
    return gone


def put_out(
    world: World,
    room: Room,
    operator: str,
    accounts: list[str],
    how: str,
    reason: str = "",
    *,
    by_server: bool = False,
) -> None:
    gone = remove(world, room, operator, accounts)
    told = {"members": gone, "how": how, "reason": reason, "member_count": len(room.people), "by_server": by_server}
    world.tell(room, "MemberLeft", operator, **told)
